"""单位组: what a policy calls a group is registered once, its members change with a reason, files under way stay."""

import pytest
from django.urls import reverse

from accounts.models import Unit
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions.unit_groups import change_members, create_unit_group
from policies.models import UnitGroup
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.policies import AT

pytestmark = pytest.mark.django_db


def units(*codes):
    return list(Unit.objects.filter(code__in=codes))


@pytest.fixture
def editor(loaded):
    return AdministratorFactory()


def create(by, **changes):
    fields = {"code": "core", "printed": "核心区", "resolution": "district", "members": units("gaoxin", "jingkai")}
    return create_unit_group(**{**fields, **changes}, by=by, at=AT)


def test_a_group_is_registered_with_its_members_and_an_event(editor):
    group = create(editor)
    assert set(group.members.values_list("code", flat=True)) == {"gaoxin", "jingkai"}
    assert list(history(group).values_list("event", "actor_id")) == [("policies.unit_group_created", editor.pk)]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"code": "R-full"}, "code", "已有这个代码"),
        ({"printed": "市工信局"}, "printed", "已经是单位或单位组的名称"),
        ({"printed": "各县区（开发区、湾里管理局）"}, "printed", "已经是单位或单位组的名称"),
        ({"members": []}, "members", "至少选择一个成员"),
    ],
    ids=["code", "unit", "group", "nobody"],
)
def test_names_that_are_taken_and_groups_of_nobody_are_refused(editor, changes, field, said):
    with pytest.raises(Invalid, match=said) as refused:
        create(editor, **changes)
    assert field in refused.value.errors
    assert not UnitGroup.objects.filter(code="core").exists()


def test_a_group_by_district_has_districts_alone(editor):
    with pytest.raises(Invalid, match="请去掉：市工信局"):
        create(editor, members=units("gaoxin", "gongxin"))
    assert create(editor, members=units("gaoxin", "gongxin"), resolution="chosen_by_lead").pk


def test_a_group_from_which_the_lead_chooses_may_leave_its_members_open(editor, client):
    """As the shipped 市各有关单位 does."""
    assert not create(editor, resolution="chosen_by_lead", members=[]).members.exists()
    client.force_login(editor)
    assert "没有登记成员，由牵头单位在每件中指定" in client.get(reverse("editing:unit_groups")).content.decode()


def test_members_change_with_a_reason_and_nobody_overwrites_another(editor):
    group = create(editor)
    with pytest.raises(Invalid, match="请写明调整的依据"):
        change_members(group, members=units("gaoxin"), seen=["gaoxin", "jingkai"], reason=" ", by=editor, at=AT)
    change_members(group, members=units("gaoxin"), seen=["gaoxin", "jingkai"], reason="区划调整", by=editor, at=AT)
    with pytest.raises(Conflict, match="成员在您打开之后有变动"):
        change_members(group, members=units("jingkai"), seen=["gaoxin", "jingkai"], reason="调整", by=editor, at=AT)
    with pytest.raises(Invalid, match="成员没有变化"):
        change_members(group, members=units("gaoxin"), seen=["gaoxin"], reason="调整", by=editor, at=AT)
    event = history(group).get(event="policies.unit_group_changed")
    assert event.data == {"before": ["gaoxin", "jingkai"], "after": ["gaoxin"], "reason": "区划调整"}


def test_only_administrators_register(loaded):
    with pytest.raises(NotAllowed):
        create(UserFactory())


def test_the_pages(client, editor):
    client.force_login(editor)
    assert "各县区（开发区、湾里管理局）" in client.get(reverse("editing:unit_groups")).content.decode()
    asked = {"printed": "核心区", "code": "核心", "resolution": "district"}
    refused = client.post(reverse("editing:unit_group_new"), asked)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "代码由小写字母、数字和连字符组成" in page
    assert client.post(reverse("editing:unit_group_new"), {**asked, "code": "core"}).status_code == 422
    assert 'value="核心区"' in page
    members = [unit.pk for unit in units("gaoxin", "jingkai")]
    asked |= {"code": "core", "members": members}
    assert client.post(reverse("editing:unit_group_new"), asked).status_code == 302
    address = reverse("editing:unit_group", args=["core"])
    assert 'value="gaoxin,jingkai"' in client.get(address).content.decode()
    changed = {"members": members[:1], "reason": "演示", "seen": "gaoxin"}
    conflict = client.post(address, changed)
    assert conflict.status_code == 409
    assert 'value="gaoxin,jingkai"' in conflict.content.decode()
    assert client.post(address, {**changed, "seen": "gaoxin,jingkai"}).status_code == 302


def test_auditors_read_the_members(client, loaded):
    client.force_login(AuditorFactory())
    page = client.get(reverse("editing:unit_group", args=["R-full"])).content.decode()
    assert "高新区" in page
    assert "保存成员" not in page
    assert client.post(reverse("editing:unit_group", args=["R-full"]), {}).status_code == 403
