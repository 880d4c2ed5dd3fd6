"""Numbers under threads on the real database, with a control that shows what the lock prevents."""

import threading
from collections import defaultdict

import pytest
from django.db import IntegrityError, connection

from letters.actions import issue_letter, request_letter
from letters.errors import LetterGlyphError, LetterSigningError
from letters.models import Letter, NumberSeries
from letters.rendering import Rendered
from letters.signing import Unsigned
from tests.letters.conftest import AT, content, make_enterprise, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 20
MANY = 50


def orders(unit, enterprise, how_many):
    return [
        request_letter(
            kind="approval",
            unit=unit,
            enterprise=enterprise,
            subject_key="award:1",
            request_key=f"{unit.pk}:{index}",
            title="批复",
            context=content(),
            by=None,
            at=AT,
        ).pk
        for index in range(how_many)
    ]


def in_threads(jobs):
    """Run every job in a thread of its own, all starting together; returns what they raised."""
    barrier, faults = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            barrier.wait(timeout=30)
            job()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return faults


def test_two_units_twenty_threads_each_no_gap_no_repetition():
    units = [make_unit("演示甲局", "演甲"), make_unit("演示乙局", "演乙")]
    enterprise = make_enterprise(units[0])
    letters = [pk for unit in units for pk in orders(unit, enterprise, THREADS)]
    faults = in_threads([lambda pk=pk: issue_letter(letter_id=pk, at=AT) for pk in letters])
    assert faults == []
    given = defaultdict(list)
    for unit, seq in Letter.objects.values_list("unit", "seq"):
        given[unit].append(seq)
    assert [sorted(numbers) for numbers in given.values()] == [list(range(1, THREADS + 1))] * 2
    assert Letter.objects.values("number").distinct().count() == 2 * THREADS
    assert set(NumberSeries.objects.values_list("last_number", flat=True)) == {THREADS}


def test_one_letter_issued_by_many_threads_gets_one_number():
    unit = make_unit()
    (pk,) = orders(unit, make_enterprise(unit), 1)
    faults = in_threads([lambda: issue_letter(letter_id=pk, at=AT)] * 10)
    assert faults == []
    assert NumberSeries.objects.get().last_number == 1


def test_the_same_order_by_many_threads_is_one_letter():
    unit = make_unit()
    enterprise = make_enterprise(unit)
    assert in_threads([lambda: orders(unit, enterprise, 1)] * 10) == []
    assert Letter.objects.count() == 1


def test_threads_with_crashes_in_between_leave_no_gap(monkeypatch):
    unit = make_unit()
    letters = orders(unit, make_enterprise(unit), THREADS)
    broken = set(letters[::3])
    tokens = set(Letter.objects.filter(pk__in=broken).values_list("token", flat=True))

    def render(facts):
        if facts.token in tokens:
            raise RuntimeError("crash while rendering")
        return Rendered(b"%PDF-" + facts.number.encode(), "", 1)

    monkeypatch.setattr("letters.actions.issue.render", render)
    faults = in_threads([lambda pk=pk: issue_letter(letter_id=pk, at=AT) for pk in letters])
    assert {type(fault) for fault in faults} == {RuntimeError}
    assert len(faults) == len(broken)
    numbers = sorted(Letter.objects.numbered().values_list("seq", flat=True))
    assert numbers == list(range(1, len(letters) - len(broken) + 1))


def test_fifty_at_once_of_one_series_with_signers_and_glyphs_failing_in_between(monkeypatch):
    """50 threads on one series, a fifth of them failing after the number was taken: then 1, 2, 3, … without gap; tried
    again, the failed ones take the numbers that follow."""
    unit = make_unit()
    letters = orders(unit, make_enterprise(unit), MANY)
    lacking, unsigned = set(letters[::10]), set(letters[5::10])
    token_of = dict(Letter.objects.values_list("token", "pk"))

    def render(facts):
        if token_of[facts.token] in lacking:
            raise LetterGlyphError({"\U0003fffd"})
        return Rendered(b"%PDF-" + facts.number.encode(), "", 1)

    class Sometimes(Unsigned):
        def certificate_name(self, unit):
            return "演示证书"

        def sign(self, pdf, *, unit, at):
            number = pdf.removeprefix(b"%PDF-").decode()
            if threading.current_thread().name in failing:
                raise LetterSigningError(f"{number} 没有签名。")
            return pdf

    failing = {f"letter-{pk}" for pk in unsigned}
    monkeypatch.setattr("letters.actions.issue.render", render)
    monkeypatch.setattr("letters.actions.issue.current_signer", Sometimes)

    def job(pk):
        threading.current_thread().name = f"letter-{pk}"
        issue_letter(letter_id=pk, at=AT)

    faults = in_threads([lambda pk=pk: job(pk) for pk in letters])
    assert sorted(type(fault).__name__ for fault in faults) == ["LetterGlyphError"] * 5 + ["LetterSigningError"] * 5
    assert seqs() == list(range(1, MANY - 10 + 1))
    lacking.clear()
    failing.clear()
    assert in_threads([lambda pk=pk: job(pk) for pk in letters]) == []
    assert seqs() == list(range(1, MANY + 1))
    assert Letter.objects.values("number").distinct().count() == MANY
    assert NumberSeries.objects.get().last_number == MANY


def seqs():
    return sorted(Letter.objects.numbered().values_list("seq", flat=True))


def test_control_without_the_lock_two_letters_get_one_number(monkeypatch):
    """Shows that the test above tests something: without the lock the constraint alone stands in the way."""
    unit = make_unit()
    letters = orders(unit, make_enterprise(unit), 3)
    issue_letter(letter_id=letters.pop(), at=AT)  # the series exists
    together = threading.Barrier(2)
    real_get = NumberSeries.objects.get

    class Unlocked:
        def get(self, **where):
            series = real_get(**where)
            together.wait(timeout=30)
            return series

    monkeypatch.setattr(NumberSeries.objects, "select_for_update", Unlocked, raising=False)
    faults = in_threads([lambda pk=pk: issue_letter(letter_id=pk, at=AT) for pk in letters])
    assert [type(fault) for fault in faults] == [IntegrityError]
