"""Which calls there are, which are open, and for which clauses."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from accounts.enums import UnitKind
from accounts.models import Enterprise, Unit
from common.audit.models import AuditEvent
from common.audit.queries import history
from policies.errors import PolicyYearError
from policies.models import Call, CallWindow, Clause, LateFiling
from policies.queries.versions import governed_clauses

#: How many enterprises a search shows; whoever has more narrows it.
MAX_FOUND = 20


def open_calls(on_date: dt.date) -> QuerySet[Call]:
    """Calls that take claims on that day of Asia/Shanghai, at least from somebody; the first to close on top."""
    return (
        Call.objects.open_on(on_date)
        .select_related("document")
        .prefetch_related("windows")
        .order_by("closes_on", "-policy_year", "pk")
    )


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


def clauses_of(call: Call) -> list[Clause]:
    """The clauses that a call is for, in printed order."""
    named = list(call.clauses.select_related("document").order_by("order"))
    return named or list(governed_clauses(call.document, call.policy_year).select_related("document"))


def governed_in(call: Call) -> set[int]:
    """Keys of the clauses with a version for the year of a call: one that it names may have left force since."""
    try:
        return set(governed_clauses(call.document, call.policy_year).values_list("pk", flat=True))
    except PolicyYearError:
        return set()


def districts() -> QuerySet[Unit]:
    """The districts that may have a window of their own, in the order of the register."""
    return Unit.objects.filter(kind=UnitKind.DISTRICT, is_active=True).order_by("order", "pk")


# ------------------------------------------------------------------------------------------------- 政策维护


@dataclass(frozen=True)
class CallLists:
    """Calls as an administrator looks for them: what is taken now, what comes, what is over."""

    running: list[Call] = field(default_factory=list)
    coming: list[Call] = field(default_factory=list)
    closed: list[Call] = field(default_factory=list)


def call_lists(on: dt.date) -> CallLists:
    """Every call with the numbers of its windows, of leaves that stand and of files filed under it."""
    calls = Call.objects.select_related("document").annotate(
        window_count=Count("windows", distinct=True),
        late_count=Count("late_filings", filter=Q(late_filings__revoked_at=None), distinct=True),
        filed_count=Count("applications", filter=Q(applications__filed_at__isnull=False), distinct=True),
    )
    running = set(Call.objects.open_on(on).values_list("pk", flat=True))
    found = CallLists()
    for call in calls.order_by("-policy_year", "-opens_on", "pk"):
        if call.pk in running:
            found.running.append(call)
        elif call.opens_on > on or any(row.opens_on > on for row in call.windows.all()):
            found.coming.append(call)
        else:
            found.closed.append(call)
    return found


def windows_of(call: Call) -> list[CallWindow]:
    """The windows that differ from the call's own: by clause, then by district."""
    rows = call.windows.select_related("clause", "district")
    return sorted(
        rows,
        key=lambda row: (
            row.clause.order if row.clause else -1,
            row.district.order if row.district else -1,
            row.pk,
        ),
    )


def late_filings_of(call: Call) -> QuerySet[LateFiling]:
    """Every leave of a call, those that stand first, then the newest."""
    return call.late_filings.select_related("enterprise", "clause", "granted_by", "revoked_by").order_by(
        "-revoked_at", "-granted_at", "-pk"
    )


def filed_count(call: Call) -> int:
    """How many files have been filed under a call."""
    found: int = call.applications.filter(filed_at__isnull=False).count()
    return found


def call_history(call: Call) -> Sequence[AuditEvent]:
    """Everything that happened to a call, its windows and leaves, the newest first: they are all told of the call."""
    return list(reversed(list(history(call))))


def found_enterprises(text: str) -> tuple[list[Enterprise], bool]:
    """Enterprises whose name holds the words or whose 统一社会信用代码 begins with them; whether there are more."""
    words = text.split()
    if not words:
        return [], False
    by_name = Q()
    for word in words:
        by_name &= Q(name__icontains=word)
    rows = Enterprise.objects.filter(by_name | Q(uscc__istartswith="".join(words))).select_related("district")
    found = list(rows.order_by("name", "pk")[: MAX_FOUND + 1])
    return found[:MAX_FOUND], len(found) > MAX_FOUND
