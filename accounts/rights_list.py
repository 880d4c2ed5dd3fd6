"""The list of who may do what, as a review of rights (权限复核) goes through it, and when the next one is due.

Roles in units and system roles are on it; people of enterprises are looked after by their enterprises.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.enums import UnitRole
from accounts.models import RightsReview, UnitMember, User
from common.audit.models import AuditEvent
from common.canonical import digest
from common.templatetags.ui import zhdate, zhdatetime

#: Two roles of one unit that one person had better not hold together: who drafts and who confirms are two people.
UNWISE = frozenset({UnitRole.HANDLER, UnitRole.APPROVER})

_GIVEN = ("accounts.role_given", "accounts.unitmember_added", "accounts.unitmember_changed")


@dataclass(frozen=True)
class Right:
    """One role of one person. `key`: "member:<pk>" or "system:<user's pk>". `since`: the day it was last given, None
    where the record does not say. `flags`: what a reviewer should look at, as sentences."""

    key: str
    user: int
    name: str
    username: str
    unit: str
    role: str
    since: date | None
    last_login: datetime | None
    flags: tuple[str, ...] = ()

    @property
    def standing(self) -> tuple[str, str, str]:
        """What makes the right the same right when the page is sent back."""
        return self.key, self.username, self.role

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a review."""
        return {
            "key": self.key,
            "user": self.user,
            "name": self.name,
            "username": self.username,
            "unit": self.unit,
            "role": self.role,
            "since": self.since.isoformat() if self.since else "",
            "last_login": self.last_login.isoformat() if self.last_login else "",
            "flags": list(self.flags),
        }

    @property
    def last_login_words(self) -> str:
        """When the person was here last, in words."""
        return zhdatetime(self.last_login) if self.last_login else "从未登录"


def standing_rights(*, at: datetime) -> list[Right]:
    """Every role that an active account holds, system roles first, then by unit and name; four queries."""
    members = list(
        UnitMember.objects.filter(is_active=True, user__is_active=True, unit__is_active=True)
        .select_related("unit", "user")
        .order_by("unit__kind", "unit__order", "unit", "user__name", "user", "role")
    )
    people = list(User.objects.filter(is_active=True).exclude(system_role="").order_by("system_role", "name", "pk"))
    since = _given_on(member.pk for member in members)
    made = _system_given_on(people)
    roles: dict[tuple[int, int], set[str]] = {}
    for member in members:
        roles.setdefault((member.unit_id, member.user_id), set()).add(member.role)
    found = [
        Right(
            key=f"system:{user.pk}",
            user=user.pk,
            name=user.name,
            username=user.username,
            unit="",
            role=str(user.get_system_role_display()),
            since=made.get(user.pk),
            last_login=user.last_login,
            flags=tuple(_unused(user, made.get(user.pk), at)),
        )
        for user in people
    ]
    for member in members:
        user = member.user
        flags = list(_unused(user, since.get(member.pk), at))
        if member.role in UNWISE and roles[member.unit_id, user.pk] >= UNWISE:
            flags.append("同时是本单位的经办和审核，起草和确认应由两人办理")
        found.append(
            Right(
                key=f"member:{member.pk}",
                user=user.pk,
                name=user.name,
                username=user.username,
                unit=member.unit.name,
                role=str(member.get_role_display()),
                since=since.get(member.pk),
                last_login=user.last_login,
                flags=tuple(flags),
            )
        )
    return found


def _unused(user: User, since: date | None, at: datetime) -> Iterable[str]:
    """A sentence where the person was not here for longer than settings.RIGHTS_UNUSED_DAYS; a role given within these
    days is left alone."""
    limit = timezone.localdate(at) - timedelta(days=settings.RIGHTS_UNUSED_DAYS)
    if since is not None and since > limit:
        return
    opened = timezone.localdate(user.date_joined)
    if user.last_login is None and opened <= limit:
        yield f"开通后从未登录（{zhdate(opened)}开通）"
    elif user.last_login is not None and timezone.localdate(user.last_login) <= limit:
        yield f"超过 {settings.RIGHTS_UNUSED_DAYS} 天未登录"


def _given_on(members: Iterable[int]) -> dict[int, date]:
    """Key of a membership → the day on which it was last given, by the audit trail."""
    wanted = [str(pk) for pk in members]
    events = AuditEvent.objects.filter(
        subject_type="accounts.unitmember", subject_id__in=wanted, event__in=_GIVEN
    ).order_by("id")
    found: dict[int, date] = {}
    for event in events.only("subject_id", "event", "data", "at"):
        # An edit in 系统管理 counts where it switched the role on.
        if event.event != "accounts.unitmember_changed" or event.data.get("is_active") is True:
            found[int(event.subject_id)] = timezone.localdate(event.at)
    return found


def _system_given_on(people: Sequence[User]) -> dict[int, date]:
    wanted = [str(user.pk) for user in people]
    events = AuditEvent.objects.filter(
        subject_type="accounts.user",
        subject_id__in=wanted,
        event__in=["accounts.system_role_changed", "accounts.account_opened", "accounts.user_changed"],
    ).order_by("id")
    found: dict[int, date] = {}
    for event in events.only("subject_id", "event", "data", "at"):
        if event.event == "accounts.system_role_changed" or event.data.get("system_role"):
            found[int(event.subject_id)] = timezone.localdate(event.at)
    return found


def seen_sha256(rights: Sequence[Right]) -> str:
    """What a page shows to be decided, as one value: another list of people and roles has another."""
    return digest([list(right.standing) for right in rights])


# When it is due ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """When the next review is due; `last`: the review before, None where there was none."""

    on: date
    last: RightsReview | None
    overdue: bool


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month where it is shorter."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_review(*, at: datetime) -> Due | None:
    """RIGHTS_REVIEW_MONTHS after the last review, or after the first account was opened; None without any account."""
    last = RightsReview.objects.select_related("reviewed_by").order_by("-reviewed_at", "-pk").first()
    start = (
        last.reviewed_at if last else User.objects.order_by("date_joined").values_list("date_joined", flat=True).first()
    )
    if start is None:
        return None
    due = months_after(timezone.localdate(start), settings.RIGHTS_REVIEW_MONTHS)
    return Due(on=due, last=last, overdue=due < timezone.localdate(at))


def is_system(key: str) -> bool:
    """Whether a right is a system role."""
    return key.startswith("system:")


def decided_rows(review: RightsReview) -> list[Mapping[str, Any]]:
    """The rights of a closed review, each with what was decided: {…, "decision", "reason"}."""
    decisions = {one["key"]: one for one in review.decisions}
    rows = []
    for right in review.rights:
        decision = decisions.get(right["key"], {})
        rows.append(
            right
            | {
                "decision": decision.get("decision", "keep"),
                "reason": decision.get("reason", ""),
                "since_on": date.fromisoformat(right["since"]) if right["since"] else None,
                "seen_at": datetime.fromisoformat(right["last_login"]) if right["last_login"] else None,
            }
        )
    return rows
