"""Random histories of one enterprise and year, from approval to repayment: the sums agree to the 分 after every
gesture, and a gesture that is refused changes nothing.

Every gesture is a real action by a person who may make it; which one comes next, and on what, is drawn. What is
asked of the whole afterwards is written down here without the product's own queries.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.enums import UnitRole
from accounts.models import Unit
from applications.enums import State
from applications.models import Application
from awards.actions import compute_award, confirm_settlement, propose_settlement
from awards.actions.payment_results import ResultInput, record_results
from awards.actions.payment_reversal import reverse_result
from awards.actions.payment_send import send_list
from awards.actions.payments import prepare_list
from awards.actions.recoveries import decide_recovery, draft_recovery, report_finding
from awards.actions.recovery_receipts import record_receipt, reverse_receipt
from awards.actions.returning import return_award
from awards.actions.set_offs import decide_set_off, propose_set_off
from awards.enums import AwardState, EntryKind, PaymentState, RecoveryState, Share
from awards.models import (
    Award,
    Envelope,
    EnvelopeEntry,
    GroupChoice,
    Payment,
    PaymentList,
    PublicityRound,
    Recovery,
    RecoveryReceipt,
    SetOff,
    Settlement,
    YearAccount,
)
from awards.queries.shares import paying_unit
from common.errors import DomainError
from common.workdays import local_day
from policies.models import Clause
from tests.awards.test_compute import with_sales
from tests.factories.awards import fund, payer
from tests.factories.publicity import answer, close, make_round, object_to
from tests.factories.reviews import LATER, advance_to, approver, case_of, make_approved, officer

pytestmark = pytest.mark.django_db

#: Two of one group, one of another lead, one outside the cap; the cap of 5 % of 2.2 亿元 binds.
CLAUSES = ("3.3.1", "3.4.1", "3.4.5", "3.1.1")
EXEMPT = {"3.1.1"}
SALES = "220000000.00"
GROUP = "研发投入"
STEPS = 40


class History:
    """One enterprise and year, its people, and the clock of this history."""

    def __init__(self, company, approved: list[int]) -> None:
        self.company = company
        self.approved = approved
        self.now: datetime = LATER
        self.refused = 0

    @property
    def account(self) -> YearAccount:
        account = YearAccount.objects.filter(enterprise=self.company.enterprise).first()
        if account is None:
            raise NothingToDo
        return account

    def uncomputed(self) -> list[int]:
        computed = Award.objects.exclude(state=AwardState.RETURNED).values("application")
        found = Application.objects.filter(pk__in=self.approved, state=State.APPROVED).exclude(pk__in=computed)
        return list(found.order_by("pk").values_list("pk", flat=True))

    def onward(self) -> list[str]:
        """The gestures that take something on to the bank now."""
        listed = Payment.objects.filter(state__in=["planned", "sent", "paid"]).values("award")
        ready = {
            "compute": self.uncomputed(),
            "settle": self.awards(AwardState.CANDIDATE),
            "publish": self.awards(AwardState.SETTLED),
            "close": PublicityRound.objects.filter(state="open"),
            "refute": self.awards(AwardState.OBJECTED),
            "approve_again": Application.objects.filter(pk__in=self.approved, state=State.UNDER_REVIEW),
            "prepare": Award.objects.filter(state__in=["approved", "paying"]).exclude(pk__in=listed),
            "send": PaymentList.objects.filter(state="draft"),
            "paid": Payment.objects.filter(state=PaymentState.SENT),
        }
        return [name for name, found in ready.items() if found]

    def awards(self, *states: str) -> list[Award]:
        return list(Award.objects.filter(state__in=states).order_by("pk"))

    # ------------------------------------------------------------------------------------------------ gestures

    def compute(self, pick: Callable) -> None:
        compute_award(application_id=pick(self.uncomputed()), at=self.now)
        for award in Award.objects.all():
            for envelope in fund(award, at=self.now).values():
                Envelope.objects.filter(pk=envelope.pk).update(subject_code="2150805", subject_name="中小企业发展专项")

    def choose(self, pick: Callable) -> None:
        first, second = (Clause.objects.get(clause_id=clause) for clause in CLAUSES[:2])
        GroupChoice.objects.create(
            account=self.account,
            group=GROUP,
            clause=pick([first, second]),
            recommended=second,
            chosen_by=self.company.legal,
            chosen_at=self.now,
        )

    def settle(self, pick: Callable) -> None:
        unit = pick(sorted({award.unit for award in Award.objects.select_related("unit")}, key=lambda unit: unit.pk))
        proposal = propose_settlement(account=self.account, unit=unit, by=officer(unit), at=self.now)
        confirm_settlement(proposal=proposal, expected_version=proposal.version, by=approver(unit), at=self.now)

    def publish(self, pick: Callable) -> None:
        award = pick(self.awards(AwardState.SETTLED))
        make_round(*[other for other in self.awards(AwardState.SETTLED) if other.unit_id == award.unit_id], at=self.now)

    def close_publicity(self, pick: Callable) -> None:
        publicity = pick(list(PublicityRound.objects.filter(state="open").order_by("pk")))
        close(publicity)

    def object(self, pick: Callable) -> None:
        award = pick(self.awards(AwardState.PUBLIC))
        object_to(award.publicity_items.get(state="listed"), at=self.now)

    def answer(self, pick: Callable, *, upheld: bool) -> None:
        award = pick(self.awards(AwardState.OBJECTED))
        item = award.publicity_items.get(state="held")
        answer(item.objections.get(state="open"), upheld=upheld, at=self.now)

    def send_back(self, pick: Callable) -> None:
        award = pick(list(Award.objects.select_related("unit").order_by("pk")))
        return_award(
            award=award,
            reason="复核发现发票重复计算。",
            expected_version=award.version,
            by=approver(award.unit),
            at=self.now,
        )

    def approve_again(self, pick: Callable) -> None:
        award = pick(self.awards(AwardState.RETURNED))
        case = case_of(award.revision)
        if case.application.state != State.UNDER_REVIEW:
            raise NothingToDo
        advance_to(case, None, at=self.now)

    def prepare(self, pick: Callable) -> None:
        share = pick(list(Share))
        award = pick(self.awards(AwardState.APPROVED, AwardState.PAYING))
        district = None if share == Share.CITY else paying_unit(award, share)
        prepare_list(
            unit=Unit.objects.get(is_finance=True),
            share=share,
            district=district,
            policy_year=award.application.policy_year,
            awards=[award],
            by=payer(),
            at=self.now,
        )

    def send(self, pick: Callable) -> None:
        listing = pick(list(PaymentList.objects.filter(state="draft").order_by("pk")))
        send_list(payment_list=listing, expected_version=listing.version, by=payer(another=True), at=self.now)

    def tell(self, pick: Callable, *, kind: str) -> None:
        row = pick(list(Payment.objects.filter(state=PaymentState.SENT).select_related("list").order_by("pk")))
        result = ResultInput(
            row=row.row, kind=kind, on=local_day(self.now), reason="" if kind == "paid" else "账号与户名不符"
        )
        record_results(payment_list=row.list, results=[result], by=payer(), at=self.now)

    def reverse(self, pick: Callable) -> None:
        row = pick(list(Payment.objects.filter(state=PaymentState.PAID).order_by("pk")))
        reverse_result(
            payment=row, reason="回单录入错误", on=local_day(self.now), by=payer(UnitRole.LEADER), at=self.now
        )

    def demand(self, pick: Callable, *, fen: int) -> None:
        award = pick(list(Award.objects.filter(payments__state=PaymentState.PAID).distinct().order_by("pk")))
        recovery = report_finding(award=award, finding="绩效目标未完成。", by=officer(award.unit), at=self.now)
        recovery = draft_recovery(
            recovery=recovery,
            amount_fen=fen,
            reason="按承诺退回。",
            due_on=local_day(self.now) + timedelta(days=30),
            ban_years=0,
            expected_version=recovery.version,
            by=officer(award.unit),
            at=self.now,
        )
        decide_recovery(recovery=recovery, expected_version=recovery.version, by=approver(award.unit), at=self.now)

    def come_back(self, pick: Callable, *, fen: int) -> None:
        recovery = pick(list(Recovery.objects.filter(state=RecoveryState.DEMANDED).order_by("pk")))
        record_receipt(
            recovery=recovery,
            amount_fen=fen,
            on=local_day(self.now),
            reference=f"T{RecoveryReceipt.objects.count()}",
            by=payer(),
            at=self.now,
        )

    def take_back_receipt(self, pick: Callable) -> None:
        receipt = pick(list(RecoveryReceipt.objects.order_by("pk")))
        reverse_receipt(receipt=receipt, note="录入错误。", by=payer(), at=self.now)

    def set_off(self, pick: Callable, *, fen: int) -> None:
        recovery = pick(list(Recovery.objects.filter(state=RecoveryState.DEMANDED).order_by("pk")))
        target = pick(self.awards(AwardState.APPROVED, AwardState.PAYING))
        unit = recovery.unit
        proposal = propose_set_off(
            recovery=recovery,
            award=target,
            share=pick(list(Share)),
            amount_fen=fen,
            reason="企业书面同意抵扣。",
            by=officer(unit),
            at=self.now,
        )
        decide_set_off(proposal=proposal, expected_version=proposal.version, by=approver(unit), at=self.now)


GESTURES: dict[str, Callable[[History, Callable, int], None]] = {
    "compute": lambda history, pick, fen: history.compute(pick),
    "choose": lambda history, pick, fen: history.choose(pick),
    "settle": lambda history, pick, fen: history.settle(pick),
    "publish": lambda history, pick, fen: history.publish(pick),
    "object": lambda history, pick, fen: history.object(pick),
    "refute": lambda history, pick, fen: history.answer(pick, upheld=False),
    "uphold": lambda history, pick, fen: history.answer(pick, upheld=True),
    "close": lambda history, pick, fen: history.close_publicity(pick),
    "send_back": lambda history, pick, fen: history.send_back(pick),
    "approve_again": lambda history, pick, fen: history.approve_again(pick),
    "prepare": lambda history, pick, fen: history.prepare(pick),
    "send": lambda history, pick, fen: history.send(pick),
    "paid": lambda history, pick, fen: history.tell(pick, kind="paid"),
    "returned": lambda history, pick, fen: history.tell(pick, kind="returned"),
    "reverse": lambda history, pick, fen: history.reverse(pick),
    "demand": lambda history, pick, fen: history.demand(pick, fen=fen),
    "come_back": lambda history, pick, fen: history.come_back(pick, fen=fen),
    "take_back_receipt": lambda history, pick, fen: history.take_back_receipt(pick),
    "set_off": lambda history, pick, fen: history.set_off(pick, fen=fen),
}


def shares(award: Award) -> dict[str, int]:
    return {Share.CITY: award.city_fen, Share.DISTRICT: award.district_fen}


def fingerprint() -> tuple:
    """Everything that a refused gesture must leave as it was."""
    return tuple(
        tuple(model.objects.order_by("pk").values_list(*fields))
        for model, fields in (
            (Award, ("pk", "state", "version", "settled_fen", "city_fen")),
            (Envelope, ("pk", "amount_fen", "committed_fen", "paid_fen")),
            (EnvelopeEntry, ("pk",)),
            (Settlement, ("pk",)),
            (PaymentList, ("pk", "state", "version")),
            (Payment, ("pk", "state")),
            (Recovery, ("pk", "state", "version")),
            (RecoveryReceipt, ("pk",)),
            (SetOff, ("pk",)),
        )
    )


def reconcile() -> None:
    """What must agree after every gesture; amounts in 分."""
    committed: dict[int, int] = defaultdict(int)
    paid: dict[int, int] = defaultdict(int)
    for award in Award.objects.select_related("application__clause", "application__enterprise__district", "unit"):
        assert award.city_fen + award.district_fen == award.settled_fen <= award.candidate_fen
        rows = list(award.payments.all())
        set_off = dict(award.set_offs.values_list("share").annotate(Sum("amount_fen")).order_by())
        for share, owed in shares(award).items():
            live = [row for row in rows if row.share == share and row.state in {"planned", "sent", "paid"}]
            assert len(live) <= 1
            assert sum(row.amount_fen for row in live) + set_off.get(share, 0) <= owed
            if owed and award.state != AwardState.RETURNED:
                envelope = Envelope.objects.get(
                    unit=paying_unit(award, share), share=share, clause=award.application.clause
                )
                committed[envelope.pk] += owed
        done = sum(row.amount_fen for row in rows if row.state == PaymentState.PAID) + sum(set_off.values())
        assert (award.state == AwardState.PAID) == (done == award.settled_fen > 0 and award.state != "returned")
        assert (award.state == AwardState.PAYING) == (
            any(row.state in {"sent", "paid"} for row in rows) and award.state != AwardState.PAID
        )
    for row in Payment.objects.filter(state=PaymentState.PAID):
        paid[row.envelope_id] += row.amount_fen
    for envelope in Envelope.objects.all():
        moved = {
            kind: envelope.entries.filter(kind=kind).aggregate(sum=Sum("fen"))["sum"] or 0 for kind in EntryKind.values
        }
        assert envelope.committed_fen == moved["commit"] - moved["release"] == committed[envelope.pk]
        assert envelope.paid_fen == moved["pay"] - moved["unpay"] == paid[envelope.pk]
        assert envelope.amount_fen == moved["grant"] + moved["adjust"] >= envelope.committed_fen
    for settlement in Settlement.objects.all():
        lines = list(settlement.lines.all())
        inside = [line for line in lines if line.clause_id_text not in EXEMPT]
        fixed = sum(line.settled_fen for line in inside if line.fixed)
        assert settlement.total_fen == sum(line.settled_fen for line in lines)
        assert settlement.cap_fen is not None
        assert sum(line.settled_fen for line in inside) <= max(settlement.cap_fen, fixed)
        grouped = [line for line in lines if line.clause_id_text in CLAUSES[:2]]
        assert sum(1 for line in grouped if line.settled_fen) <= 1 or any(line.fixed for line in grouped)
    for recovery in Recovery.objects.all():
        standing = recovery.receipts.aggregate(sum=Sum("amount_fen"))["sum"] or 0
        assert 0 <= standing <= (recovery.amount_fen or 0)
        assert (recovery.state == RecoveryState.CLOSED) == (standing == recovery.amount_fen and standing > 0)


class NothingToDo(Exception):
    """The gesture has no object at this moment of the history."""


class UndoneError(Exception):
    """Takes an example back, so that the next one begins at the same place."""


@pytest.fixture
def ready(policies_loaded):
    """An enterprise with four approved files under a cap that binds."""
    company = with_sales(SALES)
    enterprise = company.enterprise
    enterprise.bank_account_name, enterprise.bank_name = enterprise.name, "演示银行南昌分行"
    enterprise.bank_code, enterprise.bank_account = "100000000001", "6200000000000001234"
    enterprise.save()
    return company, [make_approved(company, clause).pk for clause in CLAUSES]


@settings(
    max_examples=12,
    deadline=None,
    # A history that fails is told as it was drawn: making it shorter takes longer than reading it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_sums_agree_to_the_fen_whatever_happens(ready, data):
    company, approved = ready
    try:
        with transaction.atomic():
            history = History(company, approved)
            for _ in range(STEPS):
                step(history, data)
                reconcile()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the chain links at commit, which this test never does
            out = StringIO()
            call_command("audit_verify", stdout=out)
            raise UndoneError
    except UndoneError:
        pass


def step(history: History, data: st.DataObject) -> None:
    """One gesture, an hour after the one before; refused, it leaves everything as it was."""

    def pick(of):
        if not of:
            raise NothingToDo
        return data.draw(st.sampled_from(list(of)))

    # What leads on is drawn more often than what interrupts, so that histories get to the bank and back.
    onward = history.onward() if data.draw(st.integers(0, 9)) < 7 else []
    name = data.draw(st.sampled_from(onward or sorted(GESTURES)), label="gesture")
    fen = data.draw(st.one_of(st.integers(1, 400_000_000), st.just(0), st.just(-1)), label="fen")
    history.now += timedelta(hours=1)
    before = fingerprint()
    try:
        with transaction.atomic():
            GESTURES[name](history, pick, fen)
    except NothingToDo:
        assert fingerprint() == before
    except DomainError:
        assert fingerprint() == before
