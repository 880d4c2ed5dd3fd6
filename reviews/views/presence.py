"""The heartbeat of an open task page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import OFFICER, require
from reviews.actions.presence import be_present, leave
from reviews.queries.presence import others_at
from reviews.views.casefile import own_task


@require_POST
@require(*OFFICER)
def presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Renew that this person has the task open (or, with `leave`, end it); answers who else has it open."""
    user: Any = request.user
    now = timezone.now()
    task = own_task(request, pk)
    if "leave" in request.POST:
        leave(task=task, by=user)
        return HttpResponse(status=204)
    be_present(task=task, by=user, at=now)
    return HttpResponse(others_at([task.pk], user, at=now).get(task.pk, ""), content_type="text/plain; charset=utf-8")
