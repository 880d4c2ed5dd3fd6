"""Worked cases of a draft: what must come out beside what does; refused in words, never overwritten unseen."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions.cases import add_case, change_case, remove_case
from policies.actions.drafts import create_rules, discard_draft, draft_from, save_draft
from policies.drafts import ClauseContent, RulesContent
from policies.errors import VersionStateError
from policies.models import VersionCase
from policies.queries.cases import NotComputable, default_year, needs_cases, run_cases, seen_of
from policies.rules.document import EvaluationFault
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.conftest import expected, one_project

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


def add(draft, by, **given):
    values = {"title": "一个项目", "document": one_project(), "expected": expected("4000000.00"), **given}
    return add_case(draft, by=by, at=AT, **values)


def test_a_case_says_whether_the_draft_gives_what_is_expected(draft, writer):
    add(draft, writer)
    add(draft, writer, title="算错的", expected=expected("4000000.01"))
    add(draft, writer, title="不符合", expected={"status": "not_eligible", "amount": None})
    good, wrong, other = run_cases(draft)
    assert (good.ok, good.actual, good.trace[-1]["value"]) == (True, "符合，4,000,000.00 元", "4000000.00")
    assert (wrong.ok, wrong.expected, wrong.actual) == (False, "符合，4,000,000.01 元", "符合，4,000,000.00 元")
    assert not other.ok
    events = list(history(draft).filter(event="policies.case_added").values_list("actor_id", flat=True))
    assert events == [writer.pk] * 3


def test_a_case_follows_the_draft(draft, writer):
    add(draft, writer)
    content = ClauseContent.of(draft)
    definition = copy.deepcopy(content.definition)
    definition["award"]["each"]["rate"].update(value="40%", literal="40%")
    draft = save_draft(draft, content=replace(content, definition=definition), expected_edit=2, by=writer, at=AT)
    assert [(one.ok, one.actual) for one in run_cases(draft)] == [(False, "符合，3,200,000.00 元")]


def test_cases_come_along_into_a_new_draft(ready, writer):
    other = draft_from(ready, valid_from=dt.date(2025, 6, 1), by=writer, at=LATER)
    assert [case.title for case in other.cases.all()] == ["一个项目"]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        pytest.param({"title": " "}, "title", "请填写算例的名称", id="no title"),
        pytest.param({"title": "长" * 81}, "title", "最多 80 个字", id="long title"),
        pytest.param({"expected": {"status": "good"}}, "status", "请选择应得的结果", id="status"),
        pytest.param({"expected": {"status": "eligible"}}, "amount", "请填写应得的金额", id="no amount"),
        pytest.param({"expected": expected("4e6")}, "amount", "金额", id="no money"),
        pytest.param(
            {"expected": {"status": "pending", "amount": "1.00"}}, "amount", "只有符合条件的算例才有金额", id="too much"
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(draft, writer, given, field, sentence):
    with pytest.raises(Invalid, match=sentence) as refused:
        add(draft, writer, **given)
    assert list(refused.value.errors) == [field]
    assert not draft.cases.exists()


def test_a_document_that_cannot_be_read_is_refused_with_every_fault(draft, writer):
    document = one_project("-1.00")
    document["claims"][0]["facts"]["projects"].append({"name": "缺投入"})
    with pytest.raises(EvaluationFault) as refused:
        add(draft, writer, document=document)
    paths = list(refused.value.errors)
    assert "claims[0].facts.projects[0].investment" in paths
    assert "claims[0].facts.projects[1].investment" in paths
    with pytest.raises(EvaluationFault, match="1999 年度没有适用的政策"):
        add(draft, writer, document=one_project(year=1999))
    with pytest.raises(EvaluationFault, match="一个算例只算一次申报"):
        add(draft, writer, document={**one_project(), "claims": []})


def test_a_case_that_was_imported_broken_fails_in_words(ready):
    case = ready.cases.get()
    for document in ([], {}, {"policy_year": "2025", "claims": [7]}):
        case.document = document
        case.save()
        (result,) = run_cases(ready)
        assert not result.ok
        assert result.fault


def test_a_definition_that_cannot_be_computed_takes_no_case_and_fails_those_it_has(ready, writer):
    content = ClauseContent.of(ready)
    definition = {**copy.deepcopy(content.definition), "facts": []}
    broken = save_draft(ready, content=replace(content, definition=definition), expected_edit=2, by=writer, at=AT)
    with pytest.raises(NotComputable, match="定义还不能计算"):
        add(broken, writer)
    (result,) = run_cases(broken)
    assert not result.ok
    assert result.fault.startswith("定义还不能计算")


def test_figures_of_a_draft_of_the_rules_may_be_named(loaded, writer):
    version = draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=writer, at=AT)
    content = ClauseContent.of(version)
    definition = copy.deepcopy(content.definition)
    definition["award"] = {**definition["award"]["each"], "of": "Y.orders"}
    definition["facts"] = []
    version = save_draft(version, content=replace(content, definition=definition), expected_edit=1, by=writer, at=AT)
    document = {
        "policy_year": 2025,
        "applicant": {"kind": "enterprise", "orders": "100.00"},
        "claims": [{"clause": "3.4.5", "facts": {}}],
    }
    with pytest.raises(NotComputable):
        add(version, writer, document=document, expected=expected("50.00"))
    rules = create_rules(loaded, by=writer, at=AT)
    fact = {"key": "orders", "label": "订单", "type": "money", "scope": "year"}
    new = replace(RulesContent.of(rules), definition={"year_facts": [fact], "total_cap": None, "groups": []})
    save_draft(rules, content=new, expected_edit=1, by=writer, at=AT)
    add(version, writer, document=document, expected=expected("50.00"))
    assert [result.ok for result in run_cases(version)] == [True]


def test_nobody_overwrites_what_another_one_changed(ready, writer):
    case = ready.cases.get()
    other = AdministratorFactory(name="钱先改")
    seen = seen_of(case)
    same = {"document": case.document, "expected": case.expected}
    change_case(case, title="甲", seen=seen, by=other, at=LATER, **same)
    with pytest.raises(Conflict, match="钱先改在您打开之后修改了这个算例"):
        change_case(case, title="乙", seen=seen, by=writer, at=LATER, **same)
    with pytest.raises(Conflict):
        remove_case(case, seen=seen, by=writer, at=LATER)
    case.refresh_from_db()
    assert case.title == "甲"
    remove_case(case, seen=seen_of(case), by=writer, at=LATER)
    with pytest.raises(Conflict, match="已被其他人删除"):
        change_case(case, title="乙", seen=seen, by=writer, at=LATER, **same)
    event = history(ready).filter(event="policies.case_removed").get()
    assert event.data["title"] == "甲"


def test_only_administrators_write_cases_and_only_into_drafts(ready, writer):
    with pytest.raises(NotAllowed):
        add(ready, AuditorFactory())
    published = clause_of("3.4.5").versions.get(number=1)
    with pytest.raises(VersionStateError, match="已发布，算例不能修改"):
        add(published, writer)
    with pytest.raises(DatabaseError), transaction.atomic():
        VersionCase.objects.create(
            version=published, number=1, title="甲", document={}, expected={}, entered_at=AT, entered_by=writer
        )
    discard_draft(ready, expected_edit=2, reason="不用了", by=writer, at=LATER)
    with pytest.raises(VersionStateError, match="已搁置"):
        remove_case(ready.cases.get(), seen=seen_of(ready.cases.get()), by=writer, at=LATER)


def test_the_year_of_a_case_is_the_first_that_the_draft_governs(draft):
    assert default_year(draft) == 2025
    assert needs_cases(draft)
    assert not needs_cases(clause_of("3.5.1").versions.get())
