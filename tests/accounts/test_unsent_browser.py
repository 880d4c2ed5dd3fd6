"""A browser without JavaScript, in which a session ends: what was typed is kept, and carried out after signing in.

And a browser that a stranger's page makes send things: it is refused plainly, with nothing to press.
"""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from applications.models import Application
from policies.actions.drafts import draft_from
from reviews.enums import StageKind
from reviews.models import Decision
from tests.factories.accounts import AdministratorFactory, UnitMemberFactory
from tests.factories.applications import _policies_of_package, make_company, make_draft, policies_loaded
from tests.factories.policies import AT, clause_of
from tests.factories.reviews import advance_to, make_case, officer, task_of
from tests.reviews.test_browser import AXE, WIDTHS, chromium, signed_in

__all__ = ["_policies_of_package", "chromium", "policies_loaded"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SESSION_ENDED = "没有提交：登录已失效"
ASKED_AGAIN = "还没有提交：请核对后再次提交"
PASSWORD = "Nanchang-2026"


def plain(chromium, live_server, person):
    """A page of this person in a browser without JavaScript."""
    return signed_in(chromium, live_server, person, java_script_enabled=False)


def session_ends(page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def sign_in_there(page, person) -> None:
    """In the window that the page opens, by name and password, as people do."""
    User.objects.filter(pk=person.pk).update(password=_hashed())
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="在新窗口登录").click()
    window = opened.value
    window.locator("[name=login]").fill(person.username)
    window.locator("[name=password]").fill(PASSWORD)
    window.get_by_role("button", name="登录").click()
    expect(window.locator("h1")).to_have_text("已登录，请回到原来的页面")
    window.close()


def _hashed() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def sent_once_more(page, person) -> None:
    """Signs in elsewhere, presses once, is told the account, and presses again."""
    sign_in_there(page, person)
    page.get_by_role("button", name="再次提交").click()
    expect(page.locator("h1")).to_have_text(ASKED_AGAIN)
    expect(page.locator("main")).to_contain_text(f"现在登录的是：{person.name}")
    page.get_by_role("button", name="再次提交").click()


def accessible(page) -> None:
    """axe needs scripts: it looks at the same page in a browser that has them."""
    other = page.context.browser.new_context(locale="zh-CN").new_page()
    other.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + reverse("healthz"))
    other.set_content(page.content())
    for width in WIDTHS:
        other.set_viewport_size({"width": width, "height": 900})
        other.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        other.evaluate(AXE)
        found = other.evaluate("axe.run(document)")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], width
        assert other.evaluate("document.documentElement.scrollWidth") <= width, width
    other.context.close()


def test_the_reasons_of_a_decision(policies_loaded, chromium, live_server):
    case = advance_to(make_case(make_company()), StageKind.LEAD)
    task, person = task_of(case), officer("市工信局")
    page = plain(chromium, live_server, person)
    page.goto(live_server.url + reverse("reviews:task", args=[task.pk]))
    page.get_by_label("同意支持").check()
    page.get_by_label("理由或意见").fill("写了很久的意见\n第二段 <b>&")
    session_ends(page)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("h1")).to_have_text(SESSION_ENDED)
    page.get_by_text("查看刚才填写的内容").click()
    expect(page.locator("details.kept")).to_contain_text("第二段 <b>&")
    accessible(page)
    assert not Decision.objects.filter(task=task).exists()
    sent_once_more(page, person)
    expect(page.get_by_text("已提交“同意支持”")).to_be_visible()
    assert Decision.objects.get(task=task).reasons.splitlines() == ["写了很久的意见", "第二段 <b>&"]


def test_a_clause_in_the_editor(policies_loaded, chromium, live_server):
    editor = AdministratorFactory(name="赵先到")
    draft = draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    page = plain(chromium, live_server, editor)
    page.goto(live_server.url + reverse("editing:clause", args=[draft.pk]))
    page.locator("#id_title").fill("打了很久的名称")
    session_ends(page)
    page.get_by_role("button", name="保存草稿", exact=True).last.click()
    expect(page.locator("h1")).to_have_text(SESSION_ENDED)
    accessible(page)
    sent_once_more(page, editor)
    expect(page.locator("main")).to_contain_text("已保存第 2 次修改")
    draft.refresh_from_db()
    assert draft.definition["title"] == "打了很久的名称"


