"""Files under way keep their version and say so; corrected typing is rolled forward, substance never."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse

from applications.actions.outcomes import withdraw_application
from applications.actions.roll_forward import roll_forward
from applications.models import Application, Revision
from applications.queries.definitions import definition_of, policy_of, version_of
from applications.queries.revisions import revision_digest
from applications.queries.standing import ROLLED, moves_of, rules_note, version_note
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions import retire_version
from policies.actions.drafts import draft_from, save_draft
from policies.actions.versions import end_version
from policies.drafts import ClauseContent, RulesContent
from policies.queries import filed_under, published_policy
from policies.rules.compile import compiled
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.applications import AT, POLICY, YEAR, file, fill, make_company, make_draft, make_filed
from tests.factories.policies import clause_of
from tests.factories.reviews import case_of

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(days=1)


@pytest.fixture
def editor(db):
    return AdministratorFactory()


@pytest.fixture
def filed(company) -> Application:
    return make_filed(company, "3.4.5").application


def fresh(application) -> Application:
    """As a new request reads it."""
    return Application.objects.select_related("clause__document", "clause_version").get(pk=application.pk)


def newest(application) -> Revision:
    return application.revisions.select_related("clause_version", "application__clause__document").last()


def wording(definition):
    definition["title"] = "“5G＋智慧工厂”建设补助"
    definition["facts"][0]["label"] = "“5G＋智慧工厂”项目（更正）"


def substance(definition):
    definition["award"]["each"]["rate"] |= {"value": "40%"}


def successor(clause_id, change, *, editor, start=None, retire=True):
    """Retire (or end) the published version and publish a changed one from `start` on; what lints say is not asked."""
    old = clause_of(clause_id).versions.get(state="published")
    draft = draft_from(old, valid_from=start or old.valid_from, by=editor, at=AT)
    content = ClauseContent.of(draft)
    definition = copy.deepcopy(content.definition)
    change(definition)
    draft = save_draft(draft, content=replace(content, definition=definition), expected_edit=1, by=editor, at=AT)
    if retire:
        retire_version(old, by=editor, at=AT)
    else:
        end_version(old, valid_to=draft.valid_from - dt.timedelta(days=1), by=editor, at=AT)
    draft.state, draft.published_at = "published", AT
    draft.save()
    return old, draft


# ---------------------------------------------------------------------------------------- they say so


def test_a_file_under_its_governing_version_says_nothing(filed):
    assert version_note(fresh(filed), filed.revisions.all()) is None


def test_a_draft_says_nothing(company):
    draft = make_draft(company, "3.4.5")
    assert version_note(draft, []) is None


def test_a_file_whose_version_has_a_successor_for_its_year_says_which_it_keeps(filed, editor):
    successor("3.4.5", substance, editor=editor)
    note = version_note(fresh(filed), filed.revisions.all())
    assert note.title.startswith("本件按条款第1版（有效期")
    assert note.text.startswith("这一版已于2026年3月2日停用，2024 年度现在适用的是第2版（")
    assert "已提交的申报按提交时的版本办完" in note.text


def test_a_successor_from_a_later_year_is_nothing_to_a_file_of_this_year(filed, editor):
    successor("3.4.5", substance, editor=editor, start=dt.date(2025, 1, 1), retire=False)
    assert version_note(fresh(filed), filed.revisions.all()) is None


def test_a_file_whose_version_was_retired_without_successor_says_so(filed, editor):
    retire_version(clause_of("3.4.5").versions.get(), by=editor, at=AT)
    note = version_note(fresh(filed), filed.revisions.all())
    assert note.text.startswith("这一版已于2026年3月2日停用。已提交的申报按提交时的版本办完")


def test_the_page_of_the_enterprise_says_it(filed, editor, company):
    retire_version(clause_of("3.4.5").versions.get(), by=editor, at=AT)
    client = Client()
    client.force_login(company.agent)
    page = client.get(reverse("applications:detail", args=[filed.pk])).content.decode()
    assert "本件按条款第1版（有效期" in page


def test_the_case_page_says_it_and_shows_the_case_under_its_version(filed, editor):
    retire_version(clause_of("3.4.5").versions.get(), by=editor, at=AT)
    client = Client()
    client.force_login(AuditorFactory())
    page = client.get(reverse("reviews:case", args=[case_of(newest(filed)).pk])).content.decode()
    assert "本件按条款第1版（有效期" in page
    assert "9,000,000.00" in page  # computed as it was filed


# ----------------------------------------------------------------------- the policy of a file that keeps its version


def test_a_retired_clause_stands_in_the_policy_of_its_file_in_its_place_and_group(company, editor):
    application = make_filed(company, "3.4.2").application
    before = policy_of(newest(application))
    retire_version(clause_of("3.4.2").versions.get(), by=editor, at=AT)
    assert "3.4.2" not in {clause.id for clause in published_policy(POLICY, YEAR).clauses}
    after = policy_of(newest(application))
    assert [clause.id for clause in after.clauses] == [clause.id for clause in before.clauses]
    assert after == before
    assert compiled(after).groups["研发投入"] == ("3.3.1", "3.4.1", "3.4.2")


def test_the_policy_of_a_file_stands_when_everything_of_it_was_retired(filed, editor, policies_loaded):
    for clause in policies_loaded.clauses.all():
        for version in clause.versions.filter(state="published"):
            retire_version(version, by=editor, at=AT)
    retire_version(policies_loaded.rules.get(), by=editor, at=AT)
    policy = policy_of(newest(filed))
    assert [clause.id for clause in policy.clauses] == ["3.4.5"]
    assert policy.total_cap is not None


def test_a_figure_that_later_rules_no_longer_ask_for_stays_for_the_file_that_reads_it(company, editor, policies_loaded):
    application = make_filed(company, "3.4.2").application
    retire_version(clause_of("3.4.2").versions.get(), by=editor, at=AT)
    old = policies_loaded.rules.get()
    figures = [fact for fact in old.definition["year_facts"] if fact["key"] != "rd_staff"]
    retire_version(old, by=editor, at=AT)
    old.pk, old._state.adding = None, True
    old.number, old.state, old.retired_at, old.retired_by = 2, "published", None, None
    old.definition = {**old.definition, "year_facts": figures, "groups": []}
    old.save()
    policy = policy_of(newest(application))
    assert "rd_staff" in {fact.key for fact in policy.year_facts}
    compiled(policy)


def test_a_kept_clause_leaves_a_group_that_stands_outside_the_cap_now(company, editor, policies_loaded):
    application = make_filed(company, "3.4.2").application

    def exempt(definition):
        definition["exempt"] = {"quote": "“一企一策”“一事一议”除外"}

    for clause_id in ("3.3.1", "3.4.1", "3.4.2"):
        successor(clause_id, exempt, editor=editor)
    policy = policy_of(newest(application))
    assert [group.clauses for group in policy.groups] == [("3.3.1", "3.4.1")]
    assert next(clause for clause in policy.clauses if clause.id == "3.4.2").exempt is None


# ------------------------------------------------------------------- the rules of the year under which it was filed


def other_rules(document, change, *, editor, end=False):
    """Retire the published rules and publish changed ones for the same years; answers both."""
    old = document.rules.get(state="published")
    draft = draft_from(old, valid_from=old.valid_from, by=editor, at=AT)
    content = RulesContent.of(draft)
    definition = copy.deepcopy(content.definition)
    change(definition)
    draft = save_draft(draft, content=replace(content, definition=definition), expected_edit=1, by=editor, at=AT)
    retire_version(old, by=editor, at=AT)
    draft.state, draft.published_at = "published", AT
    draft.save()
    return old, draft


def lower_cap(definition):
    definition["total_cap"]["rate"]["value"] = "1%"


def test_filing_writes_down_the_rules_that_govern_the_year(company, policies_loaded):
    draft = make_draft(company, "3.4.5")
    assert draft.rules is None
    filed = make_filed(company, "3.4.2").application
    assert fresh(filed).rules == policies_loaded.rules.get()


def test_rules_replaced_for_the_same_year_leave_the_account_of_a_file_under_way_alone(filed, editor, policies_loaded):
    old, new = other_rules(policies_loaded, lower_cap, editor=editor)
    assert published_policy(POLICY, YEAR).total_cap.rate.value == "1%"
    assert policy_of(newest(filed)).total_cap.rate.value == "5%"
    note = rules_note(fresh(filed))
    assert note.title == f"本企业{YEAR}年度按通用规则第1版核算"
    assert f"{YEAR} 年度现在适用的第2版，只用于此后才首次提交该年度申报的企业" in note.text
    assert filed_under(old) == 1
    assert filed_under(new) == 0


def test_what_the_same_enterprise_files_later_for_the_year_stands_under_the_same_rules(
    company, filed, editor, policies_loaded
):
    """One account has one cap: the draft beside a filed file, and what it becomes, are computed with the first's."""
    old, new = other_rules(policies_loaded, lower_cap, editor=editor)
    assert policy_of(fresh(make_draft(company, "3.3.1"))).total_cap.rate.value == "5%"
    later = make_filed(company, "3.4.2").application
    assert fresh(later).rules == old
    other = make_filed(make_company(), "3.4.5").application
    assert fresh(other).rules == new
    assert policy_of(newest(other)).total_cap.rate.value == "1%"
    assert rules_note(fresh(other)) is None


