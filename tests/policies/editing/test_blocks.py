"""Definitions as forms and back: nothing is lost, whatever stands in them."""

import pytest

from policies.blocks import labels
from policies.blocks.choices import Around
from policies.blocks.read import read
from policies.blocks.shapes import PrintedClause, RulesDefinition, is_kind, shapes_of
from policies.blocks.tree import ELSEWHERE, posted_as, tree
from policies.models import ClauseVersion, PolicyRules
from policies.rules.schema import ClauseDefinition

NOTHING = Around()


def round_trip(schema, definition, around=NOTHING):
    fixed = {name: definition.get(name) for name in ELSEWHERE}
    return read(schema, posted_as(tree(schema, definition, around)), fixed)


@pytest.mark.django_db
def test_every_shipped_clause_comes_back_as_it_was(loaded):
    for version in ClauseVersion.objects.select_related("clause"):
        schema = ClauseDefinition if version.clause.is_monetary else PrintedClause
        found = round_trip(schema, version.definition)
        wanted = version.definition if version.clause.is_monetary else {"quota": None, **version.definition}
        assert found.faults == [], version
        assert found.definition == wanted, version


@pytest.mark.django_db
def test_the_shipped_rules_come_back_as_they_were(loaded):
    rules = PolicyRules.objects.get(document=loaded)
    group = {"name": "研发", "clauses": ["3.4.1", "3.3.1"], "quote": "引文", "reason": "理由", "confirmed": False}
    definition = {**rules.definition, "groups": [group]}
    found = round_trip(RulesDefinition, definition)
    assert (found.definition, found.faults) == (definition, [])


def classes(part, seen):
    if part in seen:
        return
    seen.add(part)
    for shape in shapes_of(part).values():
        for inner in (*shape.parts, *(shape.entry.parts if shape.entry else ())):
            classes(inner, seen)


def test_every_field_of_every_part_has_a_chinese_name():
    seen = set()
    for schema in (ClauseDefinition, RulesDefinition, PrintedClause):
        classes(schema, seen)
    assert len(seen) > 30
    for part in seen:
        for name in shapes_of(part):
            if not is_kind(part, name) and name not in ELSEWHERE:
                assert not labels.label(part, name).isascii(), (part, name)
