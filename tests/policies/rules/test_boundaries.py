"""Engine = oracle = columns on every border of the definition, and every border has its documents."""

import copy
import datetime as dt
import json
import re
from collections import defaultdict

import pytest

from policies.rules.compile import compiled
from policies.rules.conditions import DateWindow
from policies.rules.document import EvaluationFault, evaluate_document, read_document
from policies.rules.nodes import Interest, Latitude, half_up
from policies.rules.schema import PolicyDefinition
from tests.policies import oracle
from tests.policies.rules import boundaries, boundaries_across, boundaries_settings
from tests.policies.rules.columns.support import both
from tests.policies.rules.support import policy, variant

RULES = compiled(policy())


@pytest.fixture(scope="module")
def docs():
    return boundaries.documents()


@pytest.fixture(scope="module")
def by_hand(docs):
    """The oracle's answers; it is slow."""
    return [oracle.evaluate(doc) for doc in docs]


def test_scalar_is_the_oracle_on_every_border(docs, by_hand):
    for doc, expected in zip(docs, by_hand, strict=True):
        assert oracle.shape(evaluate_document(policy(), doc, trace=False)) == expected, doc


def plain(answer):
    """The oracle's answer in 分, in the shape of the columns without their single conditions."""

    def fen(amount):
        return None if amount is None else int(amount * 100)

    lines = answer["settlement"]["lines"]
    claims = {}
    for clause, (status, amount) in answer["claims"].items():
        _, settled, reason = lines.get(clause, (None, 0, None))
        claims[clause] = [status, fen(amount), fen(settled), reason]
    return {"claims": claims, "cap": fen(answer["settlement"]["cap"]), "total": fen(answer["settlement"]["total"])}


def test_columns_are_the_oracle_on_every_border(docs, by_hand):
    for year in boundaries.YEARS:
        mine = [(doc, plain(answer)) for doc, answer in zip(docs, by_hand, strict=True) if doc["policy_year"] == year]
        columns, one_by_one = both(RULES, [doc for doc, _ in mine], year=year)
        assert columns == one_by_one
        assert [
            {**found, "claims": {clause: [*line[:2], *line[3:]] for clause, line in found["claims"].items()}}
            for found in columns
        ] == [{**expected, "dropped": False} for _, expected in mine]


@pytest.mark.parametrize(
    ("changed", "others"),
    boundaries_settings.variants(),
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_other_settings_on_their_borders(changed, others):
    rules = variant(**changed)
    expected = [oracle.evaluate(doc, **changed) for doc in others]
    assert [oracle.shape(evaluate_document(rules, doc, trace=False)) for doc in others] == expected
    for year in boundaries.YEARS:
        columns, one_by_one = both(rules, [doc for doc in others if doc["policy_year"] == year], year=year)
        assert columns == one_by_one


def test_every_setting_that_changes_an_amount_has_its_borders():
    assert {key for changed, _ in boundaries_settings.variants() for key in changed} == set(oracle.DEFAULTS)
    assert all(docs for _, docs in boundaries_settings.variants())


def test_a_decision_outside_its_limits_is_refused():
    refused = boundaries.refused()
    assert refused
    for doc in refused:
        with pytest.raises(EvaluationFault) as caught:
            evaluate_document(policy(), doc)
        assert [fault["path"] for fault in caught.value.faults] == ["claims[0].decision.amount"]


def uncapped(rules, docs):
    """What each clause gives before its cap, 分, and each row of a clause with a limit per row."""
    found = defaultdict(set)
    for doc in docs:
        try:
            read = read_document(rules, doc)
        except EvaluationFault:  # a decision that another definition refuses
            continue
        for item in read.claims:
            facts, award = {**read.facts, **item.facts}, item.clause.award
            if isinstance(award, Latitude):
                continue
            found[item.clause.id].add(half_up(award.numerator(facts, read.year), award.denominator))
            if getattr(award, "cap", None) is not None:
                for row in item.facts[award.table]:
                    full = award.each.numerator(facts, read.year, row)
                    found[item.clause.id].add(half_up(full, award.denominator))
    return found


def left_out(rules, docs):
    missing = boundaries.untouched(rules, [*docs, *boundaries.refused(rules)], uncapped(rules, docs))
    return {clause: marks for clause, marks in missing.items() if marks}


def test_every_threshold_has_its_documents(docs):
    assert left_out(RULES, docs) == {}
    assert {claim["clause"] for doc in docs for claim in doc["claims"]} == set(RULES.clauses)


def days_of(docs, clause, year):
    """Every day that a claim of a clause names in documents of a year."""
    text = json.dumps([c for d in docs if d["policy_year"] == year for c in d["claims"] if c["clause"] == clause])
    return {dt.date.fromisoformat(day) for day in re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)}


