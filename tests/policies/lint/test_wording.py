"""Administrators know no keys and no paths: whatever the lints say, they say in the words of the editor's form."""

import ast
import copy
import re
from pathlib import Path

import pytest

from policies.blocks.places import field_of, places_of
from policies.blocks.shapes import RulesDefinition
from policies.blocks.wording import where
from policies.lint import lint_clause, lint_policy, lint_printed
from policies.rules.schema import ClauseDefinition
from tests.policies.lint import test_hostile, test_kinds
from tests.policies.lint.support import OWN_TEXT, SENTENCE, TEXT, fact, made_up, shipped
from tests.policies.lint.test_words import JUNK, places, replaced

POLICIES = Path(__file__).parents[3] / "policies"
#: Words of the trade that Chinese administrators read as they are.
TERMS = {"LPR", "AEO", "Excel", "YAML", "txt", "docx", "MB", "UTF", "Tab", "Esc"}
#: Fields that hold people's own words, which a sentence may repeat.
OWN_WORDS = {"label", "title", "sentence", "quote", "literal", "name", "help", "reason", "unit", "short", "source"}
ASCII_WORD = re.compile(r"[A-Za-z_]{2,}|(?<![0-9])[A-Za-z]")  # 3.1.3a is a number of a clause
PATH = re.compile(r"[a-z_]\[|\]\.|\w\.[a-z_]")


def raw_words(said, *definitions):
    """The ASCII words and paths of a sentence that are neither terms nor people's own words."""
    own = {text for one in definitions for text in words_of(one)}
    for text in sorted(own, key=len, reverse=True):
        said = said.replace(text, "")
    said = re.sub("“[^”]{0,40}”", "", said)  # what was typed into a field, repeated
    return [word for word in ASCII_WORD.findall(said) if word not in TERMS] + PATH.findall(said)


def words_of(value):
    if isinstance(value, dict):
        yield from (inner for key, inner in value.items() if key in OWN_WORDS and isinstance(inner, str) and inner)
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from words_of(inner)


def assert_in_words(faults, schema, definition, *around):
    for fault in faults:
        path = "sentence.quote" if fault.path == "sentence" else field_of(fault.path, places_of(definition))
        place = where(schema, definition, path)
        for said in (fault.message, fault.mend, place):
            assert not raw_words(said, definition, *around), (fault.path, said)
        assert re.search("[一-鿿]", fault.message)


# ------------------------------------------------------------------------------------- every sentence there is

SPOKEN = [
    *POLICIES.glob("lint/*.py"),
    *POLICIES.glob("blocks/*.py"),
    POLICIES / "places.py",
    POLICIES / "queries/lint.py",
    POLICIES / "queries/lint_beside.py",
    POLICIES / "queries/publication.py",
    POLICIES / "queries/reading.py",
    POLICIES / "actions/publication_checks.py",
]


