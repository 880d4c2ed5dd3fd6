"""Units by date: another name from a day on, duties that go to another unit, and what is refused in words."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.actions import unit_changes
from accounts.actions.unit_changes import apply_due_changes, cancel_change, merge_unit, rename_unit
from accounts.enums import UnitKind, UnitRole
from accounts.models import Notification, Unit, UnitChange, UnitMember
from accounts.tasks import administer
from accounts.unit_names import former_names, known_unit_names, standing_in, successors, unit_by_name
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import run_owed
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    DistrictFactory,
    EnterpriseFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def administrator():
    return AdministratorFactory(name="管理甲")


@pytest.fixture
def unit():
    return BureauFactory(name="市旧局", full_name="南昌市旧局", letter_prefix="洪旧")


@pytest.fixture
def rename(administrator, unit):
    def call(**values):
        given = {
            "unit": unit,
            "effective_on": TODAY,
            "name": "市新局",
            "full_name": "南昌市新局",
            "letter_prefix": "洪新",
            "reason": "洪编办〔2026〕1号",
            "by": administrator,
            "at": AT,
        }
        return rename_unit(**(given | values))

    return call


class TestNewUnits:
    def add(self, by, **values):
        given = {"code": "new-bureau", "name": "市新设局", "full_name": "南昌市新设局", "kind": "bureau"}
        return unit_changes.add_unit(**(given | values), by=by, at=AT)

    def test_registered(self, administrator):
        row = self.add(administrator, two_person=True, order=7, letter_prefix="洪设")
        assert (row.kind, row.two_person, row.order, row.is_active) == (UnitKind.BUREAU, True, 7, True)
        assert AuditEvent.objects.get(event="accounts.unit_added").data["name"] == "市新设局"

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"code": "X"}, "code"),
            ({"code": "有汉字"}, "code"),
            ({"name": ""}, "name"),
            ({"name": "市甲局、市乙局"}, "name"),
            ({"name": "长" * 41}, "name"),
            ({"full_name": " "}, "full_name"),
            ({"kind": "kingdom"}, "kind"),
            ({"order": 40000}, "order"),
            ({"letter_prefix": "长" * 21}, "letter_prefix"),
        ],
    )
    def test_faults(self, administrator, values, field):
        with pytest.raises(Invalid) as refused:
            self.add(administrator, **values)
        assert field in refused.value.errors

    def test_names_and_codes_in_use(self, administrator, unit, rename):
        with pytest.raises(Invalid) as refused:
            self.add(administrator, code=unit.code, name=unit.name)
        assert set(refused.value.errors) == {"code", "name"}
        rename()
        with pytest.raises(Invalid, match="曾用"):
            self.add(administrator, name="市旧局")
        with pytest.raises(NotAllowed):
            self.add(AuditorFactory())

    def test_what_is_no_name_is_edited(self, administrator, unit):
        edit = {"unit": unit, "by": administrator, "at": AT}
        unit_changes.edit_unit(order=5, two_person=True, is_finance=False, **edit)
        unit.refresh_from_db()
        assert (unit.order, unit.two_person) == (5, True)
        assert AuditEvent.objects.get(event="accounts.unit_changed").data == {"order": 5, "two_person": True}
        with pytest.raises(Invalid):
            unit_changes.edit_unit(order=-1, two_person=True, is_finance=False, **edit)


class TestRenaming:
    def test_at_once_and_the_former_name_goes_on_meaning_the_unit(self, unit, rename):
        change = rename()
        unit.refresh_from_db()
        assert (unit.name, unit.full_name, unit.letter_prefix) == ("市新局", "南昌市新局", "洪新")
        assert change.applied_at == AT
        assert change.before == {"name": "市旧局", "full_name": "南昌市旧局", "letter_prefix": "洪旧"}
        assert unit_by_name("市旧局") == unit_by_name("市新局") == unit
        assert known_unit_names()["市旧局"] == unit
        assert former_names([unit.pk]) == {"市旧局"}
        assert unit_by_name("没有这个局") is None
        assert AuditEvent.objects.get(event="accounts.unit_renamed").data["reason"] == "洪编办〔2026〕1号"

    def test_a_day_ahead_waits_and_missed_days_are_caught_up_with_once(self, unit, rename):
        change = rename(effective_on=TODAY + timedelta(days=3))
        assert (change.applied_at, unit_by_name("市新局")) == (None, None)
        assert apply_due_changes(at=AT + timedelta(days=2)) == 0
        assert apply_due_changes(at=AT + timedelta(days=9)) == 1
        assert apply_due_changes(at=AT + timedelta(days=9)) == 0
        unit.refresh_from_db()
        assert unit.name == "市新局"
        assert AuditEvent.objects.filter(event="accounts.unit_renamed").count() == 1

    def test_the_daily_job(self, unit, rename):
        change = rename(effective_on=TODAY + timedelta(days=1))
        UnitChange.objects.filter(pk=change.pk).update(effective_on=TODAY - timedelta(days=30))
        assert administer() == 1
        assert administer() == 0

    def test_taken_back_before_its_day_and_not_after(self, administrator, unit, rename):
        change = rename(effective_on=TODAY + timedelta(days=3))
        cancel_change(change=change, by=administrator, at=AT)
        assert apply_due_changes(at=AT + timedelta(days=9)) == 0
        with pytest.raises(Conflict, match="已经取消"):
            cancel_change(change=change, by=administrator, at=AT)
        with pytest.raises(Conflict, match="已经生效"):
            cancel_change(change=rename(), by=administrator, at=AT)

    def test_what_is_refused(self, administrator, unit, rename):
        other = BureauFactory(name="市他局")
        with pytest.raises(Invalid, match="现用"):
            rename(name="市他局")
        with pytest.raises(Invalid, match="没有变更"):
            rename(name=unit.name, full_name=unit.full_name, letter_prefix=unit.letter_prefix)
        with pytest.raises(Invalid) as refused:
            rename(name="", reason=" ", effective_on=date(2062, 1, 1))
        assert set(refused.value.errors) == {"name", "reason", "effective_on"}
        with pytest.raises(NotAllowed):
            rename(by=UnitMemberFactory(unit=unit).user)
        rename(effective_on=TODAY + timedelta(days=5))
        with pytest.raises(Invalid, match="待生效"):
            rename(name="市再局")
        with pytest.raises(Invalid, match="将自2026年3月7日起"):
            rename(unit=other, name="市新局")
        with pytest.raises(Conflict, match="停用"):
            rename(unit=BureauFactory(is_active=False))

    def test_back_to_its_own_former_name(self, unit, rename):
        rename()
        rename(name="市旧局", full_name="南昌市旧局", letter_prefix="洪旧")
        assert unit_by_name("市旧局") == unit_by_name("市新局") == unit

    def test_a_letter_prefix_alone(self, unit, rename):
        rename(name=unit.name, full_name=unit.full_name)
        unit.refresh_from_db()
        assert (unit.name, unit.letter_prefix) == ("市旧局", "洪新")


class TestMerging:
    @pytest.fixture
    def pair(self):
        return DistrictFactory(name="甲区"), DistrictFactory(name="乙区")

    @pytest.fixture
    def merge(self, administrator, pair):
        def call(**values):
            given = {
                "unit": pair[0],
                "successor": pair[1],
                "effective_on": TODAY,
                "move_members": True,
                "reason": "赣府发〔2026〕2号",
                "by": administrator,
                "at": AT,
            }
            return merge_unit(**(given | values))

        return call

    def test_people_enterprises_and_the_unit_itself(self, pair, merge):
        old, new = pair
        handler = UnitMemberFactory(unit=old).user
        both = UnitMemberFactory(unit=old, role=UnitRole.APPROVER).user
        UnitMemberFactory(unit=new, user=both, role=UnitRole.APPROVER)
        UnitMemberFactory(unit=old, user=UserFactory(is_active=False))
        enterprise = EnterpriseFactory(district=old)
        change = merge()
        old.refresh_from_db()
        enterprise.refresh_from_db()
        assert not old.is_active
        assert (enterprise.district, enterprise.version) == (new, 2)
        held = UnitMember.objects.filter(is_active=True).values_list("unit", "user", "role")
        assert set(held) == {(new.pk, handler.pk, "handler"), (new.pk, both.pk, "approver")}
        assert change.moved == {"人员": 1, "企业": 1}
        assert standing_in(old) == new
        assert AuditEvent.objects.filter(event="accounts.enterprise_district_moved").count() == 1
        assert AuditEvent.objects.get(event="accounts.unit_merged").data["successor"] == "乙区"
        assert Notification.objects.filter(user=handler, title__contains="承接").exists()
        # The name that was printed goes on meaning the unit that it meant.
        assert unit_by_name("甲区") == old

    def test_people_stay_behind_where_it_is_so_entered(self, pair, merge):
        member = UnitMemberFactory(unit=pair[0])
        merge(move_members=False)
        member.refresh_from_db()
        assert not member.is_active
        assert not UnitMember.objects.filter(unit=pair[1]).exists()

    def test_several_mergers_lead_to_the_last(self, pair, merge):
        merge()
        third = DistrictFactory(name="丙区")
        merge(unit=pair[1], successor=third)
        assert standing_in(pair[0].__class__.objects.get(pk=pair[0].pk)) == third
        assert set(successors()) == {pair[0].pk, pair[1].pk}

    def test_a_day_ahead_waits(self, pair, merge):
        merge(effective_on=TODAY + timedelta(days=3))
        pair[0].refresh_from_db()
        assert pair[0].is_active
        assert apply_due_changes(at=AT + timedelta(days=3)) == 1
        pair[0].refresh_from_db()
        assert not pair[0].is_active

    def test_what_is_refused(self, administrator, pair, merge):
        with pytest.raises(Invalid, match="另一单位"):
            merge(successor=pair[0])
        with pytest.raises(Invalid, match="须由县区"):
            merge(successor=BureauFactory())
        with pytest.raises(Invalid, match="不能承接"):
            merge(successor=DistrictFactory(is_active=False))
        with pytest.raises(Invalid):
            merge(reason="")
        with pytest.raises(NotAllowed):
            merge(by=AuditorFactory())
        merge(effective_on=TODAY + timedelta(days=3))
        with pytest.raises(Invalid, match="待生效"):
            merge()
        with pytest.raises(Invalid, match="待生效"):
            merge(unit=pair[1], successor=DistrictFactory())

    def test_what_stands_in_the_way_on_the_day_is_told(self, administrator, pair, merge):
        merge(effective_on=TODAY + timedelta(days=3))
        Unit.objects.filter(pk=pair[1].pk).update(is_active=False)
        later = AT + timedelta(days=4)
        assert apply_due_changes(at=later) == 0
        apply_due_changes(at=later)
        run_owed(at=later)
        notice = Notification.objects.get(user=administrator)
        assert "未能执行" in notice.title
        assert "乙区已停用" in notice.body


class TestPages:
    def test_entered_and_taken_back(self, administrator, unit, as_user):
        client = as_user(administrator)
        assert "市旧局" in client.get(reverse("accounts:units")).content.decode()
        address = reverse("accounts:unit_rename", args=[unit.pk])
        typed = {
            "effective_on": "2099-01-01",
            "name": "市新局",
            "full_name": "南昌市新局",
            "letter_prefix": "",
            "reason": "洪编办〔2026〕1号",
        }
        response = client.post(address, typed)
        assert response.status_code == 422
        assert "超过三年" in response.content.decode()
        assert 'value="市新局"' in response.content.decode()
        from django.utils import timezone

        ahead = timezone.localdate() + timedelta(days=30)
        response = client.post(address, typed | {"effective_on": ahead.isoformat()}, follow=True)
        assert "到日自动生效" in response.content.decode()
        assert "待生效的变更" in client.get(reverse("accounts:units")).content.decode()
        cancel = reverse("accounts:unit_change_cancel", args=[UnitChange.objects.get().pk])
        assert client.post(cancel).status_code == 302
        assert client.post(cancel).status_code == 409
        assert client.post(address, typed | {"effective_on": timezone.localdate().isoformat()}).status_code == 302
        page = client.get(reverse("accounts:unit", args=[unit.pk])).content.decode()
        assert "简称由“市旧局”改为“市新局”" in page

    def test_registered_edited_and_merged(self, administrator, as_user):
        client = as_user(administrator)
        typed = {"kind": "bureau", "code": "b1", "name": "市甲局", "full_name": "南昌市甲局", "order": "1"}
        assert client.post(reverse("accounts:unit_new"), typed | {"code": "甲"}).status_code == 422
        assert client.post(reverse("accounts:unit_new"), typed).status_code == 302
        first = Unit.objects.get(code="b1")
        edit = reverse("accounts:unit_edit", args=[first.pk])
        assert client.post(edit, {"order": "x"}).status_code == 422
        assert client.post(edit, {"order": "3", "two_person": "on"}).status_code == 302
        other = BureauFactory(name="市乙局")
        merge = reverse("accounts:unit_merge", args=[first.pk])
        from django.utils import timezone

        sent = {"successor": other.pk, "effective_on": timezone.localdate().isoformat(), "reason": ""}
        assert client.post(merge, sent).status_code == 422
        assert client.post(merge, sent | {"reason": "文件"}).status_code == 302
        first.refresh_from_db()
        assert not first.is_active

    def test_auditors_read(self, unit, as_user):
        client = as_user(AuditorFactory())
        page = client.get(reverse("accounts:unit", args=[unit.pk])).content.decode()
        assert "更名" not in page
        assert client.get(reverse("accounts:unit_rename", args=[unit.pk])).status_code == 403
