"""Nothing typed is lost without JavaScript: the page that keeps what was not carried out, and whom it is denied."""

import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.access import declared
from accounts.models import EnterpriseMember, UnitMember, User
from accounts.views.unsent import unsent
from common.kept import MAX_CHARS
from tests.factories.accounts import AdministratorFactory, UnitMemberFactory

pytestmark = pytest.mark.django_db

#: What a browser sends with a form of our own page (http://testserver), and what the page of a stranger makes it send.
OURS = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_SEC_FETCH_MODE": "navigate",
        "HTTP_SEC_FETCH_DEST": "document", "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}  # fmt: skip
STRANGER = OURS | {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"}
TYPED = {"name": "王小明", "phone": "13970812345", "note": "第一行\n第二行 <b>&\"'"}


class Fields(HTMLParser):
    """The form of the kept page: where it goes, its hidden fields, its files."""

    def __init__(self, response) -> None:
        super().__init__()
        self.form, self.hidden, self.files = {}, [], []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.form = attributes
        if tag == "input" and attributes["type"] == "hidden":
            self.hidden.append((attributes["name"], attributes["value"]))
        if tag == "input" and attributes["type"] == "file":
            self.files.append(attributes)

    def sent(self) -> dict[str, str]:
        return dict(self.hidden)


def browser(user=None) -> Client:
    """A client with the token's check on, holding the cookie that a page with a form gives."""
    client = Client(enforce_csrf_checks=True)
    if user:
        client.force_login(user)
    client.get(reverse("account_login") if user is None else reverse("accounts:profile"))
    return client


def token(client: Client) -> str:
    return client.cookies["csrftoken"].value


def profile() -> str:
    return reverse("accounts:profile")


# The session ended ------------------------------------------------------------------------------------------------


def test_what_was_sent_after_the_session_ended_is_kept():
    client = browser()
    response = client.post(profile() + "?tab=1", {**TYPED, "csrfmiddlewaretoken": token(client)}, **OURS)
    assert response.status_code == 401
    page = Fields(response)
    assert page.form["action"] == profile() + "?tab=1"
    assert page.form["method"] == "post"
    kept = page.sent()
    assert kept.pop("csrfmiddlewaretoken") != token(client)
    assert kept == TYPED
    text = response.content.decode()
    assert "没有提交：登录已失效" in text
    assert "第二行 &lt;b&gt;&amp;&quot;&#x27;</li>" in text
    assert re.search(r'<a href="/accounts/login/\?next=%2Fme%2Fsigned-in%2F" target="_blank" rel="noopener">', text)
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_the_page_has_no_link_that_leaves_it_in_its_own_window():
    client = browser()
    text = client.post(profile(), {**TYPED, "csrfmiddlewaretoken": token(client)}, **OURS).content.decode()
    header = text[text.index("<header") : text.index("</header>")]
    assert re.findall(r'href="([^"]+)"', header) == ["/"]
    main = text[text.index("<main") : text.index("</main>")]
    assert all('target="_blank"' in link for link in re.findall(r"<a [^>]+>", main))


def test_signed_in_again_the_account_is_told_and_a_press_carries_it_out(handler):
    client = browser()
    first = Fields(client.post(profile(), {**TYPED, "csrfmiddlewaretoken": token(client)}, **OURS)).sent()
    # Signing in gives the browser another token, as in another window of it.
    client.force_login(handler)
    client.cookies["csrftoken"] = "b" * 32
    second = client.post(profile(), first, **OURS)
    assert second.status_code == 403
    text = second.content.decode()
    assert "还没有提交：请核对后再次提交" in text
    assert f"现在登录的是：{handler.name}" in text
    handler.refresh_from_db()
    assert handler.name != "王小明"
    last = client.post(profile(), Fields(second).sent(), **OURS)
    assert last.status_code == 302
    handler.refresh_from_db()
    assert (handler.name, handler.phone) == ("王小明", "13970812345")


def test_without_signing_in_the_page_comes_again_with_everything():
    client = browser()
    first = Fields(client.post(profile(), {**TYPED, "csrfmiddlewaretoken": token(client)}, **OURS))
    again = client.post(profile(), first.sent(), **OURS)
    assert again.status_code == 401
    found = Fields(again)
    assert len(found.hidden) == len(first.hidden)
    assert {**found.sent(), "csrfmiddlewaretoken": ""} == {**first.sent(), "csrfmiddlewaretoken": ""}


def test_every_cookie_is_gone_and_still_nothing_is_lost():
    response = Client(enforce_csrf_checks=True).post(profile(), {**TYPED, "csrfmiddlewaretoken": "a" * 64}, **OURS)
    assert response.status_code == 401
    assert Fields(response).sent()["name"] == "王小明"
    assert response.cookies["csrftoken"].value


def test_files_are_named_and_chosen_again_on_the_page_that_names_the_account(handler):
    client = browser()
    sheet = SimpleUploadedFile('名单"<i>.xlsx', b"PK")
    first = client.post(profile(), {**TYPED, "sheet": sheet, "csrfmiddlewaretoken": token(client)}, **OURS)
    assert first.status_code == 401
    assert Fields(first).files == []
    assert Fields(first).form["enctype"] == "multipart/form-data"
    assert "登录后，请重新选择：</p>\n            <ul><li>名单&quot;&lt;i&gt;.xlsx</li></ul>" in first.content.decode()
    client.force_login(handler)
    client.cookies["csrftoken"] = "b" * 32
    second = client.post(profile(), Fields(first).sent(), **OURS)
    (field,) = Fields(second).files
    assert (field["name"], "required" in field, "multiple" in field) == ("sheet", True, False)
    text = second.content.decode()
    assert "重新选择文件：名单&quot;&lt;i&gt;.xlsx" in text
    assert "浏览器不允许网页保留选过的文件" in text
    assert "kept-files" not in text[text.index("<details") :]


def test_more_than_a_page_bears_is_said_and_not_repeated():
    client = browser()
    sent = {"note": "x" * (MAX_CHARS + 1), "csrfmiddlewaretoken": token(client)}
    response = client.post(profile(), sent, **OURS)
    assert response.status_code == 401
    assert len(response.content) < 20_000
    assert "内容过多，本页无法保留" in response.content.decode()
    assert not Fields(response).form


# The token is an old one ------------------------------------------------------------------------------------------


def test_a_page_of_an_earlier_sign_in_is_kept_and_names_the_account(handler):
    client = browser(handler)
    response = client.post(profile(), {**TYPED, "csrfmiddlewaretoken": "x" * 64}, **OURS)
    assert response.status_code == 403
    assert Fields(response).sent()["note"] == TYPED["note"]
    assert "现在登录的是" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert client.post(profile(), Fields(response).sent(), **OURS).status_code == 302


@pytest.mark.parametrize(
    "changed",
    [
        STRANGER,
        OURS | {"HTTP_ORIGIN": "null"},
        OURS | {"HTTP_ORIGIN": "http://testserver:8000"},
        OURS | {"HTTP_SEC_FETCH_SITE": "same-site"},
        OURS | {"HTTP_SEC_FETCH_SITE": "none"},
        {"HTTP_REFERER": "https://evil.example/"},
        {},
    ],
    ids=["cross", "null", "port", "subdomain", "none", "referer", "nothing"],
)
@pytest.mark.parametrize("signed_in", [True, False], ids=["signed-in", "anonymous"])
def test_what_another_site_sends_is_refused_plainly(changed, signed_in, handler):
    client = browser(handler if signed_in else None)
    response = client.post(profile(), {**TYPED, "csrfmiddlewaretoken": "x" * 64}, **changed)
    assert response.status_code == 403
    text = response.content.decode()
    assert "页面停留太久，已经失效" in text
    assert "王小明" not in text
    assert "再次提交" not in text


def test_a_stranger_who_knows_no_token_gets_no_page_of_a_visitor_without_cookies():
    response = Client(enforce_csrf_checks=True).post(profile(), TYPED, **STRANGER)
    assert response.status_code == 403
    assert "王小明" not in response.content.decode()


# The account ------------------------------------------------------------------------------------------------------


def test_another_account_without_the_right_is_told_before_and_refused_after(handler):
    address = reverse("accounts:person_new")
    client = browser(handler)
    told = client.post(address, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, **OURS)
    assert told.status_code == 403
    text = told.content.decode()
    assert "没有提交：当前账号没有权限" in text
    assert f"现在登录的是：{handler.name}" in text
    refused = client.post(address, Fields(told).sent(), **OURS)
    assert refused.status_code == 403
    assert not User.objects.filter(name="王小明").exists()
    # Kept again: somebody with the right signs in, and sends it.
    kept = Fields(refused).sent()
    assert kept["note"] == TYPED["note"]
    client.force_login(AdministratorFactory())
    assert client.post(address, kept, **OURS).status_code == 422  # the view's own answer, in its own form


def test_a_role_that_ended_meanwhile_keeps_what_was_typed(handler, legal):
    client = browser(handler)
    UnitMember.objects.update(is_active=False)
    sent = {"reason": "资料齐全", "csrfmiddlewaretoken": token(client)}
    response = client.post(reverse("accounts:verification", args=[1]), sent, **OURS)
    assert response.status_code == 403
    assert Fields(response).sent()["reason"] == "资料齐全"
    EnterpriseMember.objects.update(is_active=False)
    assert browser(legal).get(reverse("accounts:enterprise")).status_code == 403


# What is never shown again ----------------------------------------------------------------------------------------

ACCOUNT = {"bank_account_name": "某某公司", "bank_name": "某行", "bank_code": "102421000011", "bank_account": "6222020"}


def test_the_account_for_payments_is_not_repeated(legal):
    address = reverse("accounts:bank_account")
    client = browser()
    response = client.post(address, {**ACCOUNT, "csrfmiddlewaretoken": token(client)}, **OURS)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    old = browser(legal).post(address, {**ACCOUNT, "csrfmiddlewaretoken": "x" * 64}, **OURS)
    assert old.status_code == 403
    assert "6222020" not in old.content.decode()
    assert "页面停留太久" in old.content.decode()


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_signup", "account_change_password", "account_reset_password", "account_email",
     "account_reauthenticate", "account_logout", "mfa_activate_totp", "mfa_authenticate", "mfa_reauthenticate",
     "accounts:signup", "awards:public_objection"],
)  # fmt: skip
def test_signing_in_and_its_relatives_repeat_nothing(name, handler):
    sent = {"login": "gongxin", "password": "Geheim-4711", "code": "4711-4711", "csrfmiddlewaretoken": "x" * 64}
    for client in (browser(), browser(handler)):
        response = client.post(reverse(name), sent, **OURS)
        assert response.status_code == 403
        assert "4711" not in response.content.decode()
        assert "再次提交" not in response.content.decode()


