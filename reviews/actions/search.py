"""Keeps what a case is found by (reviews/queries/search.py)."""

from reviews.models import Case


def index_case(case: Case) -> None:
    """Store the folded text of a case and its pieces."""
