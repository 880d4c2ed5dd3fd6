"""Registering an enterprise: one page, every fault at once, one transaction."""

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from accounts.actions.registration import register_enterprise
from accounts.enums import EnterpriseKind, EnterpriseRole, EnterpriseStatus
from accounts.models import Enterprise, EnterpriseMember, User
from accounts.models.enterprise import USCC_TAKEN
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid
from tests.factories.accounts import AT, BureauFactory, EnterpriseFactory, UserFactory, make_uscc

pytestmark = pytest.mark.django_db
URL = "/accounts/signup/"


@pytest.fixture
def answers(district):
    return {
        "name": "演示新芯电子有限公司",
        "uscc": make_uscc(),
        "kind": "enterprise",
        "district": district.pk,
        "legal_representative": "王五",
        "contact_name": "赵六",
        "contact_phone": "0791-86666666",
        "address": "南昌市演示路 9 号",
        "established_on": "2019-05-01",
        "industry_code": "3974",
        "username": "newperson",
        "person_name": "赵六",
        "mobile": "13900000000",
        "email": "new@example.com",
        "password1": "a-long-Enough-one-7",
        "password2": "a-long-Enough-one-7",
        "role": "agent",
    }


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(faults) for name, faults in response.context["form"].errors.items()}


def test_the_page_is_open_to_everyone():
    response = Client().get(URL)
    assert response.status_code == 200
    assert "企业信息" in response.content.decode()
    assert "账号信息" in response.content.decode()


def test_registering_makes_person_enterprise_and_membership(answers, handler, foreign_handler):
    client = Client()
    response = client.post(URL, answers)
    assert response.status_code == 302
    assert response["Location"] == reverse("accounts:enterprise")
    enterprise = Enterprise.objects.get(uscc=answers["uscc"])
    assert enterprise.status == EnterpriseStatus.PENDING
    assert enterprise.established_on.isoformat() == "2019-05-01"
    member = enterprise.members.get()
    assert (member.role, member.user.username, member.user.name) == (EnterpriseRole.AGENT, "newperson", "赵六")
    assert get_user(client) == member.user
    assert AuditEvent.objects.filter(event="accounts.enterprise_registered", subject_id=str(enterprise.pk)).count() == 1
    message = handler.notifications.get()
    assert message.url == reverse("accounts:verification", args=[enterprise.pk])
    assert not foreign_handler.notifications.exists()


def test_an_empty_post_names_everything_that_is_missing():
    response = Client().post(URL, {})
    assert response.status_code == 422
    errors = errors_of(response)
    required = {"name", "uscc", "kind", "district", "legal_representative", "contact_name", "contact_phone"}
    assert required | {"username", "person_name", "mobile", "email", "password1", "password2", "role"} == set(errors)
    assert errors["name"] == ["请填写名称。"]
    assert errors["district"] == ["请选择所属县区（开发区）。"]
    assert errors["password2"] == ["请再次输入密码。"]
    assert not User.objects.exists()
    page = response.content.decode()
    assert "有 14 处需要更正" in page
    assert "<title>错误：" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("uscc", "9136", "应为 18 位，您填写了 4 位"),
        ("uscc", "91360100MAO0000001", "不使用字母 I、O、S、V、Z，您填写了 O"),
        ("uscc", "91360100MA00000010", "校验位"),
        ("uscc", "91360100MA#0000010", "不能含有“#”"),
        ("contact_phone", "12", "电话号码格式不正确"),
        ("mobile", "0791-88888888", "手机号码应为 11 位数字"),
        ("established_on", "2019-13-01", "请填写正确的日期"),
        ("established_on", "2199-01-01", "成立日期不能晚于今天"),
        ("established_on", "0001-01-01", "年份不正确"),
        ("industry_code", "电子", "行业代码格式不正确"),
        ("name", "演示\u202e公司", "不可见字符"),
        ("password1", "1234567890", "数字"),
        ("password1", "Kx9-mao", "密码太短，至少 10 个字符。"),
        ("password2", "something-else-8", "密码必须相同"),
        ("username", "abc", "4"),
        ("email", "nobody", "邮"),
        ("role", "boss", "boss"),
        ("kind", "bank", "bank"),
    ],
)
def test_each_fault_has_its_sentence(answers, field, value, sentence):
    response = Client().post(URL, {**answers, field: value})
    assert response.status_code == 422
    assert sentence in "".join(errors_of(response)[field])
    assert not Enterprise.objects.exists()
    assert not User.objects.filter(username="newperson").exists()


