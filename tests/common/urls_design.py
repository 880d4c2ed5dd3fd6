"""Addresses for tests of the frame and the style guide: no app, no database."""

from django.shortcuts import render
from django.urls import include, path

from common.views.styleguide import styleguide


def front(request):
    calls = [{"title": "演示申报通知", "policy_year": 2025, "opens_on": None, "closes_on": None, "url": "/call/"}]
    return render(request, "home.html", {"calls": calls if "call" in request.GET else []})


def error(request, code):
    return render(request, f"{code}.html", status=code)


front.access = error.access = "public"

# The two addresses that everybody's navigation leads to.
library = ([path("", front, name="index")], "policies")
verify = ([path("", front, name="verify")], "letters")

urlpatterns = [
    path("", front),
    path("styleguide/", styleguide),
    path("error/<int:code>/", error),
    path("policies/", include(library)),
    path("verify/", include(verify)),
]
