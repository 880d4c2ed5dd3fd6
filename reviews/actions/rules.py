"""A unit's rules of who gets a new task (分办规则): add, move up and down, switch off and on."""

from datetime import datetime

from django.db import transaction

from accounts.models import Unit, UnitMember, User
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from policies.models import Clause
from reviews.enums import StageKind
from reviews.models import AssignmentRule
from reviews.queries.assignment import MANAGING
from reviews.workflow import ROLES

#: More than anybody keeps in mind; a rule that was switched off counts.
MAX_RULES = 50


@transaction.atomic
def add_rule(
    *,
    unit: Unit,
    stage_kind: str = "",
    clause: Clause | None = None,
    district: Unit | None = None,
    handler: User | None,
    by: User,
    at: datetime,
) -> AssignmentRule:
    """Add a rule at the end: tasks that meet every given condition go to `handler`, or evenly where there is none.

    Raises NotAllowed unless `by` is 审核 or 负责人 of the unit, Invalid where the person works on no tasks there or the
    unit has as many rules as it may have.
    """
    rules = _locked(unit, by)
    if stage_kind and stage_kind not in StageKind.values:
        raise Invalid("请选择环节。", field="stage_kind")
    if handler is not None and not _works(unit, handler):
        raise Invalid(f"{handler}在{unit.name}没有经办或审核角色，不能指定为承办人。", field="handler")
    if len(rules) >= MAX_RULES:
        raise Invalid(f"一个单位最多 {MAX_RULES} 条规则，请先停用并合并。")
    rule = AssignmentRule.objects.create(
        unit=unit,
        order=rules[-1].order + 1 if rules else 1,
        stage_kind=stage_kind,
        clause=clause,
        district=district,
        evenly=handler is None,
        handler=handler,
    )
    record("unit.rule_added", subject=rule, by=by, at=at, data=_data(rule))
    return rule


@transaction.atomic
def move_rule(*, rule: AssignmentRule, up: bool, by: User, at: datetime) -> AssignmentRule:
    """Let a rule count before (or after) its neighbour. Raises as add_rule, Conflict where it is the first (last)."""
    rules = _locked(rule.unit, by)
    place = next(number for number, row in enumerate(rules) if row.pk == rule.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rules):
        raise Conflict("该规则已经在最前。" if up else "该规则已经在最后。")
    rules[place], rules[other] = rules[other], rules[place]
    for order, row in enumerate(rules, start=1):
        row.order = order
    AssignmentRule.objects.bulk_update(rules, ["order"])
    moved = rules[other]
    record("unit.rule_moved", subject=moved, by=by, at=at, data=_data(moved))
    return moved


@transaction.atomic
def switch_rule(*, rule: AssignmentRule, active: bool, by: User, at: datetime) -> AssignmentRule:
    """Switch a rule off or on again. Raises as add_rule, Conflict where it is so already."""
    row = next(row for row in _locked(rule.unit, by) if row.pk == rule.pk)
    if row.is_active == active:
        raise Conflict("该规则已启用。" if active else "该规则已停用。")
    row.is_active = active
    row.save(update_fields=["is_active"])
    record("unit.rule_switched", subject=row, by=by, at=at, data=_data(row))
    return row


def _locked(unit: Unit, by: User) -> list[AssignmentRule]:
    """The rules of the unit in order, nobody else changing them meanwhile."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if not UnitMember.objects.filter(
        unit=unit, unit__is_active=True, user=by, user__is_active=True, role__in=MANAGING, is_active=True
    ).exists():
        raise NotAllowed(f"分办规则由{unit.name}的审核、负责人设置，您没有这一角色。")
    return list(AssignmentRule.objects.filter(unit=unit).order_by("order", "pk"))


def _works(unit: Unit, person: User) -> bool:
    return UnitMember.objects.filter(
        unit=unit, user=person, user__is_active=True, role__in=ROLES["claim"], is_active=True
    ).exists()


def _data(rule: AssignmentRule) -> dict[str, object]:
    return {
        "unit": rule.unit.name,
        "order": rule.order,
        "stage": rule.stage_kind,
        "clause": rule.clause.clause_id if rule.clause else "",
        "district": rule.district.name if rule.district else "",
        "handler": rule.handler_id,
        "is_active": rule.is_active,
    }
