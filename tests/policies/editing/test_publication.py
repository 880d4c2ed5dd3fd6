"""Publication: submitted with a reason, published by a second person, all or none; everything refused in words."""

import copy
import datetime as dt
from dataclasses import replace

import pytest

from accounts.models import Notification
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from policies import publication_gates
from policies.actions import end_version, retire_version
from policies.actions.drafts import draft_from, save_draft
from policies.actions.publication import (
    publish_publication,
    return_publication,
    submit_publication,
    withdraw_publication,
)
from policies.actions.publication_checks import check_drafts
from policies.drafts import ClauseContent, RulesContent
from policies.errors import PublicationRefused, SecondPersonNeeded, VersionStateError
from policies.lint import LintFault
from policies.models import Clause, ClauseVersion, Document, Publication
from policies.queries import published_policy
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, NUMBER, clause_of
from tests.policies.editing.conftest import FROM, with_title

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


def submit(versions, by, reason="按市政府常务会议纪要调整"):
    return submit_publication(Document.objects.get(number=NUMBER), versions=versions, reason=reason, by=by, at=AT)


def publish(publication, by, expected_version=1):
    return publish_publication(publication=publication, expected_version=expected_version, by=by, at=LATER)


@pytest.fixture
def publication(ready, writer, second):
    return submit([ready], writer)


def test_whoever_keeps_what_was_read_under_the_policy_hears_of_it_once(publication, second):
    publish(publication, second)
    (message,) = OutboxMessage.objects.filter(kind="policies.published")
    assert message.payload == {"document": publication.document_id}


def test_the_old_version_ends_on_the_day_before_and_the_new_one_begins(publication, ready, writer, second):
    publish(publication, second)
    old, new = clause_of("3.4.5").versions.order_by("number")
    assert (old.state, old.valid_to) == ("published", dt.date(2024, 12, 31))
    assert (new.state, new.published_by, new.valid_from) == ("published", second, FROM)
    publication.refresh_from_db()
    assert (publication.state, publication.closed_by, publication.version) == ("published", second, 2)
    titles = [
        next(clause.title for clause in published_policy(NUMBER, year).clauses if clause.id == "3.4.5")
        for year in (2024, 2025)
    ]
    assert titles == ["“5G+智慧工厂”建设补助", "“5G+智慧工厂”补助"]
    ended = history(old).get(event="policies.version_ended")
    assert ended.data["reason"] == "按市政府常务会议纪要调整"
    events = list(history(publication).values_list("event", "actor_id"))
    assert events == [("policies.publication_submitted", writer.pk), ("policies.publication_published", second.pk)]


def test_the_clause_is_called_as_its_new_version_and_the_rooms_behind_hear_of_it(publication, second):
    publish(publication, second)
    clause = clause_of("3.4.5")
    assert clause.title == "“5G+智慧工厂”补助"
    message = OutboxMessage.objects.get(kind="policies.clause_renamed", payload={"clause": clause.pk})
    assert message.payload == {"clause": clause.pk}


def test_the_others_are_told_and_the_submitter_hears_of_the_end(publication, writer, second):
    assert list(Notification.objects.filter(user=second).values_list("title", flat=True)) == [
        f"{NUMBER} 有 1 份草稿待发布"
    ]
    assert not Notification.objects.filter(user=writer).exists()
    publish(publication, second)
    assert Notification.objects.get(user=writer).title == f"{NUMBER} 发布申请已发布"


def test_nobody_publishes_what_they_submitted_or_wrote(publication, ready, writer, second):
    with pytest.raises(SecondPersonNeeded, match="由您提交，须由另一位管理员"):
        publish(publication, writer)
    withdraw_publication(publication=publication, expected_version=1, by=writer, at=AT)
    draft = save_draft(ready, content=with_title(ready, "乙"), expected_edit=2, by=second, at=AT)
    third = AdministratorFactory()
    again = submit([draft], third)
    for author in (writer, second):
        with pytest.raises(SecondPersonNeeded, match="由您起草或修改过"):
            publish(again, author)
    publish(again, AdministratorFactory())
    assert ClauseVersion.objects.get(pk=draft.pk).is_published


