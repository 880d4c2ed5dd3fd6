"""Pages that belong to no app: the front page, the health check, and the page after an unforeseen error."""

import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

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


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer after an unforeseen error: 503 while the database cannot be reached, else 500; touches no database.

    A page for people, JSON for the public interface.
    """
    error = sys.exc_info()[1]
    unreachable = isinstance(error, OperationalError | InterfaceError)
    status = 503 if unreachable else 500
    response: HttpResponse
    if request.path_info.startswith("/api/v1/"):
        message = "系统暂时停止服务，请稍后再试。" if unreachable else "系统出了故障，没有完成计算，请稍后再试。"
        fault = {"path": "", "message": message}
        response = JsonResponse({"errors": [fault]}, status=status, json_dumps_params={"ensure_ascii": False})
    else:
        response = HttpResponse(loader.get_template("503.html" if unreachable else "500.html").render(), status=status)
    if unreachable:
        response["Retry-After"] = "10"
    add_never_cache_headers(response)
    return response
