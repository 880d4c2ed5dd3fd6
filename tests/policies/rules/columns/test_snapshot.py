"""A snapshot reads back as it was written; a file that is none says so."""

import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.columns import YearBuilder, load_year, run_year, save_year
from policies.rules.compile import compiled
from policies.rules.document import read_document
from tests.policies.rules import strategies
from tests.policies.rules.columns.support import by_column, columns_of
from tests.policies.rules.support import STEADY, claim, document, loan, policy

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
    assert len(told) == 13
    assert told["another format"].endswith("format 99, not 1")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match=r"2024\.npz"):
        load_year(tmp_path / "2024.npz")