def test_the_facts_of_an_application_and_another_person_in_the_same_browser(policies_loaded, chromium, live_server):
    company = make_company()
    application = make_draft(company)
    stranger = UnitMemberFactory(user__name="钱后到").user
    page = plain(chromium, live_server, company.agent)
    page.goto(live_server.url + reverse("applications:facts", args=[application.pk]))
    field = page.locator("#facts-form input[type=text]").first
    name = field.get_attribute("name")
    field.fill("2025年度先进企业")
    before = Application.objects.get(pk=application.pk).draft
    session_ends(page)
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.locator("h1")).to_have_text(SESSION_ENDED)
    # Somebody else signs in: told whose account it is, refused, and nothing is lost.
    sign_in_there(page, stranger)
    page.get_by_role("button", name="再次提交").click()
    expect(page.locator("h1")).to_have_text("没有提交：当前账号没有权限")
    expect(page.locator("main")).to_contain_text("现在登录的是：钱后到")
    accessible(page)
    page.get_by_role("button", name="再次提交").click()
    expect(page.locator("h1")).to_have_text("没有提交：当前账号没有权限")
    assert Application.objects.get(pk=application.pk).draft == before
    session_ends(page)
    sent_once_more(page, company.agent)
    expect(page.get_by_role("button", name="再次提交")).to_have_count(0)
    page.goto(live_server.url + reverse("applications:facts", args=[application.pk]))
    expect(page.locator(f'#facts-form [name="{name}"]')).to_have_value("2025年度先进企业")
    assert Application.objects.get(pk=application.pk).draft != before


def test_the_page_of_an_earlier_sign_in(policies_loaded, chromium, live_server):
    person = officer("市工信局")
    page = plain(chromium, live_server, person)
    page.goto(live_server.url + reverse("accounts:profile"))
    page.locator("[name=name]").fill("改了的姓名")
    token = next(one for one in page.context.cookies() if one["name"] == settings.CSRF_COOKIE_NAME)
    page.context.add_cookies([{"name": token["name"], "value": "b" * 32, "url": live_server.url}])
    page.get_by_role("button", name="保存").click()
    expect(page.locator("h1")).to_have_text(ASKED_AGAIN)
    accessible(page)
    page.get_by_role("button", name="再次提交").click()
    expect(page.get_by_text("个人资料已保存。")).to_be_visible()
    person.refresh_from_db()
    assert person.name == "改了的姓名"


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9"])
def test_a_form_on_another_site(chromium, live_server, db, origin):
    """Chromium says where a form comes from: no page of ours repeats what the stranger wrote."""
    person = UnitMemberFactory().user
    page = signed_in(chromium, live_server, person)
    page.goto(live_server.url + reverse("accounts:profile"))
    target = live_server.url + reverse("accounts:profile")
    form = (
        f'<form method="post" action="{target}"><input name="name" value="黑客"><input name="phone" value="">'
        f'<input name="csrfmiddlewaretoken" value="{"a" * 64}"><button>send</button></form>'
    )
    page.context.route(f"{origin}/**", lambda route: route.fulfill(content_type="text/html;charset=utf-8", body=form))
    for session in (True, False):
        if not session:
            session_ends(page)
        page.goto(f"{origin}/trap")
        page.get_by_role("button").click()
        expect(page.locator("h1")).to_have_text("页面停留太久，已经失效")
        expect(page.locator("main")).not_to_contain_text("黑客")
        expect(page.locator("main input")).to_have_count(0)
    person.refresh_from_db()
    assert person.name != "黑客"


def test_the_page_is_in_no_frame(chromium, live_server, db):
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("account_login"))
    response = client.post(
        reverse("accounts:profile"),
        {"name": "甲", "csrfmiddlewaretoken": client.cookies["csrftoken"].value},
        HTTP_ORIGIN="http://testserver",
        HTTP_SEC_FETCH_DEST="iframe",
    )
    assert response.status_code == 302
    assert "甲" not in response.content.decode()
