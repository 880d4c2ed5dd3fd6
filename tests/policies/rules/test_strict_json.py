"""JSON that is none, or that a lax reader would take for something else: told in a sentence, at its path."""

import codecs
import gzip
import json

import pytest

from policies.rules.corpus import corpus_source
from policies.rules.document import EvaluationFault, evaluate_document, evaluate_text
from policies.rules.facts import MAX_FAULTS
from policies.rules.strict_json import NotJSONError, loads
from tests.policies.rules.faulty import BASE, LOAN, SALES, changed
from tests.policies.rules.support import faults, policy

RAW = [
    (b"", "文档是空的"),
    (b" \r\n\t", "文档是空的"),
    (b"\xef\xbb\xbf", "文档是空的"),
    (b"2024", "应为对象"),
    (b"-0", "应为对象"),
    (b"1e999", "应为对象"),
    (b"true", "应为对象"),
    (b'[{"policy": 1}]', "应为对象"),
    (b"{", "不是有效的 JSON"),
    (b"[]", "应为对象"),
    (b"null", "应为对象"),
    (b'"x"', "应为对象"),
    (codecs.BOM_UTF16_LE + "{}".encode("utf-16-le"), "UTF-16 编码，请另存为 UTF-8"),
    (codecs.BOM_UTF16_BE + "{}".encode("utf-16-be"), "UTF-16 编码，请另存为 UTF-8"),
    (codecs.BOM_UTF32_LE + "{}".encode("utf-32-le"), "UTF-32 编码，请另存为 UTF-8"),
    ("{}".encode("utf-16-le"), "NUL（第 2 个字节）"),
    (b'{"a": "x\x00y"}', "NUL（第 9 个字节）"),
    ('{"name": "Müller"}'.encode("latin-1"), "UTF-8 编码（第 12 个字节）"),
    (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
    (b'{"policy_year": -Infinity}', "-Infinity"),
    (b'{"policy_year": 01}', "不是有效的 JSON"),
    (b'{"policy_year": +1}', "不是有效的 JSON"),
    (b'{"policy_year": 0x10}', "不是有效的 JSON"),
    (b"{'policy_year': 1}", "不是有效的 JSON"),
    (b'{"a": 1,}', "不是有效的 JSON：第 1 行第 9 列"),
    (b"[" * 33 + b"]" * 33, "嵌套过深"),
    ("{“policy”: 1}".encode(), "不是有效的 JSON"),
    ('{"policy": "洪府发"}'.encode("gbk"), "UTF-8"),
    (b'{"policy_year": NaN}', "NaN"),
    (b'{"policy_year": Infinity}', "Infinity"),
    (b'{"a": 1} {"b": 2}', "不是有效的 JSON"),
    (b"[" * 100_000, "嵌套过深"),
    (b'{"a":' * 5000 + b"1" + b"}" * 5000, "嵌套过深"),
    (b'{"a": "' + b"x" * 4_000_001 + b'"}', "过大"),
    (b'{"a": "\x01"}', "不是有效的 JSON"),
]


HUGE = ["-0", "9223372036854775808", "-9223372036854775809", "1" + "0" * 400, "1e999", "-1e999", "1E-400", "-0.0"]
PLACES = [
    ('"rd_staff": 100', "applicant.rd_staff"),
    ('"policy_year": 2024', "policy_year"),
    ('"list_year": 2024', "claims[2].facts.list_year"),
    ('"investment": "8000000.00"', "claims[1].facts.projects[0].investment"),
    ('"drawn_on": "2024-03-01"', "claims[0].facts.loans[0].drawn_on"),
    ('"newly_introduced": false', "applicant.newly_introduced"),
    ('"kind": "enterprise"', "applicant.kind"),
    ('"status_list": "listed_ei"', "claims[2].facts.status_list"),
    ('"name": "演示一线"', "claims[1].facts.projects[0].name"),
    ('"clause": "3.4.2"', "claims[4].clause"),
    ('"policy": "洪府发〔2023〕30号"', "policy"),
    ('"amount": "1500000.00"', "claims[3].decision.amount"),
    ('"amount": "0.00"', "external_awards[0].amount"),
    ('"研发投入": "3.4.2"', "choices.研发投入"),
    ('"cap_override": null', "cap_override"),
]


def written(old, new):
    """The base document as JSON with one passage replaced."""
    text = json.dumps({**changed((*SALES[:-1], "list_year"), 2024), "cap_override": None}, ensure_ascii=False)
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize(("raw", "words"), RAW)
def test_text_that_is_no_document(raw, words):
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(raw, corpus_source)
    assert any(words in fault["message"] for fault in caught.value.faults), caught.value.faults


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a": 1,}', "多了一个逗号"),
        (b"[1, 2, ]", "多了一个逗号"),
        (b"{'a': 1}", "英文双引号"),
        ("{“a”: 1}".encode(), "英文双引号"),
        ('{"a"：1}'.encode(), "英文半角"),
        (b'{"a": {"b": 1}', "不完整，可能缺少右括号"),
        (b'{"a": [1, 2}', "少了右括号"),
        (b'{"a": 1 "b": 2}', "缺少英文逗号"),
        (b"{a: 1}", "键应加英文双引号"),
        (b'{"a" 1}', "缺少英文冒号"),
        (b'{"a": abc}', "文字应加英文双引号"),
        (b'{"a": "x}', "缺少结尾的英文双引号"),
        (b'{"a": "x\ny"}', "不能直接换行"),
        (b'{"a": "\\q"}', "反斜杠"),
        (b'{"a": 01}', "不能以 0 开头"),
        (b"{} {}", "一次只能提交一个文档"),
    ],
)
def test_what_is_likely_wrong_is_told(raw, words):
    with pytest.raises(NotJSONError, match="第 [12] 行第 [0-9]+ 列附近有误，.*" + words):
        loads(raw)


