"""Any part of a name, code, number or clause finds the file; nothing else does."""

import pytest
from django.db import connection, transaction

from accounts.actions.verification import update_enterprise
from applications.models import Application
from common.outbox.actions import enqueue, run_owed
from common.outbox.models import OutboxMessage
from reviews.actions import return_for_correction
from reviews.actions.search import index_cases
from reviews.models import Case
from reviews.queries.search import document, fold, matching, pieces, search, words
from tests.factories.applications import PointInput, file, fill, make_company
from tests.factories.reviews import LATER, make_case, officer, task_of

NAME = "南昌晨光（集团）ＡＢ光电100%科技_有限公司"


@pytest.fixture
def case(policies_loaded) -> Case:
    return make_case(make_company(name=NAME))


@pytest.fixture
def other(policies_loaded) -> Case:
    return make_case(make_company(name="江西瑞芯半导体有限公司"), "3.3.2")


def found(query: str) -> set[int]:
    return set(search(Case.objects.all(), query).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        "晨光",
        "光",
        "晨光（集团）",
        "晨光(集团)",
        "(集团)ab光电",
        "ａｂ光电",
        "光电100%",
        "100%科技_有",
        "科技 晨光",
        "晨光　南昌",
        "  晨光  ",
        "3.4.5 晨光",
    ],
)
def test_a_part_of_the_name_in_any_width_and_order(case, other, query):
    assert found(query) == {case.pk}


def test_code_number_and_clause(case, other):
    application = case.application
    assert found(application.enterprise.uscc) == {case.pk}
    assert found(application.enterprise.uscc[-6:].lower()) == {case.pk}
    assert application.number
    assert found(application.number) == {case.pk}
    assert found("3.4.5") == {case.pk}
    assert found(application.clause.title[1:5]) == {case.pk}
    assert found("有限公司") == {case.pk, other.pk}


@pytest.mark.parametrize("query", ["光晨", "晨电", "晨%科", "晨_光", "科技％有", "\\", "晨光 瑞芯", "光科", "'; --"])
def test_what_is_not_there_is_not_found(case, other, query):
    """Pairs that only stand apart, signs of LIKE, words of two files: none of them finds anything."""
    assert found(query) == set()


def test_blanks_alone_ask_for_nothing(case, other):
    assert found(" 　 ") == {case.pk, other.pk}
    assert words("晨光\0科技") == ["晨光", "科技"]


def test_no_match_runs_from_one_part_into_the_next(case):
    application = case.application
    text, tokens = document([application.enterprise.name, application.enterprise.uscc])
    joined = fold(application.enterprise.name)[-1] + fold(application.enterprise.uscc)[0]
    assert joined not in tokens
    assert joined not in text
    assert found(joined) == set()


def test_pieces_are_single_signs_and_pairs():
    assert pieces("晨光电") == {"晨", "光", "电", "晨光", "光电"}
    assert pieces("光") == {"光"}


def test_a_new_name_is_found_once_the_outbox_has_told(case, other):
    company = case.application.enterprise
    member = company.members.get(role="legal").user
    update_enterprise(
        enterprise=company, data={"name": "南昌新星电子有限公司"}, expected_version=company.version, by=member, at=LATER
    )
    assert found("新星") == set()
    run_owed(at=LATER)
    assert found("新星") == {case.pk}
    assert found("晨光") == set()


def test_a_new_title_of_the_clause_too(case):
    case.application.clause.title = "智慧车间补助"
    case.application.clause.save()
    with transaction.atomic():
        enqueue("policies.clause_renamed", {"clause": case.application.clause_id}, key="renamed", at=LATER)
    run_owed(at=LATER)
    assert found("智慧车间") == {case.pk}


def test_a_change_of_something_else_owes_nothing(case):
    company = case.application.enterprise
    member = company.members.get(role="legal").user
    update_enterprise(
        enterprise=company, data={"contact_name": "王五"}, expected_version=company.version, by=member, at=LATER
    )
    assert not OutboxMessage.objects.filter(kind="accounts.enterprise_renamed").exists()


def test_indexing_again_changes_nothing(case):
    before = (case.search_text, case.search_tokens, case.estimate_fen)
    Case.objects.update(search_text="", search_tokens=[], estimate_fen=None)
    assert index_cases(Case.objects.all()) == 1
    case.refresh_from_db()
    assert (case.search_text, case.search_tokens, case.estimate_fen) == before
    assert case.estimate_fen == 9_000_000_00


def test_a_corrected_figure_moves_the_estimate(policies_loaded):
    company = make_company()
    case = make_case(company)
    task = task_of(case)
    return_for_correction(
        task=task,
        expected_version=task.version,
        points=[PointInput("field", "projects-0-investment", "请核对。")],
        by=officer("高新区"),
        at=LATER,
    )
    application = Application.objects.get(pk=case.application_id)
    fill(application, company, projects=[{"name": "一期", "investment": "8000000.00", "accepted_on": "2024-06-30"}])
    file(application, company, at=LATER)
    run_owed(at=LATER)
    case.refresh_from_db()
    assert case.estimate_fen not in {None, 9_000_000_00}


def test_the_index_can_answer(case):
    """However small the table: for the pieces of an ordinary word the planner is able to use the index."""
    sql, params = Case.objects.filter(matching("晨光光电")).values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "case_search" in plan
