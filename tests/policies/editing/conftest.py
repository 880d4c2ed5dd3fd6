"""A draft of 3.4.5 with another rate, and the people who bring it into force."""

import copy
import datetime as dt
from dataclasses import replace

import pytest

from policies.actions.cases import add_case
from policies.actions.drafts import draft_from, save_draft
from policies.drafts import ClauseContent
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of

FROM = dt.date(2025, 1, 1)


def one_project(investment="8000000.00", year=2025):
    """The evaluation document of a case of 3.4.5 with one project."""
    project = {"name": "演示一线", "investment": investment, "accepted_on": f"{year}-06-30"}
    return {
        "policy_year": year,
        "applicant": {"kind": "enterprise"},
        "claims": [{"clause": "3.4.5", "facts": {"projects": [project]}}],
    }


def expected(amount):
    return {"status": "eligible", "amount": amount}


def with_title(draft, title):
    content = ClauseContent.of(draft)
    return replace(content, definition={**copy.deepcopy(content.definition), "title": title})


@pytest.fixture
def writer(db):
    return AdministratorFactory(name="李起草")


@pytest.fixture
def second(db):
    return AdministratorFactory(name="王复核")


@pytest.fixture
def draft(loaded, writer):
    """A draft of 3.4.5 from 2025 on, under another title."""
    version = draft_from(clause_of("3.4.5").versions.get(), valid_from=FROM, by=writer, at=AT)
    return save_draft(
        version, content=with_title(version, "“5G+智慧工厂”补助"), expected_edit=1, by=writer, at=AT, note="改名称"
    )


@pytest.fixture
def ready(draft, writer):
    """The draft with a case that holds: 800万元 × 50% = 400万元."""
    add_case(draft, title="一个项目", document=one_project(), expected=expected("4000000.00"), by=writer, at=AT)
    return draft
