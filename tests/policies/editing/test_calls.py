"""Calls in 政策维护: issued, their days moved without leaving out what was filed, windows, leave to file late."""

import datetime as dt
from datetime import date

import pytest

from accounts.bans import standing_ban
from accounts.models import Ban, Notification, Unit
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from common.workdays import SHANGHAI
from policies.actions import issue_call
from policies.actions.calls import Days, change_call_window
from policies.actions.late_filing import grant_late_filing, revoke_late_filing
from policies.actions.windows import add_windows, change_window, end_window
from policies.models import CallWindow, LateFiling
from policies.queries import window_for
from policies.queries.calls import call_lists, found_enterprises, open_calls
from policies.queries.windows import Why
from tests.factories.accounts import AdministratorFactory, AuditorFactory, EnterpriseFactory, UserFactory
from tests.factories.applications import make_company
from tests.factories.policies import AT, clause_of, make_call

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)  # of AT
OWN = Days(date(2026, 2, 1), date(2026, 4, 30))
AFTER = dt.datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def editor():
    return AdministratorFactory()


@pytest.fixture
def call(loaded):
    return make_call(loaded)


def district(name="高新区"):
    return Unit.objects.get(name=name)


def enterprise_in(name="高新区", **values):
    return EnterpriseFactory(district=district(name), **values)


def window(call, editor, *, clauses=(), districts=(), days=None, at=AT, reason="系统升级"):
    days = days or Days(OWN.opens_on, date(2026, 5, 31))
    return add_windows(
        call,
        clauses=[clause_of(one) for one in clauses],
        districts=[district(one) for one in districts],
        opens_on=days.opens_on,
        closes_on=days.closes_on,
        reason=reason,
        by=editor,
        at=at,
    )


def move(call, days, editor, *, seen=OWN, reason="应企业请求", at=AT):
    return change_call_window(
        call, opens_on=days.opens_on, closes_on=days.closes_on, seen=seen, reason=reason, by=editor, at=at
    )


def grant(call, enterprise, editor, *, clause="3.4.5", until=date(2026, 5, 20), reason="系统故障", at=AFTER):
    return grant_late_filing(
        call,
        enterprise=enterprise,
        clause=clause_of(clause),
        closes_on=until,
        reason=reason,
        by=editor,
        at=at,
    )


class TestIssue:
    def issue(self, document, editor, **changes):
        values = {
            "policy_year": 2025,
            "title": "2025年度申报通知",
            "text": "正文",
            "opens_on": date(2026, 3, 10),
            "closes_on": date(2026, 6, 30),
            "by": editor,
            "at": AT,
        }
        return issue_call(document, **values | changes)

    def test_a_call_is_issued_with_its_event(self, loaded, editor):
        call = self.issue(loaded, editor)
        event = AuditEvent.objects.get(event="policies.call_issued")
        assert (event.actor_id, event.subject_id) == (editor.pk, str(call.pk))
        assert [len(group) for group in _groups(call_lists(TODAY))] == [0, 1, 0]
        assert [len(group) for group in _groups(call_lists(date(2026, 7, 1)))] == [0, 0, 1]

    def test_the_same_call_is_not_issued_twice(self, loaded, editor):
        self.issue(loaded, editor)
        with pytest.raises(Invalid, match="已有同名的申报通知") as refused:
            self.issue(loaded, editor)
        assert refused.value.field == "title"

    def test_a_last_day_that_is_past_is_refused(self, loaded, editor):
        with pytest.raises(Invalid, match="截止日期已经过去") as refused:
            self.issue(loaded, editor, opens_on=date(2026, 1, 1), closes_on=date(2026, 3, 1))
        assert refused.value.field == "closes_on"
        self.issue(loaded, editor, opens_on=date(2026, 1, 1), closes_on=TODAY)

    def test_a_document_in_preparation_calls_for_nothing(self, loaded, editor):
        loaded.published_at = None
        loaded.save()
        with pytest.raises(Invalid, match="还在准备中"):
            self.issue(loaded, editor)

    def test_only_administrators_issue_calls(self, loaded):
        for nobody in (UserFactory(), AuditorFactory()):
            with pytest.raises(NotAllowed):
                self.issue(loaded, nobody)


def _groups(found):
    return found.running, found.coming, found.closed


