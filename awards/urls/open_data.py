"""数据公开: published awards and the yearly report, for everybody."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