def test_who_objects_is_not_repeated():
    address = reverse("awards:public_object", args=[1, 1])
    sent = {
        "name": "万建国",
        "phone": "13970812345",
        "address": "某路1号",
        "text": "金额不对",
        "csrfmiddlewaretoken": "x",
    }
    response = browser().post(address, sent, **OURS)
    assert response.status_code == 403
    text = response.content.decode()
    assert Fields(response).sent().keys() == {"csrfmiddlewaretoken", "text"}
    assert "有 3 项保密内容" in text
    assert not [value for value in ("万建国", "13970812345", "某路1号") if value in text]


def test_a_password_in_any_form_is_not_repeated():
    client = browser()
    sent = {**TYPED, "row-0-password": "Geheim-4711", "csrfmiddlewaretoken": token(client)}
    text = client.post(profile(), sent, **OURS).content.decode()
    assert "4711" not in text
    assert "有 1 项保密内容" in text


def test_which_views_are_confidential():
    """Read by people: a view that takes something secret stands here."""
    found = {}
    for space in ("accounts", "awards", "policies", "editing", "applications", "reviews", "letters"):
        _, resolver = get_resolver().namespace_dict[space]
        for pattern in resolver.url_patterns:
            names = declared(pattern.callback, "confidential", frozenset())
            if names is None or names:
                found[f"{space}:{pattern.name}"] = names
    assert found == {
        "accounts:bank_account": None,
        "accounts:signup": None,
        "awards:public_object": {"name", "phone", "address"},
        "awards:public_objection": None,
    }


