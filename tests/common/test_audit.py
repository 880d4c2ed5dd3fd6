"""The audit trail: complete, append-only, chained, verifiable."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from common.audit.actions import record
from common.audit.models import AuditEvent, AuditLink
from common.audit.queries import head, history
from common.models import CalendarDay

AT = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
OFFICER = SimpleNamespace(pk=7, get_username=lambda: "demo01", get_full_name=lambda: "演示经办")


def day(number: int = 1) -> CalendarDay:
    return CalendarDay(pk=number, day=date(2031, 1, 1), is_working=False, name="演示", source="演示")


def write(event: str = "demo.happened", number: int = 1, **data: object) -> AuditEvent:
    return record(event, subject=day(number), by=OFFICER, at=AT, data=data)


def verify(**options: str) -> str:
    out = StringIO()
    call_command("audit_verify", stdout=out, **options)
    return out.getvalue()


def links() -> list[tuple[int, int]]:
    return list(AuditLink.objects.order_by("seq").values_list("seq", "event_id"))


@pytest.fixture
def unguarded() -> Callable[[str], None]:
    """Run SQL as somebody who owns the tables and switches the triggers off."""

    def run(sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)

    return run


class TestRecord:
    pytestmark = pytest.mark.django_db

    def test_it_keeps_who_what_when(self) -> None:
        event = record("demo.happened", subject=day(5), by=OFFICER, at=AT, data={"金额": "1.00"}, ip="192.0.2.1")
        event.refresh_from_db()
        assert (event.subject_type, event.subject_id) == ("common.calendarday", "5")
        assert (event.actor_id, event.actor_name) == (7, "演示经办（demo01）")
        assert (event.at, event.data, event.ip) == (AT, {"金额": "1.00"}, "192.0.2.1")

    def test_nobody_is_the_system(self) -> None:
        event = record("demo.happened", subject=day(), by=None, at=AT)
        assert (event.actor_id, event.actor_name, event.data) == (None, "系统", {})

    def test_history_is_of_one_thing_oldest_first(self) -> None:
        write("demo.first", 1)
        write("demo.other", 2)
        write("demo.second", 1)
        assert [event.event for event in history(day(1))] == ["demo.first", "demo.second"]

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match="unsaved"):
            record("demo.happened", subject=CalendarDay(), by=None, at=AT)
        with pytest.raises(ValueError, match="aware"):
            record("demo.happened", subject=day(), by=None, at=datetime(2026, 1, 1))
        with pytest.raises(DatabaseError), transaction.atomic():
            record("", subject=day(), by=None, at=AT)

    def test_python_refuses_changes(self) -> None:
        event = write()
        event.event = "demo.changed"
        with pytest.raises(TypeError):
            event.save()
        with pytest.raises(TypeError):
            event.delete()


@pytest.mark.django_db(transaction=True)
class TestChain:
    def test_a_record_belongs_into_the_transaction_of_its_change(self) -> None:
        with pytest.raises(RuntimeError, match="outside"):
            write()
        assert not AuditEvent.objects.exists()

    def test_commits_are_linked_in_their_order(self) -> None:
        with transaction.atomic():
            first, second = write("demo.a"), write("demo.b")
        with transaction.atomic():
            third = write("demo.c")
        assert links() == [(1, first.pk), (2, second.pk), (3, third.pk)]
        newest = head()
        assert newest is not None
        assert f"3 条。链头 3:{newest.hash}" in verify()

    def test_the_hash_is_what_the_documentation_says(self) -> None:
        with transaction.atomic():
            event = write("demo.a", a=1)
        text = ""
        values = [
            "0" * 64, "1", str(event.pk), "2026-03-02T09:30:00.123456Z", "demo.a", "common.calendarday", "1", "7",
            "演示经办（demo01）", '{"a": 1}',
        ]  # fmt: skip
        for value in values:
            text += f"{len(value.encode())}:{value},"
        assert AuditLink.objects.get().hash == hashlib.sha256((text + "-,").encode()).hexdigest()

    def test_a_rollback_leaves_no_trace(self) -> None:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)
        with transaction.atomic():
            write()
        assert [seq for seq, _ in links()] == [1]
        assert verify()

    def test_events_of_any_client_are_linked(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_auditevent (at, event, subject_type, subject_id, actor_name, data)"
                " VALUES (now(), 'raw.sql', 'x', '1', 'psql', '{}'), (now(), 'raw.sql', 'x', '2', 'psql', '{}')"
            )
        assert [seq for seq, _ in links()] == [1, 2]
        assert verify()

    def test_every_kind_of_value_verifies(self) -> None:
        nested = {"z": [1, None, True, "字：,"], "a": {"é\\": "😀\n"}, "big": 10**30, "小数": "0.10"}
        with transaction.atomic():
            record(
                "demo.a", subject=day(), by=None, at=AT.astimezone(timezone(timedelta(hours=8))), data=nested, ip="::1"
            )
            record("demo.b", subject=day(), by=OFFICER, at=datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC), data={})
        assert "2 条" in verify()

    def test_parallel_commits_make_one_chain(self) -> None:
        threads, each = 8, 5
        start = threading.Barrier(threads)
        failures: list[Exception] = []

        def work(number: int) -> None:
            try:
                start.wait(timeout=20)
                for _ in range(each):
                    with transaction.atomic():
                        write("demo.a", number)
                        write("demo.b", number)
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)
        assert failures == []
        assert [seq for seq, _ in links()] == list(range(1, threads * each * 2 + 1))
        assert f"{threads * each * 2} 条" in verify()

    def test_the_lock_is_not_held_before_commit(self) -> None:
        """An open transaction with an event does not hinder others: the second commits while the first is open."""
        written, finish = threading.Event(), threading.Event()

        def slow() -> None:
            try:
                with transaction.atomic():
                    write("demo.slow")
                    written.set()
                    finish.wait(timeout=20)
            finally:
                connection.close()

        worker = threading.Thread(target=slow)
        worker.start()
        try:
            assert written.wait(timeout=20)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                write("demo.fast")
            assert AuditLink.objects.get(seq=1).event.event == "demo.fast"
        finally:
            finish.set()
            worker.join(timeout=20)
        assert AuditLink.objects.get(seq=2).event.event == "demo.slow"

    def test_commits_do_not_deadlock_over_a_foreign_key(self) -> None:
        assert deadlocks() == []
        assert AuditLink.objects.count() == 2

    def test_control_a_lock_in_the_first_stage_would_deadlock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_functiondef('audit_stage'::regproc)")
            original = cursor.fetchone()[0]
            cursor.execute(original.replace("BEGIN", "BEGIN PERFORM pg_advisory_xact_lock(7305611402185);"))
            try:
                assert [type(error) for error in deadlocks()] == [OperationalError]
            finally:
                cursor.execute(original)


def deadlocks() -> list[Exception]:
    """What goes wrong when one commit holds a parent row and is about to chain, while the other chains and has a
    deferred foreign-key check on that parent, which waits for the row lock and must not hold the chain meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE demo_parent (id int PRIMARY KEY)")
        cursor.execute("CREATE TABLE demo_child (parent int REFERENCES demo_parent DEFERRABLE INITIALLY DEFERRED)")
        cursor.execute("INSERT INTO demo_parent VALUES (1)")
    locked, inserted = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
            return bool(cursor.fetchone()[0])

    def holder() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT id FROM demo_parent FOR UPDATE")
                locked.set()
                inserted.wait(timeout=20)
                while not waiting():
                    cursor.execute("SELECT pg_sleep(0.01)")
                write("demo.holder")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def child() -> None:
        try:
            locked.wait(timeout=20)
            with transaction.atomic(), connection.cursor() as cursor:
                write("demo.child")
                cursor.execute("INSERT INTO demo_child VALUES (1)")
                inserted.set()
        except Exception as error:
            failures.append(error)
        finally:
            inserted.set()
            connection.close()

    workers = [threading.Thread(target=work) for work in (holder, child)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=30)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE demo_child, demo_parent")
    return failures


