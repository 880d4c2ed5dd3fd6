"""The editor in a real browser: sentences follow while one types, marks fill quotations, nobody overwrites another."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from policies.actions.drafts import draft_from
from policies.models import PolicyRules
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of, load_policy
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
RATE = '[name="award.each.rate.value"]'
#: A question that a newer one replaces is given up by htmx with these words in the console; refusals are answers.
EXPECTED = ("htmx:afterRequest, ", "htmx:sendAbort, ", "422 (Unprocessable", "409 (Conflict")


def unexpected(*pages):
    return [fault for page in pages for fault in page.faults if not any(words in fault for words in EXPECTED)]


@pytest.fixture
def editor(db):
    load_policy()
    return AdministratorFactory(name="赵先到")


@pytest.fixture
def draft(editor):
    version = clause_of("3.4.5").versions.get()
    return draft_from(version, valid_from=dt.date(2025, 1, 1), by=editor, at=AT)


def place(live_server, version, name="clause"):
    return live_server.url + reverse(f"editing:{name}", args=[version.pk])


def test_the_pages_are_accessible_and_fit(chromium, live_server, editor, draft):
    rules = draft_from(PolicyRules.objects.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    loans = draft_from(clause_of("3.1.2").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    page = signed_in(chromium, live_server, editor)
    for version in (draft, loans, draft.based_on):
        check(page, place(live_server, version))
    check(page, place(live_server, rules, "rules"))
    assert page.faults == []


def test_a_rate_changes_its_sentence_is_refused_above_a_hundred_and_saved_once(chromium, live_server, editor, draft):
    second = AdministratorFactory(name="钱后到")
    other = signed_in(chromium, live_server, second)
    other.goto(place(live_server, draft))
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, draft))
    said = page.locator('[data-said-into="award"]')
    expect(said).to_contain_text("「软硬件、设备投入」 × 50%。")
    page.locator(RATE).fill("500%")
    expect(page.locator("#blocks-check")).to_contain_text("100")
    expect(page.locator("#blocks-check")).to_contain_text("处需要更正")
    page.get_by_role("button", name="保存草稿").last.click()
    expect(page.locator("[data-error-summary]")).to_contain_text("处需要更正")
    expect(page.locator(RATE)).to_have_value("500%")
    # another number of the text: marked there, the value follows from what is printed
    page.locator(RATE).fill("")
    page.locator('[data-mark="award.each.rate"]').click()
    page.locator("[data-own] .phrase", has_text="给予50%补助").click()
    expect(page.locator('[name="award.each.rate.literal"]')).to_have_value("50%")
    page.locator("#id_note").focus()
    expect(page.locator(RATE)).to_have_value("50%")
    page.locator("#id_title").fill("智慧工厂补助")
    expect(page.locator("#blocks-check")).to_contain_text("没有发现错误")
    page.get_by_role("button", name="保存草稿").last.click()
    expect(page.locator("main")).to_contain_text("已保存第 2 次修改")
    # the second editor is told, keeps what was typed, and sees what differs
    other.locator("#id_title").fill("另一个名称")
    other.get_by_role("button", name="保存草稿").last.click()
    expect(other.locator(".conflict")).to_contain_text("智慧工厂补助")
    expect(other.locator("[data-error-summary]")).to_contain_text("赵先到")
    expect(other.locator("#id_title")).to_have_value("另一个名称")
    draft.refresh_from_db()
    assert (draft.edit, draft.definition["title"]) == (2, "智慧工厂补助")
    assert unexpected(page, other) == []


def test_of_several_numbers_in_a_phrase_the_one_that_the_field_asks_for_is_marked(chromium, live_server, editor):
    """一年期 stands before 50% in the sentence of the interest subsidy; a share is no count of years."""
    loans = draft_from(clause_of("3.1.2").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, loans))
    for name in ("quote", "literal", "value"):
        page.locator(f'[name="award.share.{name}"]').fill("")
    page.locator('[data-mark="award.share"]').click()
    page.locator("[data-own] .phrase", has_text="一年期贷款市场报价利率的50%").press("Enter")
    expect(page.locator('[name="award.share.literal"]')).to_have_value("50%")
    page.locator("#id_note").focus()
    expect(page.locator('[name="award.share.value"]')).to_have_value("50%")
    # the kind of a number that a condition compares with is chosen
    page.locator('[name="conditions.0.by.literal"]').fill("")
    page.locator('[data-mark="conditions.0.by"]').click()
    page.locator("[data-own] .phrase", has_text="增加1亿元以上").press("Enter")
    expect(page.locator('[name="conditions.0.by.literal"]')).to_have_value("1亿元")
    assert unexpected(page) == []


def test_a_passage_of_another_article_is_marked_in_the_text_too(chromium, live_server, editor):
    """What lifts the cap for a clause stands among the rules behind the articles."""
    page = signed_in(chromium, live_server, editor)
    agreement = draft_from(clause_of("3.1.1").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    page.goto(place(live_server, agreement))
    # whoever comes to a quotation that stands in the folded part sees it there
    page.locator('[name="exempt.quote"]').focus()
    expect(page.locator(".text-rest")).to_have_attribute("open", "")
    page.locator('[name="exempt.quote"]').fill("")
    page.locator('[data-mark="exempt"]').click()
    page.locator(".text-rest .phrase", has_text="“一事一议”除外").first.press("Enter")
    expect(page.locator('[name="exempt.quote"]')).to_have_value(re.compile("“一事一议”除外"))
    assert unexpected(page) == []


def test_a_box_ticked_while_the_form_is_drawn_anew_stays_ticked(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, draft))
    held = []

    def hold(route):
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/editing/clauses/*/", hold)
    with page.expect_request(lambda request: request.method == "POST" and request.url == page.url):
        page.locator('[name="award.each.kind"]').select_option("fixed")  # draws the form anew
    page.locator("[name=competitive]").check()
    for route in held:
        route.continue_()
    expect(page.locator('[name="award.each.amount.value"]')).to_have_count(1)
    expect(page.locator("[name=competitive]")).to_be_checked()
    assert unexpected(page) == []


def test_blocks_are_added_and_taken_away_without_leaving_the_page(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, draft))
    page.locator('[name="new:conditions"]').select_option("compare")
    page.get_by_role("button", name="增加条件").click()
    label = page.locator('[name="conditions.0.label"]')
    expect(label).to_be_focused()
    label.fill("项目投入")
    page.locator('[name="conditions.0.value.type"]').select_option("money")
    expect(page.locator('[name="conditions.0.label"]')).to_have_value("项目投入")
    page.locator('[name="conditions.0.value.value"]').fill("20")
    expect(page.locator("#blocks-check")).to_contain_text("“20”没有写明单位")
    page.locator('button[value="remove:conditions.0"]').click()
    expect(page.locator('[name="conditions.0.label"]')).to_have_count(0)
    page.locator('[name="award.kind"]').select_option("discretion")
    expect(page.locator('[name="award.quote"]')).to_be_visible()
    page.locator("[data-check] a").first.click()
    draft.refresh_from_db()
    assert draft.edit == 1
    assert unexpected(page) == []


def test_a_draft_is_edited_without_scripts(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor, java_script_enabled=False)
    page.goto(place(live_server, draft))
    page.locator('[name="new:facts"]').select_option("count")
    page.get_by_role("button", name="增加填报项").click()
    expect(page.locator("main")).to_contain_text("改动还没有保存")
    page.locator('[name="facts.1.key"]').fill("people")
    page.locator('[name="facts.1.label"]').fill("新增就业人数")
    page.get_by_role("button", name="暂存").click()
    expect(page.locator("main")).to_contain_text("已暂存第 2 次修改")
    draft.refresh_from_db()
    assert draft.definition["facts"][1]["label"] == "新增就业人数"