def test_a_file_that_was_withdrawn_binds_nobody_to_its_rules(company, filed, editor, policies_loaded):
    withdraw_application(application=filed, reason="改报其他条款", by=company.legal, at=AT)
    _, new = other_rules(policies_loaded, lower_cap, editor=editor)
    assert fresh(make_filed(company, "3.4.2").application).rules == new


def test_figures_that_later_rules_ask_for_are_there_for_a_later_clause_of_a_kept_account(
    company, filed, editor, policies_loaded
):
    """A clause that was published with new rules reads a figure that the rules of the account did not ask for."""

    def more(definition):
        figure = next(fact for fact in definition["year_facts"] if fact["key"] == "rd_expense")
        definition["year_facts"].append({**figure, "key": "tax_paid", "label": "当年纳税额"})

    def reading(definition):
        definition["award"]["of"] = "Y.tax_paid"

    other_rules(policies_loaded, more, editor=editor)
    successor("3.4.2", reading, editor=editor)
    policy = policy_of(make_draft(company, "3.4.2"))
    assert "tax_paid" in {fact.key for fact in policy.year_facts}
    compiled(policy)


def test_the_rules_of_a_filed_file_cannot_be_changed(filed, editor, policies_loaded):
    _, new = other_rules(policies_loaded, lower_cap, editor=editor)
    with pytest.raises(InternalError, match="Cannot update rows"), transaction.atomic():
        Application.objects.filter(pk=filed.pk).update(rules=new)
    with pytest.raises(InternalError, match="Cannot update rows"), transaction.atomic():
        Application.objects.filter(pk=filed.pk).update(rules=None)


