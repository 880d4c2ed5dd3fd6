"""What waits to be paid, by budget; the lists and their rows; what an award's reader sees of its payment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.enums import SystemRole, UnitRole
from accounts.models import Unit, User
from awards.enums import LIVE_PAYMENTS, AwardState, EntryKind, ListState, PaymentState, ResultKind, Share
from awards.models import Award, EnvelopeEntry, Payment, PaymentList, SetOff
from awards.models.payment import LIST_READERS
from common.audit.models import AuditEvent
from common.audit.queries import history
from common.fields import mask_account
from common.money import grouped, parse_yuan

#: Awards of which something may still be paid.
OWED = (AwardState.APPROVED, AwardState.PAYING)
#: Lines of a list's history that its page shows.
LONGEST = 200
#: The tabs of the lists: key → label, states.
TABS: dict[str, tuple[str, tuple[ListState, ...]]] = {
    "draft": ("待审核", (ListState.DRAFT,)),
    "sent": ("拨付中", (ListState.SENT,)),
    "closed": ("已办结", (ListState.CLOSED,)),
    "cancelled": ("已取消", (ListState.CANCELLED,)),
}
_BUDGET = re.compile(r"(city|district-([0-9]{1,9}))-([0-9]{4})")


@dataclass(frozen=True)
class Budget:
    """Whose money of which policy year: what one list is for."""

    share: Share
    district: Unit | None
    policy_year: int

    @property
    def key(self) -> str:
        """The budget as an address names it."""
        place = "city" if self.district is None else f"district-{self.district.pk}"
        return f"{place}-{self.policy_year}"

    @property
    def label(self) -> str:
        """The budget in words."""
        whose = Share.CITY.label if self.district is None else f"{Share.DISTRICT.label}（{self.district.name}）"
        return f"{self.policy_year}年度 {whose}"


@dataclass(frozen=True)
class Waiting:
    """What waits of one budget: how many parts, how much (分), and the first day on which one is due."""

    budget: Budget
    count: int
    fen: int
    due_on: Any


def budget_of(key: str) -> Budget | None:
    """The budget that an address names; None for anything else."""
    found = _BUDGET.fullmatch(key)
    if found is None:
        return None
    if found[2] is None:
        return Budget(Share.CITY, None, int(found[3]))
    district = Unit.objects.filter(pk=int(found[2])).first()
    return Budget(Share.DISTRICT, district, int(found[3])) if district else None


def paying_unit_of(user: User, roles: Iterable[UnitRole] = LIST_READERS) -> Unit | None:
    """The paying unit in which the user holds one of the roles today."""
    return Unit.objects.filter(
        is_finance=True, is_active=True, members__user=user, members__is_active=True, members__role__in=list(roles)
    ).first()


def may_read_waiting(user: User) -> bool:
    """Whether the person reads what waits for payment: the paying unit and auditors."""
    return user.system_role == SystemRole.AUDITOR or paying_unit_of(user) is not None


def waiting(user: User, share: str) -> QuerySet[Award]:
    """Approved awards of which this part is on no list and not paid, with `due_fen`, what is left to pay (分),
    and `budget_unit`, whose envelope holds it."""
    if not may_read_waiting(user):
        return Award.objects.none()
    part = f"{Share(share).value}_fen"
    off = SetOff.objects.filter(award=OuterRef("pk"), share=share).order_by().values("award")
    live = Payment.objects.filter(award=OuterRef("pk"), share=share, state__in=LIVE_PAYMENTS)
    # By key: visible_to may join, and an aggregate over a join would count rows twice.
    found = Award.objects.filter(pk__in=Award.objects.visible_to(user).values("pk"))
    # Where the money of this part was taken; an enterprise may belong to another district by now.
    taken = EnvelopeEntry.objects.filter(award=OuterRef("pk"), kind=EntryKind.COMMIT, envelope__share=share)
    return (
        found.filter(~Exists(live), state__in=OWED)
        .annotate(
            budget_unit=Coalesce(
                Subquery(taken.order_by("-pk").values("envelope__unit")[:1]),
                F("application__enterprise__district"),
                output_field=BigIntegerField(),
            ),
            due_fen=F(part)
            - Coalesce(Subquery(off.annotate(sum=Sum("amount_fen")).values("sum")), 0, output_field=BigIntegerField()),
        )
        .filter(due_fen__gt=0)
        .order_by("due_on", "application__number")
    )


def waiting_by_budget(user: User) -> list[Waiting]:
    """What waits, one line for each budget: the city's first, then each district's, newer years first."""
    year, district = "application__policy_year", "budget_unit"
    sums: dict[str, Any] = {"count": Count("pk"), "fen": Sum("due_fen"), "first": Min("due_on")}
    city = waiting(user, Share.CITY).order_by().values(year).annotate(**sums).order_by(f"-{year}")
    lines = [Waiting(Budget(Share.CITY, None, row[year]), row["count"], row["fen"], row["first"]) for row in city]
    rows = list(waiting(user, Share.DISTRICT).order_by().values(year, district).annotate(**sums))
    units = Unit.objects.in_bulk({row[district] for row in rows})
    for row in sorted(rows, key=lambda one: (-one[year], units[one[district]].order, one[district])):
        budget = Budget(Share.DISTRICT, units[row[district]], row[year])
        lines.append(Waiting(budget, row["count"], row["fen"], row["first"]))
    return lines


def waiting_of(user: User, budget: Budget) -> QuerySet[Award]:
    """The awards that wait of one budget, due first, with what their rows need."""
    found: Any = waiting(user, budget.share).filter(application__policy_year=budget.policy_year)
    if budget.district is not None:
        found = found.filter(budget_unit=budget.district.pk)
    return found.select_related("application__enterprise", "application__clause", "unit")


def lists_of(user: User, tab: str) -> QuerySet[PaymentList]:
    """The lists of one tab, newest first, with how many rows wait for their result and how many came back."""
    return (
        PaymentList.objects.visible_to(user)
        .filter(state__in=TABS[tab][1])
        .select_related("district", "prepared_by", "sent_by")
        .annotate(
            open_count=Count("rows", filter=Q(rows__state=PaymentState.SENT)),
            returned_count=Count("rows", filter=Q(rows__state=PaymentState.RETURNED)),
            paid_fen=Coalesce(Sum("rows__amount_fen", filter=Q(rows__state=PaymentState.PAID)), 0),
        )
        .order_by("-prepared_at", "-pk")
    )


def list_counts(user: User) -> dict[str, int]:
    """How many lists each tab has."""
    states = dict(
        PaymentList.objects.visible_to(user)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"))
        .values_list("state", "n")
    )
    return {tab: sum(states.get(state, 0) for state in own) for tab, (_, own) in TABS.items()}


def rows_of(listing: PaymentList) -> QuerySet[Payment]:
    """The rows of a list by number, without those taken off while it was a draft, with what a page draws."""
    return (
        listing.rows.exclude(state=PaymentState.DROPPED)
        .select_related("award__application__enterprise", "award__application__clause", "envelope__unit")
        .prefetch_related("results__by")
        .order_by("row")
    )


def paid_again(rows: Iterable[Payment]) -> dict[int, Payment]:
    """What rows of one list pay again: the last row before them of the same award and share that came back or was
    reversed. Rows taken off a draft in between (`Payment.follows` goes over them) were never sent. Row → former row."""
    following = [row for row in rows if row.follows_id is not None]
    if not following:
        return {}
    former = (
        Payment.objects.filter(
            award__in=[row.award_id for row in following],
            share=following[0].share,
            state__in=[PaymentState.RETURNED, PaymentState.REVERSED],
        )
        .select_related("list")
        .only("row", "award_id", "list__number")
        .order_by("pk")
    )
    found: dict[int, Payment] = {}
    for old in former:
        found |= {row.pk: old for row in following if row.award_id == old.award_id and old.pk < row.pk}
    return found


def former_results(awards: Iterable[int], share: str) -> dict[int, tuple[Payment, str]]:
    """The last row of awards whose part came back or was reversed, with the reason: award → (row, reason)."""
    rows = (
        Payment.objects.filter(
            award__in=list(awards), share=share, state__in=[PaymentState.RETURNED, PaymentState.REVERSED]
        )
        .select_related("list")
        .prefetch_related("results")
        .order_by("pk")
    )
    return {row.award_id: (row, reason_of(row)) for row in rows}


def reason_of(row: Payment) -> str:
    """Why a row came back or was reversed; "" where it was not (read its results ahead)."""
    return next((one.reason for one in reversed(row.results.all()) if one.reason), "")


_TONES = {
    PaymentState.PLANNED: "neutral",
    PaymentState.SENT: "info",
    PaymentState.PAID: "success",
    PaymentState.RETURNED: "danger",
    PaymentState.REVERSED: "warning",
    PaymentState.DROPPED: "neutral",
}


def tone_of(row: Payment) -> str:
    """The tone of a row's badge."""
    return _TONES[PaymentState(row.state)]


