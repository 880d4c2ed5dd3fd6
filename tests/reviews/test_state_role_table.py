"""Every state of a task × every gesture × everybody who may come: what goes through and what is refused.

The task is that of 市商务局, the first of two leads of 3.2.3, so that it can be done while the case is still open.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.enums import UnitRole
from accounts.models import User
from applications.actions import PointInput, withdraw_application
from applications.models import Application
from common.errors import DomainError
from reviews.actions import (
    assign_task,
    cancel_correction,
    claim_task,
    close_withdrawn_case,
    confirm_decision,
    draft_decision,
    recuse,
    release_task,
    return_draft,
    return_for_correction,
)
from reviews.actions.messages import write_to_enterprise
from reviews.actions.notes import write_note
from reviews.enums import NoteScope, Outcome, StageKind, StageState, TaskState
from reviews.models import Case, Task
from tests.factories.accounts import AdministratorFactory, UnitMemberFactory, UserFactory
from tests.factories.reviews import LATER, advance_to, decide, draft, make_case, officer, task_of

UNIT = "市商务局"
NOW = LATER + timedelta(hours=3)

Gesture = Callable[[Task, User, dict[str, User]], Any]


def _seen(task: Task) -> dict[str, Any]:
    return {"task": task, "expected_version": task.version, "at": NOW}


GESTURES: dict[str, Gesture] = {
    "draft": lambda task, by, _: draft_decision(
        **_seen(task), outcome=Outcome.APPROVE, reasons="材料齐全。", reconciliation="无", by=by
    ),
    "confirm": lambda task, by, _: confirm_decision(**_seen(task), by=by),
    "return draft": lambda task, by, _: return_draft(**_seen(task), note="请补充理由。", by=by),
    "correction": lambda task, by, _: return_for_correction(
        **_seen(task), points=[PointInput("general", "", "请补充说明。")], by=by
    ),
    "cancel correction": lambda task, by, _: cancel_correction(**_seen(task), reason="企业已当面说明。", by=by),
    "recuse": lambda task, by, _: recuse(task=task, reason="亲属关系。", by=by, at=NOW),
    "claim": lambda task, by, _: claim_task(**_seen(task), by=by, take_over=True),
    "assign": lambda task, by, people: assign_task(**_seen(task), to=people["colleague"], by=by),
    "release": lambda task, by, _: release_task(**_seen(task), by=by),
    "note": lambda task, by, _: write_note(
        case=task.stage.case, unit=task.unit, scope=NoteScope.UNIT, text="内部备注。", by=by, at=NOW
    ),
    "message": lambda task, by, _: write_to_enterprise(
        case=task.stage.case, unit=task.unit, text="请电话联系。", files=[], by=by, at=NOW
    ),
}

WRITERS = {"note": {"handler", "colleague", "approver", "leader"}, "message": {"handler", "colleague", "approver"}}
#: State → gesture → whoever may. What is not named is refused to everybody, in words.
MAY: dict[str, dict[str, set[str]]] = {
    "waiting": {},
    "open": {
        "draft": {"handler", "colleague"},
        "correction": {"handler", "colleague", "approver"},
        "recuse": {"handler", "colleague", "approver"},
        "claim": {"handler", "colleague"},
        "assign": {"approver", "leader"},
        **WRITERS,
    },
    "held": {
        # By 经办 “handler”: others take it over first.
        "draft": {"handler"},
        "correction": {"handler"},
        "recuse": {"handler", "colleague", "approver"},
        "claim": {"colleague"},
        "assign": {"approver", "leader"},
        "release": {"handler", "approver", "leader"},
        **WRITERS,
    },
    "drafted": {
        "confirm": {"approver"},
        "return draft": {"approver"},
        "recuse": {"handler", "colleague", "approver"},
        **WRITERS,
    },
    "paused": {
        "cancel correction": {"handler", "colleague", "approver"},
        "claim": {"colleague"},
        "assign": {"approver", "leader"},
        "release": {"handler", "approver", "leader"},
        **WRITERS,
    },
    "done": WRITERS,
    "cancelled": WRITERS,
}
OTHERS = {"payer", "expert", "other unit", "legal", "agent", "administrator", "auditor", "former", "suspended"}


def _people(company: Any) -> dict[str, User]:
    roles = {
        "handler": UnitRole.HANDLER,
        "approver": UnitRole.APPROVER,
        "leader": UnitRole.LEADER,
        "payer": UnitRole.FINANCE,
        "expert": UnitRole.EXPERT,
    }
    people = {name: officer(UNIT, role) for name, role in roles.items()}
    unit = people["handler"].unit_memberships.get().unit
    for name, values in {"colleague": {}, "former": {"is_active": False}, "suspended": {}}.items():
        people[name] = UserFactory(name=name, is_active=name != "suspended")
        UnitMemberFactory(unit=unit, user=people[name], role=UnitRole.HANDLER, **values)
    return people | {
        "other unit": officer("市科技局"),
        "legal": company.legal,
        "agent": company.agent,
        "administrator": AdministratorFactory(),
        "auditor": UserFactory(system_role="auditor"),
    }


def _task(case: Case, state: str, people: dict[str, User]) -> Task:
    """The task of 市商务局 in one of the states; everything that leads there is done by other people or by these."""
    if state == "waiting":
        return Task.objects.get(stage__case=case, stage__kind=StageKind.LEAD, unit__name=UNIT)
    advance_to(case, StageKind.LEAD)
    task = task_of(case, UNIT)
    if state == "held":
        claim_task(**(_seen(task) | {"at": LATER}), by=people["handler"])
    elif state == "drafted":
        draft(task, by=people["handler"])
    elif state == "paused":
        GESTURES["correction"](task, people["handler"], people)
    elif state == "done":
        decide(task)
    elif state == "cancelled":
        application = Application.objects.get(pk=case.application_id)
        withdraw_application(application=application, reason="不再申报。", by=people["legal"], at=NOW)
        close_withdrawn_case(application=application, at=NOW)  # as the outbox does after the commit
    found = Task.objects.select_related("unit", "stage").get(pk=task.pk)
    expected = {"held": TaskState.OPEN, "paused": TaskState.OPEN}.get(state, state)
    assert (found.state, found.stage.state == StageState.PAUSED) == (expected, state == "paused")
    return found


def _goes_through(name: str, task: Task, by: User, people: dict[str, User]) -> bool | str:
    """Whether the gesture goes through; a refusal that says nothing is returned as such. Nothing is kept."""
    fresh = Task.objects.select_related("unit", "stage__case__application").get(pk=task.pk)
    try:
        with transaction.atomic():
            GESTURES[name](fresh, by, people)
            transaction.set_rollback(True)
    except DomainError as refused:
        return False if refused.message.endswith("。") else f"no sentence: {refused.message!r}"
    return True


@pytest.mark.parametrize("state", MAY)
def test_who_may_do_what_in_this_state(state: str, company: Any):
    people = _people(company)
    assert set(people) == OTHERS | {"handler", "colleague", "approver", "leader"}
    task = _task(make_case(company, "3.2.3"), state, people)
    wrong = []
    for gesture in GESTURES:
        for who, by in people.items():
            expected = who in MAY[state].get(gesture, set())
            found = _goes_through(gesture, task, User.objects.get(pk=by.pk), people)
            if found is not expected:
                wrong.append(f"{gesture} by {who}: {found} instead of {expected}")
    assert not wrong, "\n".join(wrong)
