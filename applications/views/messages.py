"""The enterprise's side of the messages about its filed application."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, require
from applications.actions.messages import write_message
from applications.forms.messages import MessageForm, enclosures
from applications.queries.messages import file_of
from applications.views.common import own_application, person
from applications.views.file import detail_page
from common.errors import Conflict, Invalid
from common.views.downloads import stored_download


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to the officers; a refusal shows the page with the words kept. Opened, it leads to the thread."""
    application = own_application(request, pk)
    back = reverse("applications:detail", args=[pk]) + "#messages"
    if request.method == "GET":
        return redirect(back)
    try:
        write_message(
            application=application,
            unit=None,
            text=request.POST.get("text", ""),
            files=enclosures(request.FILES),
            by=person(request),
            at=timezone.now(),
        )
    except (Invalid, Conflict) as refused:
        form = MessageForm.refused(request.POST, request.FILES, refused)
        return detail_page(request, application, status=refused.status, message_form=form)
    return redirect(back)


@require_safe
@require(*ENTERPRISE)
def download(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file of a message about one's own application."""
    found = file_of(own_application(request, pk), file)
    if found is None:
        raise Http404
    return stored_download(found)
