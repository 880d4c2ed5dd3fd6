"""What was entered for the enterprises of a 公示 since their amounts were settled: for the officer's eyes, before the
list is published and while it is shown. What changes an amount of a draft keeps it from being published already
(awards.queries.outdated); what does not, and what comes while the list stands, is told here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from applications.models import Correction, Revision
from awards.enums import RoundState
from awards.models import (
    Award,
    CapOverride,
    CheckedFigure,
    ExternalAward,
    GroupChoice,
    PublicityRound,
    Settlement,
    YearAccount,
)


@dataclass(frozen=True)
class Entered:
    """What is new on one account: how often what was entered, and when last, by which unit ("" for the enterprise)."""

    account: YearAccount
    counts: tuple[tuple[str, int], ...]
    last_at: datetime
    last_unit: str

    @property
    def text(self) -> str:
        """How it reads: 核对数据 2 项、其他政策奖补 1 笔."""
        return "、".join(f"{what} {count} 次" if count > 1 else what for what, count in self.counts)


#: Where entries of an account are, the instant of each and the unit that made it; "" where the enterprise did.
_SOURCES: tuple[tuple[str, Any, str, str], ...] = (
    ("核对年度数据", CheckedFigure, "entered_at", "unit__name"),
    ("录入其他政策奖补", ExternalAward, "entered_at", "unit__name"),
    ("撤销其他政策奖补", ExternalAward, "withdrawn_at", "unit__name"),
    ("批准突破上限", CapOverride, "decided_at", "unit__name"),
    ("撤销突破上限", CapOverride, "withdrawn_at", "unit__name"),
    ("企业选择同类型条款", GroupChoice, "chosen_at", ""),
)


def entered_since(publicity: PublicityRound) -> list[Entered]:
    """One row for each account of the round on which something was entered after the settlement that its list shows:
    the last one before the list was published, or the newest while it is a draft; by name of the enterprise.

    None of a round that is over or was given up. The number of queries does not grow with the round.
    """
    if publicity.state not in (RoundState.DRAFT, RoundState.OPEN):
        return []
    accounts = {
        account.pk: account
        for account in YearAccount.objects.filter(awards__publicity_items__round=publicity)
        .select_related("enterprise")
        .distinct()
    }
    settled = _settled(accounts, publicity.published_at)
    found: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
    for pk, at, unit, what in _entries(accounts):
        if pk in settled and at > settled[pk]:
            found[pk].append((at, unit, what))
    rows = [_row(accounts[pk], entries) for pk, entries in found.items()]
    return sorted(rows, key=lambda row: (row.account.enterprise.name, row.account.pk))


def _row(account: YearAccount, entries: list[tuple[datetime, str, str]]) -> Entered:
    last_at, last_unit, _ = max(entries)
    counts = Counter(what for _, _, what in sorted(entries))
    return Entered(account, tuple(counts.items()), last_at, last_unit)


def _settled(accounts: Iterable[int], until: datetime | None) -> dict[int, datetime]:
    found = Settlement.objects.filter(account__in=accounts)
    if until is not None:
        found = found.filter(made_at__lte=until)
    return dict(found.order_by().values_list("account").annotate(last=Max("made_at")).values_list("account", "last"))


def _entries(accounts: dict[int, YearAccount]) -> Iterator[tuple[int, datetime, str, str]]:
    for what, model, instant, unit in _SOURCES:
        rows: QuerySet[Any, Any] = model.objects.filter(
            account__in=accounts, **{f"{instant}__isnull": False}
        ).order_by()
        for row in rows.values_list("account", instant, *([unit] if unit else [])):
            yield row[0], row[1], row[2] if unit else "", what
    # Of other files of the enterprise, too: whatever they are about counts towards the same cap and the same groups.
    owners: Any = Award.objects.filter(account__in=accounts).order_by()
    keys = {
        (accounts[pk].enterprise_id, accounts[pk].policy_year, document): pk
        for pk, document in owners.values_list("account", "application__clause__document").distinct()
    }
    enterprises = {enterprise for enterprise, _, _ in keys}
    corrections = Correction.objects.filter(application__enterprise__in=enterprises).order_by()
    revisions = Revision.objects.filter(application__enterprise__in=enterprises, number__gt=1).order_by()
    whose = ("application__enterprise", "application__policy_year", "application__clause__document")
    for row in corrections.values_list(*whose, "opened_at", "unit__name"):
        if row[:3] in keys:
            yield keys[row[:3]], row[3], row[4], "要求补正"
    for row in revisions.values_list(*whose, "filed_at"):
        if row[:3] in keys:
            yield keys[row[:3]], row[3], "", "重新提交申报"
