"""Calls: windows by clause and district, late filing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
