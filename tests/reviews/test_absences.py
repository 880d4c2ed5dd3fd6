"""While somebody is away: who stands in, for how long, and in whose place a decision says it was made."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.actions.absences import LONGEST, end_absence, enter_absence
from accounts.enums import UnitRole
from accounts.models import Absence, Notification, Unit
from applications.actions import PointInput
from common.audit.models import AuditEvent
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from reviews.actions import recuse, return_for_correction
from reviews.actions.assignment import release_former
from reviews.enums import StageKind
from reviews.models import Task
from reviews.queries.assignment import absences_of, assignment_of, represented_by, workload
from tests.factories.applications import AT, make_company
from tests.factories.reviews import LATER, advance_to, approver, draft, make_case, officer, task_of
from tests.factories.units import assign, away, claim, fresh, join, leave

L = StageKind.LEAD
TODAY = timezone.localdate(LATER)
DAY = timedelta(days=1)


@pytest.fixture
def unit(policies_loaded) -> Unit:
    """市工信局 with two 经办, where 经办 drafts and 审核 confirms."""
    unit = Unit.objects.get(name="市工信局")
    officer(unit)
    join(unit, name="李代办")
    return unit


@pytest.fixture
def deputy(unit):
    """The one who stands in."""
    return unit.members.get(user__name="李代办").user


@pytest.fixture
def member(unit):
    """The one who goes away."""
    return officer(unit)


@pytest.fixture
def case(unit, member):
    """A case at the lead, held by the one who goes away."""
    case = advance_to(make_case(make_company()), L)
    claim(task_of(case), member)
    return case


def enter(unit, user, deputy, **values) -> Absence:
    defaults = {"first_day": TODAY, "last_day": TODAY + 4 * DAY, "by": user, "at": LATER}
    return enter_absence(**{"unit": unit, "user": user, "deputy": deputy} | defaults | values)


class TestEntering:
    def test_the_person_enters_it_and_the_deputy_is_told(self, unit, member, deputy):
        absence = enter(unit, member, deputy, reason=" 出差 \n 北京 ")
        assert (absence.reason, absence.entered_by) == ("出差 北京", member)
        note = Notification.objects.get(user=deputy)
        assert note.body == f"{member}2026年3月3日至2026年3月7日外出，期间其在市工信局名下的待办由您代办。"
        data = AuditEvent.objects.get(event="accounts.absence_entered").data
        assert (data["user"], data["deputy"], data["last_day"]) == (member.pk, deputy.pk, "2026-03-07")

    @pytest.mark.parametrize("role", [UnitRole.APPROVER, UnitRole.LEADER])
    def test_the_approver_and_the_head_enter_it_for_others(self, unit, member, deputy, role):
        enter(unit, member, deputy, by=officer(unit, role))
        assert Notification.objects.filter(user=member, title="已登记您外出").exists()

    def test_nobody_else_does(self, unit, member, deputy):
        for person in (deputy, officer(unit, UnitRole.FINANCE), officer("经开区", UnitRole.LEADER)):
            with pytest.raises(NotAllowed, match="由本人或市工信局的审核、负责人登记"):
                enter(unit, member, deputy, by=person)

    @pytest.mark.parametrize(
        ("first", "last", "field", "sentence"),
        [
            (0, -1, "last_day", "结束日期不能早于开始日期"),
            (-5, -1, "last_day", "结束日期已过"),
            (0, LONGEST, "last_day", f"最多登记 {LONGEST} 天"),
        ],
    )
    def test_days_that_cannot_be_are_told(self, unit, member, deputy, first, last, field, sentence):
        with pytest.raises(Invalid) as caught:
            enter(unit, member, deputy, first_day=TODAY + first * DAY, last_day=TODAY + last * DAY)
        assert sentence in caught.value.errors[field][0]

    def test_one_day_and_the_longest_stretch_are_fine(self, unit, member, deputy):
        enter(unit, member, deputy, last_day=TODAY)
        enter(unit, deputy, member, first_day=TODAY + DAY, last_day=TODAY + LONGEST * DAY)

    def test_the_deputy_works_with_the_same_role(self, unit, member, deputy):
        for person in (approver(unit), officer(unit, UnitRole.LEADER), officer("经开区")):
            with pytest.raises(Invalid) as caught:
                enter(unit, member, person)
            assert f"代办人须为市工信局的经办人员，{person}没有这一角色" in caught.value.errors["deputy"][0]
        with pytest.raises(Invalid) as caught:
            enter(unit, approver(unit), deputy)
        assert "审核人员" in caught.value.errors["deputy"][0]
        with pytest.raises(Invalid, match="须为另一人"):
            enter(unit, member, member)

    def test_who_has_no_tasks_needs_none(self, unit, deputy):
        with pytest.raises(Invalid, match="名下没有待办，无需登记"):
            enter(unit, officer(unit, UnitRole.LEADER), deputy)

    def test_overlaps_are_refused_in_words(self, unit, member, deputy):
        enter(unit, member, deputy)
        with pytest.raises(Invalid, match="2026年3月3日至2026年3月7日已登记外出（由李代办代办）"):
            enter(unit, member, deputy, first_day=TODAY + 4 * DAY, last_day=TODAY + 9 * DAY)
        with pytest.raises(Invalid, match="也外出，不能代办"):
            enter(unit, deputy, member, first_day=TODAY + 4 * DAY, last_day=TODAY + 9 * DAY)
        enter(unit, member, deputy, first_day=TODAY + 5 * DAY, last_day=TODAY + 9 * DAY)

    def test_of_two_entered_at_once_one_is_told(self, unit, member, deputy, monkeypatch):
        monkeypatch.setattr("accounts.actions.absences._check_overlaps", lambda *args: None)
        enter(unit, member, deputy)
        with pytest.raises(Conflict, match="刚刚已有外出登记"):
            enter(unit, member, deputy)

    def test_every_fault_is_told_at_once(self, unit, member):
        with pytest.raises(Invalid) as caught:
            enter(unit, member, officer("经开区"), last_day=TODAY - DAY, reason="长" * 101)
        assert set(caught.value.errors) == {"deputy", "last_day", "reason"}


class TestEnding:
    def test_it_ends_from_today_on(self, unit, member, deputy):
        absence = end_absence(absence=enter(unit, member, deputy), by=member, at=LATER + 2 * DAY)
        assert absence.last_day == TODAY + DAY
        with pytest.raises(Conflict, match="已经结束"):
            end_absence(absence=absence, by=member, at=LATER + 2 * DAY)
        enter(unit, member, deputy, first_day=TODAY + 2 * DAY, at=LATER + 2 * DAY)

    def test_what_has_not_begun_is_taken_back_and_makes_room(self, unit, member, deputy):
        absence = enter(unit, member, deputy, first_day=TODAY + 3 * DAY)
        end_absence(absence=absence, by=approver(unit), at=LATER)
        assert not absences_of(unit, today=TODAY).exists()
        enter(unit, member, deputy, first_day=TODAY + 3 * DAY)

    def test_a_colleague_does_not_end_it(self, unit, member, deputy):
        with pytest.raises(NotAllowed):
            end_absence(absence=enter(unit, member, deputy), by=deputy, at=LATER)


class TestStandingIn:
    def test_the_deputy_works_on_the_members_tasks_on_these_days_only(self, unit, member, deputy, case):
        away(unit, member, deputy, TODAY, TODAY + DAY)
        for day, there in ((TODAY - DAY, False), (TODAY, True), (TODAY + DAY, True), (TODAY + 2 * DAY, False)):
            tasks = Task.objects.visible_to(deputy).filter(handler__in=represented_by(deputy, day))
            assert list(tasks) == ([task_of(case)] if there else []), day
        with pytest.raises(NotAllowed, match="请先接手"):
            draft(task_of(case), by=deputy, at=LATER + 2 * DAY)
        made = draft(task_of(case), by=deputy)
        assert (made.drafted_by, task_of(case).handler) == (deputy, member)
        (data,) = [row.data for row in history(case) if row.event == "decision.drafted" and "acting_for" in row.data]
        assert data["acting_for"] == str(member)

    def test_a_third_colleague_still_takes_over_first(self, unit, member, deputy, case):
        away(unit, member, deputy, TODAY, TODAY)
        third = join(unit)
        with pytest.raises(NotAllowed, match="请先接手"):
            draft(task_of(case), by=third)
        claim(task_of(case), third, take_over=True)
        assert "acting_for" not in [row.data for row in history(case)][-1]

    def test_the_member_who_is_back_early_works_again(self, unit, member, deputy, case):
        absence = away(unit, member, deputy, TODAY, TODAY)
        assert draft(task_of(case), by=member).drafted_by == member  # also while away: nobody is locked out
        end_absence(absence=absence, by=member, at=LATER)

    def test_the_deputy_returns_for_correction_in_the_members_place(self, deputy, unit):
        district = Unit.objects.get(name="高新区")
        holder, stands_in = officer(district), join(district)
        case = make_case(make_company())
        claim(task_of(case), holder)
        away(district, holder, stands_in, TODAY, TODAY)
        task = task_of(case)
        points = [PointInput("general", "", "请补充。")]
        return_for_correction(task=task, expected_version=task.version, points=points, by=stands_in, at=LATER)
        assert task_of(case).handler == holder
        assert [row.data for row in history(case)][-1]["acting_for"] == str(holder)

    def test_a_deputy_of_another_unit_is_none(self, unit, member, deputy, case):
        join("市财政局", user=member)
        join("市财政局", user=deputy)
        away("市财政局", member, deputy, TODAY, TODAY)
        with pytest.raises(NotAllowed, match="请先接手"):
            draft(task_of(case), by=deputy)

    def test_a_deputy_who_steps_back_frees_the_task_for_the_unit(self, unit, member, deputy, case):
        boss = approver(unit)
        away(unit, member, deputy, TODAY, TODAY)
        draft(task_of(case), by=deputy)
        recuse(task=task_of(case), reason="亲属任职", by=deputy, at=LATER)
        task = task_of(case)
        assert (task.handler, task.state) == (None, "open")
        assert Notification.objects.filter(user=boss, title__startswith="待领取").exists()

    def test_the_page_says_who_stands_in(self, unit, member, deputy, case):
        away(unit, member, deputy, TODAY, TODAY)
        shown = assignment_of(fresh(task_of(case)), deputy, on=TODAY)
        assert (shown.handler, shown.deputy, shown.can_take_over) == (member, deputy, True)
        assert member not in assignment_of(fresh(task_of(case)), approver(unit), on=TODAY).choices
        assert {row.person: row.absence for row in workload(unit, today=TODAY)}[member].deputy == deputy

    def test_tasks_go_to_the_deputy_not_to_who_is_away(self, unit, member, deputy):
        away(unit, member, deputy, TODAY, TODAY)
        case = advance_to(make_case(make_company()), L)
        with pytest.raises(NotAllowed, match="请交李代办办理"):
            assign(task_of(case), member, approver(unit))
        assert fresh(assign(task_of(case), deputy, approver(unit))).handler == deputy

    def test_who_leaves_loses_the_tasks_also_while_away(self, unit, member, deputy, case):
        away(unit, member, deputy, TODAY, TODAY)
        leave(unit, member)
        assert release_former(user=member, at=LATER) == 1
        assert release_former(user=member, at=LATER) == 0
        assert task_of(case).handler is None


def test_a_day_is_a_day_in_shanghai(unit, member, deputy):
    evening = AT.replace(hour=23, minute=59)
    assert timezone.localdate(evening) == date(2026, 3, 2)
    enter(unit, member, deputy, first_day=date(2026, 3, 2), last_day=date(2026, 3, 2), at=evening)
    with pytest.raises(Invalid, match="结束日期已过"):
        enter(
            unit,
            deputy,
            member,
            first_day=date(2026, 3, 2),
            last_day=date(2026, 3, 2),
            at=evening + timedelta(minutes=1),
        )
