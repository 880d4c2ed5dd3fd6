"""Imports and the yearly report in a real browser: accessible, nothing overflows, and a table goes its way without
scripts."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.imports import apply_table
from awards.actions.payments import ResultInput, record_results
from awards.enums import AwardState
from awards.models import CheckedFigure, ImportFile
from tests.awards.simulation.test_browser import check
from tests.factories.applications import make_company
from tests.factories.awards import forward, make_approved_award, make_award, make_candidate, payer
from tests.factories.imports import ABOUT, filled, make_sent_list, plain, send, template
from tests.factories.reviews import LATER, officer
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
]
SALES, SOURCE = "销售收入（不含税）（元）", "依据"


@pytest.fixture
def bureau(policies_loaded) -> Unit:
    for name in ("江西先锋半导体有限公司", "南昌欧光电子科技股份有限公司"):
        make_candidate(make_company(name=name))
    return Unit.objects.get(name="市工信局")


def _figures(bureau, clerk, **first):
    return filled(
        template("figures", ABOUT, bureau, clerk),
        {
            1: {SALES: 1_234_567.89, SOURCE: "完税证明 2025-001"} | first,
            2: {SALES: 98_765_432, SOURCE: "完税证明 2025-002"},
        },
    )


def test_pages_of_imports_are_accessible_and_fit(bureau, chromium, live_server):
    clerk = officer(bureau)
    applied = send("figures", _figures(bureau, clerk), bureau, clerk)
    apply_table(file=applied, expected_version=applied.version, by=clerk, at=LATER)
    faulty = send(
        "figures",
        _figures(bureau, clerk, **{SALES: "三千万", "全职研发人员": -1, "政策年度": 2023, SOURCE: None}),
        bureau,
        clerk,
    )
    ready = send("figures", _figures(bureau, clerk, **{SALES: 2_000_000}), bureau, clerk)
    listing = make_sent_list(make_approved_award(make_company(name="江西联创电子有限公司")))
    people = {
        clerk: [
            reverse("awards:imports"),
            reverse("awards:import_new", args=["figures"]),
            *[reverse("awards:import", args=[file.pk]) for file in (applied, faulty, ready)],
        ],
        payer(): [reverse("awards:imports"), reverse("awards:import_new", args=["results"])],
        officer(bureau, UnitRole.LEADER): [reverse("awards:import_new", args=["budgets"])],
    }
    assert listing.count == 1
    for person, addresses in people.items():
        page = signed_in(chromium, live_server, person)
        for address in addresses:
            check(page, live_server.url + address)
        assert page.faults == []
        page.context.close()


def test_a_table_is_sent_and_confirmed_without_scripts(bureau, chromium, live_server, tmp_path):
    clerk = officer(bureau)
    page = signed_in(chromium, live_server, clerk, java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:import_new", args=["figures"]))
    with page.expect_download() as fetched:
        page.get_by_role("link", name="2024 年度").first.click()
    sheet = tmp_path / "填好.xlsx"
    sheet.write_bytes(
        filled(fetched.value.path().read_bytes(), {1: {SALES: 7, SOURCE: "一"}, 2: {SALES: 8, SOURCE: "二"}})
    )
    page.get_by_label("政策和年度").select_option(ABOUT)
    page.get_by_label("填好的表格").set_input_files(sheet)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="将要发生的改动")).to_be_visible()
    page.get_by_role("button", name="确认导入 2 处改动").click()
    expect(page.get_by_text("表格已导入，全部改动已生效。")).to_be_visible()
    assert CheckedFigure.objects.count() == 2
    assert ImportFile.objects.get().closed_by == clerk
    page.context.close()


def test_the_yearly_report_is_accessible_and_fits(policies_loaded, chromium, live_server):
    cache.clear()
    page = chromium.new_context(locale="zh-CN").new_page()
    url = live_server.url + reverse("awards:yearly_report")
    check(page, url)
    awards = [
        make_approved_award(make_company(district=district), clause)
        for district, clause in (("高新区", "3.4.5"), ("经开区", "3.4.5"), ("高新区", "3.3.2"), ("青山湖区", "3.2.3"))
    ]
    forward(make_award(make_company()), AwardState.PUBLIC)
    listing = make_sent_list(*awards[:2])
    record_results(
        payment_list=listing,
        results=[ResultInput(row=1, kind="paid", on=LATER.date())],
        by=payer(),
        at=LATER,
    )
    check(page, url)
    page.context.close()


def test_faults_of_a_strange_table_fit_on_a_phone(bureau, chromium, live_server):
    clerk = officer(bureau)
    strange = plain(["统一社会信用代码", "公司" * 20, "政策年度", "很长的列名" * 12], ["x", "y", 1, "z"])
    file = send("figures", strange, bureau, clerk)
    page = signed_in(chromium, live_server, clerk)
    check(page, live_server.url + reverse("awards:import", args=[file.pk]))
    page.context.close()
