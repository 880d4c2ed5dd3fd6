"""What was made from the tables of the policy, kept until one of those tables changes.

Reading a policy from the database and compiling it takes ten times as long as computing with it. The stamp is one short
query over everything that goes into it, so a version is seen the moment it is published, by every process.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.db import connection, models

from accounts.models import Unit
from policies.models import (
    Clause,
    ClauseGroup,
    ClauseGroupMember,
    ClauseUnit,
    ClauseVersion,
    Document,
    PolicyRules,
    PolicySetting,
    ReferenceSeries,
    SeriesValue,
    UnitGroup,
)
from policies.queries import published_policy
from policies.queries.versions import newest_published_policy
from policies.rules.compile import CompiledPolicy, compiled

_VERSION = "concat_ws('|', t.id, t.state, t.valid_from, t.valid_to, t.published_at, t.definition_sha256)"
#: Tables, and what of a row goes into the stamp: all of it, but of versions only what a published one can change and
#: the hash of the rest (their definitions are long, and the database refuses to change them).
STAMPED: tuple[tuple[type[models.Model], str], ...] = (
    (Document, "t::text"),
    (Clause, "t::text"),
    (ClauseVersion, _VERSION),
    (ClauseUnit, "t::text"),
    (PolicyRules, _VERSION),
    (ClauseGroup, "t::text"),
    (ClauseGroupMember, "t::text"),
    (PolicySetting, "t::text"),
    (ReferenceSeries, "t::text"),
    (SeriesValue, "t::text"),
    (UnitGroup, "t::text"),
    (UnitGroup.members.through, "t::text"),
    (Unit, "t::text"),
)
_PARTS = ", ".join(
    f"coalesce((SELECT string_agg({of}, ',' ORDER BY t.id) FROM {model._meta.db_table} t), '')"  # noqa: S608
    for model, of in STAMPED  # names of our own tables: nothing here was ever typed by anybody
)
_KEEP = 32


def stamp() -> str:
    """A digest of every row that policies are made from; one query, about a millisecond."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(concat_ws('#', {_PARTS}))")
        return str(cursor.fetchone()[0])


class Kept:
    """Values by key, each valid under one stamp. What cannot be made (an unknown policy) is not kept."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value under today's stamp, made if it is not there."""
        before = stamp()
        found = self._values.get((before, key))
        if found is None:
            found = make()
            if stamp() == before:  # else something was published meanwhile: this answer may stand, the next must not
                if len(self._values) >= _KEEP:
                    self._values.clear()
                self._values[before, key] = found
        return found


_policies = Kept()


def current_policy(number: str, policy_year: int) -> CompiledPolicy:
    """The policy as published for a year, compiled; raises what `published_policy` raises."""
    found: CompiledPolicy = _policies.get(
        (number, policy_year), lambda: compiled(published_policy(number, policy_year))
    )
    return found


def newest_policy(number: str) -> CompiledPolicy:
    """The policy as it last governs a year, compiled, to find faults with; raises as `newest_published_policy`."""
    found: CompiledPolicy = _policies.get((number, None), lambda: compiled(newest_published_policy(number)))
    return found
