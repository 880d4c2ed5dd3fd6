"""Documents in preparation in a real browser: accessible, from a new document to a clause marked out of its text."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from policies.actions.documents import create_document
from policies.models import ClauseVersion, Document
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import _policies_of_package, policies_loaded
from tests.factories.policies import AT, NUMBER
from tests.policies.editing.test_documents import BRACKET, HEAD, TEXT, give_text
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["_policies_of_package", "chromium", "policies_loaded"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor(policies_loaded):
    return AdministratorFactory()


def test_the_pages_are_accessible_and_fit(chromium, live_server, editor):
    document = give_text(create_document(head=HEAD, by=editor, at=AT), editor)
    shipped = Document.objects.get(number=NUMBER)
    page = signed_in(chromium, live_server, editor)
    for address in (
        reverse("editing:document_new"),
        reverse("editing:document_new") + f"?from={shipped.slug}",
        reverse("editing:document_import"),
        reverse("editing:document_head", args=[document.slug]),
        reverse("editing:document_head", args=[shipped.slug]),
        reverse("editing:document_text", args=[document.slug]),
        reverse("editing:document_text", args=[shipped.slug]),
        reverse("editing:document_text_node", args=[document.slug, "1.1.1"]),
        reverse("editing:clause_new", args=[document.slug]),
        reverse("editing:clause_new", args=[document.slug]) + "?node=1.1.1",
        reverse("editing:document_evidence", args=[shipped.slug]),
        reverse("editing:document_targets", args=[shipped.slug]),
        reverse("editing:document_targets", args=[document.slug]),
    ):
        check(page, live_server.url + address)
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_a_new_document_to_a_clause(chromium, live_server, editor, scripts):
    page = signed_in(chromium, live_server, editor, java_script_enabled=scripts)
    page.goto(live_server.url + reverse("editing:home"))
    page.get_by_role("link", name="新建文件").click()
    page.get_by_label("发文字号").fill("洪府发[2026]5号")
    page.get_by_label("标题").fill(HEAD.title)
    page.get_by_label("发文机关").fill(HEAD.issuer)
    page.get_by_label("施行日期").fill("2026-01-01")
    page.get_by_label("有效期至").fill("2027-12-31")
    page.get_by_role("button", name="新建文件").click()
    expect(page.locator("main")).to_contain_text("已新建洪府发〔2026〕5号")
    page.get_by_label("粘贴正文").fill(TEXT)
    page.get_by_role("button", name="切分并预览").click()
    expect(page.get_by_role("heading", name="切分预览")).to_be_visible()
    page.get_by_label("0.5 的类别").select_option("recipients")
    if scripts:
        expect(page.locator("[data-cut-status]")).to_contain_text("已更正 1 处")
    page.get_by_role("button", name="应用更正，再看一次").click()
    expect(page.get_by_label("0.5 的类别")).to_have_value("recipients")
    page.get_by_label("0.5 的类别").select_option("paragraph")
    page.get_by_role("button", name="保存为正文").click()
    expect(page.locator("main")).to_contain_text("已保存正文")
    assert Document.objects.get(slug="hongfufa-2026-5").nodes.count() == 13
    page.goto(live_server.url + reverse("editing:clause_new", args=["hongfufa-2026-5"]))
    page.locator("a[href$='?node=1.1.2']").click()
    if scripts:
        page.get_by_role("button", name="在原文中标记").click()
        page.get_by_role("button", name="给予10万元奖励。").press("Enter")
        expect(page.get_by_label("或者逐字填写")).to_have_value("给予10万元奖励")
    page.get_by_label("条款的句子").select_option(label="对首次入规的企业，给予10万元奖励。")
    page.get_by_label("或者逐字填写").fill("")
    page.get_by_label("名称").fill("首次入规奖励")
    page.get_by_role("button", name="划出条款").click()
    expect(page.locator("main")).to_contain_text("已划出条款1.1.2 首次入规奖励")
    version = ClauseVersion.objects.get(clause__document__slug="hongfufa-2026-5")
    assert (version.quote, version.bracket) == ("对首次入规的企业，给予10万元奖励。", BRACKET)
    assert page.faults == []
    page.context.close()


def test_clauses_to_copy_are_ticked_all_at_once(chromium, live_server, editor):
    """All are ticked from the start, so that without scripts whoever wants all has nothing to do."""
    page = signed_in(chromium, live_server, editor)
    page.goto(f"{live_server.url}{reverse('editing:document_new')}?from={Document.objects.get(number=NUMBER).slug}")
    ticked, count = page.locator("[name=clauses]:checked"), page.locator("[data-tick-count]")
    expect(count).to_have_text("已选 28 个，共 28 个")
    page.get_by_role("button", name="全不选").click()
    expect(ticked).to_have_count(0)
    page.locator("[name=clauses]").first.check()
    expect(count).to_have_text("已选 1 个，共 28 个")
    page.get_by_role("button", name="全选", exact=True).click()
    expect(ticked).to_have_count(28)
    assert page.faults == []
    page.context.close()


def test_a_preview_is_accessible_and_fits(chromium, live_server, editor):
    document = create_document(head=HEAD, by=editor, at=AT)
    page = signed_in(chromium, live_server, editor)
    axe = (settings.BASE_DIR / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text()
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(live_server.url + reverse("editing:document_text", args=[document.slug]))
        page.get_by_label("粘贴正文").fill(TEXT + "\n单位|目标\n高新区|10")
        page.get_by_role("button", name="切分并预览").click()
        expect(page.get_by_role("heading", name="切分预览")).to_be_visible()
        page.evaluate(axe)
        found = page.evaluate("axe.run(document)")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
