"""A second question reads no facts, a part whose facts changed is read anew, broken files never hurt."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.actions import withdraw_application
from awards.queries import snapshots
from awards.queries.snapshots import forget_others, part_facts, parts_of
from awards.queries.year_facts import PART_KEYS
from awards.tasks import prepare_year_facts
from common.outbox.actions import enqueue, run_owed
from policies.models import ClauseVersion
from tests.awards.simulation.conftest import SmallYear
from tests.factories.applications import AT, POLICY, YEAR, make_company, make_filed
from tests.factories.reviews import advance_to, case_of

#: applications, revisions, decisions
FINGERPRINT_QUERIES = 3


def ask(year):
    """Facts of every part, whether they came from a snapshot, and how many queries all of it took."""
    with CaptureQueriesContext(connection) as queries:
        found = [part_facts(year, part) for part in parts_of(year)]
    return found, len(queries)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def same(one, other) -> bool:
    return [part.columns.claim_count for part in one] == [part.columns.claim_count for part in other] and all(
        first.columns.claims[clause].ids.tolist() == second.columns.claims[clause].ids.tolist()
        for first, second in zip(one, other, strict=True)
        for clause in first.columns.claims
    )


def test_a_second_question_reads_no_facts(small_year: SmallYear, snapshot_folder):
    year = small_year.facts()
    first, read = ask(year)
    assert read > FINGERPRINT_QUERIES
    second, asked = ask(year)
    assert asked == FINGERPRINT_QUERIES
    assert [part.from_snapshot for part in first + second] == [False] * len(first) + [True] * len(second)
    assert same(first, second)
    assert snapshot_folder.stat().st_mode & 0o777 == 0o700


def test_without_cache_nothing_is_read_or_written(small_year: SmallYear, snapshot_folder):
    year = small_year.facts()
    found = [part_facts(year, part, cache=False) for part in parts_of(year)]
    assert not any(part.from_snapshot for part in found)
    assert files(snapshot_folder) == []


def test_what_was_left_out_is_remembered(small_year: SmallYear, monkeypatch):
    year = small_year.facts()
    from awards.queries import year_facts

    def nobody(rules, group, amounts, left_out):
        left_out.add({"number": "1", "enterprise": "演示", "clause": "3.4.5", "application": 1, "reason": "不能读取。"})

    with monkeypatch.context() as patch:
        patch.setattr(year_facts, "read_enterprise", nobody)
        first, _ = ask(year)
    second, _ = ask(year)
    assert all(part.from_snapshot for part in second)
    assert [part.left_out for part in second] == [part.left_out for part in first]
    assert sum(part.left_out.count for part in second) == 3


@pytest.mark.parametrize("happens", ["decided", "filed", "withdrawn", "corrected"])
def test_a_part_whose_facts_changed_is_read_anew_and_the_old_file_goes(small_year: SmallYear, snapshot_folder, happens):
    pending = make_filed(small_year.lab, "3.4.4").application
    case = case_of(pending.revisions.get())
    year = small_year.facts()
    ask(year)
    before = files(snapshot_folder)
    if happens == "decided":
        advance_to(case, None)
    elif happens == "filed":
        make_filed(make_company(name="演示后来者"), "3.3.2")
    elif happens == "withdrawn":
        withdraw_application(
            application=small_year.small_factory, reason="改期再报。", by=small_year.small.legal, at=AT
        )
    else:
        first = small_year.small_factory.revisions.get()
        first.pk, first.number, first.sha256, first.idempotency_key = None, 2, "0" * 64, "k2"
        first.save(force_insert=True)
    found, _ = ask(year)
    assert not all(part.from_snapshot for part in found)
    after = files(snapshot_folder)
    assert len(after) == 2 * len(found)
    assert set(after) != set(before)
    if happens == "decided":
        decided = [one for part in found for one in part.columns.claims["3.4.4"].decision.tolist()]
        assert decided == [1_000_000_00]


def test_the_policy_and_refused_files_are_part_of_the_name(small_year: SmallYear):
    from dataclasses import replace

    year = small_year.facts()
    ask(year)
    assert not any(part.from_snapshot for part in ask(small_year.facts(include_refused=True))[0])
    assert not any(part.from_snapshot for part in ask(replace(year, definition_sha256="f" * 64))[0])


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _turn_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _empty(path):
    path.write_bytes(b"")


def _junk(path):
    path.write_bytes(b"\x80\x04junk" * 100)


def _folder(path):
    path.unlink()
    path.mkdir()


def _gone(path):
    path.unlink()


@pytest.mark.parametrize("suffix", [".npz", ".json"])
@pytest.mark.parametrize("spoil", [_truncate, _empty, _junk, _gone, _folder, _turn_a_bit])
def test_a_broken_snapshot_is_made_anew(small_year: SmallYear, snapshot_folder, spoil, suffix):
    year = small_year.facts()
    whole, _ = ask(year)
    for path in files(snapshot_folder):
        if path.suffix == suffix:
            spoil(path)
    again, _ = ask(year)
    assert same(whole, again)
    assert [part.left_out for part in again] == [part.left_out for part in whole]


def test_a_snapshot_of_another_policy_is_not_taken(small_year: SmallYear, snapshot_folder):
    """Somebody put another year's file under this name, whole as it is."""
    year = small_year.facts()
    ask(year)
    from policies.rules.columns import load_year, save_year

    for path in files(snapshot_folder):
        if path.suffix == ".npz":
            columns = load_year(path)
            object.__setattr__(columns, "year", YEAR + 1)
            save_year(columns, path)
            notes = json.loads(path.with_suffix(".json").read_text())
            path.with_suffix(".json").write_text(json.dumps(notes | {"size": path.stat().st_size}))
    found, _ = ask(year)
    assert not any(part.from_snapshot for part in found)
    assert {(part.columns.policy, part.columns.year) for part in found} == {(POLICY, YEAR)}


