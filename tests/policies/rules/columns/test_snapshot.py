"""A snapshot reads back as it was written; a file that is none says so."""

import datetime as dt
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.columns import LIFTED, MISSING, YearBuilder, load_year, run_year, save_year
from policies.rules.columns.table import FORMAT, KINDS
from policies.rules.compile import compiled
from policies.rules.document import read_document
from policies.rules.settle import CapOverride
from tests.policies.rules import strategies
from tests.policies.rules.columns.support import by_column, columns_of
from tests.policies.rules.support import STEADY, claim, document, loan, policy
from tests.policies.rules.synthetic import cited, fact, synthetic

RULES = compiled(policy())


def flat(value):
    """Everything a year holds, as plain values."""
    if isinstance(value, np.ndarray):
        assert value.dtype == np.int64
        return value.tolist()
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    if hasattr(value, "__slots__"):
        return {name: flat(getattr(value, name)) for name in value.__slots__}
    return value


def some_year():
    docs = [
        document(
            claim("3.1.2", loans=[loan("36000000.00", "2024-05-01"), loan("1.00", "2024-06-01", "2024-07-01")]),
            claim("3.4.2"),
            claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="5.00"),
            choices={"研发投入": "3.4.2"},
            cap_override={"cap": "5.00"},
        ),
        document(kind="association"),
    ]
    return columns_of(RULES, [read_document(RULES, doc) for doc in docs], 2024, [{"3.4.2": 7}, {}])


@settings(STEADY, max_examples=15)
@given(docs=st.lists(strategies.documents(), max_size=5))
def test_round_trip(docs, tmp_path_factory):
    for doc in docs:
        doc["policy_year"] = 2024
    year = columns_of(RULES, [read_document(RULES, doc) for doc in docs], 2024)
    path = tmp_path_factory.mktemp("snapshot") / "2024.npz"
    save_year(year, path)
    again = load_year(path)
    assert flat(again) == flat(year)
    assert by_column(RULES, again, run_year(RULES, again)) == by_column(RULES, year, run_year(RULES, year))
    assert [item.name for item in path.parent.iterdir()] == ["2024.npz"]


def test_everything_is_kept(tmp_path):
    save_year(some_year(), tmp_path / "x.npz")
    again = load_year(tmp_path / "x.npz")
    assert flat(again) == flat(some_year())
    assert (len(again), again.claim_count, again.year, again.policy) == (2, 3, 2024, RULES.definition.number)


def test_a_builder_takes_its_own_year_and_what_is_claimed():
    builder = YearBuilder(RULES, 2023)
    with pytest.raises(ValueError, match="2024"):
        builder.add(read_document(RULES, document()))
    builder = YearBuilder(RULES, 2024)
    with pytest.raises(ValueError, match=r"3\.4\.2"):
        builder.add(read_document(RULES, document(claim("3.1.1"))), paid={"3.4.2": 5})
    assert len(builder.build()) == 0


def test_a_builder_keeps_the_numbers_of_its_caller():
    doc = document(claim("3.1.1"), claim("3.4.2"))
    builder = YearBuilder(RULES, 2024)
    builder.add(read_document(RULES, doc), id=7, district=3, claim_ids={"3.4.2": 11})
    builder.add(read_document(RULES, doc))
    builder.add(read_document(RULES, document()), paid={})
    year = builder.build()
    assert (year.ids.tolist(), year.district.tolist()) == ([7, 0, 0], [3, 0, 0])
    assert {clause: claims.ids.tolist() for clause, claims in year.claims.items()} == {
        "3.1.1": [0, 0],
        "3.4.2": [11, 0],
    }
    assert {clause: claims.applicant.tolist() for clause, claims in year.claims.items()} == {
        "3.1.1": [0, 1],
        "3.4.2": [0, 1],
    }


