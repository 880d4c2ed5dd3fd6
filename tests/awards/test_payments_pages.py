"""The pages of 拨付: who reads what, accounts masked, every look on record, what was typed survives a refusal."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import UnitRole
from awards.actions.payment_files import write_files
from awards.actions.payment_reversal import reverse_result
from awards.actions.payments import cancel_list
from awards.enums import ListState, PaymentState, ResultKind, Share
from awards.exports_payment import HEAD_ROW, payment_spreadsheet
from awards.models import Payment, PaymentList, PaymentResult
from awards.queries.payments import Budget, payments_of, waiting, waiting_by_budget
from common import storage
from common.audit.models import AuditEvent
from common.outbox.actions import run_owed
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.workdays import local_day
from tests.awards.payments import (
    SENT,
    TOLD,
    give_account,
    leader,
    payable,
    prepare,
    result,
    rows_of,
    send,
    sent,
    tell,
)
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import YEAR, make_company
from tests.factories.awards import payer
from tests.factories.reviews import approver, officer

pytestmark = pytest.mark.django_db
MISSING = 987_654_321
NUMBER = "360501881234567890"


@pytest.fixture
def award(policies_loaded):
    award = payable("3.4.5")
    give_account(award.application.enterprise, NUMBER)
    return award


def client(user):
    made = Client()
    made.force_login(user)
    return made


def test_what_is_paid_again_names_the_row_that_came_back(award):
    """Not the row of a draft that was given up in between: that one never reached the bank."""
    back = tell(sent(award), result(1, ResultKind.RETURNED))
    given_up = prepare(award, at=TOLD)
    cancel_list(payment_list=given_up, expected_version=given_up.version, by=payer(), at=TOLD)
    again = send(prepare(award, at=TOLD), at=TOLD)
    text = client(payer()).get(reverse("awards:payment_list", args=[again.pk])).content.decode()
    assert f"重新拨付，原为 {back.number} 第 1 笔" in text
    assert given_up.number not in text
    # The list that came back says nothing of what followed it, and the first payment follows nothing.
    assert "重新拨付，原为" not in client(payer()).get(reverse("awards:payment_list", args=[back.pk])).content.decode()


def page(user, name, *args, **query):
    return client(user).get(reverse(f"awards:{name}", args=args), query)


def post(user, name, *args, **values):
    return client(user).post(reverse(f"awards:{name}", args=args), values)


# Who ---------------------------------------------------------------------------------------------------------------


def test_who_reads_a_list(award):
    listing = prepare(award)
    for user in (payer(), leader(), AuditorFactory()):
        assert page(user, "payment_list", listing.pk).status_code == 200
        assert page(user, "payment_lists").status_code == 200
    strangers = {
        officer("高新区", UnitRole.FINANCE): 404,  # somebody else's finance people
        officer("高新区", UnitRole.LEADER): 404,
        officer(award.unit): 403,
        approver(award.unit): 403,
        award.application.enterprise.members.first().user: 403,
    }
    for user, status in strangers.items():
        assert page(user, "payment_list", listing.pk).status_code == status
        assert page(user, "payment_list_xlsx", listing.pk).status_code == status
        assert post(user, "payment_reveal", listing.pk, 1).status_code == status
        assert page(user, "payment_lists").status_code == 403
    assert page(payer(), "payment_list", MISSING).status_code == 404
    assert post(payer(), "payment_reveal", listing.pk, 9).status_code == 404


def test_an_auditor_reads_and_changes_nothing(award):
    listing, auditor = sent(award), AuditorFactory()
    html = page(auditor, "payment_list", listing.pk).content.decode()
    assert "录入所填结果" not in html
    for name, args in [("payment_results", ()), ("payment_list_send", ()), ("payment_reverse", (1,))]:
        assert post(auditor, name, listing.pk, *args).status_code == 403


# Accounts ------------------------------------------------------------------------------------------------------------


def test_accounts_are_masked_and_each_look_is_on_record(award):
    listing = prepare(award)
    for user in (payer(), leader(), AuditorFactory()):
        html = page(user, "payment_list", listing.pk).content.decode()
        assert NUMBER not in html
        assert "**** **** 7890" in html
    assert NUMBER not in page(payer(), "payment_list_new", budget=f"city-{YEAR}").content.decode()
    answer = post(leader(), "payment_reveal", listing.pk, 1)
    assert NUMBER in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    (event,) = AuditEvent.objects.filter(event="payment.account_read")
    assert (event.actor_id, event.data["account"]) == (leader().pk, "**** **** 7890")
    assert "查看第 1 笔的完整账号" in page(payer(), "payment_list", listing.pk).content.decode()


def test_files_are_written_once_encrypted_and_downloads_on_record(award):
    draft = prepare(award)
    assert page(payer(), "payment_list_xlsx", draft.pk).status_code == 409
    listing = send(draft)
    assert page(payer(), "payment_list_pdf", listing.pk).status_code == 409
    run_owed(at=SENT)
    listing.refresh_from_db()
    before = (listing.xlsx_sha256, listing.pdf_sealed)
    write_files(list_id=listing.pk, at=TOLD)
    listing.refresh_from_db()
    assert before == (listing.xlsx_sha256, listing.pdf_sealed)
    for sealed in (listing.xlsx_sealed, listing.pdf_sealed):
        assert storage.read(sealed).startswith(b"gAAAA")
    book = load_workbook(io.BytesIO(page(payer(), "payment_list_xlsx", listing.pk).content))
    assert book.active.cell(row=HEAD_ROW + 1, column=5).value == NUMBER
    pdf = page(AuditorFactory(), "payment_list_pdf", listing.pk)
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Cache-Control"] == "no-store, private" or "no-store" in pdf["Cache-Control"]
    told = [event.data["file"] for event in AuditEvent.objects.filter(event="payment_list.downloaded").order_by("pk")]
    assert told == ["xlsx", "pdf"]


def test_the_spreadsheet_holds_texts_numbers_and_no_formula(award):
    award.application.enterprise.__class__.objects.filter(pk=award.application.enterprise_id).update(
        bank_account_name="=cmd|' /C calc'!A0", bank_name="＋SUM(A1)"
    )
    listing = sent(award)
    book = load_workbook(io.BytesIO(payment_spreadsheet(listing, rows_of(listing))))
    sheet = book.active
    heads = [sheet.cell(row=HEAD_ROW, column=at).value for at in range(1, 11)]
    assert heads == ["序号", "户名", "开户行", "行号", "账号", "金额（元）", "金额大写", "用途", "预算科目", "备注"]
    number, name, bank, code, account, amount, words, *_ = [
        sheet.cell(row=HEAD_ROW + 1, column=at) for at in range(1, 11)
    ]
    assert (number.value, name.value, bank.value) == (1, "'=cmd|' /C calc'!A0", "'＋SUM(A1)")
    assert (account.data_type, account.value, account.number_format) == ("s", NUMBER, "@")
    assert (code.data_type, code.value) == ("s", "104421000017")
    assert (amount.data_type, round(amount.value * 100)) == ("n", award.city_fen)
    assert words.value.startswith("人民币")
    total = sheet.cell(row=HEAD_ROW + 2, column=6)
    assert round(total.value * 100) == listing.total_fen
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


# Making and sending ----------------------------------------------------------------------------------------


def test_from_waiting_to_sent_by_two_people(policies_loaded):
    first, second = payable("3.4.5"), payable("3.3.2")
    waits = page(payer(), "payment_lists").content.decode()
    assert f"{YEAR}年度 市级" in waits
    assert f"{YEAR}年度 县区级（高新区）" in waits
    answer = post(payer(), "payment_list_new", budget=f"city-{YEAR}", selected=[first.pk])
    listing = PaymentList.objects.get()
    assert answer["Location"] == reverse("awards:payment_list", args=[listing.pk])
    post(payer(), "payment_list_new", budget=f"city-{YEAR}", all="1")
    assert [row.award for row in rows_of(PaymentList.objects.exclude(pk=listing.pk).get())] == [second]
    own = page(payer(), "payment_list", listing.pk).content.decode()
    assert "由本单位另一名财务人员" in own
    assert "确认送拨付" not in own
    assert post(payer(), "payment_list_send", listing.pk, expected_version=1).status_code == 403
    assert post(leader(), "payment_list_send", listing.pk, expected_version=7).status_code == 409
    assert post(leader(), "payment_list_send", listing.pk, expected_version="x").status_code == 409
    assert post(leader(), "payment_list_send", listing.pk, expected_version=1).status_code == 302
    assert PaymentList.objects.get(pk=listing.pk).state == ListState.SENT


def test_a_refused_list_keeps_the_ticks_and_names_the_fault(policies_loaded):
    good, without = payable("3.4.5"), payable("3.4.5")
    without.application.enterprise.__class__.objects.filter(pk=without.application.enterprise_id).update(
        bank_account=""
    )
    answer = post(payer(), "payment_list_new", budget=f"city-{YEAR}", selected=[good.pk, without.pk])
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f"{without.application.enterprise.name}尚未填写完整的收款账户" in html
    assert html.count(" checked") == 2
    assert post(payer(), "payment_list_new", budget=f"city-{YEAR}").status_code == 422
    for key in ("", "city", "city-20241", "district-99999-2024", "nothing-2024"):
        assert page(payer(), "payment_list_new", budget=key).status_code == 404
    assert page(officer("高新区", UnitRole.FINANCE), "payment_list_new", budget=f"city-{YEAR}").status_code == 403


def test_rows_and_lists_are_given_up_by_their_pages(award):
    listing = prepare(award)
    assert post(payer(), "payment_row_remove", listing.pk, 1, expected_version=9).status_code == 409
    assert post(payer(), "payment_row_remove", listing.pk, 5, expected_version=1).status_code == 404
    assert post(payer(), "payment_row_remove", listing.pk, 1, expected_version=1).status_code == 302
    second = prepare(award)
    assert post(payer(), "payment_list_cancel", second.pk, expected_version=2).status_code == 409
    assert post(payer(), "payment_list_cancel", second.pk, expected_version=1).status_code == 302
    assert set(PaymentList.objects.values_list("state", flat=True)) == {ListState.CANCELLED}
    assert page(payer(), "payment_lists", tab="cancelled").status_code == 200
    assert page(payer(), "payment_lists", tab="nothing").status_code == 404


# Results ----------------------------------------------------------------------------------------


def now_sent(*awards):
    """A list sent yesterday by the clock of the views."""
    at = timezone.now() - timedelta(days=1)
    return send(prepare(*awards, at=at), at=at)


def told(listing, **values):
    today = timezone.localdate().isoformat()
    empty = {f"row{row.row}-{name}": "" for row in rows_of(listing) for name in ("kind", "on", "reason", "reference")}
    return post(payer(), "payment_results", listing.pk, **empty | {"on": today, "reference": "", "total": ""} | values)


def test_results_row_by_row(policies_loaded):
    listing = now_sent(payable("3.4.5"), payable("3.4.5"), payable("3.3.2"))
    answer = told(
        listing,
        **{"row1-kind": "paid", "row2-kind": "returned", "row2-reason": "账号不存在", "row2-reference": "TH-1"},
    )
    assert answer.status_code == 302
    states = [row.state for row in rows_of(listing)]
    assert states == [PaymentState.PAID, PaymentState.RETURNED, PaymentState.SENT]
    assert PaymentResult.objects.get(kind=ResultKind.RETURNED).reference == "TH-1"


def test_all_at_once_needs_the_sum_of_the_bank(policies_loaded):
    listing = now_sent(payable("3.4.5"), payable("3.3.2"))
    assert "请填写银行回单合计" in told(listing, all="1").content.decode()
    wrong = told(listing, all="1", total="1.00")
    assert wrong.status_code == 422
    assert "合计不符" in wrong.content.decode()
    assert not PaymentResult.objects.exists()
    assert told(listing, all="1", total=f"{listing.total_fen / 100:.2f}").status_code == 302
    assert PaymentList.objects.get(pk=listing.pk).state == ListState.CLOSED


def test_what_was_typed_survives_a_refusal(policies_loaded):
    listing = now_sent(payable("3.4.5"), payable("3.3.2"))
    answer = told(listing, **{"row1-kind": "returned", "row1-reference": "凭证甲", "row2-kind": "paid"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "第 1 笔：退回须写明原因。" in html
    assert "凭证甲" in html
    assert 'href="#id_row1-kind"' in html
    assert not PaymentResult.objects.exists()
    assert told(listing, **{"row1-kind": "paid", "on": "2020-01-01"}).status_code == 422
    assert told(listing, **{"row1-kind": "paid", "on": ""}).status_code == 422
    assert told(listing, **{"row1-kind": "reversed"}).status_code == 422
    assert told(listing, **{"row1-kind": "paid", "total": "一万"}).status_code == 422


def test_the_same_form_sent_twice_enters_once(policies_loaded):
    listing = now_sent(payable("3.4.5"), payable("3.3.2"))
    assert told(listing, **{"row1-kind": "paid"}).status_code == 302
    again = told(listing, **{"row1-kind": "paid"})
    assert again.status_code == 422
    assert "已有结果“已拨付”" in again.content.decode()
    assert PaymentResult.objects.count() == 1


def test_reversal_by_its_page(award):
    listing = now_sent(award)
    told(listing, **{"row1-kind": "paid"})
    run_owed(at=timezone.now())
    assert page(payer(), "payment_reverse", listing.pk, 1).status_code == 403
    assert "确认冲回" in page(leader(), "payment_reverse", listing.pk, 1).content.decode()
    today = timezone.localdate().isoformat()
    assert post(leader(), "payment_reverse", listing.pk, 1, on=today, reason="").status_code == 422
    assert post(leader(), "payment_reverse", listing.pk, 1, on=today, reason="误录").status_code == 302
    assert "不能冲回" in page(leader(), "payment_reverse", listing.pk, 1).content.decode()
    assert post(leader(), "payment_reverse", listing.pk, 1, on=today, reason="误录").status_code == 409


# What the enterprise sees ----------------------------------------------------------------------------------------


def test_the_enterprise_sees_each_share_from_planned_to_paid(award):
    member = award.application.enterprise.members.first().user
    stranger = officer(award.unit)

    def seen(user):
        award.refresh_from_db()
        return payments_of(award, user)

    city, district = seen(member)
    assert (city["waits"], city["rows"], district["fen"]) == (True, [], award.district_fen)
    listing = prepare(award)
    assert seen(member)[0]["waits"]  # a draft is the paying unit's own matter
    assert seen(payer())[0]["rows"][0]["list"] == listing
    send(listing)
    (row,) = seen(member)[0]["rows"]
    assert (row["label"], row["account"], row["list"]) == ("拨付中", "**** **** 7890", None)
    assert seen(stranger)[0]["rows"][0]["account"] == ""
    tell(listing, result(1, ResultKind.RETURNED))
    city = seen(member)[0]
    assert city["to_mend"]
    assert (city["rows"][0]["reason"], city["rows"][0]["returned_on"]) == ("账号户名不符", local_day(TOLD))
    tell(sent(award))
    assert [row["label"] for row in seen(member)[0]["rows"]] == ["已退回", "已拨付"]


# How often the database is asked ------------------------------------------------------------


def asked(user, name, *args, **query):
    made = client(user)
    address = reverse(f"awards:{name}", args=args)
    made.get(address, query)
    with CaptureQueriesContext(connection) as queries:
        assert made.get(address, query).status_code == 200
    return len(queries)


def test_as_many_queries_for_three_rows_as_for_one(policies_loaded):
    clerk = payer()
    company = make_company()
    one = payable("3.4.5", company=company)
    counts = {
        "waiting": asked(clerk, "payment_lists"),
        "new": asked(clerk, "payment_list_new", budget=f"city-{YEAR}"),
    }
    listing = prepare(one)
    counts |= {"draft": asked(clerk, "payment_list", listing.pk), "drafts": asked(clerk, "payment_lists", tab="draft")}
    more = [payable("3.4.5"), payable("3.3.2"), payable("3.4.5")]
    assert asked(clerk, "payment_lists") == counts["waiting"]
    assert asked(clerk, "payment_list_new", budget=f"city-{YEAR}") == counts["new"]
    other = prepare(*more)
    assert asked(clerk, "payment_list", other.pk) == counts["draft"]
    assert asked(clerk, "payment_lists", tab="draft") == counts["drafts"]
    send(listing)
    tell(listing)
    send(other)
    tell(other)
    paid = asked(clerk, "payment_list", listing.pk)
    assert asked(clerk, "payment_list", other.pk) == paid
    assert max([*counts.values(), paid]) <= 25


def test_what_waits_is_what_is_owed(policies_loaded):
    first, second = payable("3.4.5"), payable("3.4.5", district="经开区")
    lines = {line.budget.key: (line.count, line.fen) for line in waiting_by_budget(payer())}
    city = Budget(Share.CITY, None, YEAR).key
    assert lines[city] == (2, first.city_fen + second.city_fen)
    assert len(lines) == 3
    prepare(first)
    assert [award.pk for award in waiting(payer(), Share.CITY)] == [second.pk]
    assert not waiting(officer("高新区", UnitRole.FINANCE), Share.CITY)
    assert Payment.objects.count() == 1


def test_what_is_to_be_paid_again_is_due_again(policies_loaded):
    award = payable("3.4.5")
    listing = sent(award)
    tell(listing)
    tell(sent(award, share=Share.DISTRICT))
    award.refresh_from_db()
    assert award.due_on is None
    run_owed(at=TOLD)  # the letters are issued, which a reversal waits for
    (row,) = rows_of(listing)
    reverse_result(payment=row, reason="误录", on=local_day(TOLD), by=leader(), at=TOLD)
    award.refresh_from_db()
    # Ten working days after the reversal [S].
    assert award.due_on == working_calendar().add_working_days(local_day(TOLD), 10)


def test_what_was_reversed_is_not_told_as_paid(award):
    listing = tell(sent(award))
    run_owed(at=TOLD)
    reverse_result(payment=rows_of(listing)[0], reason="误录", on=local_day(TOLD), by=leader(), at=TOLD)
    award.refresh_from_db()
    company = award.application.enterprise.members.select_related("user").first()
    text = client(company.user).get(reverse("awards:award", args=[award.pk])).content.decode()
    assert f"{zhdate(local_day(TOLD))}冲回，款项没有付出" in text
    assert f"{zhdate(local_day(TOLD))}拨付" not in text
