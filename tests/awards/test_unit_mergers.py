"""A unit's duties go to another while files are under review and money is on its way."""

import pytest
from django.utils import timezone

from accounts.actions.unit_changes import merge_unit, rename_unit
from accounts.enums import UnitRole
from accounts.models import Unit, UnitMember
from awards.permissions import holds
from common.errors import Invalid, NotAllowed
from policies.models import ClauseVersion, UnitGroup
from reviews.actions import confirm_decision, draft_decision
from reviews.enums import Outcome, StageKind, TaskState
from reviews.history import case_history
from reviews.models import Case, Panel, Task
from reviews.queries.routes import bracket_of
from tests.factories.accounts import AdministratorFactory, BureauFactory, DistrictFactory, UserFactory
from tests.factories.applications import AT, _policies_of_package, make_company, policies_loaded
from tests.factories.awards import make_approved_award, make_candidate
from tests.factories.reviews import LATER, advance_to, approver, decide, draft, make_case, officer, task_of

__all__ = ["_policies_of_package", "policies_loaded"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policies_loaded")]


def merge(unit, successor, *, at=LATER, **values):
    given = {"effective_on": timezone.localdate(at), "move_members": True, "reason": "机构改革文件"}
    return merge_unit(unit=unit, successor=successor, by=AdministratorFactory(), at=at, **(given | values))


@pytest.fixture
def district():
    return Unit.objects.get(name="高新区")


@pytest.fixture
def successor():
    return DistrictFactory(name="新合区", full_name="新合区管理委员会")


class TestOpenTasks:
    def test_they_go_over_with_whoever_holds_them(self, district, successor):
        case = make_case(make_company(district="高新区"))
        holder = officer(district)
        Task.objects.filter(pk=task_of(case).pk).update(handler=holder, assigned_at=LATER)
        change = merge(district, successor)
        task = task_of(case)
        assert (task.unit, task.handler, task.state) == (successor, holder, TaskState.OPEN)
        assert change.moved["待办"] == 1
        text = "".join(line.text for line in case_history(case, holder))
        assert "高新区的职责由新合区承接，属地初审任务转由新合区办理" in text or "高新区的职责由新合区承接" in text
        decide(task, by=holder)
        assert Case.objects.visible_to(holder).filter(pk=case.pk).exists()

    def test_without_the_people_it_waits_for_the_successor(self, district, successor):
        case = make_case(make_company(district="高新区"))
        former = officer(district)
        Task.objects.filter(pk=task_of(case).pk).update(handler=former, assigned_at=LATER)
        merge(district, successor, move_members=False)
        task = task_of(case)
        assert (task.unit, task.handler) == (successor, None)
        with pytest.raises(NotAllowed):
            draft(task, by=former)
        decide(task, by=officer(successor))

    def test_a_draft_is_confirmed_by_the_successor(self, successor):
        case = advance_to(make_case(make_company(district="高新区")), StageKind.LEAD)
        task = task_of(case)
        other = BureauFactory(name="市新设局")
        draft_decision(
            task=task, expected_version=task.version, by=officer(task.unit), at=LATER,
            outcome=Outcome.APPROVE, reasons="材料齐全。",
        )  # fmt: skip
        merge(task.unit, other)
        task = task_of(case)
        assert (task.unit, task.state) == (other, TaskState.DRAFTED)
        confirm_decision(task=task, expected_version=task.version, by=approver(other), at=LATER)
        task.refresh_from_db()
        assert task.state == TaskState.DONE

    def test_what_was_decided_goes_on_naming_the_unit_and_is_read_by_the_successor(self, district, successor):
        case = make_case(make_company(district="高新区"))
        decide(task_of(case))
        reader = UserFactory()
        UnitMember.objects.create(unit=successor, user=reader, role=UnitRole.HANDLER)
        assert not Case.objects.visible_to(reader).filter(pk=case.pk).exists()
        merge(district, successor)
        assert Task.objects.get(case=case, state=TaskState.DONE).unit == district
        assert Case.objects.visible_to(reader).filter(pk=case.pk).exists()


class TestRoutes:
    def test_new_files_go_to_the_successor(self, district, successor):
        merge(district, successor)
        assert not UnitGroup.objects.filter(members=district).exists()
        company = make_company(district="新合区")
        assert task_of(make_case(company)).unit == successor

    def test_brackets_that_print_a_bureau_mean_its_successor(self):
        version = ClauseVersion.objects.filter(units__unit__name="市工信局", units__role="lead").first()
        other = BureauFactory(name="市新设局")
        merge(Unit.objects.get(name="市工信局"), other)
        bracket, _ = bracket_of(ClauseVersion.objects.get(pk=version.pk))
        assert "市新设局" in bracket.lead
        assert "市工信局" not in (*bracket.lead, *bracket.cooperating, *bracket.responsible)

    def test_a_renamed_bureau_goes_on_with_its_files(self):
        case = advance_to(make_case(make_company()), StageKind.LEAD)
        lead = task_of(case).unit
        rename_unit(
            unit=lead, effective_on=timezone.localdate(LATER), name="市产业局", full_name="南昌市产业局",
            letter_prefix="", reason="文件", by=AdministratorFactory(), at=LATER,
        )  # fmt: skip
        decide(task_of(case, "市产业局"))
        fresh = make_case(make_company(district="经开区"))
        assert task_of(advance_to(fresh, StageKind.LEAD)).unit == lead

    def test_own_drafts_from_before_a_renaming_stay_readable(self):
        case = advance_to(make_case(make_company()), StageKind.LEAD)
        task = task_of(case)
        draft(task, reasons="只给本单位看的话。")
        reader = officer(task.unit)
        before = "".join(line.text for line in case_history(case, reader))
        rename_unit(
            unit=task.unit, effective_on=timezone.localdate(LATER), name="市产业局", full_name="南昌市产业局",
            letter_prefix="", reason="文件", by=AdministratorFactory(), at=LATER,
        )  # fmt: skip
        after = "".join(line.text for line in case_history(case, reader))
        assert "只给本单位看的话" in before
        assert "只给本单位看的话" in after


class TestWhatStandsInTheWay:
    def test_both_units_at_one_stage(self):
        case = advance_to(make_case(make_company(), "3.2.3"), StageKind.CONSULTATION)
        units = [task.unit for task in Task.objects.filter(case=case, stage_kind="consultation").select_related("unit")]
        with pytest.raises(Invalid) as refused:
            merge(units[0], units[1])
        assert case.application.number in refused.value.errors[""][0]
        units[0].refresh_from_db()
        assert units[0].is_active

    def test_a_panel_at_work(self, district, successor):
        Panel.objects.create(
            unit=district, kind=StageKind.AUDIT, policy_year=2024, title="某审计组", convened_by=officer(district),
            convened_at=AT,
        )  # fmt: skip
        with pytest.raises(Invalid) as refused:
            merge(district, successor)
        assert "某审计组" in refused.value.errors[""][0]

    def test_money_on_its_way(self):
        award = make_candidate(make_company())
        with pytest.raises(Invalid) as refused:
            merge(award.unit, BureauFactory())
        assert "尚未拨付完的奖补 1 件" in "".join(refused.value.errors[""])

    def test_a_budget_that_is_taken(self):
        award = make_approved_award(make_company(district="高新区"))
        with pytest.raises(Invalid) as refused:
            merge(award.application.enterprise.district, DistrictFactory())
        assert "已占用尚未拨付" in "".join(refused.value.errors[""])


def test_the_successor_s_people_act_for_what_the_unit_left_finished(district, successor):
    member = officer(district)
    merge(district, successor)
    assert holds(member, Unit.objects.get(pk=district.pk), (UnitRole.HANDLER,))
    stranger = officer(DistrictFactory())
    assert not holds(stranger, Unit.objects.get(pk=district.pk), (UnitRole.HANDLER,))
