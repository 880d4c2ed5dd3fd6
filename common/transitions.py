"""States and transitions as a data table, and the only way to change a state.

A room writes its table in ``workflow.py``; nothing else assigns ``state``. ``apply`` is a compare-and-set on ``state``
and ``version``: of two people deciding at once one wins, the other is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import F

from common.errors import Conflict


class IllegalTransition(Conflict):
    """The table has no such step from the present state."""

    title = "当前状态不能进行此操作"


@dataclass(frozen=True)
class Transition:
    """One step: from any of ``sources`` to ``target``, open to ``roles``; ``label`` is the verb people read."""

    name: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str] = field(default_factory=frozenset)
    label: str = ""

    def __init__(
        self, name: str, sources: Iterable[str] | str, target: str, roles: Iterable[str] = (), label: str = ""
    ) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "sources", frozenset([sources] if isinstance(sources, str) else map(str, sources)))
        object.__setattr__(self, "target", str(target))
        object.__setattr__(self, "roles", frozenset(map(str, roles)))
        object.__setattr__(self, "label", label or name)


class TransitionTable:
    """All steps of one kind of thing. Checked when it is made: names unique, states known, every state reachable."""

    def __init__(
        self, states: type[models.TextChoices], transitions: Sequence[Transition], *, initial: str | None = None
    ) -> None:
        self.states = states
        self.transitions: Mapping[str, Transition] = {step.name: step for step in transitions}
        if len(self.transitions) != len(transitions):
            raise ValueError("a transition name occurs twice")
        known = set(states.values)
        for step in transitions:
            if unknown := (step.sources | {step.target}) - known:
                raise ValueError(f"transition {step.name!r} names unknown states {sorted(unknown)}")
            if not step.sources:
                raise ValueError(f"transition {step.name!r} starts nowhere")
        if initial is not None and (missing := known - self.reachable(initial)):
            raise ValueError(f"states never reached from {initial!r}: {sorted(missing)}")

    def __getitem__(self, name: str) -> Transition:
        """The step called ``name``; KeyError for a name outside the table, which is a programming error."""
        return self.transitions[name]

    def reachable(self, state: str) -> set[str]:
        """Every state that some sequence of steps reaches from ``state``, itself included."""
        seen, todo = {str(state)}, [str(state)]
        while todo:
            here = todo.pop()
            for step in self.transitions.values():
                if here in step.sources and step.target not in seen:
                    seen.add(step.target)
                    todo.append(step.target)
        return seen

    def terminal(self) -> set[str]:
        """The states that no step leaves."""
        return set(self.states.values) - {source for step in self.transitions.values() for source in step.sources}

    def available(self, state: str, roles: Iterable[str] | None = None) -> list[Transition]:
        """The steps open from ``state``, in table order; with ``roles`` only those open to one of them."""
        held = None if roles is None else set(map(str, roles))
        return [
            step
            for step in self.transitions.values()
            if str(state) in step.sources and (held is None or step.roles & held)
        ]

    def label(self, state: str) -> str:
        """The Chinese name of a state."""
        return str(self.states(state).label)

    def target(self, name: str, state: str) -> str:
        """Where ``name`` leads from ``state``; raises IllegalTransition with a sentence for the person."""
        step = self[name]
        if str(state) not in step.sources:
            raise IllegalTransition(
                f"当前状态为“{self.label(state)}”，不能进行“{step.label}”。", what=self.label(state)
            )
        return step.target

    def apply(self, instance: Any, name: str, *, changes: Mapping[str, Any] | None = None) -> str:
        """Take the step ``name`` on ``instance`` and return the new state.

        ``instance`` has ``state`` and ``version`` as its author saw them. One UPDATE moves the row only if both still
        hold, adds 1 to ``version`` and writes ``changes`` (field → value) along. Raises IllegalTransition, or Conflict
        when somebody was faster; the instance is then left as it was. Must run inside a transaction.
        """
        manager = type(instance)._base_manager
        if not transaction.get_connection(instance._state.db).in_atomic_block:
            raise RuntimeError(f"transition {name!r} outside a transaction")
        target = self.target(name, instance.state)
        values = {**(changes or {}), "state": target}
        rows = manager.using(instance._state.db).filter(pk=instance.pk, state=instance.state, version=instance.version)
        if not rows.update(version=F("version") + 1, **values):
            raise self._conflict(instance, manager)
        for attribute, value in values.items():
            setattr(instance, attribute, value)
        instance.version += 1
        return target

    def _conflict(self, instance: Any, manager: Any) -> Conflict:
        now = manager.using(instance._state.db).filter(pk=instance.pk).values_list("state", flat=True).first()
        if now is None:
            return Conflict("这条记录已被删除，请刷新页面。", what="已删除")
        if now == instance.state:
            return Conflict("内容在您操作期间已被他人更新，请查看最新内容后再操作。", what="内容已更新")
        label = self.label(now)
        return Conflict(f"状态在您操作期间已变为“{label}”，请查看最新内容后再操作。", what=f"状态变为“{label}”")
