"""Every address of the site; each app names its own below its prefix."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from nanchang_ei.api import api
from nanchang_ei.views import healthz, home
from policies.api.page import page as api_page

handler500 = "nanchang_ei.views.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    # Before allauth: accounts answers accounts/signup/ itself.
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/", api_page, name="open_api"),
    path("api/v1/", api.urls),
    path("policies/", include("policies.urls.library")),
    path("editing/", include("policies.urls.editing")),
    path("applications/", include("applications.urls")),
    path("reviews/", include("reviews.urls")),
    path("awards/", include("awards.urls")),
    path("", include("letters.urls")),
]

if settings.DEBUG:
    from common.views.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
