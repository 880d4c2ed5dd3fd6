"""追回: found, decided by two people, demanded by letter, paid back in instalments, corrected, set off by decision."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import UnitRole
from accounts.models import Ban, Notification, UnitMember
from applications.actions.messages import Enclosure
from awards.actions.bans import lift_ban
from awards.actions.recoveries import drop_recovery, remind_overdue, report_finding, return_recovery_draft
from awards.actions.recovery_receipts import hand_in_voucher, record_receipt, reverse_receipt
from awards.actions.set_offs import decide_set_off, propose_set_off, withdraw_set_off
from awards.enums import AwardState, ReceiptKind, RecoveryState, Share
from awards.models import Award, Recovery, RecoveryReceipt, SetOff
from awards.queries.owed import had_fen, owed_fen, recoverable_fen
from awards.queries.recoveries import outstanding_fen, standing_fen
from common.audit.queries import history
from common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from common.money import capitals, grouped
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from common.workdays import end_of_day, local_day
from letters.content import from_json
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from tests.factories.accounts import AuditorFactory, UserFactory
from tests.factories.applications import make_company
from tests.factories.awards import make_approved_award, payer
from tests.factories.exports import pdf_of
from tests.factories.recoveries import DUE, FOUND_AT, decide, draft, find, make_demanded, make_paid_award, pay, plan
from tests.factories.reviews import LATER, approver, officer

LEAD = "市工信局"
DEMAND = 1_000_000_00
NEXT = FOUND_AT + timedelta(days=5)


def receive(recovery: Recovery, fen: int | None, *, reference: str = "P-1", by=None, at=NEXT, on=None, **more):
    """An instalment, entered by the paying unit."""
    return record_receipt(
        recovery=recovery,
        amount_fen=fen,
        on=on or local_day(at),
        reference=reference,
        by=by or payer(),
        at=at,
        **more,
    )


def events(recovery: Recovery) -> list[str]:
    return [event.event for event in history(recovery)]


def fresh(recovery: Recovery) -> Recovery:
    return Recovery.objects.get(pk=recovery.pk)


@pytest.fixture
def paid(company) -> Award:
    return make_paid_award(company)


@pytest.fixture
def demanded(paid) -> Recovery:
    return make_demanded(paid, DEMAND)


class TestFinding:
    def test_it_waits_for_a_decision_and_the_lead_is_told(self, paid):
        recovery = find(paid, by=payer())
        assert (recovery.state, recovery.unit) == (RecoveryState.FOUND, paid.unit)
        assert events(recovery) == ["recovery.found"]
        assert Notification.objects.filter(user=officer(LEAD), title__startswith="待拟定追回决定").exists()
        assert not Notification.objects.filter(
            user__enterprise_memberships__isnull=False, title__contains="追回"
        ).exists()

    def test_files_are_checked_and_kept(self, paid):
        files = [Enclosure("现场照片.pdf", SimpleUploadedFile("a.pdf", pdf_of("凭证")))]
        recovery = report_finding(award=paid, finding="设备不在现场。", files=files, by=officer(LEAD), at=FOUND_AT)
        assert [file.name for file in recovery.files.all()] == ["现场照片.pdf"]
        bad = [Enclosure("a.exe", SimpleUploadedFile("a.exe", b"MZ..."))]
        with pytest.raises(Invalid) as refused:
            report_finding(award=paid, finding="x", files=bad, by=officer(LEAD), at=FOUND_AT)
        assert "attachments" in refused.value.errors

    def test_nothing_paid_nothing_found(self, company):
        award = make_approved_award(company)
        with pytest.raises(Conflict, match="尚未拨付"):
            find(award)

    def test_one_at_a_time(self, paid):
        find(paid)
        with pytest.raises(Conflict, match="已有一件追回正在办理"):
            find(paid)
        with pytest.raises(DatabaseError), transaction.atomic():
            Recovery.objects.create(award=paid, unit=paid.unit, finding="x", found_by=payer(), found_at=FOUND_AT)

    @pytest.mark.parametrize("who", ["leader of the lead", "handler elsewhere", "enterprise", "auditor", "district"])
    def test_others_may_not(self, paid, company, who):
        people = {
            "leader of the lead": lambda: officer(LEAD, UnitRole.LEADER),
            "handler elsewhere": lambda: officer("市科技局"),
            "enterprise": lambda: company.legal,
            "auditor": AuditorFactory,
            "district": lambda: officer("高新区"),
        }
        with pytest.raises(NotAllowed):
            find(paid, by=people[who]())
        assert not Recovery.objects.exists()

    def test_a_part_paid_is_enough(self, company):
        award = pay(make_approved_award(company), shares=(Share.CITY,))
        assert recoverable_fen(award) == award.city_fen
        with pytest.raises(Invalid, match="最多"):
            draft(find(award), fen=award.city_fen + 1)


class TestDecision:
    def test_every_fault_at_once(self, paid):
        recovery = find(paid)
        with pytest.raises(Invalid) as refused:
            draft(recovery, fen=-1, due_on=local_day(FOUND_AT), ban_years=11, reason=" ")
        assert set(refused.value.errors) == {"amount", "reason", "due_on", "ban_years"}
        assert refused.value.errors["amount"] == ["金额须大于 0 元。"]
        assert fresh(recovery).state == RecoveryState.FOUND

    @pytest.mark.parametrize("fen", [None, 0, -100, True])
    def test_amounts_that_are_none(self, paid, fen):
        with pytest.raises(Invalid) as refused:
            draft(find(paid), fen=fen)
        assert "amount" in refused.value.errors

    def test_no_more_than_was_paid(self, paid):
        with pytest.raises(Invalid) as refused:
            draft(find(paid), fen=paid.settled_fen + 1)
        assert grouped(paid.settled_fen) in refused.value.errors["amount"][0]
        assert draft(Recovery.objects.get(), fen=paid.settled_fen).amount_fen == paid.settled_fen

    def test_two_people(self, paid):
        unit = paid.unit
        both = UserFactory(name="身兼两职")
        UnitMember.objects.create(unit=unit, user=both, role=UnitRole.HANDLER)
        recovery = draft(find(paid), by=both)
        UnitMember.objects.filter(unit=unit, user=both).update(role=UnitRole.APPROVER)
        with pytest.raises(NotAllowed, match="不同的人"):
            decide(recovery, by=both)
        with pytest.raises(DatabaseError), transaction.atomic():
            Recovery.objects.filter(pk=recovery.pk).update(state="decided", decided_by=both, decided_at=FOUND_AT)

    def test_the_letter_says_what_why_when_and_how(self, paid):
        recovery = decide(draft(find(paid), ban_years=2))
        assert recovery.state == RecoveryState.DEMANDED
        letter = Letter.objects.get(request_key=f"recovery:{recovery.pk}")
        text = str(letter.context)
        assert letter.kind == LetterKind.RECOVERY_NOTICE
        assert letter.unit == paid.unit
        for words in (
            grouped(DEMAND),
            capitals(DEMAND),
            "发票虚开，按规定追回。",
            f"{DUE:%Y年%-m月%-d日}",
            "市财政局",
            "附言注明",
            "2年内",
            "行政复议",
            paid.application.clause.document.number,
        ):
            assert words in text, words
        # The last moment is named once, and as a moment: a letter that says 前 alone leaves the day itself open.
        day = f"{DUE:%Y年%-m月%-d日}"
        printed = [paragraph["text"] for paragraph in letter.context["paragraphs"] + letter.context["closing"]]
        assert sum(paragraph.count(day) for paragraph in printed) == 1
        assert any(f"{day}二十四时前" in paragraph for paragraph in printed)
        # The sum in words is printed by the line of the amount: it does not stand twice.
        content = from_json(letter.context)
        assert (content.amount_fen, content.amount_label) == (DEMAND, "应退金额")
        assert not any(capitals(DEMAND) in paragraph for paragraph in printed)
        run_owed(at=FOUND_AT)
        letter.refresh_from_db()
        assert (letter.state, letter.issued_by) == (LetterState.ISSUED, approver(LEAD))

    def test_a_ban_begins_on_the_day_of_the_decision(self, paid, company):
        recovery = decide(draft(find(paid), ban_years=None))
        ban = Ban.objects.get()
        first = local_day(FOUND_AT)
        assert (ban.first_day, ban.last_day) == (first, first.replace(year=first.year + 3) - timedelta(days=1))
        assert (ban.source_key, ban.enterprise) == (f"recovery:{recovery.pk}", company.enterprise)

    def test_no_years_no_ban(self, demanded):
        assert not Ban.objects.exists()

    def test_the_draft_goes_back_with_a_note_and_comes_again(self, paid):
        recovery = draft(find(paid))
        back = return_recovery_draft(
            recovery=recovery,
            note="请核减。",
            expected_version=recovery.version,
            by=approver(LEAD),
            at=FOUND_AT,
        )
        assert (back.state, back.return_note) == (RecoveryState.FOUND, "请核减。")
        assert Notification.objects.filter(user=officer(LEAD), title__startswith="追回决定退回").exists()
        assert decide(draft(back, fen=5)).amount_fen == 5

    def test_a_stale_page_is_told(self, paid):
        recovery = draft(find(paid))
        version = recovery.version
        decide(recovery)
        with pytest.raises(Conflict, match="已发追回通知"):
            return_recovery_draft(recovery=recovery, note="x", expected_version=version, by=approver(LEAD), at=FOUND_AT)

    def test_a_due_day_that_went_by_is_not_decided(self, paid):
        recovery = draft(find(paid))
        with pytest.raises(Invalid, match="退款期限须晚于今天"):
            decide(recovery, at=end_of_day(DUE))
        assert fresh(recovery).state == RecoveryState.DRAFTED
        assert not Letter.objects.filter(kind=LetterKind.RECOVERY_NOTICE).exists()

    def test_dropped_with_a_reason(self, paid):
        recovery = draft(find(paid))
        values = {"recovery": recovery, "expected_version": recovery.version, "at": FOUND_AT}
        with pytest.raises(Invalid):
            drop_recovery(**values, reason=" ", by=approver(LEAD))
        with pytest.raises(NotAllowed):
            drop_recovery(**values, reason="误报", by=officer(LEAD))
        dropped = drop_recovery(**values, reason="核查属误报。", by=approver(LEAD))
        assert (dropped.state, dropped.amount_fen) == (RecoveryState.DROPPED, None)
        find(paid)  # another one may begin

    def test_what_was_decided_never_changes(self, demanded):
        for change in ({"amount_fen": 1}, {"reason": "y"}, {"due_on": date(2030, 1, 1)}, {"ban_years": 9}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Recovery.objects.filter(pk=demanded.pk).update(**change)

    def test_a_second_recovery_only_of_the_rest(self, paid):
        first = make_demanded(paid, paid.settled_fen - 500)
        receive(first, paid.settled_fen - 500)
        assert fresh(first).state == RecoveryState.CLOSED
        second = find(paid)
        with pytest.raises(Invalid, match=r"5[.]00 元"):
            draft(second, fen=501)
        decide(draft(second, fen=500))
        receive(Recovery.objects.get(pk=second.pk), 500)
        with pytest.raises(Conflict, match="没有可以再追回"):
            find(paid)


class TestInstalments:
    def test_they_add_up_and_the_last_one_ends_it(self, demanded, company):
        receive(demanded, 400_000_00)
        assert outstanding_fen(fresh(demanded)) == 600_000_00
        assert fresh(demanded).state == RecoveryState.DEMANDED
        receive(demanded, 600_000_00, reference="P-2", by=officer(LEAD))
        now = fresh(demanded)
        assert (now.state, now.closed_at, outstanding_fen(now)) == (RecoveryState.CLOSED, NEXT, 0)
        assert Notification.objects.filter(user=company.legal, title__startswith="追回已结清").exists()
        assert events(demanded)[-2:] == ["recovery.receipt_recorded"] * 2

    def test_more_than_is_outstanding_names_the_sum(self, demanded):
        receive(demanded, 400_000_00)
        with pytest.raises(Invalid) as refused:
            receive(demanded, 600_000_01, reference="P-2")
        assert refused.value.errors["amount"] == ["退款不能超过尚欠的 600,000.00 元，不能填写 600,000.01 元。"]
        assert standing_fen(demanded) == 400_000_00

    @pytest.mark.parametrize("fen", [-1, 0, None])
    def test_no_negative_correction(self, demanded, fen):
        with pytest.raises(Invalid) as refused:
            receive(demanded, fen)
        assert "amount" in refused.value.errors
        assert not demanded.receipts.exists()

    def test_the_database_takes_no_negative_transfer_either(self, demanded):
        receive(demanded, 10)
        with pytest.raises(DatabaseError), transaction.atomic():
            RecoveryReceipt.objects.create(
                recovery=demanded, kind=ReceiptKind.TRANSFER, amount_fen=-5, on=DUE, by=payer(), at=NEXT
            )

    def test_the_same_voucher_twice(self, demanded):
        receive(demanded, 500_000_00)
        with pytest.raises(Conflict, match="没有重复登记"):
            receive(demanded, 500_000_00)
        assert standing_fen(demanded) == 500_000_00
        receive(demanded, 500_000_00, reference="P-2")

    def test_paid_again_after_it_was_settled(self, demanded):
        receive(demanded, DEMAND)
        with pytest.raises(Conflict, match=r"已结清，尚欠 0[.]00 元"):
            receive(demanded, 1, reference="P-2")

    def test_nothing_before_the_demand(self, paid):
        with pytest.raises(Conflict, match="发出追回通知后"):
            receive(draft(find(paid)), 5)

    def test_days_that_cannot_be(self, demanded):
        for on in (local_day(NEXT) + timedelta(days=1), local_day(LATER) - timedelta(days=1)):
            with pytest.raises(Invalid) as refused:
                receive(demanded, 5, on=on)
            assert set(refused.value.errors) == {"on"}

    def test_without_a_voucher(self, demanded):
        with pytest.raises(Invalid) as refused:
            receive(demanded, 5, reference="  ")
        assert set(refused.value.errors) == {"reference"}

    def test_who_may_not(self, demanded, company):
        for by in (
            company.legal,
            officer("高新区"),
            officer("市财政局", UnitRole.HANDLER),
            officer(LEAD, UnitRole.LEADER),
        ):
            with pytest.raises(NotAllowed):
                receive(demanded, 5, by=by)

    def test_a_reversal_opens_it_again(self, demanded):
        receipt = receive(demanded, DEMAND)
        reversal = reverse_receipt(receipt=receipt, note="录入了别家的回单。", by=payer(), at=NEXT)
        now = fresh(demanded)
        assert (reversal.amount_fen, reversal.reverses) == (-DEMAND, receipt)
        assert (now.state, now.closed_at, outstanding_fen(now)) == (RecoveryState.DEMANDED, None, DEMAND)
        with pytest.raises(Conflict, match="已经冲减"):
            reverse_receipt(receipt=receipt, note="再冲", by=payer(), at=NEXT)
        with pytest.raises(Conflict, match="本身是冲减"):
            reverse_receipt(receipt=reversal, note="冲减的冲减", by=payer(), at=NEXT)
        receive(demanded, DEMAND)  # the same voucher may be entered again, the first entry stands no more
        assert fresh(demanded).state == RecoveryState.CLOSED

    def test_a_reversal_needs_a_reason(self, demanded):
        receipt = receive(demanded, 5)
        with pytest.raises(Invalid) as refused:
            reverse_receipt(receipt=receipt, note=" ", by=payer(), at=NEXT)
        assert refused.value.field == "note"

    def test_not_while_another_one_of_the_award_runs(self, paid):
        first = make_demanded(paid, 100)
        receipt = receive(first, 100)
        find(paid)
        with pytest.raises(Conflict, match="另有一件追回"):
            reverse_receipt(receipt=receipt, note="录错", by=payer(), at=NEXT)
        assert fresh(first).state == RecoveryState.CLOSED

    def test_rows_stay_as_they_are(self, demanded):
        receipt = receive(demanded, 5)
        with pytest.raises(DatabaseError), transaction.atomic():
            RecoveryReceipt.objects.filter(pk=receipt.pk).update(amount_fen=4)
        with pytest.raises(DatabaseError), transaction.atomic():
            receipt.delete()


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(-50, 700)), max_size=14))
def test_whatever_comes_and_is_reversed_what_stands_is_the_sum_and_never_too_much(demanded_small, steps):
    """Random instalments and reversals: standing = Σ of what was taken, 0 ≤ standing ≤ demand, the state follows."""
    recovery, demand, live = demanded_small, 1000, []
    sid = transaction.savepoint()
    for number, (reverse, value) in enumerate(steps):
        try:
            if reverse and live:
                victim = live[value % len(live)]
                reverse_receipt(receipt=victim, note="更正", by=payer(), at=NEXT)
                live.remove(victim)
            else:
                live.append(receive(fresh(recovery), value, reference=f"P-{number}"))
        except DomainError:
            standing = sum(row.amount_fen for row in live)
            assert reverse or value <= 0 or value > demand - standing or standing == demand
        standing = sum(row.amount_fen for row in live)
        assert standing_fen(recovery) == standing
        assert 0 <= standing <= demand
        assert fresh(recovery).state == (RecoveryState.CLOSED if standing == demand else RecoveryState.DEMANDED)
    transaction.savepoint_rollback(sid)


@pytest.fixture
def demanded_small(paid) -> Recovery:
    return make_demanded(paid, 1000)


class TestClock:
    def test_overdue_is_told_once_after_the_due_day(self, demanded, company):
        receive(demanded, 400_000_00)
        message = OutboxMessage.objects.get(kind="awards.recovery_overdue")
        assert message.due_at == end_of_day(DUE)
        run_owed(at=end_of_day(DUE) - timedelta(seconds=1))
        assert not Notification.objects.filter(title__startswith="退款逾期").exists()
        for _ in range(2):
            run_owed(at=end_of_day(DUE))
        told = Notification.objects.filter(title__startswith="退款逾期", user=company.legal)
        assert told.count() == 1
        assert "尚欠 600,000.00 元" in told.get().body
        assert Notification.objects.filter(title__startswith="退款逾期", user=officer(LEAD)).count() == 1

    def test_nobody_is_told_where_all_is_back(self, demanded):
        receive(demanded, DEMAND)
        assert remind_overdue(recovery_id=demanded.pk, at=end_of_day(DUE)) is False


class TestVoucher:
    def test_the_enterprise_hands_it_in_and_the_payers_are_told(self, demanded, company):
        def voucher():
            return [Enclosure("回单.pdf", SimpleUploadedFile("回单.pdf", pdf_of("凭证")))]

        hand_in_voucher(recovery=demanded, files=voucher(), by=company.agent, at=NEXT)
        hand_in_voucher(recovery=demanded, files=voucher(), by=company.agent, at=NEXT)
        assert demanded.files.filter(by=company.agent).count() == 1
        assert Notification.objects.filter(user=payer(), title__startswith="退款凭证").count() == 1
        with pytest.raises(NotFound):
            hand_in_voucher(recovery=demanded, files=voucher(), by=officer(LEAD), at=NEXT)
        with pytest.raises(Invalid):
            hand_in_voucher(recovery=demanded, files=[], by=company.agent, at=NEXT)


@pytest.fixture
def later(demanded, company) -> Award:
    """A later award of the same enterprise, approved and not paid."""
    return make_approved_award(company, "3.3.2")


def propose(recovery, award, fen, *, share=Share.CITY, by=None, reason="企业书面同意抵扣。"):
    return propose_set_off(
        recovery=recovery, award=award, share=share, amount_fen=fen, reason=reason, by=by or officer(LEAD), at=NEXT
    )


def set_off(recovery, award, fen, *, share=Share.CITY) -> SetOff:
    proposal = propose(recovery, award, fen, share=share)
    return decide_set_off(proposal=proposal, expected_version=proposal.version, by=approver(LEAD), at=NEXT)


class TestSetOff:
    def test_the_later_award_is_paid_less_and_the_claim_is_smaller(self, demanded, later, company):
        fen = 300_000_00
        row = set_off(demanded, later, fen)
        assert (row.proposed_by, row.decided_by) == (officer(LEAD), approver(LEAD))
        assert owed_fen(later, Share.CITY) == later.city_fen - fen
        assert owed_fen(later, Share.DISTRICT) == later.district_fen
        assert outstanding_fen(fresh(demanded)) == DEMAND - fen
        receipt = demanded.receipts.get()
        assert (receipt.kind, receipt.set_off) == (ReceiptKind.SET_OFF, row)
        assert Notification.objects.filter(user=company.legal, title__startswith="抵扣决定").exists()
        # What was set off counts as had: it may be demanded back like what was paid.
        paid = pay(later)
        assert (paid.state, had_fen(paid)) == (AwardState.PAID, later.settled_fen)
        with pytest.raises(Conflict, match="不能冲减"):
            reverse_receipt(receipt=receipt, note="x", by=payer(), at=NEXT)

    def test_it_may_take_the_whole_award_which_is_then_done(self, paid, company):
        demanded = make_demanded(paid, paid.settled_fen)
        later = make_approved_award(company, "3.3.2")
        for share, fen in ((Share.CITY, later.city_fen), (Share.DISTRICT, later.district_fen)):
            if fen:
                set_off(demanded, later, fen, share=share)
        later.refresh_from_db()
        assert later.state == AwardState.PAID
        assert outstanding_fen(fresh(demanded)) == paid.settled_fen - later.settled_fen

    def test_the_last_fen_ends_the_claim(self, demanded, later):
        set_off(demanded, later, DEMAND)
        assert fresh(demanded).state == RecoveryState.CLOSED

    def test_no_more_than_is_outstanding_or_owed(self, demanded, later):
        with pytest.raises(Invalid, match=r"尚欠的 1,000,000[.]00 元"):
            propose(demanded, later, DEMAND + 1)
        receive(demanded, DEMAND - 500)
        with pytest.raises(Invalid, match=r"尚欠的 5.00 元"):
            propose(demanded, later, 501)
        big = make_demanded_of_rest(demanded)
        with pytest.raises(Invalid, match="尚待拨付的市级资金"):
            propose(big, later, later.city_fen + 1)

    @pytest.mark.parametrize("fen", [0, -5, None])
    def test_amounts_that_are_none(self, demanded, later, fen):
        with pytest.raises(Invalid):
            propose(demanded, later, fen)

    def test_other_enterprises_and_states_are_no_targets(self, demanded, later, stranger):
        with pytest.raises(Invalid, match="同一企业"):
            propose(demanded, make_approved_award(stranger, "3.3.2"), 5)
        with pytest.raises(Invalid, match="本身"):
            propose(demanded, demanded.award, 5)
        plan(later, Share.CITY)
        with pytest.raises(Invalid, match="已列入拨付清单"):
            propose(demanded, later, 5)
        assert propose(demanded, later, 5, share=Share.DISTRICT)

    def test_a_list_made_between_proposal_and_decision_wins(self, demanded, later):
        proposal = propose(demanded, later, 5)
        plan(later, Share.CITY)
        with pytest.raises(Invalid, match="请退回后重新提出"):
            decide_set_off(proposal=proposal, expected_version=proposal.version, by=approver(LEAD), at=NEXT)
        assert not SetOff.objects.exists()
        assert outstanding_fen(fresh(demanded)) == DEMAND

    def test_two_people_and_one_proposal_at_a_time(self, demanded, later):
        proposal = propose(demanded, later, 5)
        with pytest.raises(Conflict, match="待审核的抵扣"):
            propose(demanded, later, 5, share=Share.DISTRICT)
        with pytest.raises(NotAllowed):
            decide_set_off(proposal=proposal, expected_version=1, by=officer(LEAD), at=NEXT)
        with pytest.raises(NotAllowed):
            propose(demanded, later, 5, by=payer())
        with pytest.raises(Invalid):
            withdraw_set_off(proposal=proposal, expected_version=1, by=approver(LEAD), at=NEXT)
        withdraw_set_off(proposal=proposal, expected_version=1, note="先催收。", by=approver(LEAD), at=NEXT)
        with pytest.raises(Conflict, match="已被处理"):
            decide_set_off(proposal=proposal, expected_version=1, by=approver(LEAD), at=NEXT)
        own = propose(demanded, later, 5)
        assert withdraw_set_off(proposal=own, expected_version=1, by=officer(LEAD), at=NEXT).state == "withdrawn"

    def test_before_the_demand_there_is_nothing_to_set_off(self, paid, company):
        recovery = draft(find(paid))
        with pytest.raises(Conflict, match="只有已发追回通知"):
            propose(recovery, make_approved_award(company, "3.3.2"), 5)


def make_demanded_of_rest(recovery: Recovery) -> Recovery:
    """Close a recovery and demand the whole rest of its award."""
    receive(recovery, outstanding_fen(fresh(recovery)), reference="P-rest")
    award = Award.objects.get(pk=recovery.award_id)
    return make_demanded(award, recoverable_fen(award))


class TestBan:
    def test_lifted_by_the_head_of_the_lead_with_a_reason(self, paid, company):
        decide(draft(find(paid), ban_years=1))
        ban = Ban.objects.get()
        head = officer(LEAD, UnitRole.LEADER)
        for by in (approver(LEAD), officer("市科技局", UnitRole.LEADER), company.legal):
            with pytest.raises(NotAllowed):
                lift_ban(ban=ban, reason="已整改。", by=by, at=NEXT)
        with pytest.raises(Invalid):
            lift_ban(ban=ban, reason="", by=head, at=NEXT)
        lifted = lift_ban(ban=ban, reason="已整改并退清。", by=head, at=NEXT)
        assert (lifted.lifted_by, lifted.lifted_reason) == (head, "已整改并退清。")
        with pytest.raises(Conflict, match="已经解除"):
            lift_ban(ban=ban, reason="再解除", by=head, at=NEXT)

    def test_one_that_has_ended_needs_no_lifting(self, paid):
        decide(draft(find(paid), ban_years=1))
        ban = Ban.objects.get()
        with pytest.raises(Conflict, match="期满"):
            lift_ban(ban=ban, reason="x", by=officer(LEAD, UnitRole.LEADER), at=end_of_day(ban.last_day))

    def test_the_29th_of_february(self, paid):
        at = FOUND_AT.replace(year=2028, month=2, day=29)
        recovery = draft(find(paid), ban_years=1, due_on=date(2028, 6, 1))
        decide(recovery, at=at)
        assert (Ban.objects.get().first_day, Ban.objects.get().last_day) == (date(2028, 2, 29), date(2029, 2, 28))


class TestWhoReads:
    def test_a_finding_is_internal(self, paid, company):
        recovery = find(paid)
        seen = lambda user: Recovery.objects.visible_to(user).filter(pk=recovery.pk).exists()  # noqa: E731
        assert [seen(user) for user in (officer(LEAD), payer(), AuditorFactory(), officer(LEAD, UnitRole.LEADER))] == [
            True
        ] * 4
        others = (company.legal, officer("高新区"), officer("市科技局"), make_company(district="经开区").legal)
        assert [seen(user) for user in others] == [False] * 4
        decide(draft(recovery))
        assert [seen(user) for user in others] == [True, True, False, False]

    def test_a_member_of_the_enterprise_in_the_lead_sees_what_the_enterprise_sees(self, paid, company):
        recovery = find(paid)
        UnitMember.objects.create(unit=paid.unit, user=company.agent, role=UnitRole.HANDLER)
        assert not Recovery.objects.visible_to(company.agent).filter(pk=recovery.pk).exists()
