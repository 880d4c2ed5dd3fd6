"""Turns a DomainError that a view let pass into an answer with its status and its sentence."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from common.errors import DomainError


class DomainErrorMiddleware:
    """HTML page ``errors/domain.html`` for people, JSON for everything under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer DomainErrors; anything else is Django's to handle."""
        if not isinstance(exception, DomainError):
            return None
        response: HttpResponse
        if request.path_info.startswith("/api/"):
            response = JsonResponse(
                exception.as_json(), status=exception.status, json_dumps_params={"ensure_ascii": False}
            )
        else:
            context = {
                "error": exception,
                "title": exception.title,
                "message": exception.message,
                "errors": exception.errors,
                "status": exception.status,
                "changed_by": getattr(exception, "changed_by", None),
                "what": getattr(exception, "what", None),
            }
            response = render(request, "errors/domain.html", context, status=exception.status)
        add_never_cache_headers(response)
        return response
