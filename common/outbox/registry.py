"""Which function handles which kind of message. Handlers live in each app's ``handlers`` module."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class Handler(Protocol):
    """Carry out one message inside the transaction that marks it as done.

    The handler's own database work commits with that mark or not at all. What it does outside the database may happen
    again after a crash and must bear that. ``message_id`` is the same in every attempt.
    """

    def __call__(self, payload: dict[str, Any], *, at: datetime, message_id: int) -> None: ...


class UnknownKind(LookupError):
    """No handler is registered for a kind of message."""


_HANDLERS: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for ``kind``; a kind has one handler, a second one is a ValueError."""

    def register(function: Handler) -> Handler:
        known = _HANDLERS.setdefault(kind, function)
        if known is not function:
            raise ValueError(f"outbox kind {kind!r} has a handler already: {known!r}")
        return function

    return register


def handler_for(kind: str) -> Handler:
    """The handler of ``kind``; raises UnknownKind."""
    try:
        return _HANDLERS[kind]
    except KeyError:
        raise UnknownKind(f"no handler for outbox kind {kind!r}") from None


def kinds() -> list[str]:
    """Every kind with a handler."""
    return sorted(_HANDLERS)