def edges(node, year):
    """The days on which a condition or block turns."""
    if isinstance(node, DateWindow):
        return {edge for edge in node._window(year) if edge}
    if isinstance(node, Interest):
        turns = {dt.date.fromordinal(day) for day in node.series.days if dt.date.fromordinal(day).year == year}
        return turns | {dt.date(year, 1, 1), dt.date(year + 1, 1, 1)}
    return set().union(*(edges(part, year) for part in getattr(node, "parts", ())))


def test_every_turn_of_a_day_has_its_documents(docs):
    turning = 0
    for clause in RULES.clauses.values():
        for year in boundaries.YEARS:
            for node in (*clause.conditions, clause.award):
                wanted = {edge + off * boundaries.DAY for edge in edges(node, year) for off in boundaries.AROUND}
                assert wanted <= days_of(docs, clause.id, year)
                turning += bool(wanted)
    assert turning >= 9  # 3.1.2 by its rates and 3.2.2 by two windows, in three years


GAINS = {
    "a condition": (
        "3.4.2",
        lambda clause: clause["conditions"].append(
            {
                "kind": "compare",
                "label": "演示",
                "fact": "Y.revenue_prev",
                "op": "ge",
                "value": {"type": "money", "value": "4321.00", "literal": "x", "quote": "x"},
            }
        ),
    ),
    "another threshold": ("3.4.2", lambda clause: clause["conditions"][0]["value"].update(value="2000000000.07")),
    "another cap": ("3.3.1", lambda clause: clause["cap"]["amount"].update(value="9999999.00")),
    "another row cap": ("3.4.5", lambda clause: clause["award"]["row_cap"].update(value="4999999.00")),
    "another ceiling": ("3.1.3a", lambda clause: clause["award"]["ceiling"].update(value="9999999.00")),
    "another rate": ("3.2.3", lambda clause: clause["award"]["rate"].update(value="0.7%")),
    "another growth": ("3.1.2", lambda clause: clause["conditions"][0]["by"].update(value="100000000.05")),
}


@pytest.mark.parametrize("name", GAINS)
def test_a_border_without_documents_is_noticed_and_walking_the_definition_finds_it(name, docs):
    clause, change = GAINS[name]
    data = copy.deepcopy(policy().model_dump(mode="json"))
    change(next(item for item in data["clauses"] if item["id"] == clause))
    changed = compiled(PolicyDefinition.model_validate(data))
    old = [doc for doc in docs if [claim["clause"] for claim in doc["claims"]] == [clause]]
    assert clause in left_out(changed, old)
    assert clause not in left_out(changed, list(boundaries.of_clause(changed.clauses[clause])))


def test_every_pair_of_a_group_meets_in_a_tie_or_cannot():
    for members in RULES.groups.values():
        met = {
            (one.id, other.id): bool(boundaries_across.ties(one, other))
            for k, one in enumerate(map(RULES.clauses.get, members))
            for other in map(RULES.clauses.get, members[k + 1 :])
        }
        # 3.3.1 gives 1,000 万元 at most, 3.4.2 gives 1,500 万元 at least.
        assert met == {("3.3.1", "3.4.1"): True, ("3.3.1", "3.4.2"): False, ("3.4.1", "3.4.2"): True}


def test_both_sides_of_every_rule_are_met(by_hand):
    """The documents see every status and every reason, whole sums and cut ones."""
    statuses = {status for answer in by_hand for status, _ in answer["claims"].values()}
    reasons = {line[2] for answer in by_hand for line in answer["settlement"]["lines"].values()}
    assert statuses == {"eligible", "not_eligible", "pending"}
    assert reasons == {None, "not_chosen", "external_award", "cap"}
