"""Keeps what a case is found and sorted by (reviews/queries/search.py, reviews/queries/filters.py)."""

from django.db.models import QuerySet

from applications.models import Revision
from common.money import parse_yuan
from reviews.models import Case
from reviews.queries.search import document

#: Cases read and written at a time when many are indexed again.
BATCH = 500


def index_case(case: Case) -> None:
    """Store the folded text of a case with its pieces, and the estimate of its newest revision (分)."""
    application = case.application
    clause, enterprise = application.clause, application.enterprise
    case.search_text, case.search_tokens = document(
        [enterprise.name, enterprise.uscc, application.number or "", clause.clause_id, clause.title]
    )
    newest = Revision.objects.filter(application=application).order_by("-number").values_list("estimate", flat=True)
    case.estimate_fen = estimate_of(newest.first())
    Case.objects.filter(pk=case.pk).update(
        search_text=case.search_text, search_tokens=case.search_tokens, estimate_fen=case.estimate_fen
    )


def index_cases(cases: QuerySet[Case]) -> int:
    """Index many cases again, after a name that they are found by has changed; returns how many."""
    count = 0
    for case in cases.select_related("application__clause", "application__enterprise").iterator(chunk_size=BATCH):
        index_case(case)
        count += 1
    return count


def estimate_of(estimate: dict[str, object] | None) -> int | None:
    """The amount of a stored estimate in 分; None where nothing is computed (discretion, not eligible)."""
    amount = (estimate or {}).get("amount")
    return parse_yuan(amount) if isinstance(amount, str) else None
