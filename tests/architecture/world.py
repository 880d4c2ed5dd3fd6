"""Two enterprises in two districts, their files and everybody who may come to the site: the world of the matrix."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import EnterpriseStatus, UnitRole
from accounts.models import Enterprise, Notification, UnitMember, User
from applications.models import Application
from awards.actions import compute_award
from policies.models import Call
from reviews.models import Case, Task
from tests.factories.accounts import (
    AdministratorFactory,
    AuditorFactory,
    EnterpriseFactory,
    UnitMemberFactory,
    UserFactory,
)
from tests.factories.applications import Company, load_policies, make_company, make_draft
from tests.factories.reviews import AT, make_approved, make_case, running

#: Districts of the two sides: A is "own", B is "other".
DISTRICTS = {"a": "高新区", "b": "经开区"}
STAFF = (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.FINANCE, UnitRole.LEADER, UnitRole.EXPERT)


@dataclass
class Visitor:
    """Somebody at the door: the role as the table names it, and the side whose objects are theirs ("" for all)."""

    role: str
    side: str
    client: Client


@dataclass
class Side:
    """One enterprise with its district and one object of every kind."""

    company: Company
    draft: Application
    case: Case
    task: Task
    award: Any
    pending: Enterprise
    member: int
    notification: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """Both sides, everybody who comes, and what belongs to nobody."""

    sides: dict[str, Side]
    visitors: dict[str, Visitor]
    call: Call


def _signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client


def _side(key: str) -> Side:
    company = make_company(district=DISTRICTS[key])
    case = make_case(company, "3.4.5")
    approved = make_approved(company, "3.1.3b")
    award = compute_award(application_id=approved.pk, at=AT)
    pending = EnterpriseFactory(
        district=company.enterprise.district, status=EnterpriseStatus.PENDING, verified_at=None, verified_by=None
    )
    return Side(
        company=company,
        draft=make_draft(company, "3.2.3"),
        case=case,
        task=running(case).tasks.get(),
        award=award,
        pending=pending,
        member=company.enterprise.members.get(user=company.agent).pk,
    )


def build() -> World:
    """Everything, written to the database."""
    load_policies()
    sides = {key: _side(key) for key in DISTRICTS}
    people: list[tuple[str, str, str, User]] = []
    for key, side in sides.items():
        people += [
            (f"legal_{key}", "legal", key, side.company.legal),
            (f"agent_{key}", "agent", key, side.company.agent),
        ]
        for role in STAFF:
            # People who have done nothing yet: whoever acted in a stage is barred from others.
            user = UserFactory(name=f"{DISTRICTS[key]}{role.label}")
            UnitMemberFactory(unit=side.company.enterprise.district, user=user, role=role)
            people.append((f"{role.value}_{key}", role.value, key, user))
    people += [
        ("administrator", "administrator", "", AdministratorFactory()),
        ("auditor", "auditor", "", AuditorFactory()),
        ("nobody", "nobody", "", UserFactory(name="无角色人员")),
    ]
    demoted, suspended = UserFactory(name="已离任人员"), UserFactory(name="已停用人员")
    for user in (demoted, suspended):
        UnitMemberFactory(unit=sides["a"].company.enterprise.district, user=user, role=UnitRole.HANDLER)
    people.append(("demoted", "nobody", "", demoted))
    visitors = {name: Visitor(role, side, _signed_in(user)) for name, role, side, user in people}
    visitors["suspended"] = Visitor("anonymous", "", _signed_in(suspended))
    visitors["anonymous"] = Visitor("anonymous", "", Client(raise_request_exception=False))
    # They were signed in when it happened.
    UnitMember.objects.filter(user=demoted).update(is_active=False)
    User.objects.filter(pk=suspended.pk).update(is_active=False)
    for name, _, key, user in people:
        if key:
            note = Notification.objects.create(user=user, title="测试", url="/me/", created_at=timezone.now())
            sides[key].notification[name.rpartition("_")[0]] = note.pk
    return World(sides, visitors, Call.objects.get(pk=sides["a"].draft.call_id))


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, once for the package; every test and every request in it is rolled back."""
    with django_db_blocker.unblock():
        made = build()
    yield made
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


__all__ = ["World", "world"]
