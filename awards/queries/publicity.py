"""What a publicity round shows, how long it lasts, and whether its draft still fits what was settled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models import Unit, User
from awards.enums import AwardState, ItemState, RoundState
from awards.models import Award, PublicityItem, PublicityRound
from awards.queries.outdated import outdated_sums
from common.money import grouped
from common.queries import working_calendar
from common.workdays import end_of_day
from reviews.queries.routes import AfterReview, procedure_settings

#: The states of an item that keep its award from another round.
OPEN_ITEMS = (ItemState.LISTED, ItemState.HELD)


@dataclass(frozen=True)
class Line:
    """One row as it is shown: name, clause and amount (分), nothing else."""

    award: Award
    name: str
    clause: str
    amount_fen: int


@dataclass(frozen=True)
class DraftRow:
    """A row of a draft beside what is settled today; `fault` says in words why it cannot be published as drafted."""

    item: PublicityItem
    live: Line
    fault: str


def line_of(award: Award) -> Line:
    """The row that shows an award as it stands now."""
    application = award.application
    clause = application.clause
    return Line(
        award=award,
        name=application.enterprise.name,
        clause=f"{clause.clause_id} {clause.title}"[:200],
        amount_fen=award.settled_fen,
    )


def _natural(clause: str) -> list[tuple[int, str]]:
    """3.10.1 after 3.9.1; figures by their value."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|[^\d.]+", clause.split()[0])]


def in_order(lines: Iterable[Line]) -> list[Line]:
    """By clause, larger amounts first, then by name: the order in which people look for themselves."""
    return sorted(lines, key=lambda line: (_natural(line.clause), -line.amount_fen, line.name, line.award.pk))


def with_clause(awards: Any) -> Any:
    """The awards with everything that a row of theirs shows."""
    return awards.select_related("application__enterprise", "application__clause__document", "unit")


def publishable(user: User, unit: Unit, *, within: PublicityRound | None = None) -> Any:
    """The settled awards of a lead that no other round holds, as the user may see them; those of `within` included."""
    held = PublicityItem.objects.filter(state__in=OPEN_ITEMS)
    if within is not None:
        held = held.exclude(round=within)
    awards = Award.objects.visible_to(user).filter(unit=unit, state=AwardState.SETTLED)
    return with_clause(awards.exclude(pk__in=held.values("award")))


def draft_rows(publicity: PublicityRound, *, at: datetime) -> list[DraftRow]:
    """The rows of a draft with what stands against publishing each of them at this instant."""
    items = {item.award_id: item for item in publicity.items.all()}
    awards = {award.pk: award for award in with_clause(Award.objects.filter(pk__in=items))}
    outdated = outdated_sums(awards.values(), at=at)
    return [_row(item, line_of(awards[pk]), outdated.get(pk)) for pk, item in items.items()]


def _row(item: PublicityItem, live: Line, outdated: int | None) -> DraftRow:
    fault = ""
    if live.award.state != AwardState.SETTLED:
        fault = f"{item.name}（{item.clause}）现为“{live.award.get_state_display()}”，不能公示"
    elif live.amount_fen != item.amount_fen:
        fault = (
            f"{item.name}（{item.clause}）的核定金额在拟稿后由 {grouped(item.amount_fen)} 元"
            f"变为 {grouped(live.amount_fen)} 元"
        )
    elif live.name != item.name:
        fault = f"{item.name}（{item.clause}）的名称在拟稿后变为“{live.name}”"
    elif live.clause != item.clause:
        fault = f"{item.name}的条款名称在拟稿后由“{item.clause}”变为“{live.clause}”"
    elif outdated is not None:
        # What is shown does not move any more: an amount that is known to be wrong is settled first.
        fault = (
            f"{item.name}（{item.clause}）核定之后有新录入的内容，"
            f"按最新内容为 {grouped(outdated)} 元，与核定的 {grouped(live.amount_fen)} 元不同，须先重新核算"
        )
    return DraftRow(item, live, fault)


def periods_after(awards: Iterable[Award], *, on: date) -> dict[int, AfterReview]:
    """The periods [S] that hold on a day for each document of these awards, by its key; each document is asked once."""
    documents = {award.application.clause.document_id: award.application.clause.document for award in awards}
    return {pk: procedure_settings(document, on=on).after for pk, document in documents.items()}


def publicity_days(awards: Iterable[Award], *, on: date) -> int:
    """For how many calendar days these awards are shown if published on a day; the longest of their policies."""
    return max(after.publicity for after in periods_after(awards, on=on).values())


def last_day_of(awards: Iterable[Award], *, first: date) -> date:
    """The last day of a period that begins on `first`: the first day does not count, a last day off moves on."""
    return working_calendar().publicity_last_day(first, publicity_days(awards, on=first))


@dataclass(frozen=True)
class Period:
    """Where a published round stands at an instant. calendar_days: whole days left after today, None once over."""

    calendar_days: int | None
    is_over: bool

    @property
    def text(self) -> str:
        """How it reads: 还剩 3 天, 今日截止, 已结束."""
        if self.calendar_days is None:
            return "已结束"
        return f"还剩 {self.calendar_days} 天" if self.calendar_days else "今日 24 时截止"


def period_of(publicity: PublicityRound, *, at: datetime, today: date) -> Period | None:
    """The time left of a round; None for one that was never published."""
    if publicity.last_day is None:
        return None
    over = publicity.state == RoundState.CLOSED or at >= end_of_day(publicity.last_day)
    return Period(None if over else (publicity.last_day - today).days, over)