@pytest.mark.parametrize(
    "raw",
    [gzip.compress(b"{}", mtime=0), bytes(range(128, 256)) * 2, b"\x80\x00"],
    ids=["gzip", "high bytes", "continuation"],
)
def test_other_bytes_are_not_taken_for_another_encoding(raw):
    with pytest.raises(NotJSONError) as caught:
        loads(raw)
    assert "UTF-16" not in str(caught.value)
    assert "gzip" in str(caught.value) or "不是 UTF-8" in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(("place", "path"), PLACES)
def test_nan_and_infinity_are_refused_at_their_place_with_the_other_faults(number, place, path):
    key = place.partition(": ")[0]
    text = written(place, f"{key}: {number}").replace('"external_awards"', '"zzz": 1, "external_awards"')
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(text, corpus_source)
    paths = {fault["path"] for fault in caught.value.faults}
    assert {path, "zzz"} <= paths
    assert not [fault for fault in caught.value.faults if fault["path"] == ""]


@pytest.mark.parametrize(
    ("clause", "path", "words"),
    [
        ('{"clause": "9.9", "facts": {"a": [{"b": NaN}]}}', "claims[0].facts.a[0].b", "NaN"),
        ('{"clause": "9.9", "facts": {"a": [{"b": 1, "b": 2}]}}', "claims[0].facts.a[0].b", "重复"),
        ('{"clause": "9.9", "decision": {"amount": 5}}', "claims[0].decision.amount", "字符串"),
        ('{"clause": "9.9", "facts": []}', "claims[0].facts", "对象"),
    ],
)
@pytest.mark.parametrize("number", ["洪府发〔2023〕30号", "x"])
def test_a_claim_of_an_unknown_clause_is_read_as_far_as_it_goes(number, clause, path, words):
    text = (
        f'{{"policy": "{number}", "policy_year": 2024, "applicant": {{"kind": "association"}}, "claims": [{clause}]}}'
    )
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(text, corpus_source)
    assert [fault for fault in caught.value.faults if fault["path"] == path and words in fault["message"]]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (
            '"investment": "8000000.00"',
            '"investment": "1.00", "investment": "8000000.00"',
            "claims[1].facts.projects[0]",
        ),
        ('"policy_year": 2024', '"policy_year": 2023, "policy_year": 2024', "policy_year"),
        ('"rd_staff": 100', '"rd_staff": 1e400', "applicant.rd_staff"),
        ('"rd_staff": 100', '"rd_staff": 100.0', "applicant.rd_staff"),
        ('"rd_staff": 100', '"rd_staff": ' + "9" * 5000, "applicant.rd_staff"),
        ('"policy_year": 2024', '"policy_year": 2.024e3', "policy_year"),
    ],
)
def test_json_that_a_lax_reader_would_take(old, new, where):
    text = json.dumps(BASE, ensure_ascii=False)
    assert old in text
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(text.replace(old, new), corpus_source)
    assert any(fault["path"].startswith(where) for fault in caught.value.faults), caught.value.faults


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(("place", "path"), PLACES)
def test_numbers_beyond_all_bounds_are_refused_at_their_place(number, place, path):
    key = place.partition(": ")[0]
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(written(place, f"{key}: {number}"), corpus_source)
    told = [fault for fault in caught.value.faults if fault["path"] == path]
    assert told, caught.value.faults
    assert all(fault["message"].endswith("。") for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("number", "words"),
    [("-0", "负零"), ("9223372036854775808", "过大的数字"), ("1e999", "带小数点或指数的数字"), ("100.0", "带小数点")],
)
def test_what_is_wrong_with_a_number_is_told(number, words):
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(written('"rd_staff": 100', f'"rd_staff": {number}'), corpus_source)
    (fault,) = caught.value.faults
    assert words in fault["message"]


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ('"policy_year": 2024', "policy_year"),
        ('"rd_staff": 100', "applicant.rd_staff"),
        ('"clause": "3.4.2"', "claims[4].clause"),
        ('"list_year": 2024', "claims[2].facts.list_year"),
        ('"drawn_on": "2024-03-01"', "claims[0].facts.loans[0].drawn_on"),
        ('"amount": "1500000.00"', "claims[3].decision.amount"),
        ('"amount": "0.00"', "external_awards[0].amount"),
        ('"研发投入": "3.4.2"', "choices.研发投入"),
        ('"cap_override": null', "cap_override"),
        ('"cap_override": {"lift": true}', "cap_override.lift"),
    ],
)
def test_a_key_named_twice_is_refused_at_every_level(old, path):
    if "lift" in old:
        text = written('"cap_override": null', '"cap_override": {"lift": true, "lift": true}')
    else:
        text = written(old, f"{old}, {old}")
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(text, corpus_source)
    assert [(fault["path"], "重复出现" in fault["message"]) for fault in caught.value.faults] == [(path, True)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"zzz": 1}', {"policy", "policy_year", "applicant", "claims", "zzz"}),
        ('{"policy": "洪府发〔2021〕25号", "zzz": 1, "claims": []}', {"policy", "policy_year", "applicant", "zzz"}),
        ('{"policy": 5, "policy": 6, "policy_year": 2024, "claims": []}', {"policy", "applicant"}),
    ],
)
def test_without_a_known_policy_the_outer_faults_are_told_with_it(text, paths):
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(text, corpus_source)
    assert {fault["path"] for fault in caught.value.faults} == paths


