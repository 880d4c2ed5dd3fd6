"""The letters' addresses and the few others their pages link to."""

from django.http import HttpResponse
from django.urls import include, path

from accounts.access import public


@public
def home(request):
    return HttpResponse("home")


urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("allauth.urls")),
    path("", include("letters.urls")),
]