def test_a_bureau_is_no_district(answers):
    response = Client().post(URL, {**answers, "district": BureauFactory().pk})
    assert errors_of(response)["district"] == ["请从列表中选择所属县区（开发区）。"]


def test_codes_are_normalised(answers):
    code = answers["uscc"]
    typed = " ".join(code.lower()).translate({i: i + 0xFEE0 for i in range(33, 127)})
    Client().post(URL, {**answers, "uscc": typed})
    assert Enterprise.objects.get().uscc == code


def test_a_registered_code_is_said_without_naming_its_owner(answers):
    known = EnterpriseFactory(uscc=answers["uscc"], name="早已登记的演示公司")
    response = Client().post(URL, answers)
    assert response.status_code == 422
    assert errors_of(response)["uscc"] == [USCC_TAKEN]
    page = response.content.decode()
    assert known.name not in page
    assert known.district.name in page  # only as one of the choices
    assert not User.objects.filter(username="newperson").exists()


@pytest.mark.parametrize(("field", "value"), [("username", "TAKENNAME"), ("email", "Taken@example.com")])
def test_taken_names_and_addresses(answers, field, value):
    UserFactory(username="takenname", email="taken@example.com")
    response = Client().post(URL, {**answers, field: value})
    assert response.status_code == 422
    assert "已被" in errors_of(response)[field][0]


def test_registering_twice_at_once_leaves_one(answers, district, monkeypatch):
    """The second of two registrations passes the check and is stopped by the constraint, with the same sentence."""
    EnterpriseFactory(uscc=answers["uscc"])
    monkeypatch.setattr(Enterprise, "full_clean", lambda self, **kwargs: None)
    data = {name: answers[name] for name in ("name", "uscc", "kind", "legal_representative", "contact_name")}
    data |= {"contact_phone": answers["contact_phone"], "district": district, "role": EnterpriseRole.AGENT}
    with pytest.raises(Conflict) as caught:
        register_enterprise(user=UserFactory(), data=data, at=AT)
    assert caught.value.errors == {"uscc": [USCC_TAKEN]}
    assert Enterprise.objects.count() == 1


def test_the_action_checks_by_itself(district):
    """Callers without the form (an interface of another system) get the same faults, all at once."""
    data = {"name": "", "uscc": "X", "kind": "bank", "district": district, "contact_phone": "1", "role": "agent"}
    data |= {"legal_representative": "甲", "contact_name": "乙"}
    with pytest.raises(Invalid) as caught:
        register_enterprise(user=UserFactory(), data=data, at=AT)
    assert {"name", "uscc", "kind", "contact_phone"} <= set(caught.value.errors)
    assert not EnterpriseMember.objects.exists()


def test_an_association_registers_too(answers):
    Client().post(URL, {**answers, "kind": "association"})
    assert Enterprise.objects.get().kind == EnterpriseKind.ASSOCIATION


def test_markup_in_names_is_text(answers, as_user, handler):
    payload = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    client = Client()
    assert (
        client.post(URL, {**answers, "name": payload, "contact_name": payload, "address": payload}).status_code == 302
    )
    enterprise = Enterprise.objects.get()
    assert enterprise.name == payload
    member = enterprise.members.get().user
    officer = as_user(handler)
    pages = [
        client.get(reverse(f"accounts:{name}")) for name in ("enterprise", "enterprise_edit", "members", "profile")
    ]
    pages += [officer.get(reverse("accounts:verification_queue"))]
    pages += [officer.get(reverse("accounts:verification", args=[enterprise.pk]))]
    pages += [officer.get(reverse("accounts:notifications"))]
    assert member.is_active
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
