"""权限复核: the list as it stands, every role decided, the list kept with its hash, overdue told."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.actions.rights import end_role, give_role
from accounts.actions.rights_review import (
    END,
    KEEP,
    Decision,
    close_review,
    remind_of_review,
    tell_administrators,
)
from accounts.enums import UnitRole
from accounts.models import Notification, RightsReview, UnitMember, User
from accounts.rights_list import months_after, next_review, seen_sha256, standing_rights
from common.audit.models import AuditEvent
from common.canonical import digest
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    EnterpriseMemberFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def recent(**values):
    return {"date_joined": AT - timedelta(days=400), "last_login": AT - timedelta(days=1)} | values


@pytest.fixture
def administrator():
    return AdministratorFactory(name="管理甲", **recent())


@pytest.fixture
def unit():
    return BureauFactory(name="市测试局")


@pytest.fixture
def handler(unit):
    return UnitMemberFactory(unit=unit, user=UserFactory(name="王某", **recent()))


def close(by, decisions=None, *, keep_rest=True, seen=None, at=AT, **options):
    return close_review(
        decisions=decisions or {},
        keep_rest=keep_rest,
        seen=seen or seen_sha256(standing_rights(at=at)),
        by=by,
        at=at,
        **options,
    )


class TestTheList:
    def test_who_has_what_since_when(self, administrator, unit):
        person = UserFactory(name="王某", **recent())
        member = give_role(user=person, unit=unit, role=UnitRole.HANDLER, by=administrator, at=AT)
        EnterpriseMemberFactory()
        UnitMemberFactory(unit=unit, is_active=False)
        UnitMemberFactory(unit=unit, user=UserFactory(is_active=False))
        UnitMemberFactory(unit=BureauFactory(is_active=False))
        rights = standing_rights(at=AT)
        assert [(one.name, one.unit, one.role) for one in rights] == [
            ("管理甲", "", "政策管理员"),
            ("王某", "市测试局", "经办"),
        ]
        assert rights[1].key == f"member:{member.pk}"
        assert rights[1].since == AT.date()
        assert rights[0].since is None

    def test_what_to_look_at(self, administrator, unit, handler, settings):
        UnitMemberFactory(unit=unit, user=handler.user, role=UnitRole.APPROVER)
        UnitMemberFactory(unit=unit, user=UserFactory(name="久未", **recent(last_login=AT - timedelta(days=91))))
        UnitMemberFactory(unit=unit, user=UserFactory(name="从未", **recent(last_login=None)))
        UnitMemberFactory(unit=unit, user=UserFactory(name="新来", date_joined=AT - timedelta(days=5)))
        newly = UserFactory(name="刚授", **recent(last_login=None))
        give_role(user=newly, unit=unit, role=UnitRole.HANDLER, by=administrator, at=AT)
        flags = {one.name: one.flags for one in standing_rights(at=AT)}
        assert "同时是本单位的经办和审核" in flags["王某"][0]
        assert flags["久未"] == ("超过 90 天未登录",)
        assert "从未登录" in flags["从未"][0]
        assert flags["新来"] == flags["刚授"] == flags["管理甲"] == ()
        settings.RIGHTS_UNUSED_DAYS = 100
        assert not {one.name: one.flags for one in standing_rights(at=AT)}["久未"]

    def test_handler_and_approver_of_two_units_is_no_flag(self, administrator, handler):
        UnitMemberFactory(user=handler.user, role=UnitRole.APPROVER)
        assert not any(one.flags for one in standing_rights(at=AT))

    def test_four_queries(self, handler, django_assert_num_queries):
        for _ in range(5):
            UnitMemberFactory()
        AuditorFactory()
        with django_assert_num_queries(4):
            standing_rights(at=AT)


class TestClosing:
    def test_ended_and_kept_with_the_list_and_its_hash(self, administrator, handler):
        other = UnitMemberFactory(unit=handler.unit, user=UserFactory(name="李某", **recent()))
        review = close(administrator, {f"member:{handler.pk}": Decision(END, "调离")}, note="年度复核")
        handler.refresh_from_db()
        other.refresh_from_db()
        assert (handler.is_active, other.is_active) == (False, True)
        assert review.rights_sha256 == digest(review.rights)
        assert {one["key"]: one["decision"] for one in review.decisions} == {
            f"system:{administrator.pk}": KEEP,
            f"member:{handler.pk}": END,
            f"member:{other.pk}": KEEP,
        }
        event = AuditEvent.objects.get(event="accounts.rights_reviewed")
        assert event.data == {"rights": 3, "ended": 1, "sha256": review.rights_sha256}
        assert AuditEvent.objects.get(event="accounts.role_ended").data["reason"] == "调离"
        assert next_review(at=AT).on == months_after(AT.date(), 12)

    def test_nothing_is_left_undecided(self, administrator, handler):
        with pytest.raises(Invalid) as refused:
            close(administrator, keep_rest=False)
        assert set(refused.value.errors) == {f"system:{administrator.pk}", f"member:{handler.pk}"}

    def test_what_is_flagged_is_decided_by_itself_and_with_a_reason(self, administrator, handler):
        UnitMemberFactory(unit=handler.unit, user=handler.user, role=UnitRole.APPROVER)
        keys = [f"member:{pk}" for pk in UnitMember.objects.values_list("pk", flat=True)]
        with pytest.raises(Invalid, match="没有作任何改动") as refused:
            close(administrator)
        assert set(refused.value.errors) == set(keys)
        with pytest.raises(Invalid) as refused:
            close(administrator, {key: Decision(KEEP) for key in keys})
        assert "保留的理由" in refused.value.errors[keys[0]][0]
        close(administrator, {key: Decision(KEEP, "人手不足，上级同意") for key in keys})

    def test_ending_needs_a_reason_and_stops_whole(self, administrator, handler):
        other = AdministratorFactory(**recent())
        decisions = {
            f"member:{handler.pk}": Decision(END, "调离"),
            f"system:{administrator.pk}": Decision(END, "离任"),
            f"system:{other.pk}": Decision(END, "  "),
        }
        with pytest.raises(Invalid) as refused:
            close(administrator, decisions)
        assert "结束的理由" in refused.value.errors[f"system:{other.pk}"][0]
        with pytest.raises(Invalid) as refused:
            close(administrator, decisions | {f"system:{other.pk}": Decision(KEEP)})
        assert "本人" in refused.value.errors[f"system:{administrator.pk}"][0]
        handler.refresh_from_db()
        assert handler.is_active
        assert not RightsReview.objects.exists()
        close(administrator, {f"system:{other.pk}": Decision(END, "离任")})
        assert User.objects.get(pk=other.pk).system_role == ""

    def test_a_list_that_changed_meanwhile(self, administrator, handler):
        seen = seen_sha256(standing_rights(at=AT))
        end_role(member=handler, reason="调离", by=administrator, at=AT)
        with pytest.raises(Conflict, match="已有变化"):
            close(administrator, seen=seen)

    def test_only_administrators_and_no_essay(self, administrator, handler):
        with pytest.raises(NotAllowed):
            close(AuditorFactory())
        with pytest.raises(Invalid) as refused:
            close(administrator, {f"member:{handler.pk}": Decision(KEEP, "长" * 201)}, note="长" * 501)
        assert set(refused.value.errors) == {"note", f"member:{handler.pk}"}


class TestDue:
    def test_a_year_after_the_first_account_and_after_each_review(self, administrator):
        assert next_review(at=AT).overdue
        close(administrator)
        due = next_review(at=AT)
        assert (due.on.isoformat(), due.overdue) == ("2027-03-02", False)
        assert not next_review(at=AT + timedelta(days=365)).overdue
        assert next_review(at=AT + timedelta(days=366)).overdue

    @pytest.mark.parametrize(
        ("day", "months", "after"),
        [("2024-02-29", 12, "2025-02-28"), ("2026-08-31", 6, "2027-02-28"), ("2026-12-01", 1, "2027-01-01")],
    )
    def test_months(self, day, months, after):
        from datetime import date

        assert months_after(date.fromisoformat(day), months).isoformat() == after

    def test_administrators_are_told_once_a_month(self, administrator):
        assert remind_of_review(at=AT)
        remind_of_review(at=AT + timedelta(days=1))
        messages = OutboxMessage.objects.filter(kind="accounts.rights_overdue")
        assert messages.count() == 1
        remind_of_review(at=AT + timedelta(days=32))
        assert messages.count() == 2
        assert tell_administrators(at=AT) == 1
        assert Notification.objects.get(user=administrator).url == reverse("accounts:rights")
        close(administrator)
        assert tell_administrators(at=AT) == 0
        assert not remind_of_review(at=AT)


class TestPages:
    def test_gone_through_kept_and_exported(self, administrator, handler, as_user):
        client = as_user(administrator)
        text = client.get(reverse("accounts:rights")).content.decode()
        assert "默认值，待确认" in text
        page = client.get(reverse("accounts:rights_review"))
        sent = {"seen": page.context["seen"], f"decision-member:{handler.pk}": "end", f"reason-member:{handler.pk}": ""}
        response = client.post(reverse("accounts:rights_review"), sent)
        assert response.status_code == 422
        assert "请填写结束的理由" in response.content.decode()
        assert '<option value="end" selected>' in response.content.decode()
        flagged = {key: "keep" for key in sent if key == ""}
        rest = {f"decision-{one.key}": "keep" for one in standing_rights(at=AT) if one.key != f"member:{handler.pk}"}
        reasons = {name.replace("decision", "reason"): "在岗" for name in rest}
        sent |= {f"reason-member:{handler.pk}": "=调离", "keep_rest": "on"} | rest | reasons | flagged
        response = client.post(reverse("accounts:rights_review"), sent)
        assert response.status_code == 302
        record = client.get(response["Location"]).content.decode()
        review = RightsReview.objects.get()
        assert review.rights_sha256 in record
        data = client.get(reverse("accounts:rights_record_xlsx", args=[review.pk])).content
        cells = [cell.value for line in load_workbook(io.BytesIO(data))["权限复核"].iter_rows() for cell in line]
        assert "'=调离" in cells
        assert client.get(reverse("accounts:rights_xlsx")).status_code == 200
        stale = client.post(reverse("accounts:rights_review"), sent)
        assert stale.status_code == 409
        assert "已有变化" in stale.content.decode()

    def test_with_many_rows_it_goes_by_unit_and_the_summary_stays_short(self, administrator, handler, as_user):
        for number in range(12):
            UnitMemberFactory(unit=handler.unit, user=UserFactory(name=f"人员{number:02d}"))
        client = as_user(administrator)
        page = client.get(reverse("accounts:rights_review"))
        text = page.content.decode()
        assert f"{handler.unit.name} 13 项" in text
        assert "data-session-url" in text
        answer = client.post(reverse("accounts:rights_review"), {"seen": page.context["seen"]})
        assert (answer.status_code, len(answer.context["summary"])) == (422, 11)
        assert "另有 4 项" in answer.context["summary"][-1]["message"]
        assert all(row["faults"] for row in answer.context["rows"])
