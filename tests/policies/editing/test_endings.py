"""Published versions leave force by a publication alone: proposed with a reason, carried out by a second person."""

import datetime as dt

import pytest
from django.contrib import admin
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Notification
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from policies.actions import end_version, retire_version
from policies.actions.cases import add_case
from policies.actions.drafts import draft_from
from policies.actions.publication import (
    publish_publication,
    return_publication,
    submit_publication,
    withdraw_publication,
)
from policies.actions.publication_checks import check_drafts
from policies.errors import PolicyYearError, PublicationRefused, SecondPersonNeeded, VersionStateError
from policies.models import Document, Publication, PublicationItem
from policies.queries import clause_version_for, published_policy
from policies.queries.endings import ending_impacts, lost_years
from policies.queries.history import story_of
from policies.queries.publications import Ending, endings_in, published_of, versions_in
from policies.queries.transfer import exported
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, NUMBER, clause_of, make_call
from tests.policies.editing.conftest import expected, one_project

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)
TODAY = dt.date(2026, 3, 2)
LAST = dt.date(2024, 12, 31)


@pytest.fixture
def version(loaded):
    return clause_of("3.4.5").versions.get()


def submit(endings, by, versions=(), reason="财政资金到期"):
    return submit_publication(
        Document.objects.get(number=NUMBER), versions=versions, endings=endings, reason=reason, by=by, at=AT
    )


def publish(publication, by, expected_version=1):
    return publish_publication(publication=publication, expected_version=expected_version, by=by, at=LATER)


def refusals(refused):
    return [fault.message for fault in refused.value.faults]


# ------------------------------------------------------------------------------------------------- the way


def test_a_version_is_retired_by_a_second_person(version, writer, second):
    publication = submit([Ending(version, None)], writer)
    version.refresh_from_db()
    assert version.state == "published"
    assert clause_version_for(version.clause, 2024) == version
    with pytest.raises(SecondPersonNeeded, match="由您提交，须由另一位管理员"):
        publish(publication, writer)
    publish(publication, second)
    version.refresh_from_db()
    assert (version.state, version.retired_by, version.retired_at) == ("retired", second, LATER)
    with pytest.raises(PolicyYearError):
        clause_version_for(version.clause, 2024)
    publication.refresh_from_db()
    assert (publication.state, publication.closed_by) == ("published", second)
    assert publication.checked["asked"][0]["years"] == "2023、2024、2025 年度"


def test_a_version_ends_on_a_day_by_a_second_person(version, writer, second):
    publish(submit([Ending(version, LAST)], writer), second)
    version.refresh_from_db()
    assert (version.state, version.valid_to) == ("published", LAST)
    assert clause_version_for(version.clause, 2024) == version
    with pytest.raises(PolicyYearError):
        clause_version_for(version.clause, 2025)


def test_the_record_says_who_proposed_and_who_published(version, writer, second):
    publication = submit([Ending(version, LAST)], writer)
    publish(publication, second)
    event = history(version).get(event="policies.version_ended")
    assert event.actor_id == second.pk
    assert event.data == {
        "sha256": version.definition_sha256,
        "valid_to": "2024-12-31",
        "before": "2025-12-31",
        "reason": "财政资金到期",
        "publication": publication.pk,
        "proposed_by": "李起草",
    }
    story = story_of(version)
    assert story.ended == (
        "提前终止，有效期至2024年12月31日（原为2025年12月31日），由李起草提出，王复核发布：财政资金到期"
    )
    assert "提出提前终止（到2024年12月31日为止）：财政资金到期" in [one.text for one in story.sentences]
    submitted = history(publication).get(event="policies.publication_submitted")
    assert submitted.data["endings"] == [
        {"kind": "clause", "version": version.pk, "name": str(version), "valid_to": "2024-12-31"}
    ]


def test_a_retired_version_says_the_same(version, writer, second):
    publish(submit([Ending(version, None)], writer), second)
    assert story_of(version).ended == "停用，由李起草提出，王复核发布：财政资金到期"


def test_the_other_administrators_are_told(version, writer, second):
    publication = submit([Ending(version, None)], writer)
    assert Notification.objects.get(user=second).title == f"{NUMBER} 有 1 项停用或提前终止待发布"
    publish(publication, second)
    assert Notification.objects.get(user=writer).title == f"{NUMBER} 发布申请已发布"


def test_the_rooms_behind_hear_of_a_clause_that_left_force(version, writer, second):
    publish(submit([Ending(version, None)], writer), second)
    message = OutboxMessage.objects.get(kind="policies.clause_ended")
    assert message.payload == {"clause": version.clause_id, "version": version.pk, "reason": "财政资金到期"}


def test_drafts_and_endings_go_together(version, ready, writer, second):
    """A version that begins on the same day takes the place of one that is retired with it."""
    other = clause_of("3.4.4").versions.get()
    publication = submit([Ending(version, None), Ending(other, LAST)], writer, versions=[ready])
    assert Notification.objects.get(user=second).title == f"{NUMBER} 有 1 份草稿、2 项停用或提前终止待发布"
    assert versions_in(publication) == [ready]
    assert [(one.version, one.valid_to) for one in endings_in(publication)] == [(other, LAST), (version, None)]
    publish(publication, second)
    assert clause_version_for(version.clause, 2025) == ready
    with pytest.raises(PolicyYearError):
        clause_version_for(version.clause, 2024)
    other.refresh_from_db()
    assert other.valid_to == LAST


