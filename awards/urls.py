"""Addresses of awards."""

from django.urls import path

from awards import views

app_name = "awards"

urlpatterns = [
    path("", views.award_list, name="list"),
    path("<int:pk>/", views.award, name="award"),
]