def test_only_administrators(publication, ready, writer):
    auditor = AuditorFactory()
    with pytest.raises(NotAllowed):
        publish(publication, auditor)
    with pytest.raises(NotAllowed):
        return_publication(publication=publication, expected_version=1, note="退回", by=auditor, at=AT)
    withdraw_publication(publication=publication, expected_version=1, by=writer, at=AT)
    with pytest.raises(NotAllowed):
        submit([ready], auditor)


def test_a_reason_and_a_draft_are_needed(ready, writer):
    with pytest.raises(Invalid) as refused:
        submit([], writer, reason=" ")
    assert refused.value.errors == {
        "reason": ["请写明发布的理由。"],
        "versions": ["请至少选择一份草稿，或一个要停用、提前终止的版本。"],
    }
    with pytest.raises(VersionStateError, match="不是草稿"):
        submit([clause_of("3.4.5").versions.get(number=1)], writer)
    assert not Publication.objects.exists()


def test_a_draft_is_in_one_open_publication(publication, ready, writer):
    with pytest.raises(VersionStateError, match="已在另一件待发布的申请中"):
        submit([ready], writer)


def test_a_clause_that_pays_needs_a_case_and_all_its_cases_must_hold(draft, writer, ready):
    case = draft.cases.get()
    case.expected = {"status": "eligible", "amount": "4000001.00"}
    case.save()
    with pytest.raises(PublicationRefused) as refused:
        submit([draft], writer)
    (sentence,) = refused.value.errors['clauses["3.4.5"].cases']
    assert "应为符合，4,000,001.00 元，实际为符合，4,000,000.00 元" in sentence
    case.delete()
    with pytest.raises(PublicationRefused, match="1 处问题") as refused:
        submit([draft], writer)
    assert "至少须有一个算例" in refused.value.errors['clauses["3.4.5"].cases'][0]


def test_the_lints_refuse_and_every_reason_is_told_at_once(ready, writer):
    content = ClauseContent.of(ready)
    definition = copy.deepcopy(content.definition)
    definition["award"]["each"]["rate"].update(value="500%")
    draft = save_draft(ready, content=replace(content, definition=definition), expected_edit=2, by=writer, at=AT)
    with pytest.raises(PublicationRefused) as refused:
        submit([draft], writer)
    paths = list(refused.value.errors)
    assert any(path.startswith('clauses["3.4.5"].award') for path in paths)
    assert 'clauses["3.4.5"].cases' in paths
    clause_of("3.4.5").versions.get(number=1, valid_to=dt.date(2025, 12, 31))  # nothing ended for the trial


def test_a_version_that_begins_on_the_same_day_must_be_retired_first(loaded, ready, writer, second):
    old = clause_of("3.4.5").versions.get(number=1)
    other = save_draft(
        ready, content=replace(ClauseContent.of(ready), valid_from=old.valid_from), expected_edit=2, by=writer, at=AT
    )
    with pytest.raises(PublicationRefused) as refused:
        submit([other], writer)
    assert "请一并停用第 1 版" in refused.value.errors['clauses["3.4.5"].valid_from'][0]
    retire_version(old, by=second, at=AT, reason="由新版本代替")
    publish(submit([other], writer), second)
    assert clause_of("3.4.5").versions.get(state="published") == other


def test_two_drafts_of_one_clause_that_meet_are_refused(ready, writer):
    other = draft_from(ready, valid_from=dt.date(2025, 6, 1), by=writer, at=AT)
    with pytest.raises(PublicationRefused) as refused:
        submit([ready, other], writer)
    assert "两份草稿的有效期重叠" in refused.value.errors['clauses["3.4.5"].valid_from'][0]


def test_days_without_a_version_are_remarked_on(ready, writer):
    content = replace(ClauseContent.of(ready), valid_to=dt.date(2025, 6, 30))
    draft = save_draft(ready, content=content, expected_edit=2, by=writer, at=AT)
    checked = check_drafts(draft.clause.document, [draft], at=AT)
    assert any("其后的日子将没有生效的版本" in fault.message for fault in checked.remarks)


