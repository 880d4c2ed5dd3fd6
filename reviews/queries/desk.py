"""A person's desk: in which units they have which roles today, who works beside them, for whom they stand in."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef

from accounts.enums import OFFICER_ROLES, SystemRole, UnitRole
from accounts.models import UnitMember, User
from reviews.queries.assignment import represented_by


@dataclass(frozen=True)
class Desk:
    """What the lists of one person rest on, read once for a page.

    `units`: all in which the person is an officer; `drafts` and `approves`: those where as 经办 and as 审核, `alone`
    those of the latter in which one person suffices. `colleagues`: the 经办 and 审核 of the units, name by id;
    `represented`: those for whom the person stands in today.
    """

    user: User
    today: date
    units: tuple[int, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    drafts: tuple[int, ...] = ()
    approves: tuple[int, ...] = ()
    alone: tuple[int, ...] = ()
    colleagues: dict[int, str] = field(default_factory=dict)
    represented: frozenset[int] = frozenset()

    @property
    def is_auditor(self) -> bool:
        """Whether the person reads everything and acts nowhere."""
        return self.user.system_role == SystemRole.AUDITOR

    @property
    def others(self) -> tuple[int, ...]:
        """The colleagues whose tasks are not this person's to work on today."""
        return tuple(pk for pk in self.colleagues if pk != self.user.pk and pk not in self.represented)


def desk_of(user: User, *, today: date) -> Desk:
    """The desk of a person, in one query."""
    rows = list(
        UnitMember.objects.filter(
            is_active=True,
            unit__is_active=True,
            role__in=OFFICER_ROLES,
            unit__in=UnitMember.objects.filter(user=user, is_active=True, role__in=OFFICER_ROLES).values("unit"),
        )
        .annotate(deputised=Exists(represented_by(user, today).filter(user=OuterRef("user"), unit=OuterRef("unit"))))
        .select_related("unit", "user")
        .order_by("user__name", "user_id")
    )
    own = [row for row in rows if row.user_id == user.pk]
    approved = [row for row in own if row.role == UnitRole.APPROVER]
    return Desk(
        user=user,
        today=today,
        units=tuple(sorted({row.unit_id for row in own})),
        names={row.unit_id: row.unit.name for row in own},
        drafts=tuple(row.unit_id for row in own if row.role == UnitRole.HANDLER),
        approves=tuple(row.unit_id for row in approved),
        alone=tuple(row.unit_id for row in approved if not row.unit.two_person),
        colleagues={
            row.user_id: row.user.name
            for row in rows
            if row.role in {UnitRole.HANDLER, UnitRole.APPROVER} and row.user.is_active
        },
        represented=frozenset(row.user_id for row in rows if row.deputised),
    )
