"""The page of an impact: progress, sentences first, tables, the spreadsheet; who may ask and who reads."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from awards.actions.impact import start_impact
from awards.models import PublicationImpact
from common.outbox.actions import run_owed
from policies.actions.publication import submit_publication, withdraw_publication
from policies.publication_gates import panels_of
from tests.awards.impact.conftest import TOGETHER, clause_draft, publication_of, rules_draft
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import AT
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def grouped(small_year, administrator):
    draft = rules_draft(small_year.document, administrator, group=TOGETHER)
    return submit_publication(small_year.document, versions=[draft], reason="同类型", by=administrator, at=AT)


@pytest.fixture
def visitor(administrator):
    client = Client()
    client.force_login(administrator)
    return client


def page_of(client, publication):
    response = client.get(reverse("awards:impact", args=[publication.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_the_way_from_nothing_to_the_answer(grouped, visitor):
    page = page_of(visitor, grouped)
    assert "还没有测算" in page
    assert "2024 年度，已提交 4 件" in page
    answer = visitor.post(reverse("awards:impact_start", args=[grouped.pk]), follow=True)
    page = answer.content.decode()
    assert "已开始测算" in page
    assert "已完成 0 块" in page
    assert "开始测算</button>" not in page
    run_owed(at=LATER.replace(year=2100))  # the page asked by the clock of today
    page = page_of(visitor, grouped)
    assert "按本次发布的内容重算 1 个年度的 4 件申报，1 件、1 家次申报主体受影响。" in page
    assert "减少 3,800,000.00 元" in page
    assert "演示大屏电子有限公司" in page
    assert "现在还不能发布" not in page
    assert page.index("结论") < page.index("按年度") < page.index("按条款") < page.index("按县区")


def test_progress_is_asked_for_again_and_again(grouped, visitor, administrator):
    start_impact(publication=grouped, by=administrator, at=AT)
    url = reverse("awards:impact_progress", args=[grouped.pk])
    assert visitor.get(url).status_code == 302
    answer = visitor.get(url, headers={"HX-Request": "true"})
    assert "正在测算" in answer.content.decode()
    run_owed(at=LATER)
    assert visitor.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_the_spreadsheet_says_the_same(grouped, visitor, administrator):
    url = reverse("awards:impact_xlsx", args=[grouped.pk])
    assert visitor.get(url).status_code == 404
    start_impact(publication=grouped, by=administrator, at=AT)
    assert visitor.get(url).status_code == 404
    run_owed(at=LATER)
    book = load_workbook(io.BytesIO(visitor.get(url).content))
    assert book.sheetnames == ["概要", "按年度", "按条款", "按县区", "金额增加", "金额减少", "变更", "未计入"]
    rows = list(book["按年度"].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["年度", "洪府发〔2023〕30号 2024 年度", "合计"]
    assert rows[-1][-1] == -3_800_000
    assert [row[1] for row in book["金额减少"].iter_rows(min_row=2, values_only=True)] == ["演示大屏电子有限公司"]


def test_what_cannot_be_computed_is_told(small_year, administrator, visitor):
    def broken(definition):
        definition["award"]["each"]["of"] = "row.nothing"

    publication = publication_of(small_year.document, [clause_draft("3.4.5", administrator, broken)], administrator)
    start_impact(publication=publication, by=administrator, at=AT)
    page = page_of(visitor, publication)
    assert "不能测算" in page
    assert "现在还不能发布" in page
    assert "重新测算" in page


def test_auditors_read_and_start_nothing(grouped, administrator):
    start_impact(publication=grouped, by=administrator, at=AT)
    run_owed(at=LATER)
    client = Client()
    client.force_login(AuditorFactory())
    page = page_of(client, grouped)
    assert "结论" in page
    assert "重新测算" not in page
    assert client.post(reverse("awards:impact_start", args=[grouped.pk])).status_code == 403
    assert PublicationImpact.objects.count() == 1


def test_a_publication_that_is_over_is_told_so(grouped, administrator, visitor):
    withdraw_publication(publication=grouped, expected_version=1, by=administrator, at=AT)
    assert "没有测算过" in page_of(visitor, grouped)
    answer = visitor.post(reverse("awards:impact_start", args=[grouped.pk]), follow=True)
    assert "已撤回，不再测算影响" in answer.content.decode()


def test_without_past_files_there_is_nothing_to_measure(policies_loaded, administrator, visitor):
    draft = rules_draft(policies_loaded, administrator, group=TOGETHER)
    publication = submit_publication(policies_loaded, versions=[draft], reason="同类型", by=administrator, at=AT)
    page = page_of(visitor, publication)
    assert "过去没有提交过申报" in page
    assert "<button" not in page.split("<main")[1].split("</main>")[0]


def test_the_page_of_a_publication_links_to_it(grouped):
    assert ("对过去年度的影响", reverse("awards:impact", args=[grouped.pk])) in [
        (panel.label, panel.url) for panel in panels_of(grouped)
    ]
