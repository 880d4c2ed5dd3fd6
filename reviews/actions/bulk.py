"""Safe steps on many tasks at once: take, give, hand back. Each row is a gesture of its own, alone in its transaction.

A preview makes every gesture and takes it back at once: what it says is what the gesture itself says, and nothing of it
stays. A row that changed since it was seen is told and left alone, so a form that is sent twice does nothing twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from common.errors import DomainError, Invalid
from reviews.actions.assignment import assign_task, claim_task, release_task
from reviews.models import Task

#: Rows that are handled at once.
MOST_ROWS = 200


class Gesture(models.TextChoices):
    """What can be done to many tasks at once: nothing that decides."""

    CLAIM = "claim", "领取"
    ASSIGN = "assign", "交办"
    RELEASE = "release", "退领"


@dataclass(frozen=True)
class Seen:
    """A task in the version that the person saw in the list."""

    pk: int
    version: int


@dataclass(frozen=True)
class Line:
    """What becomes of one row, in a sentence; `done`: whether anything does.

    A task that the person may not see is None: it is told apart from a missing one nowhere.
    """

    seen: Seen
    task: Task | None
    done: bool
    sentence: str


class _TakenBack(Exception):
    """Ends the transaction of a preview without a trace."""


def preview_bulk(
    *, gesture: Gesture, rows: Sequence[Seen], to: User | None = None, by: User, at: datetime
) -> list[Line]:
    """What would become of each row now. Raises Invalid for no rows, too many, or 交办 without a person."""
    lines = []
    for seen, task in _asked(gesture, rows, to, by):
        try:
            with transaction.atomic():
                line = _one(gesture, seen, task, to, by=by, at=at)
                raise _TakenBack
        except _TakenBack:
            lines.append(line)
    return lines


def run_bulk(*, gesture: Gesture, rows: Sequence[Seen], to: User | None = None, by: User, at: datetime) -> list[Line]:
    """Make the gesture on each row, a transaction each, and tell what became of it; raises as preview_bulk.

    Whoever is given tasks is told once of all of them, and so is whoever held them before.
    """
    lines = []
    lost: Counter[User] = Counter()
    for seen, task in _asked(gesture, rows, to, by):
        line = _one(gesture, seen, task, to, by=by, at=at)
        lines.append(line)
        if gesture == Gesture.ASSIGN and line.done and task and task.handler and task.handler not in {by, to}:
            lost[task.handler] += 1
    given = sum(line.done for line in lines)
    if gesture == Gesture.ASSIGN and to is not None and given:
        with transaction.atomic():
            _tell(to, f"新交办 {given} 件", f"{by}把 {given} 件待办交给您办理。", at)
            for person, count in lost.items():
                _tell(person, f"{count} 件待办已改由他人承办", f"{by}把您承办的 {count} 件交给{to}，您无需再办理。", at)
    return lines


def _asked(gesture: Gesture, rows: Sequence[Seen], to: User | None, by: User) -> list[tuple[Seen, Task | None]]:
    if not rows:
        raise Invalid("没有勾选任何一件，请先在列表中勾选。")
    if len(rows) > MOST_ROWS:
        raise Invalid(f"一次最多处理 {MOST_ROWS} 件，您选了 {len(rows)} 件，请分几次办理。")
    if gesture == Gesture.ASSIGN and to is None:
        raise Invalid("请选择交办给谁。", field="to")
    found = (
        Task.objects.visible_to(by)
        .filter(pk__in=[seen.pk for seen in rows])
        .select_related("unit", "handler", "stage__case__application__enterprise")
        .in_bulk()
    )
    return [(seen, found.get(seen.pk)) for seen in rows]


def _one(gesture: Gesture, seen: Seen, task: Task | None, to: User | None, *, by: User, at: datetime) -> Line:
    if task is None:
        return Line(seen, None, False, "没有这一件，或您无权查看。")
    try:
        if gesture == Gesture.CLAIM:
            claim_task(task=task, expected_version=seen.version, by=by, at=at)
            sentence = "由您承办"
        elif gesture == Gesture.ASSIGN:
            assert to is not None  # _asked
            assign_task(task=task, expected_version=seen.version, to=to, by=by, at=at, notice=False)
            sentence = f"交办给{to.name}"
        else:
            release_task(task=task, expected_version=seen.version, by=by, at=at)
            sentence = "退回本单位，由他人领取"
    except DomainError as error:
        changed = task.version != seen.version
        return Line(
            seen, task, False, "您勾选之后这一件已有变化，未作改动，请刷新列表再看。" if changed else str(error)
        )
    return Line(seen, task, True, sentence)


def _tell(person: User, title: str, body: str, at: datetime) -> None:
    notify([person], title=title, body=body, url="/reviews/", topic=NoticeTopic.TASK, at=at)
