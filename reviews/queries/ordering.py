"""In which order a list stands: by any part of a column that can be sorted, the id last, so that it never wavers."""

from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import OrderBy

from reviews.enums import ListPage, StageState
from reviews.models import Stage

_APPLICATION = {
    "number": "application__number",
    "enterprise": "application__enterprise__name",
    "clause": "application__clause__order",
    "year": "application__policy_year",
    "district": "application__enterprise__district__order",
    "amount": "estimate_fen",
    "uscc": "application__enterprise__uscc",
    "filed": "application__filed_at",
}
_TASK = {
    "stage": "stage__order",
    "unit": "unit__order",
    "state": "state",
    "handler": "handler__name",
    "due": "due_on",
    "opened": "stage__opened_at",
    "closed": "closed_at",
}
_CASE = {"state": "state", "closed": "closed_at"}
#: Of the stage that runs now; one that waits for a renewed consultation comes after the consultation itself.
_RUNNING_STAGE = {"stage": "order", "due": "due_on"}


def _running(field: str) -> Subquery:
    stages = Stage.objects.filter(case=OuterRef("pk"), state__in=[StageState.OPEN, StageState.PAUSED])
    return Subquery(stages.order_by("state").values(field)[:1])


def usual(page: ListPage, tab: str) -> str:
    """How a list stands unless somebody sorts it: due first, what is done and what is all newest first."""
    if page == ListPage.CASES:
        return "-filed"
    return "-closed" if tab == "done" else "due"


def order_of(page: ListPage, sort: str) -> list[Any]:
    """The expressions for order_by; `sort` is a key of columns.sortable, with - in front for the other direction.

    What has no value comes last in both directions.
    """
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    if page == ListPage.CASES and key == "filed":
        # The first filing opens the case; this order has an index of its own.
        return ["-opened_at", "-pk"] if descending else ["opened_at", "pk"]
    if page == ListPage.CASES:
        value = _running(_RUNNING_STAGE[key]) if key in _RUNNING_STAGE else F({**_APPLICATION, **_CASE}[key])
    else:
        value = F(_TASK[key] if key in _TASK else f"case__{_APPLICATION[key]}")
    return [OrderBy(value, descending=descending, nulls_last=True), "pk"]
