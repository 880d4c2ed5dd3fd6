"""People read no English: every fault that pydantic or a validator can find has its Chinese sentence."""

import inspect
import re

import pytest

from policies.lint import lint_clause, lint_policy
from policies.lint.words import PATTERNS, RULES
from policies.rules import schema_clause, schema_policy, values
from tests.policies.lint.support import OWN_TEXT, TEXT, made_up, shipped

ENGLISH = re.compile(
    r"(?i)\b(input|should|valid|expected|must|field|extra inputs|required|error|string|integer|than)\b"
)
JUNK = [None, True, -1, float("nan"), 10**40, "", "x", [None], {"kind": "x"}]


def test_every_validator_has_its_sentence():
    sources = inspect.getsource(schema_clause) + inspect.getsource(schema_policy)
    said = re.findall(r'raise ValueError\(\s*f?"([^"]+)"', sources)
    assert len(said) >= 14
    for message in said:
        assert any(words in message.replace("{group.name}", "甲") for words in RULES), message


def test_every_pattern_has_its_sentence():
    sources = "".join(inspect.getsource(module) for module in (schema_clause, schema_policy, values))
    patterns = set(re.findall(r'pattern=r"([^"]+)"', sources)) | {
        values.MONEY_PATTERN, values.PERCENT_PATTERN, values.TIMES_PATTERN}  # fmt: skip
    assert patterns <= set(PATTERNS)


def places(value, path=()):
    """Every place inside a raw definition."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


def replaced(value, path, junk):
    if not path:
        return junk
    head, *rest = path
    if isinstance(value, dict):
        return {**value, head: replaced(value[head], rest, junk)}
    return [replaced(child, rest, junk) if index == head else child for index, child in enumerate(value)]


CLAUSES = {clause["id"]: clause for clause in shipped()["clauses"]}
SPOILT = [(clause, path) for clause in ("3.1.2", "3.2.2") for path in places(CLAUSES[clause])]


@pytest.mark.parametrize(
    ("clause", "path"), SPOILT, ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else value
)
def test_junk_anywhere_in_a_clause_is_answered_in_chinese(clause, path):
    for junk in JUNK:
        faults = lint_clause(replaced(CLAUSES[clause], path, junk), shipped(), TEXT)
        for fault in faults:
            said = fault.message + fault.mend
            assert not ENGLISH.search(re.sub(r"[“「][^”」]*[”」]", "", said)), said
            assert re.search(r"[一-鿿]", fault.message)
            assert fault.mend


HEAD = {key: value for key, value in shipped().items() if key != "clauses"}


@pytest.mark.parametrize("path", list(places(HEAD)), ids=lambda path: ".".join(map(str, path)))
def test_junk_anywhere_in_the_head_is_answered_in_chinese(path):
    for junk in JUNK:
        raw = replaced(HEAD, path, junk)
        faults = lint_policy({**raw, "clauses": []} if isinstance(raw, dict) else raw, TEXT, complete=False)
        for fault in faults:
            said = fault.message + fault.mend
            assert not ENGLISH.search(re.sub(r"[“「][^”」]*[”」]", "", said)), said
            assert fault.mend


def test_nesting_without_end_is_refused_with_a_sentence():
    condition = {"kind": "is_true", "label": "甲", "fact": "flag", "quote": "演示依据"}
    for _ in range(5000):
        condition = {"kind": "not", "label": "非", "quote": "演示依据", "of": condition}
    faults = lint_policy(made_up(conditions=[condition]), OWN_TEXT)
    assert ["层次过深" in fault.message for fault in faults] == [True]
