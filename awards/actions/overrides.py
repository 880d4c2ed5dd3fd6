"""突破上限 (原则上…，重点支持领域可适当突破): an authorised officer lifts or raises the cap of an enterprise's year."""

from datetime import datetime

from django.db import transaction

from accounts.enums import UnitRole
from accounts.models import Unit, User
from awards.actions.external import MAX_REASON, lock_account, tell_leads
from awards.documents import StoredDocument
from awards.models import CapOverride, YearAccount
from awards.permissions import holds, why_not_on_account
from awards.queries.caps import cap_of
from awards.queries.preview import active_override
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import MAX_FEN, grouped, yuan
from common.prose import read_prose
from reviews.queries.routes import procedure_settings

MAX_TEXT = 2000


def override_unit(account: YearAccount) -> Unit:
    """The unit whose 负责人 decides on the cap [S]. Raises Invalid where the setting names none."""
    application = account.files().select_related("clause__document").order_by("-filed_at", "-pk").first()
    if application is None:
        raise Invalid("该账户没有已提交的申报。")
    name = procedure_settings(application.clause.document).cap_override_unit
    unit = Unit.objects.filter(name=name).first()
    if unit is None:
        raise Invalid("政策设置“突破上限的审批单位”没有指向一个单位，请政策管理员更正。")
    return unit


def require_override(account: YearAccount, unit: Unit, user: User) -> None:
    """Raise NotAllowed unless the user is 负责人 of the unit that decides on the cap and keeps away from nothing."""
    if not holds(user, unit, (UnitRole.LEADER,)):
        raise NotAllowed(f"突破上限由{unit.name}的负责人审批，您没有这一角色。")
    if because := why_not_on_account(account, user):
        raise NotAllowed(because)


def override_cap(
    *,
    account: YearAccount,
    lift: bool,
    cap_fen: int | None = None,
    reason: str,
    document: StoredDocument,
    by: User,
    at: datetime,
) -> CapOverride:
    """Lift (不设上限) or raise the cap of one enterprise and year to `cap_fen` (分), with reason and document.

    by: 负责人 of the unit that the setting names. It counts from the next settlement on. Raises Invalid where no cap
    applies, its figure is missing or the new cap is not above the cap by rule, Conflict where an override stands
    already, NotAllowed.
    """
    with transaction.atomic():
        account = lock_account(account)
        unit = override_unit(account)
        require_override(account, unit, by)
        if active_override(account) is not None:
            raise Conflict("该企业该年度已批准突破上限，如需调整请先撤销原来的审批。", what="已批准突破上限")
        cap = cap_of(account)
        if cap.by_rule_fen is None:
            raise Invalid(cap.why_none, field="lift")
        errors: dict[str, list[str]] = {}
        try:
            reason = read_prose(reason, field="reason", name="突破上限的理由", limit=MAX_TEXT)
        except Invalid as refused:
            errors |= refused.errors
        if lift:
            cap_fen = None
        elif cap_fen is None:
            errors["cap"] = ["请填写突破后的上限，或选择不设上限。"]
        elif cap_fen <= cap.by_rule_fen:
            errors["cap"] = [f"突破后的上限须高于按规定计算的上限 {grouped(cap.by_rule_fen)} 元。"]
        elif cap_fen > MAX_FEN:
            errors["cap"] = [f"金额过大，最多 {grouped(MAX_FEN)} 元，请核对。"]
        if errors:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        row = CapOverride.objects.create(
            account=account,
            lift=lift,
            cap_fen=cap_fen,
            cap_before_fen=cap.by_rule_fen,
            reason=reason,
            unit=unit,
            decided_by=by,
            decided_at=at,
            **document.columns(),
        )
        record(
            "account.cap_overridden",
            subject=account,
            by=by,
            at=at,
            data={
                "override": row.pk,
                "before": yuan(row.cap_before_fen),
                "after": None if row.cap_fen is None else yuan(row.cap_fen),
                "reason": reason,
                "unit": unit.name,
                "sha256": document.sha256,
            },
        )
        after = "不设上限" if row.cap_fen is None else f"上限 {grouped(row.cap_fen)} 元"
        tell_leads(
            account,
            f"批准突破上限：{account.enterprise.name}",
            f"{unit.name}批准{account.policy_year}年度{after}（原为 {grouped(row.cap_before_fen)} 元），请重新核算。",
            but=by,
            at=at,
        )
        return row


def withdraw_override(*, override: CapOverride, reason: str, by: User, at: datetime) -> CapOverride:
    """Take the decision back (负责人 of the same unit), with the reason; settlements that were made with it stand.

    Raises Conflict where it was withdrawn already, Invalid, NotAllowed.
    """
    with transaction.atomic():
        account = lock_account(override.account)
        row = CapOverride.objects.select_related("unit").get(pk=override.pk)
        require_override(account, row.unit, by)
        if row.withdrawn_at is not None:
            raise Conflict("这项审批已经撤销，请刷新后查看。", what="已撤销")
        row.withdrawn_reason = read_prose(reason, field="reason", name="撤销原因", limit=MAX_REASON)
        row.withdrawn_by, row.withdrawn_at = by, at
        row.save(update_fields=["withdrawn_reason", "withdrawn_by", "withdrawn_at"])
        record(
            "account.cap_override_withdrawn",
            subject=account,
            by=by,
            at=at,
            data={"override": row.pk, "reason": row.withdrawn_reason},
        )
        tell_leads(
            account,
            f"撤销突破上限：{account.enterprise.name}",
            f"{row.unit.name}撤销{account.policy_year}年度突破上限的审批，请重新核算。",
            but=by,
            at=at,
        )
        return row