@pytest.mark.django_db(transaction=True)
class TestGuards:
    @pytest.fixture(autouse=True)
    def _one_event(self, transactional_db: None) -> None:
        with transaction.atomic():
            write()

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE audit_auditevent SET actor_name = 'x'",
            "UPDATE audit_auditevent SET id = id",
            "DELETE FROM audit_auditevent",
            "TRUNCATE audit_auditevent, audit_auditlink",
            "TRUNCATE audit_auditevent CASCADE",
            "UPDATE audit_auditlink SET hash = repeat('1', 64)",
            "DELETE FROM audit_auditlink",
            "TRUNCATE audit_auditlink",
            "INSERT INTO audit_auditlink (seq, event_id, prev_hash, hash) VALUES (2, 1, '', '')",
            "INSERT INTO audit_pending SELECT id FROM audit_auditevent",
            "INSERT INTO audit_pending VALUES (987654321)",
        ],
    )
    def test_the_database_refuses(self, sql: str) -> None:
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(sql)
        assert "1 条" in verify()

    def test_querysets_are_refused_too(self) -> None:
        with pytest.raises(DatabaseError, match="append-only"):
            AuditEvent.objects.update(actor_name="x")
        with pytest.raises(DatabaseError, match="append-only"):
            AuditLink.objects.all()._raw_delete("default")

    def test_the_setting_of_the_tests_flush_opens_no_other_database(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'audit_refuse'")
            source = cursor.fetchone()[0]
        assert r"current_database() LIKE 'test\_%'" in source


@pytest.mark.django_db(transaction=True)
class TestVerify:
    @pytest.fixture(autouse=True)
    def _five_events(self, transactional_db: None) -> None:
        for number in range(1, 6):
            with transaction.atomic():
                write("demo.happened", number)

    def test_an_untouched_chain_holds(self) -> None:
        assert "5 条" in verify()

    @pytest.mark.parametrize(
        "change",
        [
            "actor_name = 'x'", "actor_id = NULL", "event = 'demo.other'", "subject_id = '9'", "subject_type = 'x'",
            "data = '{\"a\": 1}'", "at = at + interval '1 microsecond'", "ip = '192.0.2.1'",
        ],
    )  # fmt: skip
    def test_a_changed_event_is_named(self, change: str, unguarded: Callable[[str], None]) -> None:
        unguarded(f"UPDATE audit_auditevent SET {change} WHERE subject_id = '3'")
        with pytest.raises(CommandError, match=r"序号 3 处不成立.*内容与哈希不一致") as caught:
            verify()
        assert caught.value.returncode == 1

    def test_a_removed_link_is_a_gap(self, unguarded: Callable[[str], None]) -> None:
        unguarded("DELETE FROM audit_auditlink WHERE seq = 2")
        with pytest.raises(CommandError, match=r"序号 2 处不成立.*序号中断"):
            verify()

    def test_a_removed_event_is_a_gap(self, unguarded: Callable[[str], None]) -> None:
        unguarded("DELETE FROM audit_auditevent WHERE subject_id = '4'")
        with pytest.raises(CommandError, match="序号 4 处不成立"):
            verify()

    def test_an_exchanged_link_is_found(self, unguarded: Callable[[str], None]) -> None:
        unguarded("UPDATE audit_auditlink SET prev_hash = repeat('a', 64) WHERE seq = 4")
        with pytest.raises(CommandError, match=r"序号 4 处不成立.*前一哈希"):
            verify()

    def test_an_event_smuggled_past_the_chain_is_found(self, unguarded: Callable[[str], None]) -> None:
        unguarded(
            "INSERT INTO audit_auditevent (at, event, subject_type, subject_id, actor_name, data)"
            " VALUES (now(), 'x', 'x', '1', 'x', '{}')"
        )
        with pytest.raises(CommandError, match="没有进入审计链"):
            verify()

    def test_a_cut_tail_is_found_with_an_anchor(self, unguarded: Callable[[str], None]) -> None:
        newest = head()
        assert newest is not None
        anchor = f"{newest.seq}:{newest.hash}"
        assert verify(anchor=anchor)
        unguarded("DELETE FROM audit_auditlink WHERE seq > 3")
        unguarded("DELETE FROM audit_auditevent WHERE subject_id IN ('4', '5')")
        assert "3 条" in verify()
        with pytest.raises(CommandError, match="链头"):
            verify(anchor=anchor)

    def test_a_rewritten_chain_is_found_with_an_anchor(self) -> None:
        with pytest.raises(CommandError, match="链头"):
            verify(anchor=f"3:{'0' * 64}")
        with pytest.raises(CommandError, match="格式"):
            verify(anchor="x")
