"""The shipped policy in the test database, and calls."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from policies.actions import issue_call, load_corpus
from policies.actions.load import LoadReport
from policies.models import Call, Clause, Document

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NUMBER = "洪府发〔2023〕30号"


def load_policy() -> Document:
    """Load the corpus (published versions, units, series, settings) and return the policy's document."""
    load_policy_report()
    return Document.objects.get(number=NUMBER)


def load_policy_report() -> LoadReport:
    """As load_policy, but what the run changed."""
    return load_corpus(by=None, at=AT)


def clause_of(clause_id: str) -> Clause:
    """A clause of the loaded policy."""
    return Clause.objects.get(document__number=NUMBER, clause_id=clause_id)


def make_call(document: Document, policy_year: int = 2025, clauses: tuple[Clause, ...] = (), **window: date) -> Call:
    """A call that is open on 2 March 2026 unless `opens_on`/`closes_on` say otherwise."""
    return issue_call(
        document,
        policy_year=policy_year,
        title=f"{policy_year}年度申报通知（演示）",
        text="演示通知正文。",
        opens_on=window.get("opens_on", date(2026, 2, 1)),
        closes_on=window.get("closes_on", date(2026, 4, 30)),
        clauses=clauses,
        by=None,
        at=AT,
    )


@pytest.fixture
def second_policy(policies_loaded: Document) -> Clause:
    """The clause 3.4.5 of another published document, 演示府发〔2026〕9号, beside the one of the loaded policy."""
    document = Document.objects.create(
        slug="later",
        number="演示府发〔2026〕9号",
        title="后续办法",
        kind="policy",
        issuer="演示机关",
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 12, 31),
        original_sha256="0" * 64,
        source_sha256="0" * 64,
        order=policies_loaded.order + 50,
        published_at=AT,
    )
    text = "另一项补助。"
    node = document.nodes.create(ref="1", kind="article", order=1, text=text, plain=text)
    return document.clauses.create(clause_id="3.4.5", title="另一项补助", order=1, node=node, is_monetary=True)


def move(award: Any, clause: Clause) -> Any:
    """The award as if its application had been filed under another clause; for pages that only read."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        type(award.application).objects.filter(pk=award.application_id).update(clause=clause)
        cursor.execute("SET LOCAL session_replication_role = origin")
    award.refresh_from_db()
    return award