def test_the_pages_say_under_which_rules_the_account_stands(company, filed, editor, policies_loaded):
    other_rules(policies_loaded, lower_cap, editor=editor)
    client = Client()
    client.force_login(company.agent)
    page = client.get(reverse("applications:detail", args=[filed.pk])).content.decode()
    assert f"本企业{YEAR}年度按通用规则第1版核算" in page
    client.force_login(AuditorFactory())
    page = client.get(reverse("reviews:case", args=[case_of(newest(filed)).pk])).content.decode()
    assert f"本企业{YEAR}年度按通用规则第1版核算" in page


# ---------------------------------------------------------------------------------------------- roll forward


def test_corrected_typing_reaches_the_files_under_way(filed, editor):
    revision = newest(filed)
    sha256, version = revision.sha256, filed.version
    old, new = successor("3.4.5", wording, editor=editor)
    assert definition_of(newest(filed)).title == "“5G+智慧工厂”建设补助"
    (moved,) = roll_forward(version=old, by=editor, at=LATER)
    assert moved.pk == filed.pk
    found, revision = fresh(filed), newest(filed)
    assert found.clause_version == new
    assert found.version == version  # nothing that is decided on has changed
    assert revision.clause_version == old  # what was filed names the version of its day
    assert revision.sha256 == sha256 == revision_digest(revision)
    assert version_of(revision) == new
    assert definition_of(revision).title == "“5G＋智慧工厂”建设补助"
    event = history(found).get(event=ROLLED)
    assert (event.actor_id, event.data) == (editor.pk, {"number": found.number, "from": 1, "to": 2})
    note = version_note(found, found.revisions.all())
    assert note.title == "本件已转到条款第2版"
    assert "由第1版转到第2版：只更正文字" in note.text
    with pytest.raises(Conflict, match="没有需要转版的申报"):
        roll_forward(version=old, by=editor, at=LATER)


