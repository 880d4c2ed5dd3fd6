"""Owed effects happen after the commit, once, whatever breaks."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from kombu import pools

from common.models import CalendarDay
from common.outbox import actions, broker, registry, tasks
from common.outbox.actions import BACKOFF, RESEND_AFTER, Outcome, deliver, enqueue, run_owed, sweep
from common.outbox.models import OutboxMessage
from common.outbox.queries import status

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_HANDLERS", {})
    broker.breaker.reset()


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A broker that takes everything; the ids it was given."""
    rung: list[int] = []

    def send(message_id: int, *, probe: bool = False) -> bool:
        rung.append(message_id)
        return True

    monkeypatch.setattr(broker, "send", send)
    return rung


@pytest.fixture
def calls() -> list[int]:
    """The handler of demo.note: writes one calendar day (its database work) and notes the call."""
    noted: list[int] = []

    @registry.handler("demo.note")
    def note(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
        CalendarDay.objects.create(day=payload["day"], is_working=True, name="演示", source="演示")
        noted.append(message_id)

    return noted


def owe(key: str = "k1", kind: str = "demo.note", **options: Any) -> OutboxMessage:
    with transaction.atomic():
        return enqueue(kind, {"day": "2031-01-01"}, key=key, at=AT, **options)


class TestRegistry:
    def test_one_handler_per_kind(self) -> None:
        @registry.handler("demo.a")
        def first(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
            raise AssertionError

        assert registry.handler("demo.a")(first) is first
        with pytest.raises(ValueError, match="already"):
            registry.handler("demo.a")(lambda payload, *, at, message_id: None)
        assert registry.kinds() == ["demo.a"]
        with pytest.raises(registry.UnknownKind):
            registry.handler_for("demo.b")


@pytest.mark.django_db(transaction=True)
class TestEnqueue:
    def test_the_bell_rings_after_the_commit_with_the_id(self, bell: list[int]) -> None:
        with transaction.atomic():
            message = enqueue("demo.note", {}, key="k1", at=AT)
            assert bell == []
        assert bell == [message.pk]

    def test_a_rollback_owes_nothing(self, bell: list[int]) -> None:
        with transaction.atomic():
            enqueue("demo.note", {}, key="k1", at=AT)
            transaction.set_rollback(True)
        assert bell == []
        assert not OutboxMessage.objects.exists()

    def test_the_same_key_is_the_same_message(self, bell: list[int]) -> None:
        first, second = owe(), owe()
        assert first.pk == second.pk
        assert bell == [first.pk]
        with pytest.raises(ValueError, match="belongs to kind"):
            owe(kind="demo.other")

    def test_the_same_key_after_the_effect_causes_no_second_one(self, bell: list[int], calls: list[int]) -> None:
        message = owe()
        deliver(message.pk, at=AT)
        owe()
        run_owed(at=AT + timedelta(days=1))
        assert calls == [message.pk]
        assert bell == [message.pk]

    def test_only_inside_a_transaction(self) -> None:
        with pytest.raises(RuntimeError, match="outside"):
            enqueue("demo.note", {}, key="k1", at=AT)

    def test_two_at_once_with_one_key_owe_one_message(self, bell: list[int]) -> None:
        entered, ids = threading.Barrier(2), []

        def work() -> None:
            try:
                with transaction.atomic():
                    entered.wait(timeout=20)
                    ids.append(enqueue("demo.note", {}, key="k1", at=AT).pk)
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=30)
        assert ids == [OutboxMessage.objects.get().pk] * 2
        assert len(bell) == 1

    def test_a_delayed_message_waits_for_its_time(self, bell: list[int], calls: list[int]) -> None:
        message = owe(due_at=AT + timedelta(hours=1))
        assert bell == []
        assert sweep(at=AT + timedelta(minutes=59)) == 0
        assert deliver(message.pk, at=AT + timedelta(minutes=59)) is Outcome.NOT_OWED
        assert sweep(at=AT + timedelta(hours=1)) == 1
        assert bell == [message.pk]
        assert deliver(message.pk, at=AT + timedelta(hours=1)) is Outcome.DONE
        assert calls == [message.pk]

    def test_inline_happens_at_once_in_a_transaction_of_its_own(self, bell: list[int], calls: list[int]) -> None:
        message = owe(inline=True)
        assert calls == [message.pk]
        assert bell == []
        assert OutboxMessage.objects.get().done_at == AT

    def test_an_inline_failure_does_not_reach_the_caller_and_stays_owed(self, bell: list[int]) -> None:
        owe(kind="demo.nobody", inline=True)
        message = OutboxMessage.objects.get()
        assert (message.done_at, message.attempts) == (None, 1)
        assert "no handler" in message.last_error
        assert sweep(at=AT + BACKOFF[0] + SECOND) == 1
        assert bell == [message.pk]


@pytest.mark.django_db(transaction=True)
class TestDeliver:
    @pytest.fixture(autouse=True)
    def _bell(self, bell: list[int]) -> None:
        """No real broker in these tests."""

    def test_done_once(self, calls: list[int]) -> None:
        message = owe()
        assert deliver(message.pk, at=AT) is Outcome.DONE
        assert deliver(message.pk, at=AT) is Outcome.NOT_OWED
        assert deliver(message.pk + 1, at=AT) is Outcome.NOT_OWED
        assert calls == [message.pk]
        assert CalendarDay.objects.filter(day=date(2031, 1, 1)).count() == 1

    def test_two_at_once_run_the_handler_once(self) -> None:
        inside, other_done, calls = threading.Event(), threading.Event(), []

        @registry.handler("demo.slow")
        def slow(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
            calls.append(message_id)
            inside.set()
            assert other_done.wait(timeout=20)

        message = owe(kind="demo.slow")
        outcomes: list[Outcome] = []

        def work() -> None:
            try:
                outcomes.append(deliver(message.pk, at=AT))
            finally:
                connection.close()

        worker = threading.Thread(target=work)
        worker.start()
        assert inside.wait(timeout=20)
        assert deliver(message.pk, at=AT) is Outcome.NOT_OWED  # returns at once: the row is locked and skipped
        other_done.set()
        worker.join(timeout=20)
        assert outcomes == [Outcome.DONE]
        assert calls == [message.pk]

    def test_a_crash_takes_everything_back_and_is_retried_later(self) -> None:
        broken = True

        @registry.handler("demo.fragile")
        def fragile(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
            CalendarDay.objects.create(day="2031-01-01", is_working=True, name="演示", source="演示")
            if broken:
                raise ZeroDivisionError("演示故障\x00")

        message = owe(kind="demo.fragile")
        assert deliver(message.pk, at=AT) is Outcome.FAILED
        assert not CalendarDay.objects.filter(day=date(2031, 1, 1)).exists()
        message.refresh_from_db()
        assert (message.attempts, message.due_at, message.done_at) == (1, AT + BACKOFF[0], None)
        assert message.last_error == "ZeroDivisionError: 演示故障"
        assert deliver(message.pk, at=AT + BACKOFF[0] - SECOND) is Outcome.NOT_OWED
        broken = False
        assert deliver(message.pk, at=AT + BACKOFF[0]) is Outcome.DONE
        message.refresh_from_db()
        assert (message.done_at, message.last_error) == (AT + BACKOFF[0], "")
        assert CalendarDay.objects.filter(day=date(2031, 1, 1)).count() == 1

    def test_a_failure_at_commit_is_a_failure(self) -> None:
        @registry.handler("demo.deferred")
        def deferred(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
            with connection.cursor() as cursor:
                # A deferred check: the audit trigger of the second stage finds no such event, at commit.
                cursor.execute("INSERT INTO audit_pending VALUES (987654321)")

        message = owe(kind="demo.deferred")
        assert deliver(message.pk, at=AT) is Outcome.FAILED
        message.refresh_from_db()
        assert (message.attempts, message.done_at) == (1, None)

    def test_the_pause_grows_and_never_ends_the_debt(self) -> None:
        message, at, pauses = owe(kind="demo.nobody"), AT, []
        for _ in range(len(BACKOFF) + 2):
            assert deliver(message.pk, at=at) is Outcome.FAILED
            message.refresh_from_db()
            pauses.append(message.due_at - at)
            at = message.due_at
        assert pauses == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
        assert message.attempts == len(BACKOFF) + 2

    def test_what_a_handler_owes_is_owed_only_if_it_succeeds(self, calls: list[int]) -> None:
        @registry.handler("demo.chain")
        def chain(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
            enqueue("demo.note", {"day": "2031-01-01"}, key="next", at=at)
            if payload.get("fail"):
                raise ZeroDivisionError

        with transaction.atomic():
            bad = enqueue("demo.chain", {"fail": True}, key="bad", at=AT)
            good = enqueue("demo.chain", {}, key="good", at=AT)
        assert deliver(bad.pk, at=AT) is Outcome.FAILED
        assert not OutboxMessage.objects.filter(key="next").exists()
        assert deliver(good.pk, at=AT) is Outcome.DONE
        assert run_owed(at=AT)[Outcome.DONE] == 1
        assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
class TestSweep:
    def test_only_what_is_owed_and_in_nobodys_hands(self, bell: list[int], calls: list[int]) -> None:
        first, second = owe("a"), owe("b")
        bell.clear()
        assert sweep(at=AT + RESEND_AFTER - SECOND) == 0
        deliver(first.pk, at=AT)
        assert sweep(at=AT + RESEND_AFTER) == 1
        assert bell == [second.pk]
        assert sweep(at=AT + RESEND_AFTER + SECOND) == 0  # in the broker's hands again
        assert sweep(at=AT + RESEND_AFTER * 2) == 1  # the broker lost it

    def test_it_stops_at_a_broken_broker_and_forgets_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []

        def send(message_id: int, *, probe: bool = False) -> bool:
            asked.append(message_id)
            return False

        monkeypatch.setattr(broker, "send", send)
        owe("a"), owe("b")
        asked.clear()
        assert sweep(at=AT + RESEND_AFTER) == 0
        assert len(asked) == 1
        assert len(actions.owed(AT + RESEND_AFTER)) == 2

    def test_the_tasks_carry_an_id_and_deliver(self, bell: list[int], calls: list[int], time_at: Callable) -> None:
        message = owe()
        with time_at(AT + RESEND_AFTER):
            assert tasks.sweep() == 1
            assert tasks.deliver_message(message.pk) == "done"
            assert tasks.deliver_message(message.pk) == "not owed"
        assert calls == [message.pk]
        assert tasks.deliver_message.acks_late
        assert tasks.deliver_message.name == "common.outbox.tasks.deliver_message"
        assert tasks.sweep.name == "common.outbox.tasks.sweep"


@pytest.fixture
def time_at() -> Callable:
    import time_machine

    return lambda instant: time_machine.travel(instant, tick=False)


@pytest.fixture
def broker_at() -> Iterator[Callable[[str], None]]:
    """Point Celery at another broker for one test."""
    before = (current_app.conf.broker_url, current_app.conf.broker_write_url)

    def use(url: str) -> None:
        current_app.conf.broker_url = current_app.conf.broker_write_url = url

    yield use
    current_app.conf.broker_url, current_app.conf.broker_write_url = before
    pools.reset()


@pytest.mark.django_db(transaction=True)
class TestBroker:
    def test_a_broker_that_refuses_does_not_reach_the_caller(self, broker_at: Callable[[str], None]) -> None:
        broker_at("redis://127.0.0.1:1/0")
        message = owe()
        assert message.pk
        assert broker.breaker.open()
        assert actions.owed(AT + RESEND_AFTER) == [message.pk]

    def test_after_a_failure_the_process_does_not_try_for_a_while(
        self, broker_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broker_at("redis://127.0.0.1:1/0")
        owe("a")
        tried: list[object] = []
        monkeypatch.setattr(tasks.deliver_message, "apply_async", lambda *args, **options: tried.append(options))
        owe("b")
        assert tried == []
        broker.breaker.reset()
        assert broker.send(1)
        assert len(tried) == 1

    def test_a_broker_that_never_answers_is_left_behind(self, broker_at: Callable[[str], None]) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            broker_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            assert not broker.send(1)
        assert broker.IMPATIENT["socket_timeout"] <= 1

    def test_a_real_broker_receives_the_id_and_nothing_else(self) -> None:
        url = current_app.conf.broker_write_url or current_app.conf.broker_url
        with current_app.connection_for_write(url) as conn:
            queue = current_app.amqp.queues[current_app.conf.task_default_queue](conn.default_channel)
            queue.declare()
            queue.purge()
            message = owe()
            received = queue.get(no_ack=True)
        assert received is not None
        assert received.headers["task"] == "common.outbox.tasks.deliver_message"
        args, kwargs, _ = received.payload
        assert (args, kwargs) == ([message.pk], {})


@pytest.mark.django_db(transaction=True)
class TestCommands:
    @pytest.fixture(autouse=True)
    def _bell(self, bell: list[int]) -> None:
        """No real broker in these tests."""

    def run(self, name: str) -> str:
        out = StringIO()
        call_command(name, stdout=out)
        return out.getvalue()

    def test_run_delivers_what_is_owed(self, calls: list[int], time_at: Callable) -> None:
        owe()
        with time_at(AT + SECOND):
            assert "完成 1 条，失败 0 条" in self.run("outbox_run")
            assert "完成 0 条" in self.run("outbox_run")
            assert "没有未完成的消息" in self.run("outbox_status")
        assert len(calls) == 1

    def test_a_failure_is_told(self, time_at: Callable) -> None:
        owe(kind="demo.nobody")
        with time_at(AT):
            with pytest.raises(CommandError, match="outbox_status"):
                self.run("outbox_run")
            text = self.run("outbox_status")
        assert "demo.nobody：未完成 1，已到期 0" in text
        assert "失败 1 次：UnknownKind" in text

    def test_the_figures(self) -> None:
        owe("a"), owe("b", due_at=AT + timedelta(days=1))
        (row,) = status(AT)
        assert (row.kind, row.owed, row.overdue, row.stuck) == ("demo.note", 2, 1, 0)
