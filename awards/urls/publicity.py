"""公示 and 异议: the rounds of a lead, the public pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
