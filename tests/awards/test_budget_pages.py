"""The pages of budgets and batches: what they show to whom, what they refuse and keep, what they hand out."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.budgets import open_envelope
from awards.actions.entries import write_entry
from awards.enums import EntryKind, Share
from awards.models import BudgetRatio, Envelope
from policies.models import Document
from reviews.enums import StageKind
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.applications import POLICY, YEAR, clause, make_company
from tests.factories.awards import fund, make_candidate, payer, settle
from tests.factories.reviews import LATER, advance_to, make_case, officer

LEAD = "市工信局"
FAR = LATER.replace(year=2100)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policies(policies_loaded):
    pass


def lead():
    return Unit.objects.get(name=LEAD)


def as_(client, user):
    client.force_login(user)
    return client


def opened(clause_id="3.4.5", fen=100_00, reason="洪财〔2026〕1号", name="其他支出"):
    return open_envelope(
        unit=lead(),
        share=Share.CITY,
        clause=clause(clause_id),
        policy_year=YEAR,
        subject_code="2150899",
        subject_name=name,
        amount_fen=fen,
        reason=reason,
        by=payer(),
        at=LATER,
    )


def queries(client, url):
    client.get(url)  # what is asked once per process is asked now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


# ------------------------------------------------------------------------------------------------- budgets


def test_the_list_shows_own_budgets_with_totals(client):
    opened(fen=1_234_567_00)
    opened("3.1.1", 1_00)
    page = as_(client, officer(LEAD)).get(reverse("awards:envelopes")).content.decode()
    assert "1,234,567.00" in page
    assert "1,234,568.00" in page  # the sum
    assert "录入预算" not in page
    assert "没有您可以查看的预算" in as_(client, officer("高新区")).get(reverse("awards:envelopes")).content.decode()
    assert (
        "录入预算" in as_(client, officer("高新区", UnitRole.LEADER)).get(reverse("awards:envelopes")).content.decode()
    )


@pytest.mark.parametrize("query", ["year=2024", "share=city", "unit=spoilt", "year=99999999999999999999", "page=x"])
def test_filters_live_in_the_address_and_what_is_spoilt_is_left_out(client, query):
    opened()
    page = as_(client, payer()).get(f"{reverse('awards:envelopes')}?{query}").content.decode()
    assert "其他支出" not in page
    assert "3.4.5" in page


def test_a_filter_that_leaves_nothing_says_so(client):
    opened()
    page = as_(client, payer()).get(f"{reverse('awards:envelopes')}?share=district").content.decode()
    assert "没有符合条件的预算" in page


def test_lists_ask_as_often_for_three_rows_as_for_one(client):
    first = make_candidate(make_company())
    envelope = fund(first)[Share.CITY]
    settle(first.account)
    as_(client, payer())
    urls = [reverse("awards:envelopes"), reverse("awards:envelope", args=[envelope.pk])]
    before = [queries(client, url) for url in urls]
    for clause_id in ("3.1.1", "3.1.2"):
        opened(clause_id)
        other = make_candidate(make_company())
        settle(other.account)
    assert [queries(client, url) for url in urls] == before


def test_every_movement_stands_with_what_was_free_after_it(client):
    award = make_candidate(make_company())
    envelope = fund(award, award.candidate_fen)[Share.CITY]
    settle(award.account)
    write_entry(envelope, EntryKind.ADJUST, -1_00, reason="调减", by=payer(), at=LATER)
    page = as_(client, payer()).get(reverse("awards:envelope", args=[envelope.pk])).content.decode()
    half, whole = award.candidate_fen // 2, award.candidate_fen
    for fen in (whole, whole - half, whole - half - 1_00):
        assert f"{fen / 100:,.2f}" in page
    assert award.application.number in page
    assert page.index("调减") < page.index("核定占用") < page.index("测试下达")
    # The paying unit reads awards only once they are approved: the number stands there without a link.
    assert reverse("awards:award", args=[award.pk]) not in page
    mine = as_(client, officer(LEAD)).get(reverse("awards:envelope", args=[envelope.pk])).content.decode()
    assert reverse("awards:award", args=[award.pk]) in mine
    assert as_(client, officer("高新区")).get(reverse("awards:envelope", args=[envelope.pk])).status_code == 404


def given(**values):
    return {
        "unit": lead().pk,
        "share": "city",
        "clause": clause("3.4.5").pk,
        "policy_year": "2024",
        "subject_code": "2150899",
        "subject_name": "其他支出",
        "amount": "２,000",
        "reason": "洪财〔2026〕1号",
    } | values


def test_a_budget_is_entered_in_ten_thousands(client):
    answer = as_(client, payer()).post(reverse("awards:envelope_new"), given())
    envelope = Envelope.objects.get()
    assert answer["Location"] == reverse("awards:envelope", args=[envelope.pk])
    assert envelope.amount_fen == 20_000_000_00
    again = client.post(reverse("awards:envelope_new"), given())
    assert again.status_code == 409
    assert "已经录入" in again.content.decode()
    assert Envelope.objects.get().amount_fen == 20_000_000_00


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"amount": "一百"}, "不是有效的金额", id="words"),
        pytest.param({"amount": "-5"}, "不能为负数", id="negative"),
        pytest.param({"amount": "0"}, "大于 0 元", id="nothing"),
        pytest.param({"amount": ""}, "请填写下达金额", id="empty"),
        pytest.param({"policy_year": "2026"}, "不适用于2026年度", id="year"),
        pytest.param({"policy_year": "x"}, "四位数的年度", id="year-in-words"),
        pytest.param({"share": "district"}, "不是县区", id="share"),
        pytest.param({"clause": "0"}, "选择", id="clause"),
        pytest.param({"reason": "长" * 301}, "最多 300 字", id="reason"),
    ],
)
def test_what_cannot_be_entered_stays_on_the_page_with_a_sentence(client, values, words):
    answer = as_(client, payer()).post(reverse("awards:envelope_new"), given(**values))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "洪财〔2026〕1号" in answer.content.decode() or "reason" in values
    assert not Envelope.objects.exists()


def test_a_foreign_unit_cannot_be_chosen(client):
    answer = as_(client, officer("高新区", UnitRole.FINANCE)).post(reverse("awards:envelope_new"), given())
    assert answer.status_code == 422
    assert not Envelope.objects.exists()


def test_a_correction_sent_twice_counts_once(client):
    envelope = opened(fen=100_000_00)
    as_(client, payer())
    url = reverse("awards:envelope_adjust", args=[envelope.pk])
    form = {"seen": envelope.amount_fen, "direction": "more", "amount": "1", "reason": "追加"}
    assert client.post(url, form).status_code == 302
    again = client.post(url, form)
    assert again.status_code == 409
    assert 'value="11000000"' in again.content.decode()  # the budget as it is now, for a correction on purpose
    envelope.refresh_from_db()
    assert envelope.amount_fen == 110_000_00


def test_a_correction_below_what_is_committed_names_the_free_amount(client):
    award = make_candidate(make_company())
    envelope = fund(award, award.candidate_fen)[Share.CITY]
    settle(award.account)
    envelope.refresh_from_db()
    form = {"seen": envelope.amount_fen, "direction": "less", "amount": "999", "reason": "调减"}
    answer = as_(client, payer()).post(reverse("awards:envelope_adjust", args=[envelope.pk]), form)
    assert answer.status_code == 422
    assert "可调减的余额为 4,500,000.00 元，不能调减 9,990,000.00 元" in answer.content.decode()


def test_who_sees_a_budget_may_not_always_change_it(client):
    envelope = opened()
    other = officer("市工信局", UnitRole.LEADER)
    assert as_(client, other).get(reverse("awards:envelope_adjust", args=[envelope.pk])).status_code == 200
    seen = as_(client, payer(UnitRole.LEADER))
    assert seen.get(reverse("awards:envelope", args=[envelope.pk])).status_code == 200
    for name in ("awards:envelope_adjust", "awards:envelope_subject"):
        assert seen.post(reverse(name, args=[envelope.pk]), {}).status_code == 403


def test_the_subject_is_named(client):
    envelope = opened()
    url = reverse("awards:envelope_subject", args=[envelope.pk])
    assert as_(client, payer()).post(url, {"subject_code": "a", "subject_name": "甲"}).status_code == 422
    assert client.post(url, {"subject_code": "２１", "subject_name": "甲"}).status_code == 302
    envelope.refresh_from_db()
    assert (envelope.subject_code, envelope.subject_name) == ("21", "甲")


def test_the_list_as_a_spreadsheet_without_formulas(client):
    opened(fen=1_50, name="=HYPERLINK(1)")
    answer = as_(client, AuditorFactory()).get(reverse("awards:envelopes_xlsx"))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    row = [cell.value for cell in sheet[2]]
    assert row[:7] == [LEAD, "市级", "3.4.5", clause("3.4.5").title, YEAR, "2150899", "'=HYPERLINK(1)"]
    assert [float(value) for value in row[7:]] == [1.5, 0, 0, 1.5]
    assert sheet[3][0].value == "合计"


def test_ratios_are_set_by_administrators_and_read_by_officers(client):
    form = {
        "document": Document.objects.get(number=POLICY).pk,
        "clause": "",
        "valid_from": "2026-01-01",
        "city_share": "60",
        "reason": "财政体制文件",
    }
    url = reverse("awards:ratios")
    assert as_(client, payer()).post(url, form).status_code == 403
    assert as_(client, AdministratorFactory()).post(url, form | {"city_share": "101"}).status_code == 422
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 409
    assert BudgetRatio.objects.get().city_share == "60%"
    assert "60%" in as_(client, officer("高新区")).get(url).content.decode()


# ------------------------------------------------------------------------------------------------- what-if


def hint(client, case, query="", **headers):
    return client.get(f"{reverse('awards:budget_hint', args=[case.pk])}{query}", headers=headers)


def test_the_hint_tells_what_would_be_left(client):
    waiting = make_candidate(make_company())
    fund(waiting, waiting.candidate_fen)
    case = make_case(make_company())
    advance_to(case, StageKind.LEAD)
    as_(client, officer(LEAD))
    part = hint(client, case, hx_request="true").content.decode()
    assert "<html" not in part
    assert "9,000,000.00 元" in part  # the estimate of the file
    assert "够用" in part
    page = hint(client, case, "?amount=18000000.02").content.decode()
    assert "<html" in page
    assert "差 0.01 元" in page
    assert "不是有效的金额" in hint(client, case, "?amount=%3Cb%3E1").content.decode()
    assert "<b>" not in hint(client, case, "?amount=%3Cb%3E1").content.decode()
    assert hint(as_(client, officer("经开区")), case).status_code == 404


def test_the_hint_names_budgets_that_nobody_entered(client):
    case = make_case(make_company())
    advance_to(case, StageKind.LEAD)
    page = hint(as_(client, officer(LEAD)), case).content.decode()
    assert "市工信局尚未录入3.4.5条款2024年度的市级预算" in page
    assert "高新区尚未录入3.4.5条款2024年度的县区级预算" in page