def test_what_a_column_holds():
    """Snapshots outlive the code that wrote them: these numbers stay."""
    assert (MISSING, LIFTED, KINDS, FORMAT) == (-(2**63), -(2**63) + 1, ("enterprise", "association"), 1)
    choices = [{"value": value, "label": value} for value in "ab"]
    kinds = {"sum": "money", "heads": "count", "day": "date", "flag": "flag", "pick": "choice", "name": "text"}
    facts = [
        fact(key, kind, nullable=True, **({"choices": choices} if kind == "choice" else {}))
        for key, kind in kinds.items()
    ]
    sites = fact("sites", "table", columns=[fact("name", "text", nullable=True)])
    hidden = fact("hidden", "table", columns=[fact("name", "text")], informational=True)
    award = {"kind": "fixed", "amount": cited("1.00")}
    rules = compiled(synthetic(c1_1={"facts": [*facts, sites, hidden], "award": award}))
    given = [
        {"sum": "1.23", "heads": 5, "day": "2024-05-01", "flag": True, "pick": "b", "name": "甲"},
        {"sum": "0.00", "heads": 0, "day": "1990-01-01", "flag": False, "pick": "a", "name": "乙"},
        dict.fromkeys(kinds),
    ]
    rows = [[{"name": "甲"}], [], [{"name": None}, {"name": "乙"}]]
    docs = [document(claim("1.1", **facts, sites=sites)) for facts, sites in zip(given, rows, strict=True)]
    year = columns_of(rules, [read_document(rules, doc) for doc in docs], 2024)
    held = year.claims["1.1"]
    assert {key: column.tolist() for key, column in held.facts.items()} == {
        "sum": [123, 0, MISSING],
        "heads": [5, 0, MISSING],
        "day": [dt.date(2024, 5, 1).toordinal(), dt.date(1990, 1, 1).toordinal(), MISSING],
        "flag": [1, 0, MISSING],
        "pick": [year.words.index("b"), year.words.index("a"), MISSING],
        "name": [1, 1, MISSING],
    }
    assert held.tables["sites"].start.tolist() == [0, 1, 1, 3]
    assert held.tables["sites"].columns["name"].tolist() == [1, MISSING, 1]
    assert held.tables["hidden"].start.tolist() == [0, 0, 0, 0]
    assert list(year.claims) == ["1.1"]


def test_an_officer_who_decides_nothing_leaves_the_cap():
    read = read_document(RULES, document())
    overrides = [None, CapOverride(), CapOverride(lift=True), CapOverride(cap=0), CapOverride(cap=5)]
    year = columns_of(RULES, [replace(read, override=override) for override in overrides], 2024)
    assert year.override.tolist() == [MISSING, MISSING, LIFTED, 0, 5]


def broken(tmp_path):
    """(name, bytes) of files that are no snapshot."""
    path = tmp_path / "good.npz"
    save_year(some_year(), path)
    good = path.read_bytes()
    yield "empty", b""
    yield "text", "演示".encode()
    yield "cut", good[: len(good) // 2]
    middle = good.index(b"NUMPY", len(good) // 3)
    yield "turned bits", good[: middle + 128] + bytes([good[middle + 128] ^ 255]) + good[middle + 129 :]
    array = tmp_path / "array.npy"
    np.save(array, np.arange(3))
    yield "one array", array.read_bytes()
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    meta = json.loads(arrays["meta"].tobytes())
    changes = [
        ("without meta", {"meta": None}),
        ("another format", {"meta": {**meta, "format": 99}}),
        ("no format", {"meta": {}}),
        ("meta is no object", {"meta": [1]}),
        ("without a column", {"kind": None}),
        ("without a column of claims", {"claims/3.4.2/paid": None}),
        ("without the rows of a table", {"claims/3.1.2/tables/loans/start": None}),
    ]
    for name, changed in changes:
        other = dict(arrays)
        for key, value in changed.items():
            if value is None:
                other.pop(key)
            else:
                other[key] = np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)
        np.savez(tmp_path / "other.npz", **other)
        yield name, (tmp_path / "other.npz").read_bytes()
    np.savez(tmp_path / "other.npz", **{**arrays, "kind": np.array([{}], dtype=object)})
    yield "objects that would have to be unpickled", (tmp_path / "other.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("a.txt", "演示")
    yield "another archive", (tmp_path / "plain.zip").read_bytes()


def test_a_file_that_is_no_snapshot_says_so(tmp_path):
    told = {}
    for name, content in broken(tmp_path):
        path = tmp_path / "broken.npz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"^broken\.npz is no snapshot: .") as caught:
            load_year(path)
        told[name] = str(caught.value)
    assert len(told) == 14
    assert told["another format"].endswith("format 99, not 1")
    assert told["one array"].endswith("one array, not several")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match=r"2024\.npz"):
        load_year(tmp_path / "2024.npz")
