"""The editor of a document's rules: figures of the year, cap on the sum, groups of one type."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from, save_draft
from policies.drafts import RulesContent
from policies.models import Document, PolicyRules
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT
from tests.policies.editing.page_form import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    person = AdministratorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def draft(loaded, editor):
    return draft_from(PolicyRules.objects.get(document=loaded), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)


def address(version, name="rules"):
    return reverse(f"editing:{name}", args=[version.pk])


def opened(client, version):
    answer = client.get(address(version))
    assert answer.status_code == 200
    return form_of(answer.content.decode())


def test_rules_that_nobody_touched_are_not_saved_again(client, draft):
    answer = client.post(address(draft), {**opened(client, draft), "op": "save"})
    assert answer.status_code == 302, answer.context["sheet"].errors
    draft.refresh_from_db()
    assert draft.edit == 1


def test_the_members_of_a_group_are_ticked(client, draft):
    data = opened(client, draft)
    assert data["groups.0.clauses"] == ["3.3.1", "3.4.1", "3.4.2"]
    answer = client.post(address(draft), {**data, "groups.0.clauses": ["3.4.1", "3.4.2"], "op": "save"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.definition["groups"][0]["clauses"] == ["3.4.1", "3.4.2"]


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("total_cap.rate.value", "500%", "超过 100%"),
        ("total_cap.rate.quote", "没有这句话5%", "不在原文中"),
        ("groups.0.clauses", [], "至少勾选一项"),
        ("year_facts.0.key", "Umsatz", "代码"),
    ],
)
def test_what_is_wrong_is_said_and_kept(client, draft, name, typed, sentence):
    answer = client.post(address(draft), {**opened(client, draft), name: typed, "op": "save"})
    assert answer.status_code == 422
    assert any(sentence in one["message"] for one in answer.context["sheet"].errors), answer.context["sheet"].errors
    if typed:
        assert form_of(answer.content.decode())[name] == [typed]


def test_a_figure_that_a_clause_reads_is_missed_elsewhere(client, draft):
    data = opened(client, draft)
    answer = client.post(address(draft), {**data, "op": "remove:year_facts.0"})
    assert answer.status_code == 200
    fault = next(fault for fault in answer.context["elsewhere"] if fault.against == "rules")
    assert fault.message == "规则引用了没有登记的年度数据（对照通用规则第 2 版草稿）。"
    assert re.fullmatch(r"条款 3\.[0-9.a-d]+ 第 1 版的第 \d 个条件「.+」的(本期|所读)数据", fault.where)
    assert re.fullmatch(r".*/clauses/\d+/#id_conditions\.\d\.(now|fact)", fault.link)
    check = client.post(address(draft, "rules_check"), form_of(answer.content.decode())).content.decode()
    assert "其他地方有" in check
    assert f'<a href="{fault.link}">{fault.where}</a>' in check


def test_every_part_has_its_sentence_beside_it_and_live(client, draft):
    data = opened(client, draft)
    page = client.get(address(draft)).content.decode()
    assert 'data-said-into="total_cap"' in page
    assert "最高为「销售收入（不含税）」× 5%。" in page
    assert "「新引入企业」为“是”的，不受此限。" in page
    assert "3.4.2" in page.split('data-said-into="groups.0"')[1].split("</div>")[0]
    changed = {**data, "total_cap.rate.value": "8%", "year_facts.0.label": "全年营业收入"}
    check = client.post(address(draft, "rules_check"), changed).content.decode()
    assert "× 8%。" in check
    assert 'data-said="year_facts.0"' in check
    assert "「全年营业收入」：金额，以万元为单位填写" in check
    unfinished = client.post(address(draft, "rules_check"), {**data, "total_cap.base": ""}).content.decode()
    assert "填写完整后" in unfinished.split('data-said="total_cap"')[1].split("</div>")[0]


def test_the_quotation_that_lifts_the_cap_is_marked_in_the_text(client, draft):
    page = client.get(address(draft)).content.decode()
    assert 'data-mark="total_cap.lifted_quote"' in page
    assert 'data-mark="total_cap.rate"' in page
    assert 'data-cited="total_cap.lifted_quote"' in page
    assert 'data-mark="total_cap.lifted_quote"' not in client.get(address(draft.based_on)).content.decode()


def test_two_editors(client, draft):
    data = opened(client, draft)
    content = RulesContent.of(draft)
    changed = {**content.definition, "groups": []}
    save_draft(
        draft,
        content=RulesContent(changed, content.valid_from, content.valid_to),
        expected_edit=1,
        by=AdministratorFactory(name="钱先到"),
        at=AT,
    )
    answer = client.post(address(draft), {**data, "groups.0.reason": "另一个理由", "op": "save"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "钱先到" in page
    assert form_of(page)["groups.0.reason"] == ["另一个理由"]
    assert form_of(page)["edit"] == ["2"]


def test_published_rules_are_read_with_their_groups_and_followed_by_a_draft(client, draft):
    page = client.get(address(draft.based_on)).content.decode()
    assert "只读" in page
    assert "研发投入" in page
    assert client.post(address(draft.based_on, "rules_draft"), {"valid_from": ""}).status_code == 422
    made = client.post(address(draft.based_on, "rules_draft"), {"valid_from": "2025-06-01"})
    assert made.status_code == 302
    assert PolicyRules.objects.latest("number").valid_from == dt.date(2025, 6, 1)


def test_rules_are_begun_once(client, editor, loaded):
    other = Document.objects.exclude(pk=loaded.pk).first()
    Document.objects.filter(pk=other.pk).update(valid_from=dt.date(2026, 1, 1))
    place = reverse("editing:rules_new", args=[other.slug])
    assert client.post(place).status_code == 302
    assert client.post(place).status_code == 302
    rules = PolicyRules.objects.get(document=other)
    assert rules.definition == {"year_facts": [], "total_cap": None, "groups": []}
    data = opened(client, rules)
    answer = client.post(address(rules), {**data, "new:year_facts": "money", "op": "add:year_facts"})
    assert form_of(answer.content.decode())["year_facts.0.scope"] == ["year"]


def test_a_document_without_a_first_day_has_no_rules_yet(client, editor, loaded):
    other = Document.objects.exclude(pk=loaded.pk).first()
    Document.objects.filter(pk=other.pk).update(valid_from=None, valid_to=None)
    answer = client.post(reverse("editing:rules_new", args=[other.slug]))
    assert answer.status_code == 409
    assert not PolicyRules.objects.filter(document=other).exists()


def test_auditors_read_and_write_nothing(client, draft):
    client.force_login(AuditorFactory())
    assert "只读" in client.get(address(draft)).content.decode()
    assert client.post(address(draft), {"op": "save"}).status_code == 403
