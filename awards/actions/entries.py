"""Movements of envelopes. Order of locks: application, year account, award, then envelopes by primary key, then the
counter of letters."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from awards.enums import EntryKind, Share
from awards.models import Award, Envelope, EnvelopeEntry, Payment
from awards.queries.shares import paying_unit
from common.errors import Conflict, Invalid
from common.money import grouped


def envelope_for(award: Award, share: str) -> Envelope | None:
    """The envelope that pays this part of an award, if its budget was entered."""
    unit = paying_unit(award, share)
    return Envelope.objects.filter(
        unit=unit, share=share, clause=award.application.clause_id, policy_year=award.application.policy_year
    ).first()


def commit_shares(
    changes: Iterable[tuple[Award, dict[str, int], dict[str, int]]], *, by: User | None, at: datetime
) -> None:
    """Give back what awards held and take what they hold now: (award, before, after), each share → 分.

    Raises Invalid naming every budget that was not entered or does not suffice; nothing is changed then.
    """
    needed: dict[int, tuple[Envelope, int, int]] = {}  # envelope → (released, taken)
    moves: list[tuple[int, EntryKind, int, Award]] = []
    missing: list[str] = []
    for award, before, after in changes:
        for share in Share:
            old, new = before.get(share, 0), after.get(share, 0)
            if old == new:
                continue
            envelope = envelope_for(award, share)
            if envelope is None:
                unit = paying_unit(award, share)
                missing.append(
                    f"{unit.name}尚未录入{award.application.clause.clause_id}条款{award.application.policy_year}年度的"
                    f"{share.label}预算，请先录入预算。"
                )
                continue
            envelope, released, taken = needed.get(envelope.pk, (envelope, 0, 0))
            needed[envelope.pk] = (envelope, released + old, taken + new)
            moves += [(envelope.pk, EntryKind.RELEASE, old, award)] if old else []
            moves += [(envelope.pk, EntryKind.COMMIT, new, award)] if new else []
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
        for _, released, taken in [needed[pk]]
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
