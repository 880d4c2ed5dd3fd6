"""Open points, reference series, the calendar."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
