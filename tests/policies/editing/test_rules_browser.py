"""The rules of a document in a real browser: sentences follow while one types, the quotation that lifts the cap is
marked in the text, faults lead to their fields in the words of the form."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from policies.actions.drafts import draft_from
from policies.models import PolicyRules
from tests.e2e.editing import mark
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, load_policy
from tests.policies.editing.test_clause_editor_browser import place, unexpected
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rules(db):
    load_policy()
    person = AdministratorFactory()
    draft = draft_from(PolicyRules.objects.get(), valid_from=dt.date(2025, 1, 1), by=person, at=AT)
    return person, draft


def test_sentences_marks_and_places_of_the_rules(chromium, live_server, rules):
    person, draft = rules
    page = signed_in(chromium, live_server, person)
    page.goto(place(live_server, draft, "rules"))
    said = page.locator('[data-said-into="total_cap"]')
    expect(said).to_contain_text("最高为「销售收入（不含税）」× 5%。")
    page.locator('[name="total_cap.lifted_quote"]').fill("")
    expect(page.locator('[data-fault="total_cap.lifted_quote"]')).to_contain_text("累计奖补上限的不受限的引文：")
    mark(page, "total_cap.lifted_quote", "除新引入企业外")
    expect(page.locator('[name="total_cap.lifted_quote"]')).to_have_value("除新引入企业外")
    expect(page.locator("#blocks-check")).to_contain_text("没有发现错误")
    # a number that the quotation does not print: told in the words of the form, and the way to its field
    page.locator('[name="total_cap.rate.value"]').fill("8%")
    expect(said).to_contain_text("× 8%。")
    fault = page.locator('[data-fault="total_cap.rate.value"] a')
    expect(fault).to_contain_text("累计奖补上限的比例：「5%」读作 5%")
    # beside the field its place is plain: the sentence alone stands there
    beside = page.locator('[id="div_id_total_cap.rate.value"] .field-error')
    expect(beside).to_have_text(re.compile("^错误：「5%」读作 5%"))
    fault.click()
    expect(page.locator('[name="total_cap.rate.value"]')).to_be_focused()
    page.locator('[name="total_cap.rate.value"]').fill("5%")
    group = page.locator('[data-said-into="groups.0"]')
    page.locator('[data-fold="groups.0"] > summary').click()
    expect(group).to_contain_text("一家企业一个政策年度只按其中一项兑现")
    expect(group).to_contain_text("3.3.1")
    page.locator('[name="groups.0.clauses"][value="3.3.1"]').uncheck()
    expect(group).not_to_contain_text("3.3.1")
    expect(page.locator("#blocks-check")).to_contain_text("对照：已发布的通用规则和条款")
    assert unexpected(page) == []


def test_the_page_with_faults_is_accessible_and_fits(chromium, live_server, rules):
    person, draft = rules
    definition = dict(draft.definition)
    definition["year_facts"] = definition["year_facts"][1:]
    PolicyRules.objects.filter(pk=draft.pk).update(definition=definition)
    page = signed_in(chromium, live_server, person)
    check(page, place(live_server, draft, "rules"))
    page.locator("#blocks-check details > summary").click()
    elsewhere = page.locator("#blocks-check details a").first
    expect(elsewhere).to_contain_text("第 1 版的第")
    check(page, place(live_server, draft, "rules"))
    assert unexpected(page) == []
