"""The awards themselves: the list, one award, its receipt."""

from django.urls import path

from awards import views

urlpatterns = [
    path("", views.award_list, name="list"),
    path("<int:pk>/", views.award, name="award"),
    path("<int:pk>/receipt.json", views.award_receipt, name="receipt"),
]
