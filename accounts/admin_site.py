"""The administrators' site: entered by system role through the ordinary sign-in, second factor and limits included."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.access import public
from accounts.backends import is_administrator


class OfficeAdminSite(admin.AdminSite):
    """Django's admin without a sign-in of its own: that one would pass by the second factor."""

    site_header = "南昌电子信息政策兑现 · 系统管理"
    site_title = "系统管理"
    index_title = "管理事项"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Active administrators only; `is_staff` and `is_superuser` count for nothing here."""
        return is_administrator(request.user)

    @public
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send the anonymous to the ordinary sign-in; refuse people who are signed in without the role."""
        target = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The ordinary page, which asks for the present password and tells the owner by mail."""
        return HttpResponseRedirect(reverse("account_change_password"))
