"""拨付: from approved awards to money in the bank, by two people, once, to the 分."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from accounts.enums import UnitRole
from accounts.models import Enterprise, Notification
from awards.actions.payments import (
    cancel_list,
    finish_where_nothing_is_owed,
    prepare_list,
    remove_row,
    reverse_result,
)
from awards.enums import AwardState, ListState, PaymentState, RecoveryState, ResultKind, Share
from awards.models import Award, Envelope, Payment, PaymentList, PaymentResult, Recovery, SetOff
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import run_owed
from common.workdays import local_day
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from reviews.models import Participation
from tests.awards.payments import (
    PREPARED,
    SENT,
    TOLD,
    give_account,
    leader,
    name_subjects,
    payable,
    paying,
    prepare,
    result,
    rows_of,
    send,
    sent,
    tell,
)
from tests.factories.applications import YEAR, make_company
from tests.factories.awards import make_approved_award, make_award, payer
from tests.factories.reviews import approver, officer

pytestmark = pytest.mark.django_db


def fresh(award):
    return Award.objects.get(pk=award.pk)


@pytest.fixture
def award(policies_loaded):
    return payable("3.4.5")


# From approval to the bank -------------------------------------------------------------------------------------------


def test_both_parts_are_paid_and_the_award_is_paid_whole(award):
    city, district = sent(award), sent(award, share=Share.DISTRICT)
    assert (city.number, district.number) == ("BF2026-0001", "BF2026-0002")
    assert fresh(award).state == AwardState.PAYING
    tell(city, expected_total_fen=award.city_fen)
    assert fresh(award).state == AwardState.PAYING
    assert PaymentList.objects.get(pk=city.pk).state == ListState.CLOSED
    tell(district)
    paid = fresh(award)
    assert (paid.state, paid.due_on) == (AwardState.PAID, None)
    assert local_day(paid.paid_at) == local_day(TOLD)
    assert paid.payments.aggregate(sum=Sum("amount_fen"))["sum"] == paid.settled_fen
    for envelope in Envelope.objects.all():
        assert envelope.paid_fen == envelope.committed_fen > 0


def test_what_a_row_says_is_that_of_its_moment(award):
    number = give_account(award.application.enterprise, "360501881234567890")
    (row,) = rows_of(sent(award))
    assert (row.account_number, row.bank_code, row.subject) == (number, "104421000017", "2150805 中小企业发展专项")
    assert row.purpose == "2024年度3.4.5" + award.application.clause.title + "奖补资金"
    give_account(award.application.enterprise, "999900001111222233")
    assert rows_of(row.list)[0].account_number == number


def test_due_in_working_days_of_the_procedure(award):
    # Ten working days after 5 March 2026 (Thursday).
    assert sent(award).due_on == date(2026, 3, 19)


def test_the_day_of_payment_is_that_of_the_bank(policies_loaded):
    award = payable("3.4.5")
    Award.objects.filter(pk=award.pk)
    tell(sent(award), result(on=local_day(SENT)))
    tell(sent(award, share=Share.DISTRICT), result(on=local_day(SENT) + timedelta(days=1)))
    assert local_day(fresh(award).paid_at) == local_day(SENT) + timedelta(days=1)


def test_the_enterprise_gets_a_letter_and_is_told(award, django_capture_on_commit_callbacks):
    listing = sent(award)
    tell(listing)
    letter = Letter.objects.get(kind=LetterKind.PAYMENT_NOTICE)
    assert (letter.unit, letter.enterprise) == (paying(), award.application.enterprise)
    run_owed(at=TOLD)
    letter.refresh_from_db()
    assert letter.state == LetterState.ISSUED
    words = str(letter.context)
    assert "2150805 中小企业发展专项" in words
    assert "预算（市级）" in words
    titles = list(
        Notification.objects.filter(user__enterprise_memberships__isnull=False).values_list("title", flat=True)
    )
    assert f"资金已拨付：{award.application.number}" in titles


def test_a_share_of_nothing_needs_no_row(policies_loaded, monkeypatch):
    monkeypatch.setattr("awards.queries.shares.city_share", lambda award, *, on: "100%")
    award = payable("3.4.5")
    assert award.district_fen == 0
    with pytest.raises(Invalid, match="没有需要拨付的金额"):
        prepare(award, share=Share.DISTRICT)
    tell(sent(award))
    assert fresh(award).state == AwardState.PAID


def test_a_set_off_is_paid_less_and_counts_as_paid(award):
    set_off(award, Share.CITY, 100)
    listing = sent(award)
    assert listing.total_fen == award.city_fen - 100
    tell(listing)
    tell(sent(award, share=Share.DISTRICT))
    assert fresh(award).state == AwardState.PAID
    letter = Letter.objects.filter(kind=LetterKind.PAYMENT_NOTICE).order_by("pk")[0]
    assert "抵扣应退资金" in str(letter.context)


def test_what_is_set_off_whole_needs_no_row_and_is_finished_by_the_decision(award):
    set_off(award, Share.CITY, award.city_fen)
    with pytest.raises(Invalid, match="已全部抵扣"):
        prepare(award)
    set_off(award, Share.DISTRICT, award.district_fen)
    with transaction.atomic():
        assert finish_where_nothing_is_owed(fresh(award), by=None, at=TOLD)
    assert fresh(award).state == AwardState.PAID


def test_nothing_is_finished_while_something_is_owed(award):
    set_off(award, Share.CITY, award.city_fen)
    with transaction.atomic():
        assert not finish_where_nothing_is_owed(fresh(award), by=None, at=TOLD)
    tell(sent(award, share=Share.DISTRICT))
    assert fresh(award).state == AwardState.PAID


def set_off(award, share, fen):
    """A decided set-off against this award, of another award of the same enterprise."""
    unit = award.unit
    claim = Recovery.objects.filter(award=award).first() or Recovery.objects.create(
        award=award, unit=unit, finding="测试", found_by=officer(unit), found_at=PREPARED, state=RecoveryState.DROPPED
    )
    return SetOff.objects.create(
        recovery=claim,
        award=award,
        share=share,
        amount_fen=fen,
        reason="测试抵扣",
        proposed_by=officer(unit),
        decided_by=approver(unit),
        decided_at=PREPARED,
    )


# Making a list -------------------------------------------------------------------------------------------------------


def test_every_fault_at_once_and_no_number_is_lost(policies_loaded):
    good, without = payable("3.4.5"), make_approved_award(make_company())
    early = make_award(make_company())
    other_year = payable("3.4.5")
    with pytest.raises(Invalid) as caught:
        prepare(good, without, early, policy_year=YEAR + 1)
    told = "\n".join(caught.value.errors[""])
    assert f"{without.application.enterprise.name}尚未填写完整的收款账户" in told
    assert f"{early.application.number} {early.application.enterprise.name}：已核定，待公示" in told
    assert f"属于 {YEAR} 年度，不是 {YEAR + 1} 年度" in told
    assert not PaymentList.objects.exists()
    assert prepare(good, other_year).number == "BF2026-0001"


def test_a_district_pays_only_for_its_own(policies_loaded):
    here, there = payable("3.4.5"), payable("3.4.5", district="经开区")
    with pytest.raises(Invalid, match="不属于高新区"):
        prepare(here, there, share=Share.DISTRICT)
    with pytest.raises(Invalid, match="须指明县区"):
        prepare(here, share=Share.DISTRICT, district=None)


def test_nothing_chosen_and_no_budget_are_told(award, monkeypatch):
    with pytest.raises(Invalid, match="至少选择一笔"):
        prepare_list(
            unit=paying(), share=Share.CITY, district=None, policy_year=YEAR, awards=[], by=payer(), at=PREPARED
        )
    monkeypatch.setattr("awards.actions.payments.envelope_for", lambda award, share: None)
    with pytest.raises(Invalid, match=r"没有3\.4\.5条款的市级预算"):
        prepare(award)


@pytest.mark.parametrize("stage", ["draft", "sent", "paid"])
def test_a_share_goes_on_one_list_only(award, stage):
    listing = prepare(award)
    if stage != "draft":
        send(listing)
    if stage == "paid":
        tell(listing)
    with pytest.raises(Invalid, match="已列入清单BF2026-0001第 1 笔"):
        prepare(award)


def test_a_removed_row_is_free_again_and_the_list_counts_less(policies_loaded):
    first, second = payable("3.4.5"), payable("3.4.5")
    listing = prepare(first, second)
    row = rows_of(listing)[0]
    listing = remove_row(payment=row, expected_version=listing.version, by=payer(), at=PREPARED)
    assert (listing.count, listing.total_fen) == (1, second.city_fen)
    with pytest.raises(Conflict):
        remove_row(payment=rows_of(listing)[0], expected_version=1, by=payer(), at=PREPARED)
    again = prepare(row.award)
    assert rows_of(again)[0].follows is None
    listing = remove_row(payment=rows_of(listing)[0], expected_version=listing.version, by=payer(), at=PREPARED)
    assert (listing.state, listing.total_fen) == (ListState.CANCELLED, 0)


def test_a_cancelled_list_keeps_its_number_and_frees_its_awards(award):
    listing = prepare(award)
    cancel_list(payment_list=listing, expected_version=listing.version, by=leader(), at=PREPARED)
    assert prepare(award).number == "BF2026-0002"
    with pytest.raises(Conflict, match="已取消"):
        send(listing)


# Sending -------------------------------------------------------------------------------------------------------------


def test_two_people_and_the_version_they_saw(award):
    listing = prepare(award)
    with pytest.raises(NotAllowed, match="须为不同的人"):
        send(listing, by=payer())
    with pytest.raises(Conflict):
        send(listing, expected_version=listing.version + 1)
    assert send(listing, by=leader()).state == ListState.SENT


def test_budgets_without_their_subject_are_listed(policies_loaded):
    first, second = payable("3.4.5"), payable("3.3.2")
    Envelope.objects.filter(share=Share.CITY).update(subject_code="")
    listing = prepare(first, second)
    with pytest.raises(Invalid) as caught:
        send(listing)
    assert sum("没有填写预算科目" in sentence for sentence in caught.value.errors[""]) == 2
    assert PaymentList.objects.get(pk=listing.pk).state == ListState.DRAFT
    name_subjects([first])
    assert send(listing).count == 2


def test_an_account_that_changed_since_is_not_paid_to(award):
    listing = prepare(award)
    give_account(award.application.enterprise, "360501889999999999")
    with pytest.raises(Invalid, match="收款账户在编制后有变更"):
        send(listing)


@pytest.mark.parametrize(
    "change",
    [{"total_fen": 1}, {"due_on": date(2027, 1, 1)}, {"state": "sent", "sent_at": TOLD}, {"pdf_sha256": "1" * 64}],
)
def test_after_sending_nothing_on_the_list_changes(award, change):
    listing = sent(award)
    run_owed(at=SENT)
    with pytest.raises(Exception, match="Cannot update rows"), transaction.atomic():
        PaymentList.objects.filter(pk=listing.pk).update(**change)
    for column in ("amount_fen", "row"):
        with pytest.raises(Exception, match="Cannot update rows"), transaction.atomic():
            Payment.objects.filter(list=listing).update(**{column: 7})
    with pytest.raises(Exception, match="Cannot update rows"), transaction.atomic():
        Payment.objects.filter(list=listing).update(account_number="360501889999999999")


# Results -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(policies_loaded):
    """A sent list of three rows."""
    return sent(payable("3.4.5"), payable("3.4.5"), payable("3.3.2"))


FAULTS = {
    "unknown": ([result(9)], "9", "没有这一笔"),
    "doubled": ([result(1), result(1, ResultKind.RETURNED)], "1", "结果出现了 2 次"),
    "future": ([result(1, on=local_day(TOLD) + timedelta(days=1))], "1", "晚于今天"),
    "before sending": ([result(1, on=local_day(SENT) - timedelta(days=1))], "1", "早于清单送拨付"),
    "without reason": ([result(1, ResultKind.RETURNED, reason=" ")], "1", "退回须写明原因"),
    "another amount": ([result(1, amount_fen=1)], "1", "不符"),
    "reversed": ([result(1, ResultKind.REVERSED, reason="x")], "1", "请选择“已拨付”或“退回”"),
    "long reference": ([result(1, reference="9" * 61)], "1", "凭证号不能超过 60 字"),
    "nothing": ([], "", "没有填写任何一笔"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_and_nothing_is_entered(three, name):
    results, key, sentence = FAULTS[name]
    from awards.actions.payments import record_results

    with pytest.raises(Invalid) as caught:
        record_results(payment_list=three, results=[*results, *([result(2)] if results else [])], by=payer(), at=TOLD)
    assert any(sentence in text for text in caught.value.errors[key])
    assert not PaymentResult.objects.exists()
    assert not Envelope.objects.exclude(paid_fen=0).exists()
    assert {row.state for row in rows_of(three)} == {PaymentState.SENT}


def test_without_a_day_nothing_is_entered(three):
    with pytest.raises(Invalid, match="请填写日期"):
        tell(three, result(1).__class__(row=1, kind="paid", on=None))


def test_a_wrong_sum_is_refused_with_both_sums(three):
    total = sum(row.amount_fen for row in rows_of(three))
    with pytest.raises(Invalid, match=r"合计不符.*相差 0\.01 元"):
        tell(three, expected_total_fen=total + 1)
    returned = rows_of(three)[2]
    told = [result(1), result(2), result(3, ResultKind.RETURNED)]
    with pytest.raises(Invalid, match="合计不符"):
        tell(three, *told, expected_total_fen=total)
    tell(three, *told, expected_total_fen=total - returned.amount_fen)


def test_every_fault_is_told_by_its_row(three):
    with pytest.raises(Invalid) as caught:
        tell(three, result(1, ResultKind.RETURNED, reason=""), result(2, on=date(2020, 1, 1)), result(8))
    assert set(caught.value.errors) == {"1", "2", "8"}
    assert "全部结果均未录入" in caught.value.message


def test_a_row_has_one_result(three):
    tell(three, result(1))
    for again in (result(1), result(1, ResultKind.RETURNED)):
        with pytest.raises(Invalid, match="已有结果“已拨付”，由"):
            tell(three, again)
    tell(three, result(2), result(3, ResultKind.RETURNED))
    assert PaymentList.objects.get(pk=three.pk).state == ListState.CLOSED
    with pytest.raises(Invalid, match="已有结果"):
        tell(three, result(3))


def test_a_draft_has_no_results(award):
    with pytest.raises(Conflict, match="送拨付后才能录入"):
        tell(prepare(award))


def test_a_row_taken_off_before_sending_is_unknown(policies_loaded):
    listing = prepare(payable("3.4.5"), payable("3.4.5"))
    listing = remove_row(payment=rows_of(listing)[0], expected_version=listing.version, by=payer(), at=PREPARED)
    send(listing)
    with pytest.raises(Invalid, match="没有这一笔"):
        tell(listing, result(1))
    assert tell(listing, result(2)).state == ListState.CLOSED


def test_returned_then_paid_again_to_the_new_account(award):
    listing = tell(sent(award), result(1, ResultKind.RETURNED))
    assert (listing.state, fresh(award).state) == (ListState.CLOSED, AwardState.APPROVED)
    assert Envelope.objects.get(share=Share.CITY).paid_fen == 0
    assert not Letter.objects.filter(kind=LetterKind.PAYMENT_NOTICE).exists()
    note = Notification.objects.filter(title__startswith="拨付被退回").first()
    assert "账号户名不符" in note.body
    number = give_account(award.application.enterprise, "360501887777777777")
    again = prepare(award, at=TOLD)
    (old,), (new,) = rows_of(listing), rows_of(again)
    assert (new.follows, new.account_number) == (old, number)
    again = cancel_list(payment_list=again, expected_version=again.version, by=payer(), at=TOLD)
    third = prepare(award, at=TOLD)
    assert rows_of(third)[0].follows == new  # the chain goes on over what was taken off
    tell(send(third, at=TOLD))
    tell(sent(award, share=Share.DISTRICT))
    assert fresh(award).state == AwardState.PAID


def test_after_two_returns_one_notice_tells_of_what_was_paid_in_the_end(award):
    for days in (0, 1):
        at = TOLD + timedelta(days=days)
        listing = send(prepare(award, at=at), at=at)
        tell(listing, result(1, ResultKind.RETURNED, on=local_day(at)), at=at)
        number = give_account(award.application.enterprise)
    last = send(prepare(award, at=at), at=at)
    tell(last, result(1, on=local_day(at)), at=at)
    (letter,) = Letter.objects.filter(kind=LetterKind.PAYMENT_NOTICE)
    told = {row[0]: row[1] for row in letter.context["table"]["rows"]}
    assert told["收款账户"].endswith(f"账号末四位 {number[-4:]}")
    assert told["拨付清单"] == f"{last.number} 第 1 笔"
    assert told["本次拨付"] == told["其中市级分担"]
    assert Envelope.objects.get(share=Share.CITY).paid_fen == rows_of(last)[0].amount_fen


def test_one_part_returned_the_other_paid_the_award_stays_on_its_way(award):
    city, district = sent(award), sent(award, share=Share.DISTRICT)
    tell(city)
    tell(district, result(1, ResultKind.RETURNED))
    assert fresh(award).state == AwardState.PAYING
    tell(sent(award, share=Share.DISTRICT))
    assert fresh(award).state == AwardState.PAID


# Reversal ------------------------------------------------------------------------------------------------------------


def reverse(row, **values):
    defaults = {"reason": "误录，款项未付出", "on": local_day(TOLD), "by": leader(), "at": TOLD}
    return reverse_result(payment=row, **defaults | values)


def test_a_wrong_entry_is_reversed_and_the_share_paid_again(award):
    listing = sent(award)
    tell(listing)
    tell(sent(award, share=Share.DISTRICT))
    run_owed(at=TOLD)
    (row,) = rows_of(listing)
    reverse(row)
    assert (fresh(award).state, fresh(award).paid_at) == (AwardState.PAYING, None)
    assert Envelope.objects.get(share=Share.CITY).paid_fen == 0
    assert [one.kind for one in row.results.order_by("pk")] == [ResultKind.PAID, ResultKind.REVERSED]
    assert Letter.objects.get(request_key=f"payment:{row.pk}").state == LetterState.VOID
    with pytest.raises(Conflict, match="只有已拨付的才能冲回"):
        reverse(row)
    again = sent(award, at=TOLD)
    assert rows_of(again)[0].follows == row
    tell(again)
    assert fresh(award).state == AwardState.PAID


def test_reversing_the_only_payment_sends_the_award_back_to_be_paid(award):
    listing = sent(award)
    tell(listing)
    run_owed(at=TOLD)
    reverse(rows_of(listing)[0])
    assert fresh(award).state == AwardState.APPROVED


def test_who_reverses_and_when(award):
    listing = sent(award)
    tell(listing)
    (row,) = rows_of(listing)
    with pytest.raises(Conflict, match="正在生成"):
        reverse(row)
    run_owed(at=TOLD)
    with pytest.raises(NotAllowed, match="负责人"):
        reverse(row, by=payer())
    paying().members.create(user=payer(), role=UnitRole.LEADER)
    with pytest.raises(NotAllowed, match="录入和冲回须为不同的人"):
        reverse(row, by=payer())
    with pytest.raises(Invalid) as caught:
        reverse(row, reason=" ", on=local_day(TOLD) + timedelta(days=1))
    assert set(caught.value.errors) == {"reason", "on"}
    with pytest.raises(Invalid, match="不能早于拨付日期"):
        reverse(row, on=local_day(SENT))
    Recovery.objects.create(award=award, unit=award.unit, finding="测试", found_by=officer(award.unit), found_at=TOLD)
    with pytest.raises(Conflict, match="已有追回事项"):
        reverse(row)
    assert rows_of(listing)[0].state == PaymentState.PAID


# Who -----------------------------------------------------------------------------------------------------------------


def test_only_the_paying_unit_pays(award):
    for stranger in (officer(award.unit), approver(award.unit), officer("高新区", UnitRole.FINANCE)):
        with pytest.raises(NotAllowed):
            prepare(award, by=stranger)
    with pytest.raises(NotAllowed):
        prepare(award, by=leader())  # the leader sends, and makes no list
    listing = sent(award)
    with pytest.raises(NotAllowed):
        tell(listing, by=leader())


def test_whoever_took_part_in_the_review_keeps_away(award):
    case, barred = award.application.case, payer(another=True)
    Participation.objects.create(case=case, stage=case.stages.first(), user=barred, first_at=PREPARED)
    with pytest.raises(NotAllowed, match="环节办理过"):
        prepare(award, by=barred)
    listing = prepare(award)
    with pytest.raises(NotAllowed, match="环节办理过"):
        send(listing, by=barred)
    send(listing, by=leader())
    with pytest.raises(NotAllowed, match="环节办理过"):
        tell(listing, by=barred)


# What the database refuses whatever asks it ---------------------------------------------------------------------------


def _row(award, envelope, listing, fen, row=99, state="sent"):
    return Payment(
        list=listing,
        row=row,
        award=award,
        envelope=envelope,
        share=Share.CITY,
        amount_fen=fen,
        state=state,
        purpose="x",
    )


def test_paid_never_exceeds_awarded_even_by_hand(award):
    listing = prepare(award)
    envelope = rows_of(listing)[0].envelope
    with pytest.raises(IntegrityError, match="exceeds what is owed"), transaction.atomic():
        _row(award, envelope, listing, 1).save()
    cancel_list(payment_list=listing, expected_version=listing.version, by=payer(), at=PREPARED)
    with pytest.raises(IntegrityError, match="exceeds what is owed"), transaction.atomic():
        _row(award, envelope, listing, award.city_fen + 1).save()
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE awards_payment SET state = 'reversed', amount_fen = amount_fen * 2")


def test_results_stay(award):
    tell(sent(award))
    with pytest.raises(Exception, match="Cannot update or delete rows"), transaction.atomic():
        PaymentResult.objects.update(on=date(2026, 1, 1))
    with pytest.raises(Exception, match="Cannot delete rows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM awards_payment")


# Bank data -----------------------------------------------------------------------------------------------------------


def test_no_account_lies_open_in_the_database_or_the_trail(award, settings):
    number = give_account(award.application.enterprise, "360501886543210987")
    listing = sent(award)
    run_owed(at=SENT)
    tell(listing)
    run_owed(at=TOLD)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{number}%"])
            if cursor.fetchone()[0]:
                found.append(table)
        cursor.execute("SELECT account_number FROM awards_payment")
        assert cursor.fetchone()[0].startswith("gAAAA")
    assert found == []
    reads = AuditEvent.objects.filter(event="accounts.bank_account_read")
    assert {event.data["account"] for event in reads} == {"**** **** 0987"}
    assert {event.data["purpose"] for event in reads} == {"编制拨付清单", f"核对拨付清单{listing.number}"}
    assert Enterprise.objects.get(pk=award.application.enterprise_id).bank_account == number
