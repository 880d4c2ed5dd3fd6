"""Roles, who sees which enterprise, and the matrix of accounts' addresses."""

from urllib.parse import quote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from accounts.access import Role, require, roles_of
from accounts.enums import EnterpriseRole, SystemRole, UnitRole
from accounts.models import Enterprise, EnterpriseMember, UnitMember, User
from tests.factories.accounts import (
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    EnterpriseFactory,
    EnterpriseMemberFactory,
    NotificationFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (UnitRole.HANDLER, Role.OFFICER_HANDLER),
        (UnitRole.APPROVER, Role.OFFICER_APPROVER),
        (UnitRole.FINANCE, Role.FINANCE),
        (UnitRole.LEADER, Role.LEADER),
    ],
)
def test_roles_of_officers(role, expected):
    assert roles_of(UnitMemberFactory(role=role).user) == {expected}


def test_roles_of_others():
    assert roles_of(AnonymousUser()) == frozenset()
    assert roles_of(UserFactory()) == frozenset()
    assert roles_of(EnterpriseMemberFactory(role=EnterpriseRole.LEGAL).user) == {Role.ENTERPRISE_LEGAL}
    assert roles_of(AdministratorFactory()) == {Role.ADMINISTRATOR}
    assert roles_of(AuditorFactory()) == {Role.AUDITOR}


def test_several_roles_at_once():
    user = UnitMemberFactory(role=UnitRole.HANDLER).user
    UnitMemberFactory(user=user, unit=BureauFactory(), role=UnitRole.LEADER)
    assert roles_of(User.objects.get(pk=user.pk)) == {Role.OFFICER_HANDLER, Role.LEADER}


def test_ended_memberships_suspended_accounts_and_closed_units_give_nothing():
    ended = UnitMemberFactory(is_active=False).user
    closed = UnitMemberFactory(unit__is_active=False).user
    suspended = UnitMemberFactory(user__is_active=False).user
    left = EnterpriseMemberFactory(is_active=False).user
    assert [roles_of(user) for user in (ended, closed, suspended, left)] == [frozenset()] * 4


def test_require_needs_a_role():
    with pytest.raises(ValueError, match="at least one role"):
        require()


def test_who_sees_an_enterprise(enterprise, legal, handler, foreign_handler):
    stranger = EnterpriseMemberFactory().user
    bureau = UnitMemberFactory(unit=BureauFactory()).user
    seen = {
        user: Enterprise.objects.visible_to(user).filter(pk=enterprise.pk).exists()
        for user in (legal, handler, foreign_handler, stranger, bureau, AdministratorFactory(), AuditorFactory())
    }
    assert list(seen.values()) == [True, True, False, False, False, True, True]
    assert not Enterprise.objects.visible_to(AnonymousUser()).exists()
    legal.is_active = False
    assert not Enterprise.objects.visible_to(legal).exists()


def test_visible_once_for_people_with_two_ways(enterprise, legal, district):
    UnitMemberFactory(unit=district, user=legal)
    UnitMemberFactory(unit=district, user=legal, role=UnitRole.APPROVER)
    assert Enterprise.objects.visible_to(legal).filter(pk=enterprise.pk).count() == 1


# The matrix -----------------------------------------------------------------------------------------------------

ROLES = ("anonymous", "plain", "legal", "agent", "handler", "approver", "finance", "leader", "administrator", "auditor")
ENTERPRISE_ONLY = {"legal": 200, "agent": 200}
OFFICERS_ONLY = {"handler": 200, "approver": 200}
EVERYBODY = dict.fromkeys(ROLES[1:], 200)
# address name → what GET answers, by role; the anonymous are always sent to sign in, whoever is not listed gets 403
GETS = {
    "profile": EVERYBODY,
    "notifications": EVERYBODY,
    "enterprise": ENTERPRISE_ONLY,
    "enterprise_edit": ENTERPRISE_ONLY,
    "bank_account": {"legal": 200},
    "members": ENTERPRISE_ONLY,
    "member_invite": {"legal": 200},
    "verification_queue": OFFICERS_ONLY,
    "verification": OFFICERS_ONLY,
}
# posts to addresses that take nothing else; the answer for the people who may
POSTS = {
    "notifications_read": dict.fromkeys(ROLES[1:], 302),
    "notification_open": dict.fromkeys(ROLES[1:], 404),  # somebody else's message
    "member_invitation": {"legal": 409, "agent": 403},
    "member_deactivate": {"legal": 302, "agent": 403},
    "member_reactivate": {"legal": 409, "agent": 403},
}


