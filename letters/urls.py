"""Addresses of the letters; those of verification are printed on paper and never change."""

from django.urls import path

from letters import views

app_name = "letters"

urlpatterns = [
    path("verify/", views.verify, name="verify"),
    path("verify/<str:token>/", views.verify_letter, name="verify_letter"),
    path("letters/", views.letter_list, name="list"),
    path("letters/texts/", views.texts, name="texts"),
    path("letters/texts/<slug:kind>/preview/", views.text_preview, name="text_preview"),
    path("letters/texts/<slug:kind>/<slug:slot>/", views.text, name="text"),
    path("letters/texts/<slug:kind>/<slug:slot>/check/", views.text_check, name="text_check"),
    path("letters/<int:pk>.pdf", views.letter_pdf, name="pdf"),
    path("letters/<int:pk>/void/", views.letter_void, name="void"),
]
