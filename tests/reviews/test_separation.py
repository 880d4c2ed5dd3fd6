"""Separation of duties, refused by the actions with a sentence and by the database whatever the code does."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.utils import InternalError

from accounts.enums import EnterpriseRole, SystemRole, UnitRole
from accounts.models import EnterpriseMember, UnitMember
from common.errors import Conflict, NotAllowed
from reviews.actions import draft_decision, return_draft
from reviews.enums import Outcome, StageKind, TaskState
from reviews.models import Decision, Participation, Stage, Task
from reviews.permissions import DECISIONS, NOT_DECIDING, bars, check_may, gestures_of, needs_two_people
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT
from tests.factories.reviews import LATER, advance_to, approver, confirm, decide, draft, make_case, officer, task_of
from tests.factories.units import claim, fresh

L = StageKind.LEAD


def join(unit, user, role=UnitRole.HANDLER):
    UnitMember.objects.create(unit=unit, user=user, role=role)
    return user


class TestActions:
    def test_whoever_filed_or_prepared_does_not_review(self, company):
        case = make_case(company)
        unit = task_of(case).unit
        with pytest.raises(NotAllowed, match="填报人或申报企业的成员"):
            draft(task_of(case), by=join(unit, company.legal))

    def test_not_even_after_leaving_the_enterprise(self, company):
        case = make_case(company)
        EnterpriseMember.objects.filter(user=company.legal).update(is_active=False)
        with pytest.raises(NotAllowed, match="填报人"):
            draft(task_of(case), by=join(task_of(case).unit, company.legal))

    def test_a_member_of_the_enterprise_does_not_review(self, company):
        case = make_case(company)
        person = join(task_of(case).unit, UserFactory())
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=person, role=EnterpriseRole.AGENT)
        with pytest.raises(NotAllowed, match="申报企业的成员"):
            draft(task_of(case), by=person)

    def test_nobody_acts_in_two_stages(self, company):
        case = make_case(company)
        person = officer("高新区")
        decide(task_of(case), by=person)
        with pytest.raises(NotAllowed, match="不得在两个环节办理"):
            draft(task_of(case), by=join(task_of(case).unit, person))

    def test_the_drafter_does_not_confirm(self, company):
        case = advance_to(make_case(company), L)
        person = join(task_of(case).unit, officer("市工信局"), UnitRole.APPROVER)
        draft(task_of(case), by=person)
        with pytest.raises(NotAllowed, match="经办和审核须为不同的人"):
            confirm(task_of(case), by=person)

    @pytest.mark.parametrize("role", [UnitRole.APPROVER, UnitRole.FINANCE, UnitRole.LEADER])
    def test_only_the_handler_drafts_where_two_are_needed(self, company, role):
        case = advance_to(make_case(company), L)
        with pytest.raises(NotAllowed, match="由市工信局的经办人员办理"):
            draft(task_of(case), by=officer("市工信局", role))

    @pytest.mark.parametrize("role", [UnitRole.HANDLER, UnitRole.FINANCE, UnitRole.LEADER])
    def test_only_the_approver_confirms(self, company, role):
        case = advance_to(make_case(company), L)
        draft(task_of(case))
        person = join(task_of(case).unit, UserFactory(), role)
        with pytest.raises(NotAllowed, match="由市工信局的审核人员办理"):
            confirm(task_of(case), by=person)
        task = task_of(case)
        with pytest.raises(NotAllowed):
            return_draft(task=task, expected_version=task.version, note="x", by=person, at=LATER)

    def test_another_units_people_do_not_act(self, company):
        with pytest.raises(NotAllowed, match="您没有这一角色"):
            draft(task_of(make_case(company)), by=officer("经开区"))

    def test_a_role_that_ended_and_a_suspended_account_do_not_act(self, company):
        case = make_case(company)
        person = officer("高新区")
        UnitMember.objects.filter(user=person).update(is_active=False)
        with pytest.raises(NotAllowed):
            draft(task_of(case), by=person)
        UnitMember.objects.filter(user=person).update(is_active=True)
        person.is_active = False
        with pytest.raises(NotAllowed):
            draft(task_of(case), by=person)

    @pytest.mark.parametrize("role", [SystemRole.ADMINISTRATOR, SystemRole.AUDITOR])
    def test_administrators_and_auditors_do_not_decide(self, company, role):
        case = make_case(company)
        person = officer("高新区")
        person.system_role = role
        person.save(update_fields=["system_role"])
        with pytest.raises(NotAllowed, match="不得办理案卷"):
            draft(task_of(case), by=person)
        assert "draft" not in gestures_of(task_of(case), person)

    def test_the_sentence_names_the_stage_of_the_other_part(self, company):
        case = make_case(company)
        person = officer("高新区")
        decide(task_of(case), by=person)
        assert bars(task_of(case), [person])[person.pk].because.startswith("已在本申报的初审环节办理过")

    def test_what_settles_nothing_is_open_to_who_acted_elsewhere(self, company):
        case = make_case(company)
        person = officer("高新区")
        decide(task_of(case), by=person)
        join(task_of(case).unit, person, UnitRole.APPROVER)
        allowed = gestures_of(task_of(case), person)
        assert allowed >= NOT_DECIDING
        assert not allowed & {"confirm", "claim", "decide_alone", "return_for_correction"}

    @pytest.mark.parametrize("gesture", sorted(NOT_DECIDING))
    def test_the_applicants_side_does_not_even_that(self, company, gesture):
        case = make_case(company)
        for role in (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER):
            join(task_of(case).unit, company.agent, role)
        with pytest.raises(NotAllowed, match="填报人或申报企业的成员"):
            check_may(task_of(case), gesture, company.agent)

    def test_who_is_barred_asks_the_database_once_for_many(self, company, django_assert_num_queries):
        task = task_of(make_case(company))
        people = [UserFactory() for _ in range(30)]
        task.stage.case.application.enterprise  # noqa: B018 – loaded beforehand, as on the page
        with django_assert_num_queries(4):
            assert bars(task, people) == {}

    def test_a_stage_not_reached_or_done_takes_no_decision(self, company):
        case = make_case(company)
        with pytest.raises(Conflict, match="已办结或尚未轮到"):
            draft(Task.objects.get(stage__case=case, stage__kind=L))
        first = task_of(case)
        decide(first)
        with pytest.raises(Conflict, match="已办结或尚未轮到"):
            draft(first)


class TestPanelStages:
    """Outside people decide there; the unit convenes."""

    @pytest.fixture
    def at_panel(self, company):
        return advance_to(make_case(company, "3.4.4"), StageKind.EXPERT)

    @pytest.mark.parametrize("gesture", sorted(DECISIONS))
    def test_nobody_of_the_unit_decides(self, at_panel, gesture):
        person = officer(task_of(at_panel).unit)
        join(task_of(at_panel).unit, person, UnitRole.APPROVER)
        with pytest.raises(NotAllowed, match="专家评审由专家组评分并作出结论"):
            check_may(task_of(at_panel), gesture, person)

    def test_not_by_the_form_either_and_nobody_takes_part(self, at_panel):
        task = task_of(at_panel)
        values = {"task": task, "expected_version": task.version, "outcome": Outcome.RECOMMEND, "reasons": "可行。"}
        with pytest.raises(NotAllowed, match="专家组"):
            draft_decision(**values, by=officer(task.unit), at=LATER)
        assert not Participation.objects.filter(case=at_panel, stage=task_of(at_panel).stage).exists()

    def test_two_people_are_not_asked_for(self, at_panel):
        assert not needs_two_people(task_of(at_panel))

    def test_it_is_taken_and_convened_also_by_who_acted_before(self, at_panel):
        person = officer("高新区")
        join(task_of(at_panel).unit, person)
        assert {"claim", "convene"} <= gestures_of(task_of(at_panel), person)
        assert fresh(claim(task_of(at_panel), person)).handler == person
        assert not Participation.objects.filter(user=person, stage=task_of(at_panel).stage).exists()


@pytest.fixture
def case(company):
    return advance_to(make_case(company), L)


def refused(query):
    with pytest.raises((IntegrityError, InternalError, DatabaseError)) as caught, transaction.atomic():
        query()
    return str(caught.value)


class TestDatabase:
    def test_the_filer_takes_no_part(self, case, company):
        stage = Stage.objects.get(case=case, kind=L)
        said = refused(lambda: Participation.objects.create(case=case, user=company.legal, stage=stage, first_at=AT))
        assert "filed the application" in said

    def test_nobody_takes_part_twice(self, case):
        part = Participation.objects.get(case=case)
        stage = Stage.objects.get(case=case, kind=L)
        said = refused(lambda: Participation.objects.create(case=case, user=part.user, stage=stage, first_at=AT))
        assert "participation_one_stage" in said

    def test_a_part_is_neither_moved_nor_removed(self, case):
        parts = Participation.objects.filter(case=case)
        assert "Cannot update" in refused(lambda: parts.update(user=UserFactory()))
        assert "Cannot" in refused(lambda: parts.delete())

    def test_a_decision_is_signed_by_participants_only(self, case):
        values = {
            "task": task_of(case),
            "revision": case.application.revisions.get(),
            "outcome": Outcome.APPROVE,
            "two_person": True,
            "drafted_by": officer("市工信局"),
            "drafted_at": AT,
        }
        assert "takes no part" in refused(lambda: Decision.objects.create(**values))

    def test_the_drafter_does_not_confirm(self, case):
        made = draft(task_of(case))
        rows = Decision.objects.filter(pk=made.pk)
        said = refused(lambda: rows.update(confirmed_by=made.drafted_by, confirmed_at=AT))
        assert "decision_two_people" in said

    def test_the_rule_of_two_is_not_switched_off(self, case):
        made = draft(task_of(case))
        rows = Decision.objects.filter(pk=made.pk)
        refused(lambda: rows.update(two_person=False))
        person = officer("市工信局")
        copy = {"task": made.task, "revision": made.revision, "outcome": Outcome.APPROVE, "drafted_by": person}
        rows.update(returned_by=person, returned_at=AT)
        said = refused(lambda: Decision.objects.create(**copy, two_person=False, drafted_at=AT))
        assert "needs two people" in said

    def test_one_decision_in_force_per_task(self, case):
        made = draft(task_of(case))
        copy = {"task": made.task, "revision": made.revision, "outcome": Outcome.APPROVE, "drafted_by": made.drafted_by}
        said = refused(lambda: Decision.objects.create(**copy, two_person=True, drafted_at=AT))
        assert "decision_one_in_force" in said

    @pytest.mark.parametrize(
        "change",
        [{"amount_fen": 1}, {"outcome": "refuse"}, {"reasons": "x"}, {"drafted_at": LATER.replace(year=2025)}],
    )
    def test_what_was_drafted_does_not_change(self, case, change):
        made = draft(task_of(case))
        assert "Cannot update" in refused(lambda: Decision.objects.filter(pk=made.pk).update(**change))

    def test_a_signature_is_given_once(self, case):
        made = decide(task_of(case))
        rows = Decision.objects.filter(pk=made.pk)
        other = approver("高新区")
        assert "Cannot update" in refused(lambda: rows.update(confirmed_at=AT.replace(year=2025)))
        refused(lambda: rows.update(confirmed_by=other))
        refused(lambda: rows.update(confirmed_by=None, confirmed_at=None))
        assert "Cannot delete" in refused(lambda: rows.delete())

    def test_refusing_without_reasons_is_impossible(self, case):
        person = officer("市工信局")
        Participation.objects.create(case=case, user=person, stage=task_of(case).stage, first_at=AT)
        values = {"task": task_of(case), "revision": case.application.revisions.get(), "drafted_by": person}
        for outcome in (Outcome.REFUSE, Outcome.DISAGREE):
            said = refused(
                lambda o=outcome: Decision.objects.create(**values, outcome=o, two_person=True, drafted_at=AT)
            )
            assert "decision_reasons_given" in said

    def test_amounts_are_not_negative(self, case):
        person = officer("市工信局")
        Participation.objects.create(case=case, user=person, stage=task_of(case).stage, first_at=AT)
        values = {"task": task_of(case), "revision": case.application.revisions.get(), "drafted_by": person}
        said = refused(
            lambda: Decision.objects.create(
                **values, outcome=Outcome.APPROVE, two_person=True, drafted_at=AT, amount_fen=-1
            )
        )
        assert "decision_amount_not_negative" in said

    @pytest.mark.parametrize(
        ("query", "constraint"),
        [
            (lambda case: type(case).objects.filter(pk=case.pk).update(state="approved"), "case_closed_pair"),
            (lambda case: case.stages.filter(kind=L).update(opened_at=None), "stage_open_has_clock"),
            (lambda case: Task.objects.filter(stage__case=case).update(state=TaskState.DONE), "task_done_has_instant"),
            (lambda case: case.stages.update(order=1), "stage_order_once"),
        ],
    )
    def test_states_and_instants_go_together(self, case, query, constraint):
        assert constraint in refused(lambda: query(case))
