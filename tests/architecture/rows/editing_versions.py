"""Who may come to 政策维护, versions and publication."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from policies.actions.drafts import draft_from
from policies.actions.publication import submit_publication
from policies.models import Clause, ClauseVersion, Document, PolicyRules, Publication, VersionCase
from tests.architecture.row import ADMINISTRATOR, AUDITOR, NONE, Row
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT
from tests.policies.editing.conftest import expected, one_project

READERS = ADMINISTRATOR | AUDITOR
SLUG = "hongfufa-2023-30"


def _draft() -> ClauseVersion:
    """A draft of 3.4.5."""
    clause = Clause.objects.get(document__slug=SLUG, clause_id="3.4.5")
    found = clause.versions.filter(state="draft").first()
    if found is None:
        by = AdministratorFactory()
        found = draft_from(clause.versions.get(), valid_from=dt.date(2025, 1, 1), by=by, at=AT)
    return found


def _case() -> VersionCase:
    """A worked case of the draft."""
    draft = _draft()
    found, _ = VersionCase.objects.get_or_create(
        version=draft,
        number=1,
        defaults={
            "title": "一个项目",
            "document": one_project(),
            "expected": expected("4000000.00"),
            "entered_at": AT,
        },
    )
    return found


def _publication() -> Publication:
    """An open publication of the draft."""
    case = _case()
    found = Publication.objects.filter(state="open").first()
    return found or submit_publication(
        Document.objects.get(slug=SLUG), versions=[case.version], reason="测试", by=AdministratorFactory(), at=AT
    )


def _rules() -> PolicyRules:
    return PolicyRules.objects.get(document__slug=SLUG)


def _row(door: frozenset[str], made: Callable[[], Any]) -> Row:
    return Row(door, world=lambda world: {"pk": made().pk}, missing=lambda side: {"pk": NONE})


ROWS: dict[str, Row] = {
    "editing:clause_history": _row(READERS, _draft),
    "editing:rules_history": _row(READERS, _rules),
    "editing:edit_restore": _row(ADMINISTRATOR, lambda: _draft().edits.first()),
    "editing:clause_discard": _row(ADMINISTRATOR, _draft),
    "editing:clause_resume": _row(ADMINISTRATOR, _draft),
    "editing:rules_discard": _row(ADMINISTRATOR, _rules),
    "editing:rules_resume": _row(ADMINISTRATOR, _rules),
    "editing:clause_compare": _row(READERS, _draft),
    "editing:rules_compare": _row(READERS, _rules),
    "editing:cases": _row(READERS, _draft),
    "editing:case_new": _row(ADMINISTRATOR, _draft),
    "editing:case": _row(READERS, _case),
    "editing:case_remove": _row(ADMINISTRATOR, _case),
    "editing:publications": Row(READERS, world=lambda world: {"slug": SLUG}, missing=lambda side: {"slug": "nothing"}),
    "editing:publication": _row(READERS, _publication),
    "editing:publication_publish": _row(ADMINISTRATOR, _publication),
    "editing:publication_return": _row(ADMINISTRATOR, _publication),
    "editing:publication_withdraw": _row(ADMINISTRATOR, _publication),
}
