"""The demonstration: everybody is there, everything is invented, and it can be loaded again."""

import pytest
from stdnum.cn import uscc as stdnum_uscc

from accounts.access import Role, roles_of
from accounts.demo import DEMO_ENTERPRISES, load_demo
from accounts.enums import EnterpriseKind, EnterpriseStatus, UnitKind
from accounts.models import Enterprise, Unit, User, YearlyFigures
from accounts.queries import has_legal_member
from common.audit.models import AuditEvent
from common.errors import Conflict, NotFound
from tests.factories.accounts import AT, BureauFactory, DistrictFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def units():
    for name in ("市工信局", "市财政局"):
        BureauFactory(name=name)
    for name in ("高新区", "红谷滩区", "经开区", "青山湖区", "南昌县（小蓝经开区）"):
        DistrictFactory(name=name)


def test_every_role_and_the_enterprises(units):
    accounts = load_demo(at=AT, password="shown-to-visitors-1")
    users = {user.username: user for user in User.objects.all()}
    assert set(users) == {account.username for account in accounts}
    assert all(user.check_password("shown-to-visitors-1") for user in users.values())
    assert frozenset().union(*(roles_of(user) for user in users.values())) == set(Role)
    for unit in Unit.objects.all():
        assert {"handler", "approver", "leader"} <= set(unit.members.values_list("role", flat=True))
    found = {row.district.name: row for row in Enterprise.objects.select_related("district")}
    assert {name: row.status for name, row in found.items()} == {
        "高新区": EnterpriseStatus.VERIFIED,
        "红谷滩区": EnterpriseStatus.VERIFIED,
        "经开区": EnterpriseStatus.PENDING,
        "青山湖区": EnterpriseStatus.VERIFIED,
        "南昌县（小蓝经开区）": EnterpriseStatus.VERIFIED,
    }
    assert found["红谷滩区"].kind == EnterpriseKind.ASSOCIATION
    assert all(has_legal_member(row) for row in found.values())
    assert {m.role for m in found["高新区"].members.all()} == {"legal", "agent"}
    assert set(YearlyFigures.objects.values_list("policy_year", flat=True)) == {2024, 2025}


def test_everything_is_marked_as_a_demonstration(units):
    load_demo(at=AT)
    assert all("演示" in row.name and stdnum_uscc.is_valid(row.uscc) for row in Enterprise.objects.all())
    assert all("演示" in user.name for user in User.objects.all())
    assert len({demo.code_body for demo in DEMO_ENTERPRISES}) == len(DEMO_ENTERPRISES)


def test_loading_again_changes_nothing(units):
    first = load_demo(at=AT)
    assert len({account.password for account in first}) == 1
    counts = [model.objects.count() for model in (User, Enterprise, YearlyFigures, AuditEvent)]
    again = load_demo(at=AT)
    assert [model.objects.count() for model in (User, Enterprise, YearlyFigures, AuditEvent)] == counts
    assert {account.password for account in again} == {""}
    assert User.objects.get(username="admin").check_password(first[0].password)
    load_demo(at=AT, password="another-one-22")
    assert User.objects.get(username="admin").check_password("another-one-22")


def test_a_real_account_is_never_taken_over(units):
    real = UserFactory(username="admin")
    with pytest.raises(Conflict):
        load_demo(at=AT, password="shown-to-visitors-1")
    real.refresh_from_db()
    assert not real.check_password("shown-to-visitors-1")
    assert User.objects.count() == 1


def test_units_come_first():
    with pytest.raises(NotFound, match="load_policies"):
        load_demo(at=AT)
    assert not Unit.objects.filter(kind=UnitKind.DISTRICT).exists()
