"""Rules of a unit: who gets a task when it opens, also when many open at once, and who keeps the rules."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import EnterpriseRole, NoticeTopic, UnitRole
from accounts.models import EnterpriseMember, Notification, Unit
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from policies.models import Clause
from reviews.actions import open_case
from reviews.actions.rules import MAX_RULES, add_rule, move_rule, switch_rule
from reviews.enums import StageKind
from reviews.models import AssignmentRule, Task
from reviews.queries.assignment import load_of
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, make_company, make_filed
from tests.factories.reviews import advance_to, approver, draft, make_case, officer, task_of
from tests.factories.units import away, claim, join, leave, make_rule, release
from tests.reviews.threads import WAIT, in_threads

L = StageKind.LEAD


@pytest.fixture
def case(company):
    """A case at 高新区, where one person decides."""
    return make_case(company)


def inbox(user) -> list[str]:
    return list(
        Notification.objects.filter(user=user, topic=NoticeTopic.TASK).order_by("pk").values_list("title", flat=True)
    )


class TestRules:
    def opened(self, clause="3.4.5", **values):
        return task_of(make_case(make_company(**values), clause))

    def test_without_a_rule_nobody_gets_it_and_the_unit_is_told(self, case):
        assert task_of(case).handler is None
        assert inbox(officer("高新区")) == []  # who joins later is told nothing

    def test_the_first_rule_that_fits_counts_and_its_person_is_told(self, policies_loaded):
        first, second = officer("高新区"), join("高新区")
        make_rule("高新区", second, clause=Clause.objects.get(clause_id="3.3.2"))
        make_rule("高新区", second, stage_kind=L)
        make_rule("高新区", second, district=Unit.objects.get(name="经开区"))
        make_rule("高新区", second, is_active=False)
        make_rule("高新区", first)
        task = self.opened()
        assert (task.handler, task.assigned_by) == (first, None)
        assert [title[:3] for title in inbox(first)] == ["新待办"]
        assert inbox(second) == []
        assert self.opened("3.3.2").handler == second

    def test_a_rule_of_another_unit_does_not_count(self, policies_loaded):
        make_rule("经开区", officer("经开区"))
        assert self.opened().handler is None

    def test_where_the_named_person_cannot_the_next_rule_counts(self, policies_loaded):
        first, second, third = officer("高新区"), join("高新区"), join("高新区")
        away("高新区", first, second, timezone.localdate(AT), timezone.localdate(AT))
        leave("高新区", third)
        make_rule("高新区", third)
        make_rule("高新区", first)
        make_rule("高新区", second)
        assert self.opened().handler == second

    def test_who_is_barred_is_skipped(self, policies_loaded):
        company = make_company()
        first, second = officer("高新区"), join("高新区")
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=first, role=EnterpriseRole.AGENT)
        make_rule("高新区")
        assert task_of(make_case(company)).handler == second

    def test_where_nothing_fits_it_stays_with_the_unit(self, policies_loaded):
        person = officer("高新区")
        away("高新区", person, approver("高新区"), timezone.localdate(AT), timezone.localdate(AT))
        make_rule("高新区", person)
        assert self.opened().handler is None
        assert inbox(person) != []

    def test_evenly_goes_to_the_fewest_then_to_the_earliest(self, policies_loaded):
        people = [officer("市工信局"), join("市工信局"), join("市工信局")]
        made = []
        for _ in range(2):
            case = advance_to(make_case(make_company()), L)
            made.append(claim(task_of(case), people[0]))
        make_rule("市工信局")
        got = [task_of(advance_to(make_case(make_company()), L)).handler for _ in range(5)]
        assert got == [people[1], people[2], people[1], people[2], people[0]]
        release(made[0], people[0])
        assert task_of(advance_to(make_case(make_company()), L)).handler == people[0]

    def test_opening_asks_as_often_for_many_people_as_for_few(self, policies_loaded):
        make_rule("高新区")
        officer("高新区")

        def queries() -> int:
            revision = make_filed(make_company(), "3.4.5")
            with CaptureQueriesContext(
                connection,
            ) as seen:
                open_case(revision=revision, at=AT)
            return len(seen)

        few = queries()
        for _ in range(20):
            join("高新区")
        assert queries() == few


class TestKeepingRules:
    def add(self, **values):
        unit = Unit.objects.get(name="高新区")
        return add_rule(**{"unit": unit, "handler": None, "by": approver("高新区"), "at": AT} | values)

    def test_rules_are_added_at_the_end_moved_and_switched(self, policies_loaded):
        boss = approver("高新区")
        first, second = self.add(handler=officer("高新区")), self.add()
        assert (first.order, first.evenly, second.order, second.evenly) == (1, False, 2, True)
        move_rule(rule=second, up=True, by=boss, at=AT)
        assert list(AssignmentRule.objects.order_by("order")) == [second, first]
        with pytest.raises(Conflict, match="已经在最前"):
            move_rule(rule=second, up=True, by=boss, at=AT)
        with pytest.raises(Conflict, match="已经在最后"):
            move_rule(rule=first, up=False, by=boss, at=AT)
        switch_rule(rule=second, active=False, by=boss, at=AT)
        with pytest.raises(Conflict, match="已停用"):
            switch_rule(rule=second, active=False, by=boss, at=AT)
        names = ["unit.rule_added", "unit.rule_added", "unit.rule_moved", "unit.rule_switched"]
        assert (
            list(AuditEvent.objects.filter(event__startswith="unit.").order_by("pk").values_list("event", flat=True))
            == names
        )

    def test_only_for_people_who_work_there_and_by_who_gives_tasks(self, policies_loaded):
        with pytest.raises(Invalid, match="没有经办或审核角色"):
            self.add(handler=officer("经开区"))
        for person in (officer("高新区"), officer("经开区", UnitRole.LEADER), UserFactory()):
            with pytest.raises(NotAllowed, match="由高新区的审核、负责人设置"):
                self.add(by=person)

    def test_a_unit_keeps_a_number_of_rules_that_people_can_read(self, policies_loaded):
        for _ in range(MAX_RULES):
            make_rule("高新区")
        with pytest.raises(Invalid, match=f"最多 {MAX_RULES} 条"):
            self.add()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def opened_together(self, count=4):
        """As many cases reach 市工信局 in the same moment as it has people; who got them, and who these people are."""
        people = [officer("市工信局"), *(join("市工信局") for _ in range(count - 1))]
        tasks = [task_of(make_case(make_company())) for _ in range(count)]
        make_rule("市工信局")
        by = officer("高新区")
        answers, faults = in_threads([lambda task=task: draft(task, by=by) for task in tasks])
        assert (len(answers), faults) == (count, [])
        handlers = Task.objects.filter(stage__kind=L).values_list("handler", flat=True)
        return sorted(handlers), sorted(person.pk for person in people)

    def test_cases_that_open_together_are_shared_out_evenly(self, policies_loaded):
        handlers, people = self.opened_together()
        assert handlers == people

    def test_control_without_the_lock_all_go_to_one(self, policies_loaded, monkeypatch):
        together = threading.Barrier(4)

        def unlocked(unit, people):
            loads = load_of(unit, people)
            together.wait(timeout=WAIT)
            return loads

        monkeypatch.setattr("reviews.actions.assignment.load_of", unlocked)
        monkeypatch.setattr("reviews.actions.assignment._lock_units", lambda task: None)
        handlers, people = self.opened_together()
        assert handlers == [people[0]] * 4

    def test_of_two_who_take_a_task_at_once_one_has_it(self, policies_loaded):
        case = make_case(make_company())
        people = [officer("高新区"), join("高新区")]
        task = task_of(case)
        answers, faults = in_threads([lambda by=by: claim(task, by, expected_version=task.version) for by in people])
        assert len(answers) == 1
        assert [type(fault) for fault in faults] == [Conflict]
        assert faults[0].changed_by == str(answers[0].handler)