def payments_of(award: Award, user: User) -> list[dict[str, Any]]:
    """The payment of each share of an award for whoever may read the award: amount, what was set off, and every row
    with its state, days and reasons. The account is told masked, and to the enterprise itself and the paying unit only.

    Empty before the approval letter. What is only planned is told to the paying unit and auditors as a list, to others
    as 待拨付.
    """
    if award.state not in {AwardState.APPROVED, AwardState.PAYING, AwardState.PAID}:
        return []
    inside = may_read_waiting(user)
    own = user.enterprise_memberships.filter(enterprise=award.account.enterprise_id, is_active=True).exists()
    found = Payment.objects.filter(award=award).exclude(state=PaymentState.DROPPED).select_related("list")
    rows = [row for row in found.prefetch_related("results").order_by("pk") if inside or row.state != "planned"]
    off = dict(award.set_offs.values_list("share").annotate(sum=Sum("amount_fen")).order_by())
    shares = []
    for share, fen in ((Share.CITY, award.city_fen), (Share.DISTRICT, award.district_fen)):
        if not fen:
            continue
        told = [
            _told(row, account=inside or own, listed=inside)
            for row in rows
            if row.share == share and (inside or row.state != PaymentState.PLANNED)
        ]
        left = fen - off.get(share, 0)
        live = any(
            row.share == share and row.state in LIVE_PAYMENTS for row in rows if inside or row.state != "planned"
        )
        shares.append(
            {
                "label": share.label,
                "fen": fen,
                "set_off_fen": off.get(share, 0),
                "left_fen": left,
                "rows": told,
                "waits": left > 0 and not live,
                "to_mend": own and not live and bool(told) and told[-1]["state"] == PaymentState.RETURNED,
                "done_by_set_off": left == 0,
            }
        )
    return shares


