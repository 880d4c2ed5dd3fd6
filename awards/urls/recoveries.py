"""追回: findings, decisions, instalments, set-offs."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
