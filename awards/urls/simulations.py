"""政策模拟: what a changed policy would do to a whole year."""

from django.urls import path

from awards.views import simulations

urlpatterns = [
    path("simulations/", simulations.simulation_list, name="simulations"),
    path("simulations/new/", simulations.simulation_new, name="simulation_new"),
    path("simulations/<int:pk>/", simulations.simulation, name="simulation"),
    path("simulations/<int:pk>/progress/", simulations.simulation_progress, name="simulation_progress"),
    path("simulations/<int:pk>/again/", simulations.simulation_again, name="simulation_again"),
    path("simulations/<int:pk>/result.json", simulations.simulation_json, name="simulation_json"),
    path("simulations/<int:pk>/result.xlsx", simulations.simulation_xlsx, name="simulation_xlsx"),
]