def test_a_version_of_the_same_day_is_replaced_in_one_publication(version, writer, second):
    draft = draft_from(version, valid_from=version.valid_from, by=writer, at=AT)
    add_case(draft, title="一个项目", document=one_project(), expected=expected("4000000.00"), by=writer, at=AT)
    with pytest.raises(PublicationRefused):
        submit([], writer, versions=[draft])
    publish(submit([Ending(version, None)], writer, versions=[draft]), second)
    assert clause_version_for(version.clause, 2024) == draft


# ------------------------------------------------------------------------------------------------ refusals


def test_only_administrators_and_never_without_a_reason(version, writer, second):
    with pytest.raises(NotAllowed):
        submit([Ending(version, None)], AuditorFactory())
    with pytest.raises(Invalid) as refused:
        submit([Ending(version, None)], writer, reason=" ")
    assert refused.value.errors == {"reason": ["请写明发布的理由。"]}
    publication = submit([Ending(version, None)], writer)
    with pytest.raises(NotAllowed):
        publish(publication, AuditorFactory())


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (dt.date(2025, 12, 31), "终止日期只能提前"),
        (dt.date(2026, 6, 30), "终止日期只能提前"),
        (dt.date(2023, 10, 9), "终止日期不能早于这一天"),
    ],
)
def test_a_day_that_is_no_earlier_end_is_refused(version, writer, day, sentence):
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(version, day)], writer)
    assert sentence in refusals(refused)[0]
    assert refused.value.faults[0].path == 'clauses["3.4.5"].valid_to'
    assert not Publication.objects.exists()


def test_what_is_not_published_cannot_leave_force(version, draft, writer):
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(draft, None)], writer)
    assert "不是有效的版本" in refusals(refused)[0]
    retire_version(version, by=None, at=AT)
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(version, LAST)], writer)
    assert "已于2026年3月2日停用" in refusals(refused)[0]


def test_the_same_version_is_named_once(version, writer):
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(version, None), Ending(version, LAST)], writer)
    assert any("选了两次" in message for message in refusals(refused))


def test_a_successor_of_the_same_publication_ends_it_by_itself(version, ready, writer):
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(version, dt.date(2025, 6, 30))], writer, versions=[ready])
    assert "一并发布的第 2 版却自2025年1月1日起生效" in refusals(refused)[0]


def test_an_open_publication_holds_the_version_alone(version, writer, second):
    submit([Ending(version, LAST)], writer)
    with pytest.raises(VersionStateError, match="已在另一件待发布的申请中"):
        submit([Ending(version, None)], second)


def test_a_version_that_was_retired_meanwhile_is_told(version, writer, second):
    publication = submit([Ending(version, LAST)], writer)
    retire_version(version, by=AdministratorFactory(), at=AT)
    with pytest.raises(Conflict, match="在提交之后已于2026年3月2日停用，不用再提前终止"):
        publish(publication, second)


def test_a_version_that_ended_meanwhile_is_told(version, writer, second):
    publication = submit([Ending(version, None)], writer)
    end_version(version, valid_to=LAST, by=AdministratorFactory(), at=AT)
    with pytest.raises(Conflict, match="在提交之后改为到2024年12月31日为止，停用的影响须重新核对"):
        publish(publication, second)


def test_a_successor_that_was_published_meanwhile_is_told(version, ready, writer, second):
    ending = submit([Ending(version, dt.date(2024, 6, 30))], writer)
    publish(submit([], writer, versions=[ready]), second)
    with pytest.raises(Conflict, match="在提交之后改为到2024年12月31日为止"):
        publish(ending, second)
    return_publication(publication=ending, expected_version=1, note="已有新版本", by=second, at=LATER)
    version.refresh_from_db()
    assert version.valid_to == LAST


def test_a_draft_is_judged_by_what_an_ending_left(version, ready, writer, second):
    """The ending is published first: the draft that waits has nobody left to end, and goes into force."""
    draft = submit([], writer, versions=[ready])
    publish(submit([Ending(version, dt.date(2024, 6, 30))], writer), second)
    publish(draft, second)
    version.refresh_from_db()
    assert version.valid_to == dt.date(2024, 6, 30)
    assert clause_version_for(version.clause, 2025) == ready


def test_withdrawn_it_may_be_proposed_again(version, writer, second):
    publication = submit([Ending(version, None)], writer)
    withdraw_publication(publication=publication, expected_version=1, by=writer, at=LATER)
    version.refresh_from_db()
    assert version.state == "published"
    assert "撤回发布申请" in [one.text for one in story_of(version).sentences]
    publish(submit([Ending(version, LAST)], writer), second)


