"""Signing in: sentences, limits that cannot shut the owner out, rotation of the session, redirects that stay here."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.audit.models import AuditEvent
from common.cache import ForgivingRedisCache
from common.outbox.actions import run_owed
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def user():
    return UserFactory(username="zhangsan", email="zhangsan@example.com")


@pytest.fixture
def limits(settings):
    """The real limits, which other tests run without."""
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    yield
    cache.clear()


def sign_in(client, login="zhangsan", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": login, "password": password, **extra})


@pytest.mark.parametrize("login", ["zhangsan", "ZhangSan", "zhangsan@example.com", " zhangsan "])
def test_by_name_or_address(user, login):
    client = Client()
    response = sign_in(client, login)
    assert response.status_code == 302
    assert response["Location"] == reverse("accounts:landing")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert AuditEvent.objects.filter(event="accounts.signed_in", subject_id=str(user.pk)).count() == 1


def test_a_wrong_password_and_a_wrong_name_say_the_same(user):
    wrong, unknown = sign_in(Client(), password="no"), sign_in(Client(), login="nobody", password="no")
    assert wrong.status_code == unknown.status_code == 422
    sentences = [response.context["form"].non_field_errors() for response in (wrong, unknown)]
    assert sentences[0] == sentences[1]
    assert "用户名或密码不正确" in sentences[0][0]


def test_nothing_typed(user):
    response = Client().post(LOGIN, {})
    assert response.status_code == 422
    text = response.content.decode()
    assert "请填写用户名或电子邮箱。" in text
    assert "请填写密码。" in text


def test_the_suspended_do_not_get_in(user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = Client()
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_the_session_is_rotated(user):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "before"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    sign_in(client)
    assert client.session.session_key != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get(reverse("accounts:profile")).status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_foreign_targets_are_refused(user, target):
    assert sign_in(Client(), next=target)["Location"] == reverse("accounts:landing")
    signed_in = Client()
    signed_in.force_login(user)
    assert "evil" not in signed_in.get(LOGIN, {"next": target}).get("Location", "")
    assert "javascript" not in signed_in.get(LOGIN, {"next": target}).get("Location", "")


def test_own_targets_are_kept(user):
    assert sign_in(Client(), next="/me/profile/")["Location"] == "/me/profile/"


def test_other_hosts_of_the_installation_are_foreign_too(user, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    assert sign_in(Client(), next="https://other.example/x")["Location"] == reverse("accounts:landing")


def test_guessing_is_slowed_but_the_owner_gets_in(user, limits):
    attacker, owner = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(5):
        assert sign_in(attacker, password="guess").status_code == 422
    stopped = sign_in(attacker, password=PASSWORD)
    assert stopped.status_code == 422
    assert "登录失败次数过多" in stopped.content.decode()
    assert sign_in(owner).status_code == 302


def test_guessing_many_names_from_one_place_is_slowed(limits):
    attacker = Client(REMOTE_ADDR="203.0.113.10")
    answers = [sign_in(attacker, login=f"name{number}", password="guess") for number in range(12)]
    assert "登录失败次数过多" in answers[-1].content.decode()


def test_signing_in_works_without_the_cache(user, settings):
    """Redis gone: the counting stops, the door stays open."""
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.CACHES = {
        "default": {
            "BACKEND": "common.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }
    assert isinstance(caches["default"], ForgivingRedisCache)
    assert sign_in(Client(), password="wrong").status_code == 422
    assert sign_in(Client()).status_code == 302


def test_a_new_password_by_mail_in_chinese(user):
    response = Client().post("/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "请查收邮件" in response.content.decode()
    assert mail.outbox == []
    run_owed(at=LATER)
    (message,) = mail.outbox
    assert message.subject.startswith("【南昌电子信息政策兑现】")
    assert "/accounts/password/reset/key/" in message.body


def test_asking_for_an_unknown_address_tells_nothing(user):
    known = Client().post("/accounts/password/reset/", {"email": user.email}, follow=True)
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain


def test_changing_the_password_shows_its_faults_in_place(user):
    client = Client()
    client.force_login(user)
    answers = {"oldpassword": "wrong", "password1": "12345", "password2": "54321"}
    response = client.post("/accounts/password/change/", answers)
    assert response.status_code == 422
    assert {"oldpassword", "password1"} <= set(response.context["form"].errors)


PAGES = [
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/x-y/", "/accounts/password/reset/key/done/", "/accounts/inactive/",
    "/accounts/confirm-email/",
]  # fmt: skip
OWN_PAGES = [
    "/accounts/logout/", "/accounts/password/change/", "/accounts/email/", "/accounts/reauthenticate/",
    "/accounts/2fa/", "/me/profile/", "/me/messages/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES + OWN_PAGES)
def test_every_page_is_ours_and_keeps_the_policy(user, address):
    client = Client()
    if address in OWN_PAGES:
        client.force_login(user)
    response = client.get(address, follow=True)
    text = response.content.decode()
    assert response.status_code == 200
    assert "南昌电子信息政策兑现</title>" in text
    assert "'unsafe" not in response["Content-Security-Policy"]
    assert ' style="' not in text
    assert " onclick=" not in text
    for opening in text.split("<script")[1:]:
        attributes = opening.partition(">")[0]
        assert "src=" in attributes or "application/json" in attributes


@pytest.mark.parametrize("address", ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"])
def test_second_factors_ask_for_the_password_first_and_then_open(user, address):
    client = Client()
    sign_in(client)
    asked = client.get(address, follow=True)
    assert "确认本人操作" in asked.content.decode()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(address).status_code == 200


def test_signing_out_needs_a_post(user):
    client = Client()
    client.force_login(user)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_a_second_factor_is_asked_for_and_suffices(user, settings):
    """Turned on by its owner, the authenticator stands between the password and the session."""
    settings.MFA_TOTP_TOLERANCE = 2  # the code of now still counts when a period ends between the lines
    client = Client()
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "12345"})
    assert wrong.status_code == 422
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[2]))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302

    visitor = Client()
    assert sign_in(visitor)["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in visitor.session
    asked = visitor.get("/accounts/2fa/authenticate/")
    assert "验证码" in asked.content.decode()
    assert visitor.post("/accounts/2fa/authenticate/", {"code": "123"}).status_code == 422
    (recovery,) = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    spare = recovery.wrap().get_unused_codes()[0]
    assert visitor.post("/accounts/2fa/authenticate/", {"code": spare})["Location"] == reverse("accounts:landing")
    assert visitor.session["_auth_user_id"] == str(user.pk)
