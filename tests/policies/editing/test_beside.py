"""Beside what a draft is judged: the newest drafts in the editor, what will be in force at publication."""

import copy
import datetime as dt

import pytest
from django.urls import reverse

from policies.actions.drafts import draft_from, save_draft
from policies.actions.publication_checks import check_drafts
from policies.drafts import ClauseContent, RulesContent
from policies.models import PolicyRules
from policies.queries.lint_beside import Standing, lint_beside
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.page_form import form_of

pytestmark = pytest.mark.django_db

DAY = dt.date(2025, 1, 1)


@pytest.fixture
def editor(client):
    person = AdministratorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def rules(loaded, editor):
    return draft_from(PolicyRules.objects.get(document=loaded), valid_from=DAY, by=editor, at=AT)


@pytest.fixture
def clause(loaded, editor):
    return draft_from(clause_of("3.4.2").versions.get(), valid_from=DAY, by=editor, at=AT)


def rewritten(draft, editor, change):
    """The draft saved with a changed definition."""
    kind = RulesContent if isinstance(draft, PolicyRules) else ClauseContent
    stored = kind.of(draft)
    definition = copy.deepcopy(stored.definition)
    change(definition)
    fields = {"definition": definition, "valid_from": stored.valid_from, "valid_to": stored.valid_to}
    if kind is ClauseContent:
        fields |= {"quote": stored.quote, "bracket": stored.bracket, "evidence": stored.evidence}
    save_draft(draft, content=kind(**fields), expected_edit=draft.edit, by=editor, at=AT)
    draft.refresh_from_db()
    return draft


def without(key):
    def change(definition):
        definition["year_facts"] = [one for one in definition["year_facts"] if one["key"] != key]

    return change


def reads_new_staff(definition):
    definition["conditions"][2]["fact"] = "Y.rd_staff_new"


def declares_staff(definition):
    figure = next(one for one in definition["year_facts"] if one["key"] == "rd_staff")
    definition["year_facts"].append({**figure, "key": "rd_staff_new", "label": "新口径研发人员"})


def refusing(faults):
    return [fault.told for fault in faults if fault.refuses]


# -------------------------------------------------------------------------------------------------- the editor


def test_a_clause_is_judged_beside_the_drafted_rules_while_it_is_typed(client, editor, rules, clause):
    rewritten(rules, editor, without("rd_staff"))
    page = client.get(reverse("editing:clause", args=[clause.pk])).content.decode()
    told = "规则引用了没有登记的年度数据（对照通用规则第 2 版草稿）。"
    assert told in page
    check = client.post(reverse("editing:clause_check", args=[clause.pk]), form_of(page)).content.decode()
    assert 'data-fault="conditions.2.fact"' in check
    assert "第 3 个条件「" in check
    assert told in check
    assert "对照：通用规则第 2 版草稿；其余为已发布的通用规则和条款" in check


def test_a_figure_of_drafted_rules_may_be_read(client, editor, rules, clause):
    rewritten(rules, editor, declares_staff)
    rewritten(clause, editor, reads_new_staff)
    assert refusing(lint_beside(clause, Standing.newest(clause.clause.document))) == []
    page = client.get(reverse("editing:clause", args=[clause.pk])).content.decode()
    assert "没有登记的年度数据" not in page
    assert "新口径研发人员" in page


def test_rules_are_judged_beside_the_newest_drafts_of_the_clauses(client, editor, rules, clause):
    """The clause that reads a figure is being rewritten without it: taking the figure away breaks nothing any more."""
    rewritten(rules, editor, lambda definition: (declares_staff(definition), without("rd_staff")(definition)))
    document = clause.clause.document
    [fault] = [fault for fault in lint_beside(rules, Standing.newest(document)) if fault.refuses]
    assert fault.where.startswith("条款 3.4.2 第 2 版草稿的第 3 个条件「")
    assert fault.link == f"{reverse('editing:clause', args=[clause.pk])}#id_conditions.2.fact"
    rewritten(clause, editor, reads_new_staff)
    assert refusing(lint_beside(rules, Standing.newest(document))) == []


def test_a_group_is_judged_with_the_drafts_of_its_clauses_while_a_clause_is_typed(client, editor, rules, clause):
    page = client.get(reverse("editing:clause", args=[clause.pk])).content.decode()
    assert "其他地方有" not in page
    rewritten(clause, editor, lambda definition: definition.update(exempt={"quote": "“一企一策”“一事一议”除外"}))
    page = client.get(reverse("editing:clause", args=[clause.pk])).content.decode()
    check = client.post(reverse("editing:clause_check", args=[clause.pk]), form_of(page)).content.decode()
    for html in (page, check):
        assert "其他地方有 1 处问题" in html
        assert "混合了不受累计上限约束的条款（3.4.2）" in html
        assert "（对照条款草稿 3.4.2 第 2 版和已发布的条款）" in html
        assert f'href="{reverse("editing:rules", args=[rules.pk])}#id_groups.0.clauses"' in html


def test_a_member_of_a_group_without_any_version_is_a_hint(client, editor, rules):
    rewritten(rules, editor, lambda definition: definition["groups"][0]["clauses"].append("9.9"))
    faults = lint_beside(rules, Standing.newest(rules.document))
    assert refusing(faults) == []
    assert any("列有条款 9.9，在本规则的年度里没有它的有效版本" in fault.message for fault in faults)


# -------------------------------------------------------------------------------------------------- publication


def test_what_is_published_together_is_judged_together(editor, rules, clause):
    rewritten(rules, editor, declares_staff)
    rewritten(clause, editor, reads_new_staff)
    document = clause.clause.document
    alone = [fault for fault in check_drafts(document, [clause], at=AT).refusing if fault.against]
    assert [fault.message for fault in alone] == ["规则引用了没有登记的年度数据（对照通用规则第 1 版）。"]
    assert alone[0].where.startswith("条款 3.4.2 第 2 版草稿的第 3 个条件「")
    together = check_drafts(document, [clause, rules], at=AT)
    assert [fault for fault in together.refusing if fault.against] == []


def test_drafts_that_cannot_be_placed_are_judged_beside_each_other_all_the_same(editor, loaded):
    """Both begin on the day on which the published ones begin, which refuses them; nothing else is made up."""
    published, first = PolicyRules.objects.get(document=loaded), clause_of("3.4.2").versions.get()
    rules = rewritten(draft_from(published, valid_from=DAY, by=editor, at=AT), editor, declares_staff)
    clause = rewritten(draft_from(first, valid_from=DAY, by=editor, at=AT), editor, reads_new_staff)
    for draft in (rules, clause):
        draft.valid_from = first.valid_from
        draft.save()
    refused = check_drafts(loaded, [clause, rules], at=AT).refusing
    assert any("不能由本草稿接替" in fault.message for fault in refused)
    assert not any("没有登记" in fault.message for fault in refused)


def test_the_page_of_publications_names_places_and_leads_to_them(client, editor, clause):
    rewritten(clause, editor, reads_new_staff)
    address = reverse("editing:publications", args=[clause.clause.document.slug])
    answer = client.post(address, {"versions": [f"clause-{clause.pk}"], "check": "1"})
    html = answer.content.decode()
    assert "按发布后的状态核对" in html
    assert f'href="{reverse("editing:clause", args=[clause.pk])}#id_conditions.2.fact"' in html
    assert "clauses[" not in html
    assert "conditions[" not in html
