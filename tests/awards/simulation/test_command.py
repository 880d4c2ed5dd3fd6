"""`manage.py simulate`: the known amounts, every fault with its path, a quick second question."""

import io
import json
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from awards.reports import NEAR_MEANS
from awards.text_report import table, width
from tests.awards.simulation.conftest import LARGE, LOWER, SMALL, SmallYear
from tests.awards.simulation.test_facts import refuse
from tests.factories.applications import YEAR


class Ran:
    """What a run of the command wrote and how it ended."""

    def __init__(self, *arguments: str, year: int = YEAR) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.status = 0
        self.summary = ""
        try:
            call_command("simulate", "--policy-year", str(year), *arguments, stdout=out, stderr=err)
        except CommandError as error:
            self.status, self.summary = error.returncode, str(error)
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def written(tmp_path):
    """A change document in a file; its path."""

    def write(change) -> str:
        path = tmp_path / "change.json"
        path.write_text(change if isinstance(change, str) else json.dumps(change, ensure_ascii=False), "utf-8")
        return str(path)

    return write


def test_the_known_amounts_in_tables(small_year: SmallYear, written):
    ran = Ran("--change", written(LOWER))
    assert ran.status == 0
    for text in (
        "智慧工厂补助下调",
        "50%",
        "40%",
        "36,800,000.00",
        "35,000,000.00",
        "减少 1,800,000.00",
        LARGE,
        SMALL,
        "高新区",
        "经开区",
        "受影响的申报件：2 件",
        "受影响的申报主体：2 家",
        "金额增加：无",
    ):
        assert text in ran.out, text
    assert "数据" in ran.err
    assert "计算" in ran.err


def test_the_same_as_json(small_year: SmallYear, written):
    answer = Ran("--change", written(LOWER), "--json").json
    assert answer["whole"] | {"near": 0} == {
        "key": "",
        "label": "合计",
        "files": 4,
        "touched": 2,
        "before": "36800000.00",
        "after": "35000000.00",
        "difference": "-1800000.00",
        "opened": 0,
        "closed": 0,
        "near": 0,
        "pending": 0,
    }
    assert {row["key"]: row["difference"] for row in answer["clauses"]} == {
        "3.3.2": "0.00",
        "3.4.2": "0.00",
        "3.4.5": "-1800000.00",
    }
    assert {row["label"]: row["difference"] for row in answer["districts"]} == {
        "高新区": "-1000000.00",
        "经开区": "-800000.00",
    }
    assert [(row["enterprise"], row["difference"]) for row in answer["losers"]] == [
        (LARGE, "-1000000.00"),
        (SMALL, "-800000.00"),
    ]
    assert answer["gainers"] == []
    assert answer["left_out"] == {"count": 0, "files": []}


def test_who_becomes_eligible_and_who_no_longer_is(small_year: SmallYear, written):
    higher = {"clauses": {"3.4.2": {"conditions[0].value": "3300000000.00"}}}
    answer = Ran("--change", written(higher), "--json").json
    (row,) = [row for row in answer["clauses"] if row["key"] == "3.4.2"]
    assert (row["closed"], row["opened"], row["near"], row["after"]) == (1, 0, 1, "0.00")


def test_refused_files_only_when_asked_for(small_year: SmallYear, written):
    refuse(small_year.small_factory)
    change = written(LOWER)
    assert Ran("--change", change, "--json").json["whole"]["files"] == 3
    assert Ran("--change", change, "--json", "--include-refused").json["whole"]["files"] == 4


def test_a_second_question_takes_the_snapshot(small_year: SmallYear, written, snapshot_folder):
    change = written(LOWER)
    assert "（0 块取自快照" in Ran("--change", change).err
    second = Ran("--change", change)
    assert "0 块读自数据库" in second.err
    plain = Ran("--change", change, "--no-cache")
    assert "（0 块取自快照" in plain.err
    assert second.out == plain.out


def test_standard_input(small_year: SmallYear, monkeypatch):
    text = json.dumps(LOWER).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert Ran("--change", "-", "--json").json["whole"]["touched"] == 2


