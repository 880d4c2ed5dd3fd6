"""Ordering, issuing, replacing and declaring void."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import Notification
from common import storage
from common.audit.queries import history
from common.errors import Invalid, NotAllowed
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from letters.actions import issue_letter, request_letter, set_letter_text, void_letter
from letters.content import LetterContent, Paragraph, from_json
from letters.enums import LetterState
from letters.errors import LetterContentError, LetterGlyphError, LetterStateError
from letters.models import Letter, NumberSeries
from letters.queries import phrase, text_in_force
from tests.letters.conftest import AT, agent, content, make_unit, make_user, officer

pytestmark = pytest.mark.django_db


def refused(change):
    """The database itself refuses the statement; returns its words."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        change()
    return str(caught.value)


# Ordering --------------------------------------------------------------------------------------------------------


def test_an_order_is_written_down_and_owed(order):
    letter = order()
    assert (letter.state, letter.number, letter.sha256) == (LetterState.QUEUED, None, "")
    assert from_json(letter.context) == content()
    message = OutboxMessage.objects.get(kind="letters.render")
    assert message.payload == {"letter_id": letter.pk}
    assert [event.event for event in history(letter)] == ["letters.requested"]


def test_the_same_order_again_is_the_same_letter(order):
    first = order(request_key="application:1:receipt")
    again = order(request_key="application:1:receipt", title="另一个标题")
    assert again.pk == first.pk
    assert again.title == first.title
    assert OutboxMessage.objects.count() == 1
    assert len(history(first)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "poem"},
        {"title": "  "},
        {"title": "\u200b"},
        {"title": "长" * 201},
        {"context": LetterContent(recipient="")},
    ],
)
def test_an_incomplete_order_is_refused(order, change):
    with pytest.raises(LetterContentError):
        order(**change)
    assert not Letter.objects.exists()


def test_an_order_knows_its_instant(order):
    with pytest.raises(ValueError, match="aware"):
        order(at=datetime(2026, 11, 5))


# Issuing ---------------------------------------------------------------------------------------------------------


def test_the_outbox_issues_the_letter_once(order, enterprise, real_rendering):
    reader = agent(enterprise)
    letter = order()
    run_owed(at=AT)
    run_owed(at=AT)
    letter.refresh_from_db()
    assert letter.state == LetterState.ISSUED
    assert letter.number == "演工信批〔2026〕1号"
    assert (letter.year, letter.seq, letter.pages, letter.issued_at) == (2026, 1, 1, AT)
    assert storage.read(letter.sha256).startswith(b"%PDF-")
    assert [event.event for event in history(letter)][-1] in {"letters.issued", "letters.requested"}
    assert {event.event for event in history(letter)} == {"letters.requested", "letters.issued"}
    notification = Notification.objects.get(user=reader)
    assert letter.number in notification.title


def test_issuing_twice_changes_nothing(issued):
    letter = issued()
    again = issue_letter(letter_id=letter.pk, at=AT + timedelta(days=1))
    assert (again.number, again.sha256, again.issued_at) == (letter.number, letter.sha256, AT)


def test_each_unit_group_of_kinds_and_year_counts_for_itself(issued, order, district):
    numbers = [
        issued().number,
        issued(kind="refusal", title="关于不予支持的告知书").number,
        issued(kind="receipt", title="受理回执").number,
        issued(unit=district).number,
        issue_letter(letter_id=order().pk, at=AT + timedelta(days=60)).number,
        issued().number,
    ]
    assert numbers == [
        "演工信批〔2026〕1号",
        "演工信批〔2026〕2号",
        "演工信受〔2026〕1号",
        "演区工信批〔2026〕1号",
        "演工信批〔2027〕1号",
        "演工信批〔2026〕3号",
    ]


def test_the_year_of_a_number_is_that_of_shanghai(order):
    letter = order()
    new_year = datetime.fromisoformat("2026-12-31T16:00:00+00:00")
    assert issue_letter(letter_id=letter.pk, at=new_year).number == "演工信批〔2027〕1号"


def test_a_unit_without_prefix_uses_its_short_name(issued):
    assert issued(unit=make_unit("演示统计局", prefix="")).number == "演示统计局批〔2026〕1号"


