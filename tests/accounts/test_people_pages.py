"""人员与角色: who is shown, what administrators do to roles and accounts, and what is refused in words."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.access import roles_of
from accounts.actions import rights
from accounts.enums import SystemRole, UnitRole
from accounts.models import Notification, OutgoingMail, UnitMember, User
from accounts.people_page import history_of
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.models import OutboxMessage
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    EnterpriseMemberFactory,
    UnitMemberFactory,
    UserFactory,
)
from tests.factories.applications import _policies_of_package, policies_loaded

__all__ = ["_policies_of_package", "policies_loaded"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return AdministratorFactory(name="管理甲")


@pytest.fixture
def client(administrator, as_user):
    return as_user(administrator)


def page(client, **asked):
    return client.get(reverse("accounts:people"), asked).content.decode()


class TestTheList:
    def test_it_shows_roles_and_what_the_filters_ask_for(self, client):
        unit = BureauFactory(name="市测试局")
        handler = UnitMemberFactory(unit=unit, user=UserFactory(name="王经办")).user
        UnitMemberFactory(unit=unit, user=handler, role=UnitRole.FINANCE)
        former = UnitMemberFactory(unit=unit, user=UserFactory(name="李离任"), is_active=False).user
        company = EnterpriseMemberFactory(user=UserFactory(name="赵企业"))
        off = UserFactory(name="孙停用", is_active=False)
        text = page(client)
        assert "市测试局 经办" in text
        assert "市测试局 财务" in text
        for person in (handler, former, company.user, off):
            assert person.name in text
        assert "李离任" not in page(client, unit=unit.pk)
        assert "王经办" in page(client, unit=unit.pk, role="finance")
        assert "王经办" not in page(client, role="approver")
        assert "赵企业" in page(client, q=company.enterprise.name)
        assert "王经办" not in page(client, q=company.enterprise.name)
        assert "孙停用" in page(client, state="inactive")
        assert "王经办" not in page(client, state="inactive")
        assert "李离任" in page(client, kind="none")
        assert "赵企业" not in page(client, kind="none")
        assert "没有符合条件的人员" in page(client, q="查无此人")

    def test_a_filter_that_cannot_be_read_is_said_and_narrows_nothing(self, client):
        response = client.get(reverse("accounts:people"), {"unit": "x", "role": "king", "page": "zzz"})
        assert response.status_code == 200
        assert "管理甲" in response.content.decode()

    def test_the_number_of_queries_does_not_grow(self, client, django_assert_max_num_queries):
        for _ in range(3):
            UnitMemberFactory()
        with django_assert_max_num_queries(14):
            page(client)
        for _ in range(20):
            UnitMemberFactory()
            EnterpriseMemberFactory()
        with django_assert_max_num_queries(14):
            page(client)

    def test_auditors_read_and_are_offered_nothing(self, as_user):
        person = UnitMemberFactory().user
        client = as_user(AuditorFactory())
        text = client.get(reverse("accounts:person", args=[person.pk])).content.decode()
        assert "停用账号" not in text
        assert "授予单位角色" not in text
        assert client.post(reverse("accounts:person_deactivate", args=[person.pk])).status_code == 403


class TestRoles:
    def test_given_and_ended_with_a_reason_and_told(self, administrator, client, django_capture_on_commit_callbacks):
        unit, person = BureauFactory(name="市测试局"), UserFactory(name="王某")
        address = reverse("accounts:role_give", args=[person.pk])
        assert client.post(address, {"role-unit": unit.pk, "role-role": "handler"}).status_code == 302
        member = UnitMember.objects.get(user=person, unit=unit)
        assert client.post(address, {"role-unit": unit.pk, "role-role": "handler"}).status_code == 409
        end = reverse("accounts:role_end", args=[person.pk, member.pk])
        key = f"end_{member.pk}-reason"
        response = client.post(end, {key: " "})
        assert response.status_code == 422
        assert "请填写理由" in response.content.decode()
        assert client.post(end, {key: "调离"}).status_code == 302
        member.refresh_from_db()
        assert not member.is_active
        assert OutboxMessage.objects.filter(kind="accounts.unit_role_changed", payload={"user": person.pk}).exists()
        assert [line.text for line in history_of(person)] == [
            "管理甲结束了市测试局经办角色，理由：调离。",
            "管理甲授予市测试局经办角色。",
        ]
        assert Notification.objects.filter(user=person).count() == 2
        assert client.post(end, {key: "再次"}).status_code == 409
        # The same role given again is the same membership.
        assert client.post(address, {"role-unit": unit.pk, "role-role": "handler"}).status_code == 302
        assert UnitMember.objects.get(user=person).is_active

    def test_what_is_refused(self, administrator):
        unit, person = BureauFactory(), UserFactory()
        give = {"by": administrator, "at": AT, "role": UnitRole.HANDLER}
        with pytest.raises(NotAllowed, match="政策管理员和审计人员不能"):
            rights.give_role(user=AuditorFactory(), unit=unit, **give)
        with pytest.raises(Invalid, match="已停用"):
            rights.give_role(user=person, unit=BureauFactory(is_active=False), **give)
        with pytest.raises(Invalid, match="已停用"):
            rights.give_role(user=UserFactory(is_active=False), unit=unit, **give)
        with pytest.raises(Invalid):
            rights.give_role(user=person, unit=unit, **(give | {"role": "king"}))
        with pytest.raises(NotAllowed):
            rights.give_role(user=person, unit=unit, **(give | {"by": AuditorFactory()}))
        assert not UnitMember.objects.exists()

    def test_a_role_of_somebody_else_is_not_found(self, client):
        member = UnitMemberFactory()
        other = UserFactory()
        assert client.post(reverse("accounts:role_end", args=[other.pk, member.pk])).status_code == 404


class TestSystemRole:
    def test_made_and_ended(self, administrator, client):
        person = UserFactory()
        address = reverse("accounts:system_role", args=[person.pk])
        assert client.post(address, {"system-system_role": "auditor", "system-reason": "审计局派驻"}).status_code == 302
        person.refresh_from_db()
        assert person.system_role == SystemRole.AUDITOR
        response = client.post(address, {"system-system_role": "auditor", "system-reason": "再次"})
        assert response.status_code == 409
        assert "再次" in response.content.decode()

    def test_not_beside_work_in_a_unit_and_not_one_s_own(self, administrator):
        member = UnitMemberFactory()
        wanted = {"reason": "兼任", "by": administrator, "at": AT}
        with pytest.raises(NotAllowed, match="不能同时"):
            rights.set_system_role(user=member.user, system_role="auditor", **wanted)
        with pytest.raises(NotAllowed, match="本人"):
            rights.set_system_role(user=administrator, system_role="", **wanted)


class TestAccounts:
    def test_switched_off_at_once_and_on_again(self, administrator, client, as_user):
        person = UnitMemberFactory(user=UserFactory(name="王某")).user
        browser = as_user(person)
        assert browser.get(reverse("accounts:profile")).status_code == 200
        off = reverse("accounts:person_deactivate", args=[person.pk])
        assert client.post(off, {"off-reason": ""}).status_code == 422
        assert client.post(off, {"off-reason": "退休"}).status_code == 302
        assert browser.get(reverse("accounts:profile"))["Location"].startswith(reverse("account_login"))
        assert AuditEvent.objects.get(event="accounts.account_deactivated").data == {"reason": "退休", "sessions": 1}
        assert client.post(off, {"off-reason": "退休"}).status_code == 409
        on = reverse("accounts:person_reactivate", args=[person.pk])
        assert client.post(on, {"on-reason": "返聘"}).status_code == 302
        # The old browser stays signed out.
        assert browser.get(reverse("accounts:profile")).status_code == 302
        assert roles_of(User.objects.get(pk=person.pk))

    def test_neither_oneself_nor_the_last_administrator(self, administrator, client):
        response = client.post(
            reverse("accounts:person_deactivate", args=[administrator.pk]), {"off-reason": "自己停用"}
        )
        assert response.status_code == 403
        assert "不能停用本人账号" in response.content.decode()
        second = AdministratorFactory()
        rights.deactivate_account(user=second, reason="离任", by=administrator, at=AT)
        stale = User.objects.get(pk=second.pk)
        stale.is_active = True  # as it was read before
        User.objects.filter(pk=administrator.pk).update(is_active=True)
        with pytest.raises(NotAllowed, match="最后一位"):
            rights.deactivate_account(user=administrator, reason="离任", by=stale, at=AT)

    def test_only_administrators(self):
        with pytest.raises(NotAllowed, match="政策管理员"):
            rights.deactivate_account(user=UserFactory(), reason="试", by=UnitMemberFactory().user, at=AT)

    def test_what_somebody_has_in_hand_is_listed_first(self, client, policies_loaded):
        from tests.factories.applications import make_company
        from tests.factories.reviews import make_case, officer, running

        case = make_case(make_company())
        task = running(case).tasks.get()
        holder = officer(task.unit.name)
        type(task).objects.filter(pk=task.pk).update(handler=holder, assigned_at=AT)
        text = client.get(reverse("accounts:person", args=[holder.pk])).content.decode()
        assert "名下待办：1 件" in text
        assert case.application.number in text

    def test_opened_with_a_first_role(self, client):
        unit = BureauFactory()
        typed = {"username": "newofficer", "name": "新人", "email": "new@example.com", "phone": "", "system_role": ""}
        response = client.post(reverse("accounts:person_new"), typed | {"unit": unit.pk, "role": ""})
        assert response.status_code == 422
        assert "请同时选择单位和角色" in response.content.decode()
        assert 'value="newofficer"' in response.content.decode()
        both = typed | {"unit": unit.pk, "role": "handler", "system_role": "auditor"}
        assert client.post(reverse("accounts:person_new"), both).status_code == 422
        response = client.post(reverse("accounts:person_new"), typed | {"unit": unit.pk, "role": "handler"})
        assert "/accounts/password/reset/key/" in response.content.decode()
        person = User.objects.get(username="newofficer")
        assert UnitMember.objects.get(user=person).role == UnitRole.HANDLER
        link = reverse("accounts:person_invitation", args=[person.pk])
        assert client.post(link).status_code == 200
        person.set_password("correct-horse-battery-9")
        person.save()
        assert client.post(link).status_code == 409

    def test_data_are_corrected_and_the_old_address_is_told(self, client):
        person, other = UserFactory(email="old@example.com"), UserFactory(email="taken@example.com")
        EmailAddress.objects.create(user=person, email="old@example.com", primary=True, verified=True)
        address = reverse("accounts:person_change", args=[person.pk])
        typed = {"account-name": "新名", "account-email": other.email, "account-phone": "123"}
        response = client.post(address, typed)
        assert response.status_code == 422
        assert "手机号码应为 11 位" in response.content.decode()
        response = client.post(address, typed | {"account-phone": ""})
        assert response.status_code == 422
        assert "已被其他账号使用" in response.content.decode()
        assert client.post(address, typed | {"account-phone": "", "account-email": "b@example.com"}).status_code == 302
        person.refresh_from_db()
        assert (person.name, person.email, person.phone) == ("新名", "b@example.com", "")
        assert OutgoingMail.objects.get().to == "old@example.com"
        assert not EmailAddress.objects.filter(user=person).exists()

    def test_a_lost_second_factor_is_reset(self, administrator, client):
        person = UserFactory()
        address = reverse("accounts:second_factor_reset", args=[person.pk])
        assert client.post(address, {"factor-reason": "丢失手机"}).status_code == 409
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        assert client.post(address, {"factor-reason": "丢失手机"}).status_code == 302
        assert not Authenticator.objects.filter(user=person).exists()
        assert "两步验证" in OutgoingMail.objects.get().subject
        with pytest.raises(NotAllowed):
            rights.reset_second_factor(user=administrator, reason="自己", by=administrator, at=AT)
        with pytest.raises(Conflict):
            rights.reset_second_factor(user=person, reason="再次", by=administrator, at=AT)


def test_nobody_else_comes_in():
    assert Client().get(reverse("accounts:people")).status_code == 302