def person(role, enterprise, district):
    unit_roles = {"handler": "handler", "approver": "approver", "finance": "finance", "leader": "leader"}
    if role in unit_roles:
        return UnitMemberFactory(unit=district, role=unit_roles[role]).user
    if role in {"legal", "agent"}:
        return enterprise.members.get(role=role).user
    return {"plain": UserFactory, "administrator": AdministratorFactory, "auditor": AuditorFactory}[role]()


def arguments(name, enterprise):
    if name == "verification":
        return [enterprise.pk]
    if name == "notification_open":
        return [NotificationFactory().pk]
    if name.startswith("member_") and name != "member_invite":
        return [enterprise.members.get(role="agent").pk]
    return []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", [*GETS, *POSTS])
def test_matrix(name, role, enterprise, district):
    address = reverse(f"accounts:{name}", args=arguments(name, enterprise))
    client = Client()
    if role != "anonymous":
        client.force_login(person(role, enterprise, district))
    response = client.get(address) if name in GETS else client.post(address)
    if role == "anonymous" and name in POSTS:
        assert response.status_code == 401  # what was sent is kept: tests/accounts/test_unsent.py
    elif role == "anonymous":
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=")
    else:
        assert response.status_code == {**GETS, **POSTS}[name].get(role, 403)
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_takes_no_get(name, enterprise, legal, as_user):
    assert as_user(legal).get(reverse(f"accounts:{name}", args=arguments(name, enterprise))).status_code == 405


@pytest.mark.parametrize("name", ["enterprise_edit", "bank_account", "member_invite", "verification"])
def test_posts_need_the_token(name, enterprise, legal, handler):
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler if name == "verification" else legal)
    assert client.post(reverse(f"accounts:{name}", args=arguments(name, enterprise)), {}).status_code == 403


def test_suspended_while_signed_in(enterprise, legal, as_user):
    client = as_user(legal)
    User.objects.filter(pk=legal.pk).update(is_active=False)
    response = client.get(reverse("accounts:enterprise"))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_demoted_while_signed_in(enterprise, legal, handler, as_user):
    officer, member = as_user(handler), as_user(legal)
    UnitMember.objects.update(is_active=False)
    EnterpriseMember.objects.update(is_active=False)
    assert officer.get(reverse("accounts:verification_queue")).status_code == 403
    assert member.get(reverse("accounts:enterprise")).status_code == 403


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("legal", "applications:list"),
        ("agent", "applications:list"),
        ("handler", "reviews:queue"),
        ("approver", "reviews:queue"),
        ("leader", "reviews:queue"),
        ("finance", "awards:list"),
        ("administrator", "admin:index"),
        ("auditor", "reviews:cases"),
        ("plain", "home"),
    ],
)
def test_landing(role, name, enterprise, district, as_user):
    response = as_user(person(role, enterprise, district)).get(reverse("accounts:landing"))
    assert response.status_code == 302
    assert response["Location"] == reverse(name)


def test_system_role_vocabulary_is_closed():
    from django.db import IntegrityError, transaction

    user = UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(system_role="root")
    assert user.system_role == SystemRole.NONE
    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.filter(pk=EnterpriseFactory().pk).update(status="perhaps")


def test_what_is_not_kept_leads_back_to_the_page_it_was_sent_from(client):
    """Secrets and what scripts send are in no page of what is kept (tests/accounts/test_unsent.py)."""
    page = reverse("accounts:enterprise_edit")
    send = reverse("accounts:notifications_read")
    for source, expected in (
        (f"http://testserver{page}?tab=1", f"{page}?tab=1"),
        ("https://elsewhere.example/x/", reverse("accounts:landing")),
        ("", reverse("accounts:landing")),
    ):
        response = client.post(send, HTTP_REFERER=source, HTTP_SEC_FETCH_MODE="cors")
        assert response["Location"] == f"/accounts/login/?next={quote(expected)}"
    assert "刚才的操作没有提交" in client.get(response["Location"]).content.decode()


def test_an_address_that_only_takes_forms_says_so(legal, as_user):
    response = as_user(legal).get(reverse("accounts:notifications_read"))
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "no-store" in response["Cache-Control"]
    assert "这个网址不能直接打开" in response.content.decode()
