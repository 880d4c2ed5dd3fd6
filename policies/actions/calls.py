"""Issuing calls for applications."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.errors import Invalid
from policies.models import Call, Clause, Document
from policies.queries import governed_clauses


def check_call(
    document: Document, *, policy_year: int, opens_on: dt.date, closes_on: dt.date, clauses: Sequence[Clause] = ()
) -> None:
    """Raise PolicyYearError if the document does not govern the year, Invalid for a window that ends before it opens
    or for a clause that pays nothing or belongs elsewhere."""
    if closes_on < opens_on:
        raise Invalid("截止日期不能早于开始日期。", field="closes_on")
    possible = set(governed_clauses(document, policy_year).values_list("pk", flat=True))
    for clause in clauses:
        if clause.pk not in possible:
            raise Invalid(f"{clause}不是{document.number}在{policy_year}年度的资金条款。", field="clauses")


def issue_call(
    document: Document,
    *,
    policy_year: int,
    title: str,
    text: str,
    opens_on: dt.date,
    closes_on: dt.date,
    clauses: Sequence[Clause] = (),
    by: User | None,
    at: dt.datetime,
) -> Call:
    """Open a window for claims of one policy year; without clauses it is for every monetary clause of the document.

    Raises what `check_call` raises.
    """
    check_call(document, policy_year=policy_year, opens_on=opens_on, closes_on=closes_on, clauses=clauses)
    with transaction.atomic():
        call = Call.objects.create(
            document=document,
            policy_year=policy_year,
            title=title,
            text=text,
            opens_on=opens_on,
            closes_on=closes_on,
        )
        call.clauses.set(clauses)
        record(
            "policies.call_issued",
            subject=call,
            by=by,
            at=at,
            data={
                "policy_year": policy_year,
                "opens_on": opens_on.isoformat(),
                "closes_on": closes_on.isoformat(),
                "clauses": [clause.clause_id for clause in clauses],
            },
        )
    return call
