"""Answers for what a view let pass: domain errors with their status and sentence, forms that cannot be read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from common.errors import DomainError


class ReadableFormMiddleware:
    """Answers 400 where a form claims another encoding than UTF-8.

    Django refuses such a body whenever it is read, and its error pages read it again (CSRF): without this the
    answer is a bare 500 of the web server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        encoding = request.encoding
        if request.content_type == "application/x-www-form-urlencoded" and encoding and encoding.lower() != "utf-8":
            request.encoding = "utf-8"
            return render(request, "400.html", status=400)
        return self.get_response(request)


class ReadableAddressMiddleware:
    """Answers 404 for an address with a NUL in its path: no text of the database holds one, and asking fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info and not request.path_info.startswith("/api/"):
            return render(request, "404.html", status=404)
        return self.get_response(request)


class MethodPageMiddleware:
    """A page instead of a blank answer where somebody opens an address that only takes what a form sends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or request.path_info.startswith("/api/"):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


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
