"""What administrators do with policy data in 系统管理: look, and confirm what the policy leaves open."""

import pytest
from django.urls import reverse

from common.audit.models import AuditEvent
from policies.models import PolicySetting
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import make_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def test_a_call_is_only_looked_at(client, administrator, loaded):
    call = make_call(loaded)
    assert client.get(reverse("admin:policies_call_add")).status_code == 403
    assert client.get(reverse("admin:policies_call_change", args=[call.pk])).status_code == 200
    assert client.post(reverse("admin:policies_call_change", args=[call.pk]), {"title": "改"}).status_code == 403


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
