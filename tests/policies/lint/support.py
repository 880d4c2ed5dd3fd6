"""Definitions to spoil: the shipped policy, and a small made-up clause with its own text."""

import copy
from functools import cache

from policies.lint import lint_policy
from policies.lint.text import sha256
from policies.rules.corpus import CORPUS, read_policy

FOLDER = CORPUS / "hongfufa-2023-30"
TEXT = (FOLDER / "text.txt").read_text(encoding="utf-8")

SENTENCE = (
    "对年度营业收入达到20亿元以上、比上年增加1亿元以上、职工达到100人以上且不足50人、经认定的演示企业，"
    "按照投入的15%给予补助，每项不超过500万元，最高不超过2000万元，每年15项左右，每项100-200万元，再加计1倍。"
)
OWN_TEXT = f"演示政策\n{SENTENCE}\n演示依据，演示例外。\n"


@cache
def _shipped():
    return read_policy(FOLDER)


def shipped():
    """The raw definition of the shipped policy, to change."""
    return copy.deepcopy(_shipped())


def clause_of(policy, clause):
    """One raw clause of a raw policy."""
    return next(one for one in policy["clauses"] if one["id"] == clause)


def judged(change=None, text=TEXT, **options):
    """What the lints say of the shipped policy after a change."""
    policy = shipped()
    if change is not None:
        change(policy)
    return lint_policy(policy, text, **options)


def number(value, literal, kind=None):
    """A cited number of the made-up text."""
    found = {"value": value, "literal": literal, "quote": SENTENCE}
    return {"type": kind, **found} if kind else found


def fact(key, kind, **more):
    """A declared fact."""
    return {"key": key, "label": f"演示{key}", "type": kind, **more}


#: Every number of the made-up sentence, so that none is told as unused.
NOTE = "20亿元、1亿元、100人、50人、15%、500万元、2000万元、15项、100-200万元、1倍 未量化"


def made_up(**clause):
    """A policy of one made-up clause, sound unless the keyword arguments spoil it."""
    policy = shipped()
    found = {
        "id": "1.1",
        "title": "演示条款",
        "sentence": SENTENCE,
        "facts": [],
        "conditions": [],
        "award": {"kind": "fixed", "amount": number("20000000.00", "2000万元")},
        "untranslated": [NOTE],
        **clause,
    }
    policy.update(
        clauses=[{key: value for key, value in found.items() if value is not None}],
        groups=[],
        total_cap=None,
        source_sha256=sha256(OWN_TEXT),
        year_facts=[
            {**one, "informational": True}
            for one in policy["year_facts"]
            if one["key"] not in ("revenue", "revenue_prev")
        ]
        + [{**one, "nullable": True} for one in policy["year_facts"] if one["key"] in ("revenue", "revenue_prev")],
    )
    return policy


def of_clause(**clause):
    """What the lints say of a made-up clause, paths from the clause on."""
    policy = made_up(**clause)
    used = str(clause.get("conditions", "")) + str(clause.get("award", ""))
    for one in policy["year_facts"]:
        one["informational"] = f"Y.{one['key']}'" not in used
    faults = lint_policy(policy, OWN_TEXT)
    return {fault.path.removeprefix('clauses["1.1"]').removeprefix("."): fault for fault in faults}


def told(faults, path, *words, mend="", severity="error"):
    """The fault stands at the path, and says these words."""
    assert path in faults, {place: str(fault) for place, fault in faults.items()}
    fault = faults[path]
    for word in words:
        assert word in f"{fault.message}{fault.mend}"
    assert mend in fault.mend
    assert fault.severity == severity