def test_two_units_cannot_share_a_prefix(issued):
    issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        issued(unit=make_unit("演示另局", prefix="演工信"))


def test_a_failed_rendering_leaves_no_gap(order, monkeypatch):
    first, broken, third = order(), order(), order()
    issue_letter(letter_id=first.pk, at=AT)
    with monkeypatch.context() as patched:
        patched.setattr("letters.actions.issue.render", lambda facts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            issue_letter(letter_id=broken.pk, at=AT)
    assert issue_letter(letter_id=third.pk, at=AT).seq == 2
    assert issue_letter(letter_id=broken.pk, at=AT).seq == 3
    assert NumberSeries.objects.get().last_number == 3


def test_a_failure_after_the_rendering_leaves_no_gap(order, monkeypatch):
    letter = order()
    with monkeypatch.context() as patched:
        patched.setattr("letters.actions.issue.record", lambda *args, **values: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            issue_letter(letter_id=letter.pk, at=AT)
    letter.refresh_from_db()
    assert letter.state == LetterState.QUEUED
    assert not NumberSeries.objects.exists()


def test_a_missing_glyph_keeps_the_letter_waiting(order, real_rendering):
    letter = order(context=content(paragraphs=(Paragraph("名称\U0003fffd"),)))
    with pytest.raises(LetterGlyphError):
        issue_letter(letter_id=letter.pk, at=AT)
    run_owed(at=AT)
    letter.refresh_from_db()
    assert letter.state == LetterState.QUEUED
    assert "LetterGlyphError" in OutboxMessage.objects.get().last_error


# Replacing and declaring void ------------------------------------------------------------------------------------


def test_a_correction_is_a_new_letter_that_names_the_old_one(issued):
    old = issued()
    new = issued(supersedes=old, title="关于更正的批复")
    assert new.supersedes == old
    old.refresh_from_db()
    assert old.state == LetterState.ISSUED
    assert old.is_superseded
    assert not new.is_superseded


def test_only_a_letter_in_force_of_the_same_unit_is_replaced_and_once(issued, order, district, unit):
    old = issued()
    with pytest.raises(LetterStateError):
        order(supersedes=order())
    with pytest.raises(LetterStateError):
        order(supersedes=old, unit=district)
    order(supersedes=old)
    with pytest.raises(LetterStateError):
        order(supersedes=old)


def test_the_same_replacing_order_again_is_the_same_letter(issued, order):
    old = issued()
    assert order(supersedes=old, request_key="fix").pk == order(supersedes=old, request_key="fix").pk


def test_a_void_letter_keeps_its_number(issued, unit, enterprise):
    reader, approver = agent(enterprise), officer(unit, "approver")
    letter = void_letter(issued(), reason="金额录入有误", by=approver, at=AT)
    assert (letter.state, letter.number) == (LetterState.VOID, "演工信批〔2026〕1号")
    assert issued().seq == 2
    assert storage.exists(letter.sha256)
    assert any("作废" in title for title in reader.notifications.values_list("title", flat=True))
    with pytest.raises(LetterStateError):
        void_letter(letter, reason="再次", by=approver, at=AT)


@pytest.mark.parametrize("role", ["handler", "finance"])
def test_not_every_member_of_the_unit_declares_void(issued, unit, role):
    with pytest.raises(NotAllowed):
        void_letter(issued(), reason="有误", by=officer(unit, role), at=AT)


def test_strangers_former_members_and_closed_units_cannot_declare_void(issued, unit, district):
    letter = issued()
    former = officer(unit, "approver")
    former.unit_memberships.update(is_active=False)
    for person in (officer(district, "approver"), former, make_user(system_role="administrator")):
        with pytest.raises(NotAllowed):
            void_letter(letter, reason="有误", by=person, at=AT)
    letter.refresh_from_db()
    assert letter.state == LetterState.ISSUED


def test_void_needs_a_reason_and_an_issued_letter(issued, order, unit):
    approver = officer(unit, "approver")
    for reason in ("  ", "长" * 501):
        with pytest.raises(LetterContentError):
            void_letter(issued(), reason=reason, by=approver, at=AT)
    with pytest.raises(LetterStateError):
        void_letter(order(), reason="有误", by=approver, at=AT)


# What the database refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"number": "演工信批〔2026〕9号"},
        {"sha256": "0" * 64},
        {"title": "改"},
        {"context": {}},
        {"issued_at": AT + timedelta(days=1)},
        {"seq": 9},
        {"enterprise": None},
        {"token": "A" * 16},
        {"state": "queued"},
        {"void_reason": "无"},
    ],
)
def test_an_issued_letter_does_not_change(issued, change):
    letter = issued()
    assert "letters" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(**change))