def test_substance_is_never_rolled_forward(filed, editor):
    old, _ = successor("3.4.5", substance, editor=editor)
    with pytest.raises(Invalid, match="不只是文字更正，不能转版") as refused:
        roll_forward(version=old, by=editor, at=LATER)
    (sentence,) = refused.value.errors["version"]
    assert "50% → 40%" in sentence
    assert "1 件申报仍按原版本办理" in sentence
    assert fresh(filed).clause_version == old


def test_a_version_that_only_ended_earlier_is_compared_as_it_was_published(company, editor, open_now):
    application = file(fill(make_draft(company, "3.4.5", year=2025), company), company).application
    old, new = successor("3.4.5", wording, editor=editor, start=dt.date(2025, 1, 1), retire=False)
    assert [move.is_allowed for move in moves_of(old)] == [True]
    roll_forward(version=old, by=editor, at=LATER)
    assert fresh(application).clause_version == new


def test_a_file_of_a_year_that_the_old_version_governs_stays(filed, editor):
    old, _ = successor("3.4.5", wording, editor=editor, start=dt.date(2025, 1, 1), retire=False)
    assert moves_of(old) == []


def test_decided_files_stay(filed, editor):
    Application.objects.filter(pk=filed.pk).update(state="approved")
    old, _ = successor("3.4.5", wording, editor=editor)
    assert moves_of(old) == []


def test_drafts_follow_by_themselves(company, editor):
    draft = make_draft(company, "3.4.5")
    old, new = successor("3.4.5", wording, editor=editor)
    assert moves_of(old) == []
    assert version_of(fresh(draft)) == new


def test_only_administrators_move_files(filed, editor):
    old, _ = successor("3.4.5", wording, editor=editor)
    with pytest.raises(NotAllowed, match="由政策管理员办理"):
        roll_forward(version=old, by=AuditorFactory(), at=LATER)


# --------------------------------------------------------------------------------------------------- the page


@pytest.fixture
def visitor(editor):
    client = Client()
    client.force_login(editor)
    return client


def test_the_page_asks_back_and_moves(filed, editor, visitor):
    old, new = successor("3.4.5", wording, editor=editor)
    url = reverse("applications:roll_forward", args=[old.pk])
    page = visitor.get(url).content.decode()
    assert filed.number in page
    assert "确认转版" in page
    answer = visitor.post(url, follow=True)
    assert "已将 1 件申报转到更正后的版本" in answer.content.decode()
    assert "没有需要转版的申报" in answer.content.decode()
    assert fresh(filed).clause_version == new


def test_the_page_refuses_substance_in_words(filed, editor, visitor):
    old, _ = successor("3.4.5", substance, editor=editor)
    url = reverse("applications:roll_forward", args=[old.pk])
    page = visitor.get(url).content.decode()
    assert "不转版" in page
    assert "确认转版" not in page
    answer = visitor.post(url)
    assert answer.status_code == 422
    assert "50% → 40%" in answer.content.decode()


def test_nothing_to_move_is_a_conflict(policies_loaded, visitor):
    version = clause_of("3.4.5").versions.get()
    assert visitor.post(reverse("applications:roll_forward", args=[version.pk])).status_code == 409


def test_a_draft_has_no_such_page(policies_loaded, editor, visitor):
    draft = draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    assert visitor.get(reverse("applications:roll_forward", args=[draft.pk])).status_code == 404
