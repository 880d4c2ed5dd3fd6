"""Which calls are open, and for which clauses."""

import datetime as dt

from django.db.models import Q, QuerySet

from policies.models import Call, Clause


def open_calls(on_date: dt.date) -> QuerySet[Call]:
    """Calls whose window includes that day of Asia/Shanghai, the one that closes first on top."""
    return Call.objects.open_on(on_date).select_related("document").order_by("closes_on", "-policy_year", "pk")


def call_for(clause: Clause, policy_year: int) -> Call | None:
    """The call under which the clause is filed for a policy year (the latest, if several), or None; may be closed."""
    if not clause.is_monetary:
        return None
    return (
        Call.objects.filter(document_id=clause.document_id, policy_year=policy_year)
        .filter(Q(clauses=clause) | Q(clauses__isnull=True))
        .order_by("-closes_on", "-pk")
        .first()
    )


def clauses_open_for(policy_year: int, on_date: dt.date | None = None) -> QuerySet[Clause]:
    """Monetary clauses that a call of the policy year covers; with `on_date`, only by calls open on that day."""
    calls = Call.objects.filter(policy_year=policy_year)
    if on_date is not None:
        calls = calls.open_on(on_date)
    whole = calls.filter(clauses__isnull=True).values("document")
    return Clause.objects.filter(is_monetary=True).filter(Q(calls__in=calls) | Q(document__in=whole)).distinct()
