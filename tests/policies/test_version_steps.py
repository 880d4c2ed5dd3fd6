"""Retiring, ending and publishing versions: the steps of a publication; 系统管理 shows versions and changes none."""

import copy
import datetime as dt

import pytest
from django.urls import reverse

from common.audit.models import AuditEvent
from common.errors import Invalid
from policies.actions import end_version, judge_together, publish_version, publish_versions, retire_version
from policies.errors import VersionOverlaps, VersionStateError
from policies.models import ClauseVersion, PolicyRules
from policies.queries import publication_faults
from tests.factories.accounts import AdministratorFactory, UserFactory
from tests.factories.policies import AT, clause_of

pytestmark = pytest.mark.django_db

LIST = "admin:policies_clauseversion_changelist"


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def beside(clause_id, change=None, **fields):
    """A draft beside the published version, as loading a changed clause leaves it."""
    published = clause_of(clause_id).versions.get(number=1)
    names = ("clause", "quote", "bracket", "evidence", "source_sha256", "content_sha256", "definition_sha256")
    days = {"valid_from": published.valid_from, "valid_to": published.valid_to}
    definition = copy.deepcopy(published.definition)
    if change is not None:
        change(definition)
    kept = {name: getattr(published, name) for name in names}
    return ClauseVersion.objects.create(**{**kept, **days, "number": 2, "definition": definition, **fields})


def post(client, action, *versions, confirmed=True, **fields):
    posted = {"action": action, "_selected_action": [version.pk for version in versions], **fields}
    if confirmed:
        posted["confirmed"] = "yes"
    name = "policyrules" if isinstance(versions[0], PolicyRules) else "clauseversion"
    return client.post(reverse(f"admin:policies_{name}_changelist"), posted)


# ------------------------------------------------------------------------------------------------- actions


def test_a_version_ends_earlier_with_its_reason_in_the_audit_trail(loaded):
    version, by = clause_of("3.4.5").versions.get(), UserFactory()
    end_version(version, valid_to=dt.date(2024, 12, 31), by=by, at=AT, reason="演示：改由新版本适用")
    version.refresh_from_db()
    assert (version.state, version.valid_to) == ("published", dt.date(2024, 12, 31))
    event = AuditEvent.objects.get(event="policies.version_ended")
    assert event.actor_id == by.pk
    assert event.data == {
        "sha256": version.definition_sha256,
        "valid_to": "2024-12-31",
        "before": "2025-12-31",
        "reason": "演示：改由新版本适用",
    }


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (dt.date(2025, 12, 31), "只能提前"),
        (dt.date(2026, 1, 1), "只能提前"),
        (dt.date(2023, 10, 9), "不能早于这一天"),
    ],
)
def test_a_version_never_ends_later_or_before_it_began(loaded, day, sentence):
    version = clause_of("3.4.5").versions.get()
    with pytest.raises(Invalid, match=sentence) as refused:
        end_version(version, valid_to=day, by=None, at=AT)
    assert refused.value.field == "valid_to"
    version.refresh_from_db()
    assert version.valid_to == dt.date(2025, 12, 31)
    assert not AuditEvent.objects.filter(event="policies.version_ended").exists()


def test_a_draft_is_neither_ended_nor_retired(loaded):
    draft = beside("3.4.5")
    with pytest.raises(VersionStateError, match="不能提前终止"):
        end_version(draft, valid_to=dt.date(2024, 12, 31), by=None, at=AT)
    with pytest.raises(VersionStateError, match="不能停用"):
        retire_version(draft, by=None, at=AT)


def test_a_successor_follows_the_day_after_the_earlier_end(loaded):
    draft = beside("3.4.5", valid_from=dt.date(2025, 1, 1))
    with pytest.raises(VersionOverlaps):
        publish_version(draft, by=None, at=AT)
    end_version(clause_of("3.4.5").versions.get(number=1), valid_to=dt.date(2024, 12, 31), by=None, at=AT)
    publish_version(draft, by=None, at=AT)
    assert draft.state == "published"


def test_rules_and_clauses_are_retired_alike(loaded):
    rules = PolicyRules.objects.get()
    retire_version(rules, by=None, at=AT, reason="演示")
    assert AuditEvent.objects.get(event="policies.version_retired").data["reason"] == "演示"
    rules.refresh_from_db()
    assert rules.state == "retired"


