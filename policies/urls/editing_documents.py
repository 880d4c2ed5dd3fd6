"""文件: new, copied, imported, exported; head, text, evidence, targets, clauses cut out of the text."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
