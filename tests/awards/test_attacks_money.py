"""Attacks on the money that no other test makes: by hand in the database, with the keys of other people's things, by
somebody who must keep away and comes through the paying unit, and with texts and numbers that are none."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from awards.actions import propose_settlement
from awards.actions.recovery_receipts import record_receipt
from awards.enums import ItemState, PaymentState, RecoveryState, RoundState, Share
from awards.models import (
    Award,
    Payment,
    PaymentResult,
    PublicityItem,
    PublicityRound,
    Recovery,
    RecoveryReceipt,
    SettlementProposal,
)
from awards.recovery_letters import notice_key
from common.errors import NotAllowed
from common.outbox.actions import run_owed
from common.workdays import local_day
from letters.models import Letter
from reviews.models import Recusal
from tests.awards.entries import external
from tests.awards.payments import PREPARED, leader, payable, paying, prepare, rows_of, send, sent, tell
from tests.factories.applications import make_company
from tests.factories.awards import fund, make_award, make_candidate, payer
from tests.factories.publicity import close, make_draft_round, make_round, object_to
from tests.factories.recoveries import FOUND_AT, decide, draft, find, make_demanded, make_paid_award
from tests.factories.reviews import LATER, approver, officer

KEEP_AWAY = "已回避该件，不得办理该件的拨付"


def refused(statement: str, *values, match: str) -> None:
    """Send a statement as somebody at the database would; it is refused and changes nothing."""
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# In the database ------------------------------------------------------------------------------------------------------

KEPT = (
    "award",
    "settlement",
    "settlementline",
    "settlementproposal",
    "envelope",
    "envelopeentry",
    "budgetratio",
    "paymentlist",
    "payment",
    "paymentresult",
    "publicityround",
    "publicityitem",
    "objection",
    "objectionfile",
    "recovery",
    "recoveryfile",
    "recoveryreceipt",
    "setoff",
    "setoffproposal",
    "groupchoice",
    "externalaward",
    "capoverride",
    "checkedfigure",
    "importfile",
)


@pytest.mark.django_db
def test_no_table_of_the_money_is_emptied():
    for table in KEPT:
        refused(f"TRUNCATE awards_{table} CASCADE", match="TRUNCATE is refused")
    # Through what they refer to as well, and the standing words of letters.
    for table in ("awards_yearaccount", "accounts_enterprise", "letters_lettertext"):
        refused(f"TRUNCATE {table} CASCADE", match="refused")
    # The switch of the test databases opens nothing by itself: it must be on.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL audit.flush = 'off'")
    refused("TRUNCATE awards_paymentresult", match="TRUNCATE is refused")


@pytest.mark.django_db
def test_a_paid_row_is_never_freed_to_be_paid_again(company):
    award = payable(company=company)
    listing = sent(award)
    (row,) = rows_of(listing)
    for state in ("planned", "dropped", "reversed"):
        refused("UPDATE awards_payment SET state = %s", state, match="Cannot update rows")
    tell(listing)
    for state in ("planned", "sent", "dropped", "returned"):
        refused("UPDATE awards_payment SET state = %s", state, match="Cannot update rows")
    assert Payment.objects.get().state == PaymentState.PAID
    assert PaymentResult.objects.get().payment == row


@pytest.mark.django_db
def test_nothing_is_put_on_a_list_that_was_sent(company):
    award = payable(company=company)
    listing = sent(award)
    envelope = rows_of(prepare(award, share=Share.DISTRICT))[0].envelope
    Payment.objects.filter(envelope=envelope).update(state="dropped")  # the share is free, its list a draft
    values = {"award": award, "envelope": envelope, "share": Share.DISTRICT, "amount_fen": 1, "purpose": "x", "row": 99}
    draft = Payment.objects.get(envelope=envelope).list
    for on, state in ((listing, "planned"), (listing, "sent"), (draft, "sent"), (draft, "paid")):
        with pytest.raises(DatabaseError, match="rows begin as planned"), transaction.atomic():
            Payment.objects.create(list=on, state=state, **values)
    Payment.objects.create(list=draft, **values)  # the control: as a list is made


@pytest.mark.django_db
def test_what_everybody_was_told_in_a_publicity_stands(company):
    award = make_award(company)
    draft = make_draft_round(award)
    PublicityItem.objects.filter(round=draft).delete()  # the control: a draft is written anew
    refused("DELETE FROM awards_publicityround", match="Cannot delete rows")
    PublicityRound.objects.filter(pk=draft.pk).update(state=RoundState.CANCELLED)
    publicity = make_round(award)
    moved = "UPDATE awards_publicityround SET {} WHERE id = %s"
    for change in ("last_day = last_day - 3", "title = 'x'", "contact = 'x'", f"published_by_id = {company.legal.pk}"):
        refused(moved.format(change), publicity.pk, match="Cannot update rows")
    refused("DELETE FROM awards_publicityitem", match="does not change")
    (item,) = publicity.items.all()
    values = {"round": publicity, "order": 2, "name": "x", "clause": "x", "amount_fen": 1, "award": award}
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        PublicityItem.objects.create(state=ItemState.UPHELD, **values)
    close(publicity)
    refused(moved.format("state = 'open'"), publicity.pk, match="Cannot update rows")
    refused(moved.format("state = 'draft'"), draft.pk, match="Cannot update rows")
    assert item.round.items.count() == 1


@pytest.mark.django_db
def test_a_claim_is_not_dropped_by_hand_and_takes_money_only_when_demanded(company):
    award = make_paid_award(company)
    recovery = find(award)
    receipt = {"recovery": recovery, "kind": "transfer", "amount_fen": 1, "on": local_day(FOUND_AT), "at": FOUND_AT}
    Recovery.objects.update(amount_fen=100_00)
    with pytest.raises(DatabaseError, match="does not fit recovery"), transaction.atomic():
        RecoveryReceipt.objects.create(by=payer(), **receipt)
    Recovery.objects.update(state=RecoveryState.DROPPED, decided_at=FOUND_AT, decided_by=approver(award.unit))
    refused("UPDATE awards_recovery SET state = 'demanded'", match="Cannot update rows")
    demanded = make_demanded(award)
    refused("UPDATE awards_recovery SET state = 'dropped' WHERE id = %s", demanded.pk, match="Cannot update rows")
    refused("UPDATE awards_recovery SET amount_fen = 1 WHERE id = %s", demanded.pk, match="Cannot update rows")
    RecoveryReceipt.objects.create(by=payer(), **receipt | {"recovery": demanded})  # the control


# Who must keep away, and comes through the paying unit ---------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_filed_or_stepped_back_neither_pays_nor_enters_what_came_back(company):
    award = payable(company=company)
    first, second = payer(), payer(another=True)
    filed = award.revision.filed_by
    company.enterprise.members.filter(user=filed).update(is_active=False)  # left the enterprise for the bureau
    paying().members.create(user=filed, role=UnitRole.FINANCE)
    Recusal.objects.create(case=award.application.case, user=second, reason="亲属", at=PREPARED)
    for person in (filed, second):
        with pytest.raises(NotAllowed, match=KEEP_AWAY):
            prepare(award, by=person)
    listing = prepare(award, by=first)
    for person in (filed, second):
        with pytest.raises(NotAllowed, match=KEEP_AWAY):
            send(listing, by=person)
    send(listing, by=leader())
    with pytest.raises(NotAllowed, match=KEEP_AWAY):
        tell(listing, by=second)
    tell(listing)
    recovery = make_demanded(Award.objects.get(), 1_00)
    for person in (filed, second):
        with pytest.raises(NotAllowed):
            record_receipt(
                recovery=recovery, amount_fen=1_00, on=local_day(FOUND_AT), reference="假", by=person, at=FOUND_AT
            )
    assert recovery.receipts.count() == 0


# Keys of other people's things inside one's own -----------------------------------------------------------------------


@pytest.mark.django_db
def test_an_account_takes_nothing_of_another_account(company, client):
    mine, other = make_candidate(company), make_candidate(make_company())
    rows = {"external": external(other.account, unit=other.unit, by=officer(other.unit)), "proposal": _proposed(other)}
    client.force_login(approver(mine.unit))
    at = {"pk": mine.account_id}
    for name in ("account_confirm", "account_withdraw"):
        sent_ = {"proposal": rows["proposal"].pk, "expected_version": 1, "note": "退回"}
        assert client.post(reverse(f"awards:{name}", kwargs=at), sent_).status_code == 409
    keys = at | {"row": rows["external"].pk}
    assert client.post(reverse("awards:account_external_withdraw", kwargs=keys), {"reason": "x"}).status_code == 404
    assert client.get(reverse("awards:account_external_file", kwargs=keys)).status_code == 404
    for row in rows.values():
        row.refresh_from_db()
    assert (rows["proposal"].state, rows["external"].withdrawn_at) == ("open", None)


def _proposed(award: Award) -> SettlementProposal:
    fund(award)
    return propose_settlement(account=award.account, unit=award.unit, by=officer(award.unit), at=LATER)


@pytest.mark.django_db
def test_an_objection_and_a_recovery_hand_out_nothing_of_another(company, client):
    now = timezone.now()
    awards = [make_award(company), make_award(make_company())]
    publicity = make_round(*awards, at=now)
    first, second = (object_to(item, at=now) for item in publicity.items.order_by("order"))
    run_owed(at=now)
    letter = Letter.objects.get(request_key=f"objection.receipt:{second.pk}")
    client.force_login(officer(publicity.unit))
    own = client.get(reverse("awards:objection_letter", args=[second.pk, letter.pk]))
    assert (own.status_code, own["X-Content-Type-Options"]) == (200, "nosniff")
    assert "no-store" in own["Cache-Control"]
    assert client.get(reverse("awards:objection_letter", args=[first.pk, letter.pk])).status_code == 404
    # Nor by the lists of letters, also not for the people of the unit; nor to whoever opened another objection.
    assert client.get(reverse("letters:pdf", args=[letter.pk])).status_code == 404
    client.logout()
    opened = client.post(reverse("awards:public_objection"), {"code": first.code})
    assert opened.status_code == 302
    theirs = reverse("awards:public_objection_letter", args=[letter.pk])
    assert client.get(theirs).status_code == 404
    # An item is objected to in its own round alone.
    elsewhere = make_round(make_award(make_company()), at=now)
    item = publicity.items.first()
    assert client.get(reverse("awards:public_object", args=[elsewhere.pk, item.pk])).status_code == 404
    assert client.post(reverse("awards:public_object", args=[elsewhere.pk, item.pk]), {"name": "x"}).status_code == 404


# Texts and numbers that are none --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_keys_and_counts_without_end_are_answered(company, client):
    award = payable(company=company)
    client.force_login(payer())
    address = reverse("awards:payment_list_new")
    for text in ("9" * 5_000, "9" * 19, "٣", "1e3", "-1", "1\x00"):
        sent_ = {"budget": f"city-{award.application.policy_year}", "selected": text}
        assert client.post(address, sent_).status_code == 422, text[:20]
    assert not Payment.objects.exists()


@pytest.mark.django_db
def test_braces_that_people_type_are_letters_of_the_alphabet(company):
    """A reason goes into its letter as it is; nothing in it is filled in or computed."""
    reason = "依据{{ 7*7 }}、{number}、{0.__class__}、{% now %}、%(x)s、${7*7}追回。"
    recovery = decide(draft(find(make_paid_award(company)), reason=reason))
    letter = Letter.objects.get(request_key=notice_key(recovery))
    assert reason in json.dumps(letter.context, ensure_ascii=False)
