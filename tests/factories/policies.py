"""The shipped policy in the test database, and calls."""

from datetime import UTC, date, datetime

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
