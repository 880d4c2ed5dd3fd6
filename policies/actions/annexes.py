"""What hangs on a document beside its clauses: the catalogue of evidence, and tables of targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Unit, User
from common.audit.actions import record
from common.errors import Conflict, Invalid
from policies.actions.documents import EVIDENCE_EDITED, TARGETS_EDITED, locked_document, saved
from policies.amounts import yi
from policies.models import Document, PolicyTarget
from policies.permissions import require_editor
from policies.queries.documents import evidence_in_use


@dataclass(frozen=True)
class EvidenceItem:
    """One kind of document that applicants attach: scope "year" is filed once for a year, "own" for one application."""

    key: str
    label: str
    help: str = ""
    scope: str = "own"
    common: bool = False


@dataclass(frozen=True)
class TargetRow:
    """One row of the printed table of targets; target in 分."""

    unit: Unit
    printed: str
    focus: str
    target_fen: int


def set_evidence(
    document: Document, *, items: Sequence[EvidenceItem], expected_edit: int, by: User, at: datetime
) -> Document:
    """Set the catalogue of documents that applicants attach, for drafts written from now on; published versions keep
    what they ask for.

    Raises NotAllowed, Conflict, Invalid (field `items`) for one that drafts ask for and that would be gone.
    """
    require_editor(by)
    keys = [item.key for item in items]
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise Invalid(f"代码“{repeated[0]}”写了两次，请改用不同的代码。", field="items")
    catalogue = {item.key: {"label": item.label, "help": item.help, "scope": item.scope} for item in items}
    common = [item.key for item in items if item.common]
    with transaction.atomic():
        locked = locked_document(document, expected_edit)
        for key, users in evidence_in_use(locked).items():
            if key not in catalogue:
                label = locked.evidence.get(key, {}).get("label", key)
                raise Invalid(
                    f"“{label}”还被{'、'.join(users[:3])}使用，不能删去。请先在这些草稿中去掉它。", field="items"
                )
        if (locked.evidence, locked.common_evidence) == (catalogue, common):
            return locked
        data = {
            "added": sorted(set(catalogue) - set(locked.evidence)),
            "removed": sorted(set(locked.evidence) - set(catalogue)),
            "changed": sorted(key for key, one in catalogue.items() if locked.evidence.get(key, one) != one),
            "common": common,
        }
        locked.evidence, locked.common_evidence = catalogue, common
        saved(locked)
        record(EVIDENCE_EDITED, subject=locked, by=by, at=at, data={"edit": locked.edit, **data})
    return locked


def set_targets(
    document: Document,
    *,
    year: int,
    rows: Sequence[TargetRow],
    total_fen: int,
    differs: bool,
    expected_edit: int,
    by: User,
    at: datetime,
) -> list[PolicyTarget]:
    """Set a year's table of targets: the units' rows and the printed total.

    differs: the total is printed as another sum than that of the rows (units that are not listed). A public document
    gets new years only. Raises NotAllowed, Conflict, Invalid (fields `year`, `rows`, `total`).
    """
    require_editor(by)
    if not rows:
        raise Invalid("请至少填写一行。", field="rows")
    units = [row.unit.pk for row in rows]
    if twice := next((row for row in rows if units.count(row.unit.pk) > 1), None):
        raise Invalid(f"{twice.unit}写了两次，请合并为一行。", field="rows")
    gap = total_fen - sum(row.target_fen for row in rows)
    if gap and not differs:
        side = "多" if gap > 0 else "少"
        raise Invalid(
            f"合计比各行之和{side} {yi(abs(gap))} 亿元。请核对；原文如此的，请勾选“合计与各行之和不同，原文如此”。",
            field="total",
        )
    with transaction.atomic():
        locked = locked_document(document, expected_edit)
        if locked.is_public and locked.targets.filter(year=year).exists():
            raise Conflict(f"{locked.number}已公开，{year} 年的目标不能修改；可以增加其他年度。", what="文件已公开")
        before = [[row.printed, row.focus, row.target_fen] for row in locked.targets.filter(year=year)]
        locked.targets.filter(year=year).delete()
        made = [
            PolicyTarget(
                document=locked,
                year=year,
                unit=row.unit,
                printed=row.printed,
                focus=row.focus,
                target_fen=row.target_fen,
                order=order,
            )
            for order, row in enumerate(rows)
        ]
        made.append(PolicyTarget(document=locked, year=year, printed="合计", target_fen=total_fen, order=len(made)))
        PolicyTarget.objects.bulk_create(made)
        saved(locked)
        after = [[row.printed, row.focus, row.target_fen] for row in made]
        data = {"edit": locked.edit, "year": year, "before": before, "after": after}
        record(TARGETS_EDITED, subject=locked, by=by, at=at, data=data)
    return made
