"""Awards of other city-level policies of the same type, entered by an officer with their document (不重复奖补)."""

from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import notify, unit_users
from awards.documents import StoredDocument
from awards.enums import OPEN
from awards.models import ExternalAward, YearAccount
from awards.permissions import require_reader_of_account
from awards.queries.accounts import policy_of_account
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.money import MAX_FEN, grouped, yuan
from common.prose import read_prose

MAX_SOURCE = 200
MAX_REASON = 500


def lock_account(account: YearAccount) -> YearAccount:
    """The account, locked: nobody settles it while something is entered on it."""
    return YearAccount.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=account.pk)


def tell_leads(account: YearAccount, title: str, body: str, *, but: User, at: datetime) -> None:
    """Tell the units that keep open files of the account that what a settlement depends on has changed."""
    units = Unit.objects.filter(pk__in=account.awards.filter(state__in=OPEN).values("unit"))
    people = {user.pk: user for unit in units for user in unit_users(unit) if user != but}
    notify(
        people.values(), title=title, body=body, url=f"/awards/accounts/{account.pk}/", topic=NoticeTopic.TASK, at=at
    )


def enter_external_award(
    *,
    account: YearAccount,
    group: str,
    amount_fen: int,
    source: str,
    document: StoredDocument,
    unit: Unit,
    by: User,
    at: datetime,
) -> ExternalAward:
    """Enter an award (分) that another city-level policy of the same type gave, with its document.

    by: 经办 or 审核 of a unit that reads a file of the account. source: the policy and its number. It counts from the
    next settlement on; what is public or paid stays. Raises Invalid by field, Conflict for the same award again,
    NotAllowed.
    """
    with transaction.atomic():
        account = lock_account(account)
        require_reader_of_account(account, unit, by)
        errors: dict[str, list[str]] = {}
        groups = [item.name for item in policy_of_account(account).groups]
        if group not in groups:
            errors["group"] = [f"没有这一类型，应为下列之一：{'、'.join(groups) or '（无）'}。"]
        if isinstance(amount_fen, bool) or not isinstance(amount_fen, int) or amount_fen <= 0:
            errors["amount"] = ["金额须大于 0 元。"]
        elif amount_fen > MAX_FEN:
            errors["amount"] = [f"金额过大，最多 {grouped(MAX_FEN)} 元，请核对。"]
        try:
            source = " ".join(read_prose(source, field="source", name="政策和文号", limit=MAX_SOURCE).split())
        except Invalid as refused:
            errors |= refused.errors
        if errors:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        same = account.external_awards.filter(
            group=group, amount_fen=amount_fen, source=source, sha256=document.sha256, withdrawn_at=None
        )
        if same.exists():
            raise Conflict("同一类型、金额、文号和文件的奖补已经录入，无需重复录入。", what="已录入")
        row = ExternalAward.objects.create(
            account=account,
            group=group,
            amount_fen=amount_fen,
            source=source,
            unit=unit,
            entered_by=by,
            entered_at=at,
            **document.columns(),
        )
        record(
            "account.external_award_entered",
            subject=account,
            by=by,
            at=at,
            data={
                "external_award": row.pk,
                "group": group,
                "amount": yuan(amount_fen),
                "source": source,
                "unit": unit.name,
                "sha256": document.sha256,
            },
        )
        tell_leads(
            account,
            f"录入其他政策奖补：{account.enterprise.name}",
            f"{unit.name}录入“{group}”类其他市级政策奖补 {grouped(amount_fen)} 元（{source}），核算时计入。",
            but=by,
            at=at,
        )
        return row


def withdraw_external_award(*, external: ExternalAward, reason: str, by: User, at: datetime) -> ExternalAward:
    """Take a wrong entry back (经办 or 审核 of the unit that entered it), with the reason; the row stays.

    Raises Conflict where it was withdrawn already, Invalid, NotAllowed.
    """
    with transaction.atomic():
        account = lock_account(external.account)
        row = ExternalAward.objects.select_related("unit").get(pk=external.pk)
        require_reader_of_account(account, row.unit, by)
        if row.withdrawn_at is not None:
            raise Conflict("这笔奖补已经撤销，请刷新后查看。", what="已撤销")
        row.withdrawn_reason = read_prose(reason, field="reason", name="撤销原因", limit=MAX_REASON)
        row.withdrawn_by, row.withdrawn_at = by, at
        row.save(update_fields=["withdrawn_reason", "withdrawn_by", "withdrawn_at"])
        record(
            "account.external_award_withdrawn",
            subject=account,
            by=by,
            at=at,
            data={"external_award": row.pk, "reason": row.withdrawn_reason},
        )
        tell_leads(
            account,
            f"撤销其他政策奖补：{account.enterprise.name}",
            f"{row.unit.name}撤销“{row.group}”类其他市级政策奖补 {grouped(row.amount_fen)} 元，请重新核算。",
            but=by,
            at=at,
        )
        return row