def test_rules_do_not_leave_while_clauses_need_them(loaded, writer, second):
    rules = loaded.rules.get()
    with pytest.raises(PublicationRefused) as refused:
        submit([Ending(rules, None)], writer)
    assert "2023、2024、2025 年度将没有通用规则，而条款" in refusals(refused)[0]
    everything = [Ending(one, None) for one in published_of(loaded)]
    publish(submit(everything, writer), second)
    with pytest.raises(PolicyYearError):
        published_policy(NUMBER, 2024)


def test_rules_are_replaced_by_rules_of_the_same_day(loaded, writer, second):
    rules = loaded.rules.get()
    draft = draft_from(rules, valid_from=rules.valid_from, by=writer, at=AT)
    publish(submit([Ending(rules, None)], writer, versions=[draft]), second)
    rules.refresh_from_db()
    draft.refresh_from_db()
    assert (rules.state, draft.state) == ("retired", "published")


def test_checking_keeps_nothing(version, loaded):
    checked = check_drafts(loaded, [], at=AT, asked=[Ending(version, None)])
    assert checked.refusing == []
    version.refresh_from_db()
    assert (version.state, version.retired_at) == ("published", None)


# -------------------------------------------------------------------------------------------- the database


def item(publication, **fields):
    with transaction.atomic():
        PublicationItem.objects.create(publication=publication, **fields)


def test_the_database_keeps_drafts_and_endings_apart(version, draft, loaded):
    publication = Publication.objects.create(
        document=loaded, reason="演示", content_sha256="0" * 64, submitted_by=AdministratorFactory(), submitted_at=AT
    )
    with pytest.raises(DatabaseError, match="publishes drafts and ends published versions"):
        item(publication, clause_version=version)
    with pytest.raises(DatabaseError, match="publishes drafts and ends published versions"):
        item(publication, clause_version=draft, act="retire")
    with pytest.raises(IntegrityError, match="publicationitem_last_day_with_end"):
        item(publication, clause_version=version, act="end")
    with pytest.raises(IntegrityError, match="publicationitem_last_day_with_end"):
        item(publication, clause_version=version, act="retire", last_day=LAST)
    item(publication, clause_version=version, act="end", last_day=LAST)
    with pytest.raises(IntegrityError, match="publicationitem_version_once"):
        item(publication, clause_version=version, act="retire")
    with pytest.raises(IntegrityError, match="publicationitem_act_valid"), transaction.atomic():
        PublicationItem.objects.bulk_create(
            [PublicationItem(publication=publication, rules=loaded.rules.get(), act="x")]
        )


# ---------------------------------------------------------------------------------------------- what it means


def test_the_years_without_a_version_are_counted_with_everything_that_goes_on(version, ready):
    assert lost_years(Ending(version, None), [Ending(version, None)], [], today=TODAY).years == (2023, 2024, 2025)
    ending = Ending(version, LAST)
    assert lost_years(ending, [ending], [], today=TODAY).words == "2025 年度"
    assert lost_years(ending, [ending], [ready], today=TODAY).years == ()
    early = Ending(version, dt.date(2024, 6, 30))
    assert lost_years(early, [early], [ready], today=TODAY).words == "2024 年度"


def test_calls_of_lost_years_are_named(version, loaded):
    call = make_call(loaded, 2025)
    type(call).objects.filter(pk=call.pk).update(title="全部条款的通知")
    over = make_call(loaded, 2024)
    type(over).objects.filter(pk=over.pk).update(closes_on=dt.date(2026, 2, 15))
    named = make_call(loaded, 2025, clauses=(clause_of("3.4.4"),))
    (impact,) = ending_impacts([Ending(version, None)], [], today=TODAY)
    assert impact.calls == [call]
    (impact,) = ending_impacts([Ending(clause_of("3.4.4").versions.get(), LAST)], [], today=TODAY)
    assert set(impact.calls) == {call, named}
    assert over not in impact.calls


def test_a_file_that_leaves_the_house_says_the_new_last_day(version, loaded, writer, second):
    other = clause_of("3.4.4").versions.get()
    publish(submit([Ending(version, LAST), Ending(other, None)], writer), second)
    clauses = {one["clause_id"]: one["versions"] for one in exported(loaded)["clauses"]}
    assert [(one["state"], one["valid_to"]) for one in clauses["3.4.5"]] == [("published", "2024-12-31")]
    assert clauses["3.4.4"] == []


# ---------------------------------------------------------------------------------------------- 系统管理


def test_the_technical_administration_changes_no_policy_data(rf, second):
    request = rf.get("/")
    request.user = second
    sites = {model: site for model, site in admin.site._registry.items() if model._meta.app_label == "policies"}
    assert sites
    for model, site in sites.items():
        assert not site.has_add_permission(request), model
        assert not site.has_change_permission(request), model
        assert not site.has_delete_permission(request), model
        for inline in site.get_inline_instances(request):
            assert not inline.has_add_permission(request, None), inline
            assert not inline.has_change_permission(request, None), inline
            assert not inline.can_delete, inline
        # 待确认事项 are confirmed there, which changes no value.
        assert set(site.get_actions(request)) <= ({"confirm"} if model._meta.model_name == "policysetting" else set())
