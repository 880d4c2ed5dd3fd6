"""Units, people and their rights in a real browser: accessible, and every gesture works without scripts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions.people_import import read_people_sheet
from accounts.actions.rights_review import Decision, close_review
from accounts.actions.unit_changes import apply_due_changes, rename_unit
from accounts.enums import UnitRole
from accounts.models import Unit, UnitChange, UnitMember, User
from accounts.rights_list import seen_sha256, standing_rights
from tests.accounts.test_people_import import book, row
from tests.factories.accounts import (
    AdministratorFactory,
    BureauFactory,
    DistrictFactory,
    EnterpriseMemberFactory,
    UnitMemberFactory,
    UserFactory,
)
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def administrator():
    return AdministratorFactory(name="管理甲", last_login=timezone.now())


@pytest.fixture
def unit():
    return BureauFactory(name="市测试局", full_name="南昌市测试局", letter_prefix="洪测")


@pytest.fixture
def person(unit):
    member = UnitMemberFactory(unit=unit, user=UserFactory(name="王某"))
    UnitMemberFactory(unit=unit, user=member.user, role=UnitRole.APPROVER)
    return member.user


def test_every_page_is_accessible_and_fits(chromium, live_server, administrator, unit, person):
    now = timezone.now()
    EnterpriseMemberFactory()
    rename_unit(
        unit=unit, effective_on=timezone.localdate() + timedelta(days=30), name="市新局", full_name="南昌市新局",
        letter_prefix="洪新", reason="洪编办〔2026〕1号", by=administrator, at=now,
    )  # fmt: skip
    sheet = read_people_sheet(upload=book(row(unit="无此局"), row()), name="人员.xlsx", by=administrator, at=now)
    listed = standing_rights(at=now)
    decisions = {one.key: Decision("keep", "在岗") for one in listed}
    review = close_review(
        decisions=decisions, keep_rest=False, seen=seen_sha256(listed), by=administrator, at=now, note="年度复核"
    )
    page = signed_in(chromium, live_server, administrator, bypass_csp=True)
    for name, args in (
        ("accounts:people", []),
        ("accounts:person", [person.pk]),
        ("accounts:person_new", []),
        ("accounts:people_import", []),
        ("accounts:people_import_sheet", [sheet.pk]),
        ("accounts:rights", []),
        ("accounts:rights_review", []),
        ("accounts:rights_record", [review.pk]),
        ("accounts:units", []),
        ("accounts:unit", [unit.pk]),
        ("accounts:unit_new", []),
        ("accounts:unit_rename", [unit.pk]),
        ("accounts:unit_merge", [unit.pk]),
    ):
        check(page, live_server.url + reverse(name, args=args))
    assert page.faults == []


def test_a_sheet_with_a_fault_and_then_the_right_one(chromium, live_server, administrator, unit):
    page = signed_in(chromium, live_server, administrator)
    address = live_server.url + reverse("accounts:people_import")

    def send(*rows):
        page.goto(address)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        data = {"name": "人员表.xlsx", "mimeType": kind, "buffer": book(*rows).getvalue()}
        page.locator("#id_file").set_input_files(data)
        page.get_by_role("button", name="上传并检查").click()

    send(row(unit="市检测局"))
    expect(page.locator("main")).to_contain_text("没有单位“市检测局”")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    send(row(), row(role="审核"))
    page.get_by_role("button", name="确认导入 2 行").click()
    expect(page.locator("main")).to_contain_text("已导入 2 行")
    page.get_by_label("姓名、用户名").fill("张三")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("待设置密码")
    assert UnitMember.objects.filter(user__username="zhangsan").count() == 2
    assert page.faults == []


def test_an_account_is_switched_off_and_its_browser_with_it(chromium, live_server, administrator, person):
    theirs = signed_in(chromium, live_server, person)
    theirs.goto(live_server.url + reverse("accounts:profile"))
    expect(theirs).to_have_url(live_server.url + reverse("accounts:profile"))
    page = signed_in(chromium, live_server, administrator, java_script_enabled=False)
    page.goto(live_server.url + reverse("accounts:person", args=[person.pk]))
    page.locator("summary", has_text="停用账号").click()
    page.get_by_role("button", name="停用账号").click()
    expect(page.locator(".error-summary")).to_contain_text("请填写理由")
    page.locator("#id_off-reason").fill("退休")
    page.get_by_role("button", name="停用账号").click()
    expect(page.locator("main")).to_contain_text("登录已即时失效")
    expect(page.locator("main")).to_contain_text("管理甲停用了账号，理由：退休")
    theirs.reload()
    expect(theirs).to_have_url(live_server.url + reverse("account_login") + "?next=" + reverse("accounts:profile"))
    assert not User.objects.get(pk=person.pk).is_active


def test_a_renaming_by_date(chromium, live_server, administrator, unit):
    other = DistrictFactory(name="甲区")
    page = signed_in(chromium, live_server, administrator)
    page.goto(live_server.url + reverse("accounts:units"))
    page.get_by_role("link", name="市测试局").click()
    page.get_by_role("link", name="更名").click()
    page.locator("#id_name").fill(other.name)
    page.locator("#id_reason").fill("洪编办〔2026〕1号")
    page.get_by_role("button", name="登记更名").click()
    expect(page.locator(".error-summary")).to_contain_text("现用名称")
    expect(page.locator("#id_reason")).to_have_value("洪编办〔2026〕1号")
    ahead = timezone.localdate() + timedelta(days=10)
    page.locator("#id_name").fill("市新局")
    page.locator("#id_effective_on").fill(ahead.isoformat())
    page.get_by_role("button", name="登记更名").click()
    expect(page.locator("main")).to_contain_text("到日自动生效")
    expect(page.locator("h1")).to_have_text("市测试局")
    assert apply_due_changes(at=timezone.now() + timedelta(days=11)) == 1
    page.reload()
    expect(page.locator("h1")).to_have_text("市新局")
    expect(page.locator("main")).to_contain_text("简称由“市测试局”改为“市新局”")
    assert Unit.objects.get(pk=unit.pk).name == "市新局"
    assert UnitChange.objects.get().applied_at is not None
    # The browser notes the one answer that was refused.
    assert all("422" in fault for fault in page.faults)
