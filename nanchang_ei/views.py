"""Pages that belong to no app: the front page and the health check."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import public
from policies.queries import open_calls


@public
def home(request: HttpRequest) -> HttpResponse:
    """The public front page with the calls (申报通知) that are open today."""
    calls = open_calls(timezone.localdate())
    return render(request, "home.html", {"calls": calls})


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when this process reaches the database; a balancer or container asks it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
