"""核算: accounts of a year, choices, overrides, other awards, confirming, whole calls."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