# --------------------------------------------------------------------------------- what is told of a draft


def test_a_draft_beside_a_published_version_is_told_what_stands_in_its_way(client, administrator, loaded):
    draft = beside("3.4.5")
    fault = publication_faults(draft)[0]
    assert fault.refuses
    assert "第1版有效期 2023-10-10 至 2025-12-31" in fault.message
    assert "一并停用第1版" in fault.mend
    page = client.get(reverse("admin:policies_clauseversion_change", args=[draft.pk])).content.decode()
    assert "没有问题，可以发布" not in page
    assert fault.message in page


def test_a_later_draft_is_told_the_day_on_which_the_earlier_version_may_end(loaded):
    draft = beside("3.4.5", valid_from=dt.date(2025, 1, 1))
    assert "提前到 2024-12-31 终止" in publication_faults(draft)[0].mend


def test_days_outside_the_documents_own_are_remarked(client, administrator, loaded):
    retire_version(clause_of("3.4.5").versions.get(), by=None, at=AT)
    draft = beside("3.4.5", valid_to=dt.date(2027, 12, 31))
    assert [(fault.path, fault.refuses) for fault in publication_faults(draft)] == [("valid_to", False)]
    page = client.get(reverse("admin:policies_clauseversion_change", args=[draft.pk])).content.decode()
    assert "提醒：<code>valid_to</code>" in page
    assert "2023-10-10 至 2025-12-31，超出的部分不起作用" in page


def test_judging_together_keeps_nothing(loaded):
    retire_version(clause_of("3.4.5").versions.get(), by=None, at=AT)
    draft, in_the_way = beside("3.4.5"), beside("3.4.4")
    assert judge_together([draft], at=AT) == []
    assert judge_together([draft, in_the_way], at=AT) is None
    draft.refresh_from_db()
    assert (draft.state, draft.published_at) == ("draft", None)


# ------------------------------------------------------------------------------------------- 系统管理 looks on


def test_the_lists_of_versions_offer_no_step(client, administrator, loaded):
    retire_version(clause_of("3.4.4").versions.get(), by=None, at=AT)
    version, draft = clause_of("3.4.5").versions.get(), beside("3.4.4")
    page = client.get(reverse(LIST)).content.decode()
    for words in ("停用所选版本", "提前终止所选版本", "发布所选草稿"):
        assert words not in page
    for action in ("retire", "end"):
        post(client, action, version, PolicyRules.objects.get(), reason="演示", valid_to="2024-12-31")
    post(client, "publish", draft)
    version.refresh_from_db()
    draft.refresh_from_db()
    assert (version.state, version.valid_to, draft.state) == ("published", dt.date(2025, 12, 31), "draft")
    assert PolicyRules.objects.get().state == "published"


def test_drafts_that_need_each_other_are_judged_together(client, administrator, loaded):
    """A clause reads a new figure of the year: alone it is refused, with the rules that declare it both are sound."""
    rules = PolicyRules.objects.get()
    retire_version(rules, by=None, at=AT)
    retire_version(clause_of("3.4.5").versions.get(), by=None, at=AT)
    draft = beside("3.4.5")
    new_rules = PolicyRules.objects.create(
        document=loaded,
        number=2,
        definition=rules.definition,
        definition_sha256=rules.definition_sha256,
        valid_from=rules.valid_from,
        valid_to=rules.valid_to,
    )
    assert any(fault.refuses for fault in judge_together([draft], at=AT))
    assert judge_together([draft, new_rules], at=AT) == []
    publish_versions([draft, new_rules], by=administrator, at=AT)
    assert (draft.state, new_rules.state) == ("published", "published")


def test_units_of_a_version_have_chinese_heads(client, administrator, loaded):
    version = clause_of("3.4.5").versions.get()
    page = client.get(reverse("admin:policies_clauseversion_change", args=[version.pk])).content.decode()
    heads = page.split('id="units-group"')[1].split("</thead>")[0]
    assert "单位组" in heads
    assert "Unit" not in heads.split("<thead>")[1]
    assert "Group" not in heads.split("<thead>")[1]
    assert "市工信局" in page
