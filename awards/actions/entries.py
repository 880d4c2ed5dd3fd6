"""Movements of envelopes. Order of locks: application, year account, award, then envelopes by primary key, then the
counter of letters."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Case as Choose
from django.db.models import F, Sum, When

from accounts.models import User
from awards.enums import EntryKind, Share
from awards.models import Award, Envelope, EnvelopeEntry, Payment
from awards.queries.shares import paying_unit
from common.errors import Conflict, Invalid
from common.money import grouped


def envelope_for(award: Award, share: str) -> Envelope | None:
    """The envelope that pays this part of an award: where its money is taken; before that the one of whoever pays
    today, if its budget was entered."""
    taken = [envelope for envelope, _ in _held(award) if envelope.share == share]
    return taken[0] if taken else _envelope_today(award, share)


def _envelope_today(award: Award, share: str) -> Envelope | None:
    unit = paying_unit(award, share)
    return Envelope.objects.filter(
        unit=unit, share=share, clause=award.application.clause_id, policy_year=award.application.policy_year
    ).first()


def _held(award: Award) -> list[tuple[Envelope, int]]:
    """What an award has taken and not given back (分), as its entries say: an enterprise may belong to another district
    by now, and what was taken from one budget is never given back to another."""
    signed = Choose(When(kind=EntryKind.COMMIT, then=F("fen")), default=-F("fen"))
    taken = dict(
        EnvelopeEntry.objects.filter(award=award, kind__in=[EntryKind.COMMIT, EntryKind.RELEASE])
        .order_by()
        .values_list("envelope")
        .annotate(held=Sum(signed))
        .filter(held__gt=0)
    )
    return [(envelope, int(taken[envelope.pk])) for envelope in Envelope.objects.filter(pk__in=taken).order_by("pk")]


def commit_shares(
    changes: Iterable[tuple[Award, dict[str, int], dict[str, int]]], *, by: User | None, at: datetime
) -> None:
    """Give back what awards held and take what they hold now: (award, before, after), each share → 分.

    Raises Invalid naming every budget that was not entered or does not suffice; nothing is changed then. RuntimeError
    where an award holds another sum than it says.
    """
    needed: dict[int, tuple[int, int]] = {}  # envelope → (released, taken)
    moves: list[tuple[int, EntryKind, int, Award]] = []
    missing: list[str] = []

    def move(envelope: Envelope, kind: EntryKind, fen: int, award: Award) -> None:
        released, taken = needed.get(envelope.pk, (0, 0))
        needed[envelope.pk] = (released + fen, taken) if kind == EntryKind.RELEASE else (released, taken + fen)
        moves.append((envelope.pk, kind, fen, award))

    for award, before, after in changes:
        taken_before = _held(award) if any(before.values()) else []
        for share in Share:
            held = [(envelope, fen) for envelope, fen in taken_before if envelope.share == share]
            old, new = sum(fen for _, fen in held), after.get(share, 0)
            # Nothing held: settled before there were budgets, or at zero.
            if held and old != before.get(share, 0):
                raise RuntimeError(f"award {award.pk} holds {old} of {share}, not {before.get(share, 0)}")
            if old == new:
                continue
            for envelope, fen in held:
                move(envelope, EntryKind.RELEASE, fen, award)
            if not new:
                continue
            target = _envelope_today(award, share)
            if target is None:
                unit = paying_unit(award, share)
                missing.append(
                    f"{unit.name}尚未录入{award.application.clause.clause_id}条款{award.application.policy_year}年度的"
                    f"{share.label}预算，请先录入预算。"
                )
                continue
            move(target, EntryKind.COMMIT, new, award)
    if missing:
        raise Invalid(missing[0], errors={"budget": list(dict.fromkeys(missing))})
    locked = {
        row.pk: row
        for row in Envelope.objects.select_for_update(of=("self",))
        .select_related("unit", "clause")
        .filter(pk__in=needed)
        .order_by("pk")
    }
    short = [
        f"{row.unit.name}{row.clause.clause_id}条款{row.policy_year}年度{row.get_share_display()}预算余额"
        f" {grouped(row.free_fen)} 元，本次需要 {grouped(taken - released)} 元，不足。"
        for pk, row in locked.items()
        for released, taken in [needed[pk]]
        if row.free_fen < taken - released
    ]
    if short:
        raise Invalid(short[0], errors={"budget": short})
    for kind in (EntryKind.RELEASE, EntryKind.COMMIT):
        for pk, entry, fen, award in moves:
            if entry == kind:
                write_entry(locked[pk], kind, fen, award=award, by=by, at=at)


def write_entry(
    envelope: Envelope,
    kind: EntryKind,
    fen: int,
    *,
    award: Award | None = None,
    payment: Payment | None = None,
    reason: str = "",
    by: User | None,
    at: datetime,
) -> EnvelopeEntry:
    """Write one movement; the database adds it up. Raises Conflict where it would overspend after all."""
    try:
        with transaction.atomic():
            return EnvelopeEntry.objects.create(
                envelope=envelope, kind=kind, fen=fen, award=award, payment=payment, reason=reason, by=by, at=at
            )
    except IntegrityError as error:
        if "envelope_" not in str(error):
            raise
        raise Conflict(f"{envelope}的预算余额已有变化，不足以办理，请刷新后再试。", what="预算余额不足") from error
