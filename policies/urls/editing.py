"""Addresses of 政策维护; each room names its own."""

from django.urls import path

from policies.urls import (
    editing_calls,
    editing_clauses,
    editing_documents,
    editing_groups,
    editing_settings,
    editing_versions,
)
from policies.views.editing import home

app_name = "editing"

urlpatterns = [
    path("", home.index, name="home"),
    *editing_documents.urlpatterns,  # before the document itself: documents/new/ is no document
    path("documents/<slug:slug>/", home.document, name="document"),
    *editing_clauses.urlpatterns,
    *editing_versions.urlpatterns,
    *editing_settings.urlpatterns,
    *editing_calls.urlpatterns,
    *editing_groups.urlpatterns,
]
