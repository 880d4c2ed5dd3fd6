"""Fixtures of the tests of applications."""

from datetime import date

import pytest
from django.utils import timezone

from policies.models import Call
from tests.factories.applications import Company, _policies_of_package, make_call, make_company, policies_loaded

__all__ = ["_policies_of_package", "policies_loaded"]


@pytest.fixture
def company(policies_loaded) -> Company:
    """An enterprise in 高新区 with its people, beside the loaded policy."""
    return make_company()


@pytest.fixture
def stranger(policies_loaded) -> Company:
    """Another enterprise with people of its own."""
    return make_company(district="经开区")


@pytest.fixture(autouse=True)
def _plain_static(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def open_now(policies_loaded):
    """Calls of both years whose windows include today."""
    today = timezone.localdate()
    for year in (2024, 2025):
        make_call(year)
    Call.objects.update(opens_on=date(2026, 2, 1), closes_on=date(today.year + 1, 12, 31))


@pytest.fixture
def agent(client, company):
    client.force_login(company.agent)
    return client


@pytest.fixture
def legal(client, company):
    client.force_login(company.legal)
    return client