def test_a_draft_that_changed_since_is_not_published(publication, ready, second):
    ClauseVersion.objects.filter(pk=ready.pk).update(evidence=[])
    with pytest.raises(Conflict, match="在提交之后有改动"):
        publish(publication, second)
    with pytest.raises(Conflict, match="在您打开之后有变动"):
        publish(publication, second, expected_version=7)
    assert Publication.objects.get().state == "open"


def test_gates_of_other_rooms_refuse_and_remark(publication, ready, second, monkeypatch):
    said = [LintFault("impact", "尚未计算对往年的影响。", "请先计算。")]
    monkeypatch.setattr(publication_gates, "_gates", [lambda found: said])
    with pytest.raises(PublicationRefused) as refused:
        publish(publication, second)
    assert refused.value.errors == {"impact": ["尚未计算对往年的影响。请先计算。"]}
    assert clause_of("3.4.5").versions.get(number=1).valid_to == dt.date(2025, 12, 31)
    said[:] = [LintFault("impact", "有企业减少。", "", "warning")]
    publish(publication, second)


def test_a_publication_is_returned_with_a_reason_and_the_draft_may_be_edited_again(publication, ready, writer, second):
    with pytest.raises(Invalid, match="请写明退回的原因"):
        return_publication(publication=publication, expected_version=1, note="", by=second, at=LATER)
    with pytest.raises(NotAllowed, match="请用“撤回”"):
        return_publication(publication=publication, expected_version=1, note="自己", by=writer, at=LATER)
    with pytest.raises(NotAllowed, match="撤回由提交人办理"):
        withdraw_publication(publication=publication, expected_version=1, by=second, at=LATER)
    return_publication(publication=publication, expected_version=1, note="名称有误", by=second, at=LATER)
    save_draft(ready, content=with_title(ready, "丙"), expected_edit=2, by=writer, at=LATER)
    with pytest.raises(VersionStateError, match="已退回，不能再办理"):
        publish(publication, second, expected_version=2)
    assert submit([ready], writer).pk != publication.pk


def test_rules_and_clauses_go_together(loaded, ready, writer, second):
    rules = draft_from(loaded.rules.get(), valid_from=FROM, by=writer, at=AT)
    definition = copy.deepcopy(rules.definition)
    definition["year_facts"][0]["help"] = "以审计报告为准。"
    content = replace(RulesContent.of(rules), definition=definition)
    rules = save_draft(rules, content=content, expected_edit=1, by=writer, at=AT)
    publish(submit([ready, rules], writer), second)
    assert loaded.rules.filter(state="published").count() == 2
    facts = published_policy(NUMBER, 2025).year_facts
    assert facts[0].help == "以审计报告为准。"
    assert published_policy(NUMBER, 2024).year_facts[0].help != "以审计报告为准。"


def test_a_document_in_preparation_becomes_public_with_rules_and_a_clause(loaded, ready, writer, second):
    ClauseVersion.objects.filter(state="published").exclude(clause__clause_id="3.4.5").update(
        state="retired", retired_at=AT
    )
    end_version(clause_of("3.4.5").versions.get(number=1), valid_to=dt.date(2024, 12, 31), by=second, at=AT)
    loaded.rules.filter(state="published").update(state="retired", retired_at=AT)
    Document.objects.filter(pk=loaded.pk).update(published_at=None, published_by=None)
    with pytest.raises(PublicationRefused) as refused:
        submit([ready], writer)
    assert "文件首次公开时须有通用规则" in refused.value.errors["rules"][0]


def test_a_clause_keeps_its_nature(loaded, ready, writer):
    content = ClauseContent.of(ready)
    definition = {key: content.definition[key] for key in ("id", "title", "sentence")}
    draft = save_draft(ready, content=replace(content, definition=definition), expected_edit=2, by=writer, at=AT)
    with pytest.raises(PublicationRefused) as refused:
        submit([draft], writer)
    assert "同一条款不能改变性质" in refused.value.errors['clauses["3.4.5"].award'][0]
    assert Clause.objects.get(pk=draft.clause_id).is_monetary