def test_a_folder_that_cannot_be_written_costs_only_speed(small_year: SmallYear, snapshot_folder):
    snapshot_folder.write_text("a file stands in the way")
    found, _ = ask(small_year.facts())
    assert sum(part.columns.claim_count for part in found) == 4


def test_parts_that_ended_are_removed(small_year: SmallYear, snapshot_folder):
    year = small_year.facts()
    ask(year)
    forget_others(year, [])
    assert files(snapshot_folder) == []


def test_parts_are_ranges_of_keys(small_year: SmallYear, monkeypatch):
    """Whatever the size of a part, together they hold every claim once."""
    whole, _ = ask(small_year.facts())
    for module in ("awards.queries.snapshots", "awards.queries.year_facts"):
        monkeypatch.setattr(f"{module}.PART_KEYS", 1)
    single, _ = ask(small_year.facts())
    assert len(single) == 3
    assert PART_KEYS > 1
    assert sum(part.columns.claim_count for part in single) == sum(part.columns.claim_count for part in whole) == 4
    assert snapshots.folder(small_year.facts()).name == str(YEAR)


def test_what_a_publication_leaves_unread_is_read_at_once(small_year: SmallYear):
    """The first question after a publication need not wait for the night."""
    payload = {"document": small_year.document.pk}
    enqueue("policies.published", payload, key="policies.published:test", at=AT)
    run_owed(at=AT)
    (part,) = snapshots.parts_of(small_year.facts())
    assert snapshots.part_facts(small_year.facts(), part).from_snapshot
    assert prepare_year_facts() == 0


def test_what_was_filed_is_read_at_night(small_year: SmallYear, monkeypatch):
    assert prepare_year_facts() == len(snapshots.parts_of(small_year.facts()))
    assert prepare_year_facts() == 0
    (part,) = snapshots.parts_of(small_year.facts())
    assert snapshots.part_facts(small_year.facts(), part).from_snapshot
    # A year that no published version governs any more is passed over.
    ClauseVersion.objects.update(state="retired", retired_at=AT)
    assert prepare_year_facts() == 0
