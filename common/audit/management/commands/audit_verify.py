"""Verify the audit chain from the first link to the last."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from common.audit.chain import ChainRow, Fault, faults

CHAIN_SQL = """
    SELECT l.seq, l.prev_hash, l.hash, e.id, e.at, e.event, e.subject_type, e.subject_id, e.actor_id, e.actor_name,
           e.data::text, host(e.ip)
    FROM audit_auditlink l JOIN audit_auditevent e ON e.id = l.event_id ORDER BY l.seq
"""
UNLINKED_SQL = """
    SELECT e.id FROM audit_auditevent e LEFT JOIN audit_auditlink l ON l.event_id = e.id
    WHERE l.seq IS NULL ORDER BY e.id LIMIT 1
"""


class Command(BaseCommand):
    """Exit 0 and the head of the chain, or exit 1 and the first broken number."""

    help = "核对审计链：逐条重新计算哈希，检查断号、缺链和被改动的事件。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", metavar="序号:哈希", help="以前记录的链头；链中该序号的哈希必须与之相同（可发现尾部被整体删除）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchor_seq, anchor_hash = self._anchor(options["anchor"])
        count, head, fault, anchored = 0, "", None, anchor_seq is None
        with transaction.atomic():
            with connection.cursor() as cursor:
                # One snapshot for both questions, so that commits meanwhile are wholly in or wholly out. Inside
                # somebody else's transaction (a test's) the level cannot change any more, and need not.
                if not connection.savepoint_ids:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

            def watched() -> Iterator[ChainRow]:
                nonlocal count, head, anchored
                for row in self._rows():
                    count, head = count + 1, f"{row.seq}:{row.hash}"
                    if row.seq == anchor_seq:
                        anchored = row.hash == anchor_hash
                    yield row

            fault = next(faults(watched()), None)
            if fault is None:
                with connection.cursor() as cursor:
                    cursor.execute(UNLINKED_SQL)
                    unlinked = cursor.fetchone()
                if unlinked:
                    fault = Fault(count + 1, f"事件 {unlinked[0]} 没有进入审计链")
        if fault is None and not anchored:
            fault = Fault(anchor_seq or 0, "链中没有记录的链头，或其哈希不同")
        if fault is not None:
            raise CommandError(f"审计链在序号 {fault.seq} 处不成立：{fault.message}。", returncode=1)
        self.stdout.write(f"审计链完整：{count} 条。链头 {head or '（空）'}")

    def _anchor(self, text: str | None) -> tuple[int | None, str]:
        if text is None:
            return None, ""
        seq, _, digest = text.partition(":")
        if not seq.isdecimal() or len(digest) != 64:
            raise CommandError("--anchor 的格式为 序号:哈希。")
        return int(seq), digest

    def _rows(self) -> Iterator[ChainRow]:
        """Stream the chain through a cursor on the server: memory does not grow with the years."""
        with connection.cursor() as cursor:
            cursor.execute("DECLARE audit_walk NO SCROLL CURSOR FOR " + CHAIN_SQL)
            try:
                while True:
                    cursor.execute("FETCH FORWARD 2000 FROM audit_walk")
                    rows = cursor.fetchall()
                    if not rows:
                        return
                    for row in rows:
                        yield ChainRow(*row)
            finally:
                cursor.execute("CLOSE audit_walk")
