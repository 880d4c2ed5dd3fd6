"""Industry targets against what enterprises that filed have stated: by district, each enterprise once."""

import pytest
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import Unit
from policies.models import Document
from reviews.queries.overview import Narrowing, Scope
from reviews.queries.targets import targets_against_figures
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import YEAR, make_company, make_draft
from tests.factories.reviews import make_case, officer

pytestmark = pytest.mark.django_db


def rows(scope=None, narrowing=None):
    found = targets_against_figures(scope or Scope(True), narrowing or Narrowing(policy_year=YEAR))
    return {row.name: row for row in found.rows} if found else {}


def test_each_enterprise_counts_once_in_its_district(policies_loaded):
    company = make_company()
    make_case(company, "3.4.5")
    make_case(company, "3.1.3b")
    make_case(make_company(district="经开区"), "3.4.5")
    make_draft(make_company())  # filed nothing
    found = rows()
    gaoxin = found["高新区"]
    assert (gaoxin.enterprises, gaoxin.reached_fen) == (1, 320_000_000_000)  # 32 亿元 of turnover
    assert gaoxin.target_fen == 19_500_000_000_000
    assert f"{gaoxin.percent:.2f}" == "1.64"
    (total,) = [row for row in found.values() if row.total]
    assert (total.enterprises, total.reached_fen) == (2, 640_000_000_000)


def test_a_district_sees_its_own_target_and_a_bureau_none(policies_loaded):
    make_case(make_company(), "3.4.5")
    assert list(rows(Scope(False, (Unit.objects.get(name="高新区"),)))) == ["高新区"]
    assert rows(Scope(False, (Unit.objects.get(name="市财政局"),))) == {}


def test_without_files_or_public_targets_there_is_no_table(policies_loaded):
    assert targets_against_figures(Scope(True), Narrowing()) is None
    make_case(make_company(), "3.4.5")
    assert targets_against_figures(Scope(True), Narrowing()).policy_year == YEAR
    Document.objects.update(published_at=None)
    assert targets_against_figures(Scope(True), Narrowing()) is None


def test_leaders_and_auditors_read_it(policies_loaded, client):
    make_case(make_company(), "3.4.5")
    for person in (AuditorFactory(), officer("高新区", UnitRole.LEADER)):
        client.force_login(person)
        html = client.get(reverse("reviews:overview")).content.decode()
        assert "只计提交过该年度申报的企业" in html
        assert "19,500,000.00" in html or "19,500,000" in html
