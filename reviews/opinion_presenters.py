"""Opinions as the case page draws them: the units side by side on each point, then every decision with its words."""

from collections.abc import Iterable, Sequence
from typing import Any

from applications.models import Revision
from reviews.enums import Outcome, StageKind, Stance
from reviews.models import Decision, DecisionPoint, Task
from reviews.presenters import OUTCOME_TONES
from reviews.queries.opinions import Sight, points_of_revision
from reviews.workflow import PANEL_STAGES

STANCE_TONES = {
    Stance.AGREE: "success",
    Stance.REMARKS: "warning",
    Stance.DISAGREE: "danger",
    Stance.RECONCILED: "info",
}


def opinion_context(decisions: Sequence[Decision], sight: Sight, revision: Revision) -> dict[str, Any]:
    """What the opinions' part of a page shows to one reader; `decisions` as confirmed_decisions gives them.

    What the reader may not know is only counted: N 家单位已提出意见.
    """
    shown = [decision for decision in decisions if sight.shows(decision)]
    hidden = {decision.task.unit_id for decision in decisions if not sight.shows(decision)}
    return {
        "opinions": [_decision(decision, sight) for decision in shown],
        "hidden_units": len(hidden),
        "hidden_sentence": f"{len(hidden)} 家单位已提出意见",
        "hidden_why": sight.why_hidden,
        "shown_decisions": [decision.pk for decision in shown],
        "side_by_side": side_by_side(shown, revision),
    }


def _decision(decision: Decision, sight: Sight) -> dict[str, Any]:
    """One decision of the list; superseded ones stay visible and say why they are no more in force."""
    voided = [point.voided_by.number for point in decision.points.all() if point.voided_by is not None]
    return {
        "decision": decision,
        "stage": StageKind(decision.task.stage.kind).label,
        "unit": decision.task.unit.name,
        "panel": decision.task.stage.kind in PANEL_STAGES,
        "keeper": decision.task.is_keeper,
        "label": decision.get_outcome_display(),
        "tone": OUTCOME_TONES[Outcome(decision.outcome)],
        "superseded": decision.superseded_at is not None,
        "asked_again": f"第 {voided[0]} 版改动后重新征求意见" if voided else "",
        "amount_fen": decision.amount_fen if sight.shows_amount(decision) else None,
    }


def stance_line(point: DecisionPoint) -> dict[str, Any]:
    """One point of a decision with its badge; `voided`: the number of the version that made it void."""
    return {
        "label": point.label,
        "stance": point.stance,
        "words": point.get_stance_display(),
        "tone": STANCE_TONES[Stance(point.stance)],
        "text": point.text,
        "voided": point.voided_by.number if point.voided_by else None,
    }


def side_by_side(decisions: Iterable[Decision], revision: Revision) -> dict[str, Any] | None:
    """Rows = points with the passage of the clause, columns = units; None where nobody spoke on points.

    A unit's cell holds what stands, and struck through what a version made void. A row is marked where a unit
    disagrees.
    """
    tasks: dict[int, Task] = {}
    cells: dict[tuple[str, int], list[dict[str, Any]]] = {}
    labels: dict[str, str] = {}
    last = {decision.task_id: decision for decision in decisions}
    for decision in decisions:
        newest = last[decision.task_id] is decision
        consulted = decision.task.stage.kind == StageKind.CONSULTATION
        for point in decision.points.all():
            stands = point.voided_at is None
            # An earlier opinion lives on in the newest one as far as it stands; what is void is told once, here.
            if (stands and not newest) or (not consulted and decision.superseded_at is not None):
                continue
            line = stance_line(point)
            line["kept"] = stands and decision.superseded_at is not None
            tasks.setdefault(decision.task_id, decision.task)
            labels.setdefault(point.key, point.label)
            cells.setdefault((point.key, decision.task_id), []).append(line)
    if not cells:
        return None
    known = {point.key: point for point in points_of_revision(revision)}
    order = [*(key for key in known if key in labels), *(key for key in labels if key not in known)]
    return {
        "columns": [{"unit": task.unit.name, "stage": StageKind(task.stage.kind).label} for task in tasks.values()],
        "rows": [
            _row(
                labels[key],
                known[key].quote if key in known else "",
                [(task.unit.name, cells.get((key, pk), [])) for pk, task in tasks.items()],
            )
            for key in order
        ],
    }


def _row(label: str, quote: str, cells: list[tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    current = {line["stance"] for _, lines in cells for line in lines if line["voided"] is None} - {Stance.RECONCILED}
    against = Stance.DISAGREE in current
    return {
        "label": label,
        "quote": quote,
        "cells": cells,
        "mark": "意见不一致" if against and len(current) > 1 else "有单位不同意" if against else "",
    }
