"""A small filed year with known amounts, and a snapshot folder of each test's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accounts.actions.figures import save_figures
from applications.models import Application
from awards.queries import snapshots
from awards.queries.year_facts import FiledYear
from policies.models import Document
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import (
    AT,
    FACTS,
    FIGURES,
    YEAR,
    Company,
    file,
    fill,
    make_company,
    make_draft,
    make_filed,
)

#: The rate of 3.4.5 from 50 % to 40 %.
LOWER: dict[str, Any] = {"note": "智慧工厂补助下调", "clauses": {"3.4.5": {"award.each.rate": "40%"}}}
LARGE, SMALL = "演示大屏电子有限公司", "演示小芯电子有限公司"


@pytest.fixture(autouse=True)
def snapshot_folder(tmp_path, monkeypatch) -> Path:
    """Snapshots of one test are nobody else's."""
    monkeypatch.setattr(snapshots, "root", lambda: tmp_path / "snapshots")
    return tmp_path / "snapshots"


def with_figures(company: Company, **figures: Any) -> Company:
    """The company with these figures of the year stated."""
    save_figures(
        enterprise=company.enterprise,
        policy_year=YEAR,
        values=FIGURES | figures,
        expected_version=None,
        by=company.agent,
        at=AT,
    )
    return company


def file_with(company: Company, clause_id: str, **facts: Any) -> Application:
    """A filed application with these facts in place of the sample's."""
    return file(fill(make_draft(company, clause_id), company, **facts), company).application


@dataclass
class SmallYear:
    """Four files of three enterprises in two districts.

    large (高新区): 3.4.5 of 800万 and 1200万 → 50 % and at most 500万 each: 900万; 3.3.2 of 3800万 × 10 % → 380万.
    small (经开区): 3.4.5 of 800万 → 400万. lab (高新区): 3.4.2 of 1.5亿 × 15 %, at most 2000万 → 2000万.
    """

    document: Document
    large: Company
    small: Company
    lab: Company
    large_factory: Application
    large_product: Application
    small_factory: Application
    lab_centre: Application

    def facts(self, **options: Any) -> FiledYear:
        return FiledYear.of(self.document, YEAR, **options)


@pytest.fixture
def small_year(policies_loaded) -> SmallYear:
    large, small = make_company(name=LARGE), make_company(name=SMALL, district="经开区")
    lab = make_company(name="演示研发中心有限公司")
    project = FACTS["3.4.5"]["projects"][0]
    return SmallYear(
        policies_loaded,
        large,
        small,
        lab,
        large_factory=make_filed(large, "3.4.5").application,
        large_product=make_filed(large, "3.3.2").application,
        small_factory=file_with(small, "3.4.5", projects=[project]),
        lab_centre=make_filed(lab, "3.4.2").application,
    )


@pytest.fixture
def administrator(db):
    return AdministratorFactory(name="管理员甲")
