"""Figures of the year as a bureau checked them; a settlement reads those that the cap reads (销售收入（不含税）)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Unit, User
from awards.actions.external import MAX_SOURCE, lock_account
from awards.models import CheckedFigure, YearAccount
from awards.permissions import require_reader_of_account
from awards.queries.accounts import year_figures
from common.audit.actions import record
from common.errors import Invalid
from common.money import yuan
from common.prose import read_prose
from policies.rules.facts import Faults, read_value


def read_figure(account: YearAccount, key: str, value: Any) -> Any:
    """A figure as the evaluation document writes it (money: a string of 元 with two decimals).

    Raises Invalid (`key` or `value`): an unknown figure, a wrong type, negative money, a missing value.
    """
    known = year_figures(account)
    if key not in known:
        raise Invalid(
            f"没有这一数据项，应为下列之一：{'、'.join(fact.label for fact in known.values())}。", field="key"
        )
    fact = known[key]
    if value is None or value == "":
        raise Invalid(f"请填写“{fact.label}”。", field="value")
    faults = Faults()
    read = read_value(value, fact, account.policy_year, "value", faults)
    if faults.found:
        raise Invalid(faults.found[0]["message"], errors={"value": [item["message"] for item in faults.found]})
    return yuan(read) if fact.type == "money" else value


def enter_checked_figure(
    *, account: YearAccount, key: str, value: Any, source: str, unit: Unit, by: User, at: datetime
) -> CheckedFigure:
    """Enter a figure of the year as the unit checked it; the newest row of a key counts, nothing is overwritten.

    by: 经办 or 审核 of a unit that reads a file of the account. value: as the evaluation document writes it. Sent
    again as it stands, it is the row that stands. Sales of 0 are taken: the cap is then 0 and nothing inside it is
    paid, as the account's page says. Raises Invalid by field, NotAllowed.
    """
    with transaction.atomic():
        account = lock_account(account)
        require_reader_of_account(account, unit, by)
        errors: dict[str, list[str]] = {}
        read: Any = None
        try:
            read = read_figure(account, key, value)
        except Invalid as refused:
            errors |= refused.errors
        try:
            source = " ".join(read_prose(source, field="source", name="依据", limit=MAX_SOURCE).split())
        except Invalid as refused:
            errors |= refused.errors
        if errors:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        newest = account.checked_figures.filter(key=key).order_by("-pk").first()
        if newest is not None and (newest.value, newest.source, newest.unit_id) == (read, source, unit.pk):
            return newest
        row = CheckedFigure.objects.create(
            account=account, key=key, value=read, source=source, unit=unit, entered_by=by, entered_at=at
        )
        record(
            "account.figure_checked",
            subject=account,
            by=by,
            at=at,
            data={
                "key": key,
                "value": read,
                "before": newest.value if newest else None,
                "source": source,
                "unit": unit.name,
            },
        )
        return row
