"""The chain's arithmetic in Python, written a second time on purpose: the verifier shares no code with the trigger."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

ORIGIN = "0" * 64


@dataclass(frozen=True)
class ChainRow:
    """One link joined to its event, values as stored; ``data`` and ``ip`` are the database's text of them."""

    seq: int
    prev_hash: str
    hash: str
    event_id: int
    at: datetime
    event: str
    subject_type: str
    subject_id: str
    actor_id: int | None
    actor_name: str
    data: str
    ip: str | None


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong: at which number of the chain, and what."""

    seq: int
    message: str


def link_hash(row: ChainRow, prev_hash: str) -> str:
    """SHA-256 (hex) over the previous hash, the number and the event's columns, each as a netstring."""
    instant = row.at.astimezone(UTC)
    stamp = (
        f"{instant.year:04d}-{instant.month:02d}-{instant.day:02d}T"
        f"{instant.hour:02d}:{instant.minute:02d}:{instant.second:02d}.{instant.microsecond:06d}Z"
    )
    values = [
        prev_hash, row.seq, row.event_id, stamp, row.event, row.subject_type, row.subject_id,
        row.actor_id, row.actor_name, row.data, row.ip,
    ]  # fmt: skip
    digest = hashlib.sha256()
    for value in values:
        if value is None:
            digest.update(b"-,")
        else:
            encoded = str(value).encode()
            digest.update(b"%d:%s," % (len(encoded), encoded))
    return digest.hexdigest()


def faults(rows: Iterable[ChainRow]) -> Iterator[Fault]:
    """Walk the chain in order of ``seq`` and yield what is wrong; the first fault is the one that matters.

    After a fault the walk goes on from the stored hash, so that a single changed event gives a single fault.
    """
    expected, before = 1, ORIGIN
    for row in rows:
        if row.seq != expected:
            yield Fault(expected, f"序号中断：应为 {expected}，实际为 {row.seq}")
        if row.prev_hash != before:
            yield Fault(row.seq, "前一哈希与上一环不一致")
        elif row.hash != link_hash(row, before):
            yield Fault(row.seq, f"事件 {row.event_id} 的内容与哈希不一致")
        expected, before = row.seq + 1, row.hash
