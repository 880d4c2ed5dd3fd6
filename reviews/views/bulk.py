"""Safe steps on many tasks: a page that shows what would happen, then a page that tells what happened."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import OFFICER, require
from accounts.models import User
from common.errors import DomainError
from reviews.actions.bulk import Gesture, Seen, preview_bulk, run_bulk
from reviews.enums import ListPage
from reviews.list_presenters import address
from reviews.queries.desk import desk_of

_SEEN = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


def _rows(request: HttpRequest) -> list[Seen]:
    """The ticked rows with the versions that the list showed; what is spoilt is left out."""
    shown = [_SEEN.fullmatch(text) for text in request.POST.getlist("seen")]
    versions = {found[1]: found[2] for found in shown if found}
    ticked = dict.fromkeys(request.POST.getlist("selected"))
    return [Seen(int(pk), int(versions[pk])) for pk in ticked if pk in versions]


def _person(request: HttpRequest) -> User | None:
    """The colleague to whom tasks are to be given; nobody of other units can be named."""
    user: Any = request.user
    text = request.POST.get("to", "")
    colleagues = desk_of(user, today=timezone.localdate()).colleagues
    return User.objects.get(pk=int(text)) if text in {str(pk) for pk in colleagues} else None


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def bulk(request: HttpRequest) -> HttpResponse:
    """What would become of each ticked row (POST), and with `confirmed` what became of it.

    Opened without rows (its address passed on, or reloaded) it leads back to the list.
    """
    user: Any = request.user
    back = address(ListPage.QUEUE, request.POST.get("query", "")[:2000])
    if request.method != "POST" or request.POST.get("gesture") not in Gesture.values:
        return redirect(back)
    gesture, to = Gesture(request.POST["gesture"]), _person(request)
    confirmed = "confirmed" in request.POST
    act = run_bulk if confirmed else preview_bulk
    try:
        lines = act(gesture=gesture, rows=_rows(request), to=to, by=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(back)
    context = {
        "gesture": gesture,
        "to": to if gesture == Gesture.ASSIGN else None,
        "lines": lines,
        "possible": [line for line in lines if line.done],
        "refused": [line for line in lines if not line.done],
        "confirmed": confirmed,
        "back": back,
        "query": request.POST.get("query", ""),
    }
    return render(request, "reviews/bulk.html", context)
