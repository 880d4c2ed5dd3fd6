"""The lists of awards and of accounts as Excel files, for officers and auditors; what was taken away is on record."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.access import OFFICER, Role, require
from awards.forms.accounts import AccountFilterForm, AwardFilterForm
from awards.list_sheets import MAX_ROWS, accounts_book, awards_book
from awards.models import Award, YearAccount
from awards.queries.accounts import listed_accounts
from common.audit.actions import record
from common.errors import TooLarge

READERS = (*OFFICER, Role.AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _counted(request: HttpRequest, found: QuerySet[Any], event: str) -> None:
    """Put on record who takes so many rows away. Raises TooLarge."""
    count = found.count()
    if count > MAX_ROWS:
        raise TooLarge(f"符合条件的有 {count:,} 条，一次最多导出 {MAX_ROWS:,} 条，请先筛选再导出。")
    user: Any = request.user
    with transaction.atomic():
        record(event, subject=user, by=user, at=timezone.now(), data={"rows": count, "query": request.GET.urlencode()})


def _xlsx(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    filename = f"{name} {timezone.localdate():%Y-%m-%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def awards_xlsx(request: HttpRequest) -> HttpResponse:
    """The awards of the list with its filters."""
    user: Any = request.user
    form = AwardFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    found = Award.objects.visible_to(user)
    found = found.filter(state=state) if state else found
    _counted(request, found, "awards.exported")
    return _xlsx(awards_book(found), "奖补")


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def accounts_xlsx(request: HttpRequest) -> HttpResponse:
    """The accounts of the list with its filters."""
    user: Any = request.user
    mine = YearAccount.objects.visible_to(user)
    years = list(mine.order_by("-policy_year").values_list("policy_year", flat=True).distinct())
    form = AccountFilterForm(request.GET, years=years, inside=True)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = listed_accounts(
        user, inside=True, year=chosen.get("year"), state=chosen.get("state", ""), words=chosen.get("q", "")
    )
    _counted(request, found, "accounts.exported")
    return _xlsx(accounts_book(found), "年度核算")
