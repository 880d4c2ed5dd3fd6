"""Enforcement of the permission that each view declares (accounts/access.py)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import declared, has_role
from accounts.views.unsent import RIGHT, SESSION, unsent

# Views of libraries that guard themselves: allauth and its parts, Django's admin and the static files of development.
GUARDED_MODULES = ("allauth.", "django.contrib.admin", "django.contrib.staticfiles", "django.views.static", "ninja.")


def declared_access(view: Any) -> Any:
    """The declaration of a view function or class view, or None; library views that guard themselves are 'library'."""
    access = declared(view, "access")
    if access is not None:
        return access
    # A page of the admin, whichever app's ModelAdmin it comes from: the site asks has_permission before each of them.
    site = getattr(getattr(view, "model_admin", view), "admin_site", None)
    if isinstance(site, AdminSite):
        return "library"
    module = getattr(getattr(view, "view_class", view), "__module__", "") or ""
    return "library" if module.startswith(GUARDED_MODULES) else None


def page_to_return_to(request: HttpRequest) -> str:
    """Where signing in leads: the page asked for, or, where something was sent, the page that it was sent from.

    An address that only takes what is sent would answer the signed-in person with an error.
    """
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    source = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(source, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(source)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return reverse("accounts:landing")


class AccessMiddleware:
    """Refuses what a view's declaration does not allow and keeps pages behind a permission out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        access = declared_access(view)
        if access is None:
            raise ImproperlyConfigured(
                f"{view.__module__}.{view.__qualname__} declares no permission (accounts.access)."
            )
        # Without a token that was looked at, nothing says that a page of ours sent this.
        ours = getattr(request, "csrf_processing_done", False)
        if access == "library" and hasattr(view, "model_admin") and ours and not request.user.is_authenticated:
            return unsent(request, view, SESSION)
        if access in {"public", "library"}:
            return None
        if not request.user.is_authenticated:
            if ours and (page := unsent(request, view, SESSION)) is not None:
                return page
            if request.headers.get("HX-Request") == "true":
                # A script would follow the redirect and put the sign-in page in place of what was typed.
                return HttpResponse(status=401)
            if request.method == "POST":
                messages.warning(request, "登录已失效，刚才的操作没有提交。请重新登录后再试。")
            return redirect_to_login(page_to_return_to(request))
        if access != "signed_in" and not has_role(request.user, access):
            if ours and (page := unsent(request, view, RIGHT)) is not None:
                return page
            raise PermissionDenied
        return None


class LibraryFormMiddleware:
    """Library forms that were not valid answer 422 and say so in the title, like every other form of the site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Look at the form that the page is about to show."""
        form = (response.context_data or {}).get("form")
        invalid = getattr(form, "is_bound", False) and getattr(form, "errors", None)
        module = getattr(getattr(request.resolver_match, "func", None), "__module__", "") or ""
        if request.method == "POST" and response.status_code == 200 and invalid and module.startswith("allauth."):
            response.status_code = 422
        return response
