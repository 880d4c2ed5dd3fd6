"""预算: envelopes, ratios, what-if."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