def test_a_void_letter_does_not_come_back(issued, unit):
    letter = void_letter(issued(), reason="有误", by=officer(unit, "approver"), at=AT)
    back = {"state": "issued", "voided_at": None, "voided_by": None, "void_reason": ""}
    assert "letters" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(**back))
    assert "letters" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(void_reason="另一原因"))


@pytest.mark.parametrize("change", [{"title": "改"}, {"context": {}}, {"request_key": "x"}, {"kind": "refusal"}])
def test_what_was_ordered_does_not_change_while_it_waits(order, change):
    letter = order()
    assert "letters" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(**change))


def test_an_issued_letter_is_complete(order):
    letter = order()
    assert "letter_issued_complete" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(state="issued"))
    assert "letter_issued_complete" in refused(lambda: Letter.objects.filter(pk=letter.pk).update(number="x"))


def test_letters_and_series_are_never_deleted_or_truncated(issued):
    letter = issued()
    refused(lambda: letter.delete())
    refused(lambda: Letter.objects.filter(pk=letter.pk).delete())
    with connection.cursor() as cursor:
        refused(lambda: cursor.execute("DELETE FROM letters_letter"))
        assert "Cannot delete" in refused(lambda: cursor.execute("DELETE FROM letters_numberseries"))
        assert "TRUNCATE" in refused(lambda: cursor.execute("TRUNCATE letters_letter, letters_numberseries CASCADE"))
    assert Letter.objects.filter(pk=letter.pk).exists()


@pytest.mark.parametrize("change", [{"last_number": 0}, {"last_number": 9}, {"prefix": "别的"}, {"year": 2030}])
def test_a_series_only_counts_up_by_one(issued, change):
    issued(), issued()
    assert "letters" in refused(lambda: NumberSeries.objects.update(**change))


# Standing words --------------------------------------------------------------------------------------------------


def test_standing_words_hold_from_their_day_on(db):
    administrator = make_user(system_role="administrator")
    values = {"kind": "approval", "slot": "closing", "by": administrator, "at": AT, "note": "调整"}
    assert text_in_force("approval", "closing", on=date(2026, 11, 5)) == "特此批复。"
    set_letter_text(body="此复，{企业名称}。", valid_from=date(2026, 12, 1), **values)
    assert text_in_force("approval", "closing", on=date(2026, 11, 30)) == "特此批复。"
    assert phrase("approval", "closing", on=date(2026, 12, 1), values={"企业名称": "甲"}) == "此复，甲。"
    assert text_in_force("receipt", "remedies", on=date(2026, 12, 1)) == ""


def test_standing_words_are_changed_by_administrators_with_listed_placeholders_only(unit):
    values = {"kind": "approval", "slot": "closing", "valid_from": date(2026, 12, 1), "at": AT, "note": "调整"}
    with pytest.raises(NotAllowed):
        set_letter_text(body="此复。", by=officer(unit, "leader"), **values)
    with pytest.raises(Invalid) as caught:
        set_letter_text(body="{{ 7*7 }}", by=make_user(system_role="administrator"), **values)
    assert "占位符" in caught.value.errors["body"][0]


def test_request_letter_is_what_other_rooms_call(unit, enterprise):
    letter = request_letter(
        kind="receipt",
        unit=unit,
        enterprise=enterprise,
        subject_key="application:12",
        request_key="application:12:receipt",
        title="受理回执",
        context=content(),
        by=None,
        at=AT,
    )
    assert list(Letter.objects.about("application:12")) == [letter]
