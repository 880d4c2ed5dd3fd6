"""Who may come to 政策维护, the editor of clauses and rules."""

from policies.models import ClauseVersion, PolicyRules
from tests.architecture.row import ADMINISTRATOR, AUDITOR, NONE, Row

READERS = ADMINISTRATOR | AUDITOR


def _clause(world):
    return {"pk": ClauseVersion.objects.filter(clause__clause_id="3.4.5").latest("number").pk}


def _rules(world):
    return {"pk": PolicyRules.objects.latest("number").pk}


def _nothing(side):
    return {"pk": NONE}


ROWS: dict[str, Row] = {
    "editing:clause": Row(READERS, world=_clause, missing=_nothing),
    "editing:clause_check": Row(ADMINISTRATOR, world=_clause, missing=_nothing),
    "editing:clause_draft": Row(ADMINISTRATOR, world=_clause, missing=_nothing),
    "editing:rules": Row(READERS, world=_rules, missing=_nothing),
    "editing:rules_check": Row(ADMINISTRATOR, world=_rules, missing=_nothing),
    "editing:rules_draft": Row(ADMINISTRATOR, world=_rules, missing=_nothing),
    "editing:rules_new": Row(
        ADMINISTRATOR, world=lambda world: {"slug": "hongfufa-2023-30"}, missing=lambda side: {"slug": "nothing"}
    ),
}
