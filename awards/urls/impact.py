"""The impact of a publication on past years; `pk` is the publication's."""

from django.urls import path

from awards.views import impact

urlpatterns = [
    path("impact/<int:pk>/", impact.impact, name="impact"),
    path("impact/<int:pk>/start/", impact.impact_start, name="impact_start"),
    path("impact/<int:pk>/progress/", impact.impact_progress, name="impact_progress"),
    path("impact/<int:pk>/result.xlsx", impact.impact_xlsx, name="impact_xlsx"),
]