class TestOwnDays:
    def test_a_call_is_extended_with_a_reason_and_both_states_in_the_record(self, call, editor):
        move(call, Days(OWN.opens_on, date(2026, 5, 31)), editor)
        call.refresh_from_db()
        assert call.closes_on == date(2026, 5, 31)
        event = AuditEvent.objects.get(event="policies.call_window_changed")
        assert event.data["before"]["closes_on"] == "2026-04-30"
        assert event.data["after"]["closes_on"] == "2026-05-31"
        assert event.data["reason"] == "应企业请求"
        assert OutboxMessage.objects.filter(kind="policies.windows_moved").count() == 1

    def test_it_may_be_closed_today_but_not_yesterday(self, call, editor):
        with pytest.raises(Invalid, match="已经过去"):
            move(call, Days(OWN.opens_on, date(2026, 3, 1)), editor)
        move(call, Days(OWN.opens_on, TODAY), editor)
        call.refresh_from_db()
        assert call.closes_on == TODAY

    def test_days_on_which_one_could_file_stay(self, call, editor):
        with pytest.raises(Invalid, match="已提交的申报会落在受理时间以外") as refused:
            move(call, Days(date(2026, 3, 1), OWN.closes_on), editor)
        assert refused.value.field == "opens_on"
        call.refresh_from_db()
        assert Days.of(call) == OWN
        assert not AuditEvent.objects.filter(event="policies.call_window_changed").exists()

    def test_what_has_not_begun_moves_freely(self, loaded, editor):
        call = make_call(loaded, opens_on=date(2026, 4, 1), closes_on=date(2026, 4, 30))
        moved = move(call, Days(date(2026, 4, 15), date(2026, 5, 15)), editor, seen=Days.of(call))
        assert moved.opens_on == date(2026, 4, 15)

    def test_a_closed_call_may_be_opened_again(self, call, editor):
        move(call, Days(OWN.opens_on, date(2026, 5, 31)), editor, at=AFTER)
        assert list(open_calls(AFTER.date())) == [call]

    @pytest.mark.parametrize(
        ("days", "reason", "field", "sentence"),
        [
            (Days(date(2026, 5, 1), OWN.opens_on), "因故", "closes_on", "截止日期不能早于开始日期"),
            (OWN, "因故", "closes_on", "日期没有变化"),
            (Days(OWN.opens_on, date(2026, 5, 31)), "  ", "reason", "请写明理由"),
            (Days(OWN.opens_on, date(2026, 5, 31)), "长" * 501, "reason", "最多 500 个字"),
        ],
        ids=["order", "same", "no reason", "long reason"],
    )
    def test_refusals(self, call, editor, days, reason, field, sentence):
        with pytest.raises(Invalid, match=sentence) as refused:
            move(call, days, editor, reason=reason)
        assert refused.value.field == field

    def test_somebody_elses_change_is_not_overwritten(self, call, editor):
        move(call, Days(OWN.opens_on, date(2026, 5, 31)), editor)
        with pytest.raises(Conflict, match="2026年5月31日"):
            move(call, Days(OWN.opens_on, date(2026, 6, 30)), editor)

    def test_auditors_change_nothing(self, call):
        with pytest.raises(NotAllowed):
            move(call, Days(OWN.opens_on, date(2026, 5, 31)), AuditorFactory())


