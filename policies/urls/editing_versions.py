"""Versions: history, differences, restoring, worked cases, publication."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
