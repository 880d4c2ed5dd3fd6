"""Fixtures of the tests of awards."""

import pytest

from awards.models import Award, YearAccount
from tests.factories.applications import Company, _policies_of_package, make_company, policies_loaded
from tests.factories.awards import make_candidate

__all__ = ["_policies_of_package", "policies_loaded"]


@pytest.fixture
def company(policies_loaded) -> Company:
    """An enterprise in 高新区 with its people, beside the loaded policy."""
    return make_company()


@pytest.fixture
def stranger(policies_loaded) -> Company:
    """Another enterprise with people of its own."""
    return make_company(district="经开区")


@pytest.fixture
def capped(policies_loaded) -> tuple[Company, YearAccount, Award, Award]:
    """Two candidates, 900万 (3.4.5) and 380万 (3.3.2), under a cap of 1000万; both led by 市工信局, nothing settled."""
    from tests.awards.test_compute import with_sales

    company = with_sales("200000000.00")
    awards = [make_candidate(company, clause_id) for clause_id in ("3.4.5", "3.3.2")]
    return company, awards[0].account, *awards


@pytest.fixture
def grouped_awards(company) -> tuple[YearAccount, Award, Award]:
    """Two candidates of one type, 3.4.2 (2000万) and 3.4.1 (300万), both led by 市科技局."""
    first, second = (make_candidate(company, clause_id) for clause_id in ("3.4.2", "3.4.1"))
    return first.account, first, second
