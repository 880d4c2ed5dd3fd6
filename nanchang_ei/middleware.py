"""Around the public interface: nobody is signed in there, and what HTTP itself refuses is told in JSON as well."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from policies.api.answers import refusal

PREFIX = "/api/v1/"


class PublicApiMiddleware:
    """Takes cookies off requests under /api/v1/ before anything reads them; answers OPTIONS, and 405 as JSON.

    Without cookies there is no session to load, no person to recognise, no CSRF token to renew: answers are the same
    for everybody and may be kept by shared caches. Stands before the session's middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        # A Content-Type may claim any encoding, and Django would read the address by it.
        request.encoding = "utf-8"
        response = self.get_response(request)
        if response.status_code == 405:
            response = _not_allowed(request, response)
        varies = [name for name in response.get("Vary", "").split(", ") if name and name != "Cookie"]
        del response["Vary"]
        if varies:
            patch_vary_headers(response, varies)
        return response


def _not_allowed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    allowed = ", ".join(sorted({*response["Allow"].split(", "), "OPTIONS"}))
    if request.method == "OPTIONS":
        told = HttpResponse(status=204)
        told["Cache-Control"] = "no-store"
    else:
        told = refusal([{"path": "", "message": f"这个地址只接受 {allowed} 请求。"}], status=405)
    told["Allow"] = allowed
    return told
