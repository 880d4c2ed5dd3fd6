"""The page that keeps what was sent when it cannot be carried out: the session ended, the token is an old one, the
account is not the right one. It works without JavaScript; sending once more is an ordinary request under every check.

Only a request that a page of our own sent is shown again (its token was right, or the browser names our origin), so
that a form of another site never comes to lie behind one press of a button.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.views.csrf import csrf_failure as plain_refusal

from accounts.access import declared, has_role
from accounts.context_processors import shell
from common.kept import CARRIED, keep, sent_from

#: How scripts of ours and of libraries say that they, and no person, read the answer.
SCRIPTS = ("HX-Request", "X-Autosave", "X-Requested-With")
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
#: Why nothing was carried out, and the status of the answer.
SESSION, TOKEN, RIGHT = "session", "token", "right"
STATUS = {SESSION: 401, TOKEN: 403, RIGHT: 403}


def _never(view: Any) -> frozenset[str] | None:
    """The names of fields that the view's answers never repeat; None where that is all of them.

    Libraries take passwords and codes of a second factor; the admin's pages of rows are the exception.
    """
    if declared(view, "access") is None and not hasattr(view, "model_admin"):
        return None
    names: frozenset[str] | None = declared(view, "confidential", frozenset())
    return names


def _by_a_form(request: HttpRequest) -> bool:
    """Whether a browser sent a form and will show the answer as a page: no script of ours, no frame, no program."""
    return (
        request.method == "POST"
        and request.content_type in FORMS
        and request.accepts("text/html")
        and not any(name in request.headers for name in SCRIPTS)
        and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    )


def unsent(request: HttpRequest, view: Any, reason: str) -> HttpResponse | None:
    """The page with everything that was sent, or None where the request is none that may be shown again.

    The caller has made sure that a page of our own sent it.
    """
    never = _never(view)
    if never is None or not _by_a_form(request):
        return None
    signed_in = request.user.is_authenticated
    kept = keep(request.POST, request.FILES, never=never)
    context = {
        "reason": reason,
        "kept": kept,
        "carried": CARRIED,
        "target": request.get_full_path(),
        "who": shell(request)["shell"]["who"] if signed_in else None,
        "login": f"{reverse('account_login')}?{urlencode({'next': reverse('accounts:back_to_page')})}",
        # A link of the frame would leave the page and with it what was typed.
        "shell": None,
    }
    response = render(request, "errors/unsent.html", context, status=STATUS[reason])
    add_never_cache_headers(response)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A token is missing or another one's: kept where the browser says that our own page sent it, else refused."""
    view = getattr(request.resolver_match, "func", None)
    if view is not None and sent_from(request.headers, f"{request.scheme}://{request.get_host()}"):
        access = declared(view, "access", "signed_in")
        why = TOKEN
        if access != "public" and not request.user.is_authenticated:
            why = SESSION
        elif isinstance(access, frozenset) and not has_role(request.user, access):  # type: ignore[arg-type]
            why = RIGHT
        if (page := unsent(request, view, why)) is not None:
            return page
    return plain_refusal(request, reason=reason)