# Answers that stay as they were -----------------------------------------------------------------------------------


def test_scripts_and_programs_get_the_answers_of_before():
    client = browser()
    sent = {**TYPED, "csrfmiddlewaretoken": token(client)}

    def answer(**headers):
        return client.post(profile(), sent, **OURS | headers)

    assert answer(HTTP_HX_REQUEST="true").content == b""
    assert answer(HTTP_HX_REQUEST="true").status_code == 401
    for headers in (
        {"HTTP_X_AUTOSAVE": "1", "HTTP_ACCEPT": "application/json", "HTTP_SEC_FETCH_MODE": "cors"},
        {"HTTP_X_AUTOSAVE": "1"},
        {"HTTP_ACCEPT": "application/json"},
        {"HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_DEST": "empty"},
        {"HTTP_SEC_FETCH_DEST": "iframe"},
        {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    ):
        assert answer(**headers).status_code == 302, headers
    json = Client().post(profile(), {"a": 1}, content_type="application/json", **OURS)
    assert json.status_code == 302


def test_opening_a_page_still_leads_to_signing_in():
    for method in ("get", "head"):
        response = getattr(Client(), method)(profile(), **OURS)
        assert response.status_code == 302
        assert response["Location"] == "/accounts/login/?next=/me/profile/"


def test_nothing_is_kept_where_no_token_was_looked_at(rf):
    """A view without the token's check would let another site's form through to the kept page."""
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.fallback import FallbackStorage

    from accounts.access import signed_in
    from accounts.middleware import AccessMiddleware

    request = rf.post("/", TYPED, **STRANGER)
    request.user, request.session = AnonymousUser(), {}
    request._messages = FallbackStorage(request)
    response = AccessMiddleware(lambda request: None).process_view(request, signed_in(lambda request: None), (), {})
    assert response.status_code == 302


def test_a_view_that_declares_nothing_repeats_nothing(rf):
    assert unsent(rf.post("/", TYPED, **OURS), lambda request: None, "session") is None


def test_pages_of_the_admin_keep_as_well():
    client = browser()
    address = reverse("admin:accounts_unit_add")
    sent = {"name": "某局", "password": "Geheim-4711", "csrfmiddlewaretoken": token(client)}
    response = client.post(address, sent, **OURS)
    assert response.status_code == 401
    assert Fields(response).sent()["name"] == "某局"
    assert "4711" not in response.content.decode()
    assert client.get(address).status_code == 302


# Back in the other window -----------------------------------------------------------------------------------------


def test_the_window_of_signing_in_says_where_to_go_on(as_user):
    person = UnitMemberFactory().user
    response = as_user(person).get(reverse("accounts:back_to_page"))
    text = response.content.decode()
    assert response.status_code == 200
    assert "请回到原来的页面" in text
    assert person.name in text
    assert as_user(person).post(reverse("accounts:back_to_page")).status_code == 405
