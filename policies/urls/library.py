"""Addresses of the policy library."""

from django.urls import path

from policies import views

app_name = "policies"

urlpatterns = [
    path("", views.index, name="index"),
    path("search/", views.search, name="search"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("<slug:slug>/", views.document, name="document"),
    path("<slug:slug>/<str:clause_id>/", views.clause, name="clause"),
]
