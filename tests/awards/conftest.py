"""Fixtures of the tests of awards."""

import pytest

from tests.factories.applications import Company, _policies_of_package, make_company, policies_loaded

__all__ = ["_policies_of_package", "policies_loaded"]


@pytest.fixture
def company(policies_loaded) -> Company:
    """An enterprise in 高新区 with its people, beside the loaded policy."""
    return make_company()


@pytest.fixture
def stranger(policies_loaded) -> Company:
    """Another enterprise with people of its own."""
    return make_company(district="经开区")
