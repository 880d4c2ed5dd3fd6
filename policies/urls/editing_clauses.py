"""The editor of a clause's draft and of a document's rules."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
