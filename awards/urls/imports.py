"""Tables in Excel: templates, dry runs, taking over."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
