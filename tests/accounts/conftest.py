"""People in their places, ready to sign in."""

import pytest
from django.test import Client

from accounts.enums import EnterpriseRole, UnitRole
from tests.factories.accounts import (
    DistrictFactory,
    EnterpriseFactory,
    EnterpriseMemberFactory,
    PendingEnterpriseFactory,
    UnitMemberFactory,
)


@pytest.fixture
def as_user():
    """A client in which the given user is signed in."""

    def make(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def district(db):
    return DistrictFactory()


@pytest.fixture
def handler(district):
    return UnitMemberFactory(unit=district, role=UnitRole.HANDLER).user


@pytest.fixture
def approver(district):
    return UnitMemberFactory(unit=district, role=UnitRole.APPROVER).user


@pytest.fixture
def foreign_handler(db):
    return UnitMemberFactory(role=UnitRole.HANDLER).user


@pytest.fixture
def enterprise(district):
    """A verified enterprise with a legal member and an agent."""
    row = EnterpriseFactory(district=district)
    EnterpriseMemberFactory(enterprise=row, role=EnterpriseRole.LEGAL)
    EnterpriseMemberFactory(enterprise=row, role=EnterpriseRole.AGENT)
    return row


@pytest.fixture
def pending(district):
    row = PendingEnterpriseFactory(district=district)
    EnterpriseMemberFactory(enterprise=row, role=EnterpriseRole.LEGAL)
    return row


@pytest.fixture
def legal(enterprise):
    return enterprise.members.get(role=EnterpriseRole.LEGAL).user


@pytest.fixture
def agent(enterprise):
    return enterprise.members.get(role=EnterpriseRole.AGENT).user
