"""The administrators' site: entered by role, nothing deleted, every save recorded."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.actions.administration import save_administered
from accounts.models import Enterprise, Unit, UnitMember, User
from common.audit.models import AuditEvent
from common.errors import NotAllowed
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    EnterpriseFactory,
    EnterpriseMemberFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return AdministratorFactory()


@pytest.fixture
def client(administrator, as_user):
    return as_user(administrator)


def test_the_anonymous_sign_in_on_the_ordinary_page():
    response = Client().get("/admin/")
    assert response.status_code == 302
    response = Client().get(response["Location"])
    assert response["Location"].startswith("/accounts/login/?next=/admin/")
    assert Client().post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


@pytest.mark.parametrize(
    "make",
    [
        UserFactory,
        AuditorFactory,
        lambda: UnitMemberFactory(role="leader").user,
        lambda: UserFactory(is_staff=True, is_superuser=True),
    ],
)
def test_nobody_else_gets_in(make, as_user):
    response = as_user(make()).get("/admin/", follow=True)
    assert response.status_code == 403


def test_the_administrator_does(client):
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "系统管理" in page.content.decode()


def test_library_tables_are_not_offered():
    names = {model._meta.label for model in admin.site._registry}
    assert not names & {"auth.Group", "account.EmailAddress", "mfa.Authenticator"}


def test_nothing_can_be_deleted(client, administrator):
    unit, user, enterprise = BureauFactory(), UserFactory(), EnterpriseFactory()
    for row in (unit, user, enterprise):
        address = reverse(f"admin:accounts_{row._meta.model_name}_delete", args=[row.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert not any(
        administrator.has_perm(f"accounts.delete_{name}") for name in ("unit", "user", "enterprise", "unitmember")
    )


def inline(prefix="members", total=0, initial=0, **fields):
    return {
        f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial,
        **{f"{prefix}-{name.replace('__', '-')}": value for name, value in fields.items()},
    }  # fmt: skip


def test_a_unit_and_its_people(client, administrator):
    unit, person = BureauFactory(), UserFactory()
    answers = {"name": unit.name, "full_name": "新的全称", "order": 3, "is_active": "on", "letter_prefix": ""}
    answers |= inline(total=1, **{"0__user": person.pk, "0__role": "handler", "0__is_active": "on"})
    response = client.post(reverse("admin:accounts_unit_change", args=[unit.pk]), answers)
    assert response.status_code == 302
    unit.refresh_from_db()
    assert unit.full_name == "新的全称"
    assert UnitMember.objects.get(unit=unit).user == person
    events = {event.event: event for event in AuditEvent.objects.filter(actor_id=administrator.pk)}
    assert events["accounts.unit_changed"].data["full_name"] == "新的全称"
    assert events["accounts.unitmember_added"].data["role"] == "handler"


def test_ending_a_membership(client, administrator):
    member = UnitMemberFactory(unit=BureauFactory())
    answers = {"name": member.unit.name, "full_name": member.unit.full_name, "order": 1, "is_active": "on"}
    answers |= inline(total=1, initial=1, **{"0__id": member.pk, "0__user": member.user_id, "0__role": "handler"})
    assert client.post(reverse("admin:accounts_unit_change", args=[member.unit_id]), answers).status_code == 302
    member.refresh_from_db()
    assert not member.is_active
    assert AuditEvent.objects.get(event="accounts.unitmember_changed").data == {"is_active": False}


def test_opening_an_account_shows_the_link_once(client, administrator):
    answers = {"username": "officer1", "name": "新经办", "email": "o@example.com", "phone": "", "system_role": ""}
    response = client.post(reverse("admin:accounts_user_add"), answers)
    assert response.status_code == 302
    user = User.objects.get(username="officer1")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert any("/accounts/password/reset/key/" in str(message) for message in get_messages(response.wsgi_request))
    assert AuditEvent.objects.filter(event="accounts.account_opened", subject_id=str(user.pk)).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"), [({"username": "abc"}, "username"), ({"email": ""}, "email"), ({"name": ""}, "name")]
)
def test_faults_of_a_new_account(client, changes, field):
    answers = {"username": "officer1", "name": "新经办", "email": "o@example.com", "system_role": "", **changes}
    response = client.post(reverse("admin:accounts_user_add"), answers)
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_suspending_somebody_else_but_not_oneself(client, administrator):
    other = UserFactory()

    def post(user, **answers):
        data = {"name": user.name, "email": user.email, "phone": "", "system_role": user.system_role, **answers}
        data |= inline("unit_memberships")
        return client.post(reverse("admin:accounts_user_change", args=[user.pk]), data)

    assert post(other).status_code == 302
    other.refresh_from_db()
    assert not other.is_active
    assert post(administrator).status_code == 200
    assert post(administrator, is_active="on", system_role="").status_code == 200
    administrator.refresh_from_db()
    assert (administrator.is_active, administrator.system_role) == (True, "administrator")
    administrator.is_active = False
    with pytest.raises(NotAllowed):
        save_administered(instance=administrator, changed=["is_active"], created=False, by=administrator, at=AT)


def test_flags_that_give_rights_elsewhere_are_not_in_the_form(client):
    user = UserFactory()
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    for name in ("is_superuser", "is_staff", "user_permissions", "groups", 'name="password"'):
        assert name not in page


def test_enterprises_are_for_reading_and_without_the_account(client):
    row = EnterpriseFactory(bank_account="6222000011112222333")
    address = reverse("admin:accounts_enterprise_change", args=[row.pk])
    page = client.get(address).content.decode()
    assert row.name in page
    assert "2333" not in page
    assert client.post(address, {"name": "改名"}).status_code == 403
    assert Enterprise.objects.get(pk=row.pk).name == row.name


@pytest.mark.parametrize("model", [Unit, User, Enterprise])
def test_lists_open(client, model):
    UnitMemberFactory()
    EnterpriseFactory()
    name = model._meta.model_name
    assert client.get(reverse(f"admin:accounts_{name}_changelist"), {"q": "演示"}).status_code == 200


def test_the_first_administrator(capsys):
    call_command("create_administrator", "firstadmin", "--name", "甲", "--email", "first@example.com")
    assert "/accounts/password/reset/key/" in capsys.readouterr().out
    assert User.objects.get(username="firstadmin").system_role == "administrator"
    with pytest.raises(CommandError, match="已被使用"):
        call_command("create_administrator", "firstadmin", "--name", "乙", "--email", "b@example.com")


def change_user(client, user, **values):
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk]))
    form = page.context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    inline = page.context["inline_admin_formsets"][0].formset
    for name, value in inline.management_form.initial.items():
        data[f"{inline.prefix}-{name}"] = value
    for row in inline.initial_forms:
        data |= {row.add_prefix(name): row.initial.get(name) or "" for name in row.fields}
        data[row.add_prefix("user")] = user.pk
        data[row.add_prefix("id")] = row.instance.pk
    data |= values
    return client.post(
        reverse("admin:accounts_user_change", args=[user.pk]), {k: v for k, v in data.items() if v is not None}
    )


MIXED = "不能同时在单位或企业任职"


def test_an_administrator_takes_no_office_in_a_unit(client, administrator):
    unit = BureauFactory()
    response = change_user(
        client,
        administrator,
        **{
            "unit_memberships-TOTAL_FORMS": 1,
            "unit_memberships-0-user": administrator.pk,
            "unit_memberships-0-unit": unit.pk,
            "unit_memberships-0-role": "approver",
            "unit_memberships-0-is_active": "on",
        },
    )
    assert response.status_code == 200
    assert MIXED in response.content.decode()
    assert not administrator.unit_memberships.exists()


@pytest.mark.parametrize("member", ["unit", "enterprise"])
def test_an_officer_or_a_member_becomes_no_administrator(client, member):
    user = UnitMemberFactory(role="approver").user if member == "unit" else EnterpriseMemberFactory().user
    response = change_user(client, user, system_role="administrator")
    assert response.status_code == 200
    assert MIXED in response.content.decode()
    user.refresh_from_db()
    assert user.system_role == ""
    user.system_role = "auditor"
    with pytest.raises(NotAllowed, match=MIXED):
        save_administered(instance=user, changed=["system_role"], created=False, by=user, at=AT)


def test_who_has_left_the_unit_may_become_auditor(client):
    membership = UnitMemberFactory(role="approver", is_active=False)
    assert change_user(client, membership.user, system_role="auditor").status_code == 302
    membership.user.refresh_from_db()
    assert membership.user.system_role == "auditor"


def test_the_history_of_a_person_is_chinese_throughout(client):
    user = UnitMemberFactory().user
    assert change_user(client, user, is_active=None).status_code == 302
    history = client.get(reverse("admin:accounts_user_history", args=[user.pk])).content.decode()
    assert "账号有效" in history
    assert "Active" not in history


@pytest.mark.parametrize(("name", "pages"), [("unit", "单位"), ("user", "人员与角色")])
def test_lists_say_where_the_pages_are(client, name, pages):
    assert f"政策维护 · {pages}" in client.get(reverse(f"admin:accounts_{name}_changelist")).content.decode()


def test_a_unit_s_name_changes_by_date_only(client):
    unit = BureauFactory(name="市测试局")
    answers = {"name": "市别局", "full_name": unit.full_name, "order": 1, "is_active": "on"} | inline()
    assert client.post(reverse("admin:accounts_unit_change", args=[unit.pk]), answers).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "市测试局"