def sentences(file):
    """Every text of a module that has Chinese in it and is no docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in told:
            continue
        if re.search("[一-鿿]", node.value) and not re.search(r"\(\?|\\d|\[\^", node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("file", sorted(SPOKEN), ids=lambda file: str(file.relative_to(POLICIES)))
def test_no_sentence_of_the_house_names_a_key(file):
    for line, text in sentences(file):
        words = [word for word in ASCII_WORD.findall(text) if word not in TERMS]
        assert not words, f"{file.name}:{line}: {text}"


# ------------------------------------------------------------------------------------------ what is told of what

CLAUSES = {clause["id"]: clause for clause in shipped()["clauses"]}
AROUND = {name: part for name, part in shipped().items() if name != "clauses"}


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_field_of_every_shipped_clause_left_out_or_wrong(clause):
    definition = CLAUSES[clause]
    for path in places(definition):
        for spoilt in (without(definition, path), replaced(definition, path, "x")):
            if isinstance(spoilt, dict):
                assert_in_words(lint_clause(spoilt, AROUND, TEXT), ClauseDefinition, spoilt, definition, AROUND)


def without(value, path):
    if not path:
        return {}
    *way, last = path
    found = copy.deepcopy(value)
    inner = found
    for step in way:
        inner = inner[step]
    del inner[last]
    return found


def cases_of(test):
    """The parameters of another test."""
    return next(mark for mark in test.pytestmark if mark.name == "parametrize").args[1]


NOT = {"kind": "not", "label": "非", "quote": "演示依据"}
FLAG = {"kind": "is_true", "label": "有标志", "fact": "flag", "quote": "演示依据"}
CHOICES = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]
PICK = {"kind": "one_of", "label": "甲类", "fact": "pick", "quote": "演示依据", "values": ["c"]}
TABLE = fact("sites", "table", columns=[fact("cost", "money"), fact("cost", "date")])
OF_ALL = {"kind": "rate", "of": "sites.cost", "rate": test_kinds.SHARE}
COLUMN = {"kind": "rate", "of": "row.costs", "rate": test_kinds.SHARE}
BROKEN = {
    **{f"hostile {number}": case[0] for number, case in enumerate(
        cases_of(test_hostile.test_a_clause_that_makes_no_sense))},
    "no number of the quotation": {"award": {"kind": "fixed", "amount": {**test_kinds.LIMIT, "literal": "20"}}},
    "an unused number": {"untranslated": []},
    "nothing reads it": {"facts": [fact("base", "money")]},
    "informational and read": {"facts": [fact("base", "money", informational=True)], "award": test_kinds.RATE},
    "contradiction": {"facts": test_kinds.HEADS, "conditions": [
        test_kinds.compare("heads", "ge", 100, "100人"), test_kinds.compare("heads", "lt", 50, "50人")]},
    "the other way": {"facts": test_kinds.HEADS, "conditions": [test_kinds.compare("heads", "gt", 100, "100人")]},
    "outside the bounds": {"facts": [fact("heads", "count", maximum="99")],
                           "conditions": [test_kinds.compare("heads", "ge", 100, "100人")]},
    "never fails": {"facts": [fact("heads", "count", minimum="100")],
                    "conditions": [test_kinds.compare("heads", "ge", 100, "100人")]},
    "never holds": {"facts": [fact("flag", "flag")], "conditions": [FLAG, {**NOT, "of": FLAG}]},
    "window": {"facts": [fact("day", "date")], "conditions": [test_kinds.window("2026-01-01", None)]},
    "empty window": {"facts": [fact("day", "date")], "conditions": [test_kinds.window("2025-01-01", "2024-12-31")]},
    "no such choice": {"facts": [fact("pick", "choice", choices=CHOICES)], "conditions": [PICK]},
    "choices twice": {"facts": [fact("pick", "choice", choices=[CHOICES[0], CHOICES[0]])], "conditions": [PICK]},
    "columns twice": {"facts": [TABLE], "award": {"kind": "rows", "table": "sites", "each": COLUMN}},
    "no such name of a row": {"facts": [fact("sites", "table", columns=[fact("cost", "money")])],
                              "award": {"kind": "rows", "table": "sites", "row_label": "none", "each": COLUMN}},
    "a share for a threshold": {"facts": test_kinds.HEADS, "conditions": [
        test_kinds.compare("heads", "ge", "15%", "15%", kind="rate")]},
    "a tier that is never reached": {"facts": [fact("base", "money", maximum="10000000.00")],
                                     "award": test_kinds.STEP},
    "a tier that never decides": {"facts": [fact("base", "money", minimum="20000000.00")], "award": test_kinds.STEP},
    "overflow": {"facts": [fact("sites", "table", columns=[fact("cost", "money")])],
                 "award": {"kind": "sum", "parts": [OF_ALL] * 20}},
    "rows the wrong way": {"facts": [fact("sites", "table", min_rows=9, max_rows=2, columns=[fact("cost", "money")])]},
    "bounds of a flag": {"facts": [fact("flag", "flag", minimum="1")], "conditions": [FLAG]},
    "cut in two": {"award": {"kind": "fixed", "amount": {**test_kinds.LIMIT, "quote": "000万元"}}},
    "no quotation": {"award": {"kind": "discretion", "quote": " "}},
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_clause(name):
    policy = made_up(**BROKEN[name])
    faults = lint_policy(policy, OWN_TEXT)
    assert faults, name
    for fault in faults:
        own = fault.below("").path.removeprefix('clauses["1.1"]').removeprefix(".")
        assert_in_words([type(fault)(own, fault.message, fault.mend)], ClauseDefinition, policy["clauses"][0], policy)


@pytest.mark.parametrize("number", range(len(cases_of(test_hostile.test_a_policy_that_makes_no_sense))))
def test_a_broken_policy(number):
    policy = shipped()
    cases_of(test_hostile.test_a_policy_that_makes_no_sense)[number][0](policy)
    faults = lint_policy(policy, TEXT)
    assert faults
    assert_in_words(faults, RulesDefinition, policy)


@pytest.mark.parametrize("number", range(len(cases_of(test_kinds.test_groups))))
def test_a_broken_group(number):
    policy = shipped()
    cases_of(test_kinds.test_groups)[number][0](policy["groups"])
    assert_in_words(lint_policy(policy, TEXT), RulesDefinition, policy)


RULES = {name: shipped()[name] for name in ("year_facts", "total_cap", "groups")}


@pytest.mark.parametrize("path", list(places(RULES)), ids=lambda path: ".".join(map(str, path)))
def test_junk_anywhere_in_the_rules(path):
    for junk in JUNK:
        spoilt = replaced(RULES, path, junk)
        if isinstance(spoilt, dict):
            faults = lint_policy({**AROUND, "clauses": [], **spoilt}, TEXT, compiled=False)
            assert_in_words(faults, RulesDefinition, spoilt, AROUND, {"label": str(junk)})


@pytest.mark.parametrize(
    ("sentence", "bracket", "quota"),
    [
        ("演示", "[牵头单位：市演示局]", None),
        (SENTENCE, "牵头单位", None),
        (SENTENCE, "[单位：市演示局]", {"value": "15", "literal": "15项", "quote": SENTENCE}),
        (SENTENCE, "[配合单位：市演示局]", {"value": 20, "literal": "15项", "quote": SENTENCE, "unit": "项"}),
    ],
)
def test_what_a_clause_prints(sentence, bracket, quota):
    faults = lint_printed(sentence, bracket, OWN_TEXT, {"市演示局"}, quota)
    assert faults
    for fault in faults:
        assert not raw_words(fault.message + fault.mend, {"quote": SENTENCE, "source": bracket})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", ""),
        ("conditions.0.value.value", "第 1 个条件「年度营业收入达到20亿元以上」的标准的金额"),
        ("conditions.7", "第 8 个条件"),
        ("award.rate.value", "奖补计算的补贴比例"),
        ("award.rate.unheard_of", "奖补计算的补贴比例"),
        ("facts.0.label", "第 1 个填报项「研发中心目标任务」的名称"),
        ("sentence.quote", "条款的原文句子"),
    ],
)
def test_a_place_is_told_in_the_words_of_the_form(path, words):
    assert where(ClauseDefinition, CLAUSES["3.4.2"], path) == words