class TestWindows:
    def test_the_most_particular_window_counts(self, call, editor):
        def found(clause, place):
            answer = window_for(clause_of(clause), 2025, enterprise=enterprise_in(place), on=TODAY)
            return answer.why, answer.closes_on

        window(call, editor, districts=["高新区"], days=Days(OWN.opens_on, date(2026, 5, 10)))
        window(call, editor, clauses=["3.4.5"], days=Days(OWN.opens_on, date(2026, 5, 20)))
        window(call, editor, clauses=["3.4.5"], districts=["高新区"], days=Days(OWN.opens_on, date(2026, 5, 30)))
        assert found("3.4.5", "高新区") == (Why.BOTH, date(2026, 5, 30))
        assert found("3.4.5", "经开区") == (Why.CLAUSE, date(2026, 5, 20))
        assert found("3.3.1", "高新区") == (Why.DISTRICT, date(2026, 5, 10))
        assert found("3.3.1", "经开区") == (Why.CALL, OWN.closes_on)

    def test_clauses_and_districts_are_combined(self, call, editor):
        added = window(call, editor, clauses=["3.4.5", "3.3.1"], districts=["高新区", "经开区"])
        assert len(added) == 4
        assert AuditEvent.objects.filter(event="policies.window_added").count() == 4

    def test_a_call_whose_district_is_still_open_is_open(self, call, editor):
        window(call, editor, districts=["高新区"])
        assert list(open_calls(date(2026, 5, 15))) == [call]
        assert list(open_calls(date(2026, 6, 1))) == []
        assert call_lists(date(2026, 5, 15)).running == [call]

    def test_every_place_that_has_a_window_is_named(self, call, editor):
        window(call, editor, clauses=["3.4.5"], districts=["高新区", "经开区"])
        with pytest.raises(Invalid) as refused:
            window(call, editor, clauses=["3.4.5", "3.3.1"], districts=["高新区", "经开区"])
        assert refused.value.message.count("3.4.5") == 2
        assert "3.3.1" not in refused.value.message
        assert CallWindow.objects.count() == 2

    def test_a_clause_that_is_not_of_the_call_is_refused(self, loaded, editor):
        call = make_call(loaded, 2024, (clause_of("3.4.5"),))
        with pytest.raises(Invalid, match="不在这份申报通知的范围内") as refused:
            window(call, editor, clauses=["3.3.1"])
        assert refused.value.field == "clauses"

    def test_a_bureau_is_no_district(self, call, editor):
        with pytest.raises(Invalid, match="市工信局不是县区") as refused:
            window(call, editor, districts=["市工信局"])
        assert refused.value.field == "districts"

    def test_nothing_named_in_the_wrong_order_or_past(self, call, editor):
        with pytest.raises(Invalid, match="至少选择一个条款或一个县区"):
            window(call, editor)
        with pytest.raises(Invalid, match="不能早于开始日期"):
            window(call, editor, clauses=["3.4.5"], days=Days(date(2026, 5, 2), date(2026, 5, 1)))
        with pytest.raises(Invalid, match="已经过去"):
            window(call, editor, clauses=["3.4.5"], days=Days(date(2026, 2, 1), date(2026, 3, 1)))
        with pytest.raises(Invalid, match="请写明理由"):
            window(call, editor, clauses=["3.4.5"], reason="")
        with pytest.raises(NotAllowed):
            window(call, UserFactory(), clauses=["3.4.5"])

    def test_no_window_leaves_out_what_was_filed(self, call, editor):
        with pytest.raises(Invalid, match="已提交的申报会落在受理时间以外"):
            window(call, editor, clauses=["3.4.5"], days=Days(TODAY, date(2026, 5, 31)))
        assert not CallWindow.objects.exists()
        window(call, editor, clauses=["3.4.5"], days=Days(OWN.opens_on, TODAY))  # closed early, from today on

    def test_a_window_moves_and_is_given_up_with_its_history(self, call, editor):
        (row,) = window(call, editor, districts=["高新区"])
        days = Days(OWN.opens_on, date(2026, 6, 30))
        change_window(
            row,
            opens_on=days.opens_on,
            closes_on=days.closes_on,
            seen=Days.of(row),
            reason="再延",
            by=editor,
            at=AT,
        )
        with pytest.raises(Conflict):
            end_window(row, seen=Days.of(row), reason="不再需要", by=editor, at=AT)
        end_window(row, seen=days, reason="不再需要", by=editor, at=AT)
        assert not CallWindow.objects.exists()
        event = AuditEvent.objects.get(event="policies.window_ended")
        assert event.data["district"] == "高新区"
        assert event.data["before"] == days.as_json()
        with pytest.raises(Conflict, match="已被取消"):
            end_window(row, seen=days, reason="不再需要", by=editor, at=AT)

    def test_a_window_under_which_one_could_file_after_the_call_is_not_given_up(self, call, editor):
        (row,) = window(call, editor, districts=["高新区"])
        with pytest.raises(Invalid, match="不能取消这项受理时间"):
            end_window(row, seen=Days.of(row), reason="不再需要", by=editor, at=AFTER)
        assert CallWindow.objects.filter(pk=row.pk).exists()

    def test_of_several_calls_the_open_one_counts(self, loaded, editor):
        make_call(loaded, opens_on=date(2026, 2, 1), closes_on=date(2026, 3, 31))
        later = issue_call(
            loaded,
            policy_year=2025,
            title="第二批",
            text="",
            opens_on=date(2026, 6, 1),
            closes_on=date(2026, 7, 31),
            by=editor,
            at=AT,
        )
        company = enterprise_in()

        def found(day):
            return window_for(clause_of("3.4.5"), 2025, enterprise=company, on=day).closes_on

        assert found(TODAY) == date(2026, 3, 31)
        assert found(date(2026, 4, 15)) == later.closes_on
        assert found(date(2026, 8, 15)) == later.closes_on
        assert window_for(clause_of("3.4.5"), 2024, enterprise=company, on=TODAY) is None