@pytest.mark.parametrize("number", ["\x00", "\ud800", "长" * 501])
def test_a_number_that_no_database_could_look_up_is_not_looked_up(number):
    def source(number, year):
        raise AssertionError("asked")

    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(json.dumps({**BASE, "policy": number}), source)
    assert [fault["path"] for fault in caught.value.faults] == ["policy"]


def test_a_flood_of_faults_is_cut():
    doc = {**BASE, **{f"x{number}": 1 for number in range(MAX_FAULTS + 100)}}
    found = faults(doc)
    assert len(found) == MAX_FAULTS + 1
    assert found[-1] == {"path": "", "message": "错误超过 10,000 处，其余没有列出，请先更正以上错误。"}


def test_many_keys_of_which_two_are_equal():
    """Looking for the one that is there twice must not compare each with each."""
    keys = ", ".join(f'"x{number}": 1' for number in range(200_000))
    with pytest.raises(EvaluationFault) as caught:
        evaluate_text(f'{{{keys}, "x7": 2}}', corpus_source)
    assert caught.value.faults[0]["message"].endswith("重复出现，请只保留一个。")


def test_brackets_in_a_text_do_not_nest():
    doc = changed((*LOAN, "bank"), "[{" * 100 + '\\"')
    assert evaluate_text(json.dumps(doc), corpus_source) == evaluate_document(policy(), doc)


def test_byte_order_mark_is_skipped():
    raw = b"\xef\xbb\xbf" + json.dumps(BASE).encode()
    assert evaluate_text(raw, corpus_source) == evaluate_document(policy(), BASE)