def test_every_fault_with_path_and_sentence(small_year: SmallYear, written):
    faulty = {"clauses": {"3.4.5": {"award.each.rate": "140%", "nothing": "1"}, "9.9.9": {}}, "other": 1}
    ran = Ran("--change", written(faulty))
    assert ran.status == 2
    lines = ran.err.splitlines()
    assert len([line for line in lines if "：" in line]) >= 4
    for text in ("award.each.rate", "nothing", "9.9.9", "other"):
        assert any(text in line for line in lines), text
    assert ran.out == ""
    errors = Ran("--change", written(faulty), "--json").json["errors"]
    assert all(error["message"] for error in errors)
    assert len(errors) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"clauses": NaN}',
        '{"note": "a", "note": "b", "total_cap": null}',
        "[]",
        "{}",
        "null",
        "[" * 100,
        '{"note": "\\u0000", "total_cap": null}',
        '{"note": "\\ud800", "total_cap": null}',
        '{"clauses": {"3.4.5": {"award.each.rate": 0.4}}}',
        '{"policy": "另一份文件", "total_cap": null}',
    ],
)
def test_what_is_no_change_document_is_refused(small_year: SmallYear, written, text):
    ran = Ran("--change", written(text))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.strip()


def test_a_file_that_cannot_be_read(small_year: SmallYear, tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        ran = Ran("--change", str(path))
        assert ran.status == 2
        assert "无法读取" in ran.err


def test_a_year_or_policy_that_is_none(small_year: SmallYear, written):
    change = written(LOWER)
    ran = Ran("--change", change, year=2050)
    assert ran.status == 2
    assert "2050" in ran.err
    ran = Ran("--change", change, "--policy", "洪府发〔1999〕1号")
    assert ran.status == 2
    assert "洪府发〔1999〕1号" in ran.err


def test_a_fault_of_the_year_is_told_as_one(small_year: SmallYear, written):
    ran = Ran("--change", written(LOWER), year=2022)
    assert (ran.status, ran.summary) == (2, "政策年度有误。")
    assert "2022 年度没有适用的政策" in ran.err


def test_a_wrong_policy_number_hides_no_other_fault(small_year: SmallYear, written):
    faulty = {"policy": "另一份文件", "clauses": {"3.4.5": {"award.each.rate": "140%"}}, "other": 1}
    ran = Ran("--change", written(faulty))
    assert (ran.status, ran.summary) == (2, "变更内容有 3 处错误。")
    for text in ("policy：政策文号与所调整的政策不符", "award.each.rate", "other"):
        assert text in ran.err, text


def test_a_near_miss_is_explained_where_it_is_counted(small_year: SmallYear, written):
    higher = {"clauses": {"3.4.2": {"conditions[0].value": "3300000000.00"}}}
    assert NEAR_MEANS in Ran("--change", written(higher)).out
    assert NEAR_MEANS not in Ran("--change", written({"total_cap": {"rate": "4%"}})).out


def test_the_list_shows_how_values_are_written(small_year: SmallYear):
    lines = Ran("--list").out.splitlines()
    (cap,) = [line for line in lines if line.startswith("3.4.5") and "award.row_cap" in line]
    assert '"5000000.00"' in cap
    (days,) = [line for line in lines if "day_count" in line]
    assert "360（一年按360天）、365（一年按365天）" in days


def test_a_year_without_files(small_year: SmallYear, written):
    answer = Ran("--change", written(LOWER), "--json", year=2025).json
    assert (answer["whole"]["files"], answer["clauses"]) == (0, [])


def test_the_places_that_can_be_changed(small_year: SmallYear):
    listed = Ran("--list")
    assert "award.each.rate" in listed.out
    assert "50%" in listed.out
    places = Ran("--list", "--json").json
    assert {"section": "3.4.5", "key": "award.each.rate"}.items() <= next(
        place.items() for place in places if place["key"] == "award.each.rate" and place["section"] == "3.4.5"
    )


def test_hostile_text_does_not_reach_the_terminal(small_year: SmallYear, written):
    small_year.large.enterprise.name = "演示\x1b[2J\u202e有限公司"
    small_year.large.enterprise.save()
    ran = Ran("--change", written(LOWER))
    assert "有限公司" in ran.out
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


def test_columns_stand_straight():
    drawn = table(("名称", "数"), [("电子", "1"), ("ab", "1,000")], right=frozenset({1})).splitlines()
    assert {width(line) for line in drawn} == {len("----") + 2 + len("1,000")}