class TestLateFiling:
    def test_a_leave_extends_the_window_of_one_enterprise_and_clause(self, call, editor):
        company = make_company()
        leave = grant(call, company.enterprise, editor)
        found = window_for(clause_of("3.4.5"), 2025, enterprise=company.enterprise, on=AFTER.date())
        assert (found.why, found.closes_on, found.late) == (Why.LATE, date(2026, 5, 20), leave)
        for clause, enterprise in (("3.3.1", company.enterprise), ("3.4.5", enterprise_in())):
            other = window_for(clause_of(clause), 2025, enterprise=enterprise, on=AFTER.date())
            assert other.closes_on == OWN.closes_on
        notes = Notification.objects.filter(user__in=[company.legal, company.agent])
        assert notes.count() == 2
        assert "2026年5月20日" in notes.first().body
        assert "系统故障" in notes.first().body
        assert AuditEvent.objects.get(event="policies.late_filing_granted").data["reason"] == "系统故障"

    def test_taken_back_it_ends_and_its_reason_is_told(self, call, editor):
        company = make_company()
        leave = revoke_late_filing(grant(call, company.enterprise, editor), reason="材料不实", by=editor, at=AFTER)
        found = window_for(clause_of("3.4.5"), 2025, enterprise=company.enterprise, on=AFTER.date())
        assert found.why == Why.CALL
        assert Notification.objects.filter(title__startswith="撤销", body__contains="材料不实").count() == 2
        with pytest.raises(Conflict, match="已经撤销"):
            revoke_late_filing(leave, reason="再次", by=editor, at=AFTER)
        grant(call, company.enterprise, editor, until=date(2026, 5, 25))
        assert LateFiling.objects.count() == 2

    def test_before_the_window_has_closed_there_is_nothing_to_grant(self, call, editor):
        with pytest.raises(Invalid, match="尚未截止，无需准予") as refused:
            grant(call, enterprise_in(), editor, at=AT)
        assert refused.value.field == "clause"
        window(call, editor, districts=["高新区"])
        with pytest.raises(Invalid, match="2026年5月31日 24:00，尚未截止"):
            grant(call, enterprise_in(), editor)
        grant(call, enterprise_in("经开区"), editor)

    def test_before_it_has_opened_neither(self, loaded, editor):
        call = make_call(loaded, opens_on=date(2026, 6, 1), closes_on=date(2026, 6, 30))
        with pytest.raises(Invalid, match="尚未开始，无需准予"):
            grant(call, enterprise_in(), editor)

    def test_another_call_that_is_open_suffices(self, loaded, call, editor):
        issue_call(
            loaded,
            policy_year=2025,
            title="第二批",
            text="",
            opens_on=date(2026, 5, 1),
            closes_on=date(2026, 7, 31),
            by=editor,
            at=AT,
        )
        with pytest.raises(Invalid, match="2026年7月31日 24:00，尚未截止"):
            grant(call, enterprise_in(), editor)

    def test_refusals(self, loaded, call, editor):
        company = enterprise_in()
        with pytest.raises(Invalid, match="已经过去") as refused:
            grant(call, company, editor, until=date(2026, 5, 5))
        assert refused.value.field == "closes_on"
        with pytest.raises(Invalid, match="请写明理由"):
            grant(call, company, editor, reason=" ")
        with pytest.raises(Invalid, match="不在这份申报通知的范围内"):
            grant(make_call(loaded, 2024, (clause_of("3.3.1"),)), company, editor)
        for nobody in (UserFactory(), AuditorFactory()):
            with pytest.raises(NotAllowed):
                grant(call, company, nobody)
        grant(call, company, editor)
        with pytest.raises(Invalid, match="已有准予（至2026年5月20日）"):
            grant(call, company, editor, until=date(2026, 5, 25))
        assert LateFiling.objects.count() == 1

    def test_a_banned_enterprise_gets_no_leave(self, call, editor):
        company = enterprise_in()
        ban_of(company)
        assert standing_ban(company, on=AFTER.date())
        with pytest.raises(Invalid, match="限制申报至2027年5月1日（套取资金）") as refused:
            grant(call, company, editor)
        assert refused.value.field == "enterprise"


def ban_of(enterprise):
    return Ban.objects.create(
        enterprise=enterprise,
        first_day=date(2026, 5, 1),
        last_day=date(2027, 5, 1),
        reason="套取资金",
        source_key="recovery:1",
        decided_at=AFTER,
        decided_by=AdministratorFactory(),
    )


def test_enterprises_are_found_by_name_and_number(db):
    company = EnterpriseFactory(name="南昌演示半导体有限公司")
    EnterpriseFactory(name="另一家公司")
    for text in ("演示半导体", "半导体 南昌", company.uscc, company.uscc[:12].lower()):
        assert company in found_enterprises(text)[0], text
    assert found_enterprises("半导体 北京")[0] == []
    assert found_enterprises("  ") == ([], False)
    EnterpriseFactory.create_batch(21, name="某某公司")
    found, more = found_enterprises("某某")
    assert (len(found), more) == (20, True)
