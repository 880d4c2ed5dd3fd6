"""What administrators do with policy data in 系统管理: issue a call, confirm what the policy leaves open."""

import pytest
from django.urls import reverse

from common.audit.models import AuditEvent
from policies.models import Call, PolicySetting
from tests.factories.accounts import AdministratorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def posted(document, **changes):
    return {
        "document": document.pk,
        "policy_year": 2025,
        "title": "2025年度申报通知（演示）",
        "text": "演示",
        "opens_on": "2026-11-01",
        "closes_on": "2026-12-31",
        **changes,
    }


def test_a_call_is_issued_with_its_audit_event(client, administrator, loaded):
    document = loaded

    answer = client.post(reverse("admin:policies_call_add"), posted(document))

    assert answer.status_code == 302
    call = Call.objects.get()
    assert (call.policy_year, str(call.closes_on)) == (2025, "2026-12-31")
    event = AuditEvent.objects.get(event="policies.call_issued")
    assert event.actor_id == administrator.pk


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"closes_on": "2026-10-01"}, "截止日期不能早于开始日期。"),
        ({"policy_year": 2026}, "2026"),
        ({"title": ""}, "这个字段是必填项。"),
    ],
)
def test_a_call_that_cannot_be_is_refused_beside_its_field(client, administrator, loaded, changes, sentence):
    document = loaded

    answer = client.post(reverse("admin:policies_call_add"), posted(document, **changes))

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Call.objects.exists()


def test_an_open_point_is_confirmed_once(client, administrator, loaded):
    setting = PolicySetting.objects.filter(confirmed_at=None).first()
    confirm = {"action": "confirm", "_selected_action": [setting.pk]}
    address = reverse("admin:policies_policysetting_changelist")

    first = client.post(address, confirm, follow=True)
    second = client.post(address, confirm, follow=True)

    setting.refresh_from_db()
    assert setting.confirmed_by == administrator
    assert "已确认。" in first.content.decode()
    assert "该事项已被确认或修改" in second.content.decode()
    assert AuditEvent.objects.filter(event="policies.setting_confirmed").count() == 1


def test_lists_speak_chinese(client, administrator, loaded):
    for name in ("policysetting", "clause", "clauseversion", "call", "clausegroup"):
        html = client.get(reverse(f"admin:policies_{name}_changelist")).content.decode()
        heads = html.split("<thead>")[1].split("</thead>")[0] if "<thead>" in html else ""
        for word in ("Document", "Clause", "Is confirmed", "is_"):
            assert f">{word}" not in heads, (name, word)