def _told(row: Payment, *, account: bool, listed: bool) -> dict[str, Any]:
    results = {result.kind: result for result in row.results.all()}
    paid, returned = results.get(ResultKind.PAID), results.get(ResultKind.RETURNED)
    taken_back = results.get(ResultKind.REVERSED)
    return {
        "label": row.get_state_display(),
        "state": row.state,
        "tone": tone_of(row),
        "fen": row.amount_fen,
        "list": row.list if listed else None,
        "sent_at": row.list.sent_at,
        "paid_on": paid.on if paid else None,
        "returned_on": returned.on if returned else None,
        "reversed_on": taken_back.on if taken_back else None,
        "reason": next((one.reason for one in results.values() if one.reason), ""),
        "again": row.follows_id is not None,
        "account": mask_account(row.account_number) if account else "",
        "bank": row.bank_name if account else "",
    }


def _sum(event: AuditEvent, key: str) -> str:
    return grouped(parse_yuan(event.data[key]))


#: What the history of a list says of each event.
_SAID: dict[str, Any] = {
    "payment_list.prepared": lambda e: f"编制清单，{e.data['count']} 笔，合计 {_sum(e, 'total')} 元",
    "payment_list.row_removed": lambda e: (
        f"移出第 {e.data['row']} 笔（{e.data['application']}，{_sum(e, 'amount')} 元）"
    ),
    "payment_list.cancelled": lambda e: "取消清单",
    "payment_list.sent": lambda e: f"审核后送拨付，{e.data['count']} 笔，合计 {_sum(e, 'total')} 元",
    "payment_list.files_written": lambda e: "生成 Excel 和 PDF 文件",
    "payment_list.downloaded": lambda e: f"下载 {'Excel' if e.data['file'] == 'xlsx' else 'PDF'} 文件（含完整账号）",
    "payment_list.results_entered": lambda e: (
        f"{'导入' if e.data['import'] else '录入'}结果：已拨付 {e.data['paid']} 笔 {_sum(e, 'paid_sum')} 元，"
        f"退回 {e.data['returned']} 笔{'；清单办结' if e.data['closed'] else ''}"
    ),
}
_SAID_OF_ROW: dict[str, Any] = {
    "payment.account_read": lambda e: f"查看第 {e.data['row']} 笔的完整账号",
    "payment.reversed": lambda e: f"冲回第 {e.data['row']} 笔（{_sum(e, 'amount')} 元）：{e.data['reason']}",
}


def list_history(listing: PaymentList) -> list[dict[str, Any]]:
    """What happened to a list and its rows, oldest first (the newest of very many), as sentences with who and when."""
    rows = [str(pk) for pk in listing.rows.values_list("pk", flat=True)]
    of_rows = AuditEvent.objects.filter(
        subject_type=Payment._meta.label_lower, subject_id__in=rows, event__in=list(_SAID_OF_ROW)
    )
    events = sorted([*history(listing), *of_rows], key=lambda event: event.pk)
    said = _SAID | _SAID_OF_ROW
    return [
        {"at": event.at, "text": f"{event.actor_name}：{said[event.event](event)}"}
        for event in events[-LONGEST:]
        if event.event in said
    ]
