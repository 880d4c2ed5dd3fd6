"""Addresses of awards, one module for each room."""

from awards.urls import (
    awards,
    budgets,
    impact,
    imports,
    open_data,
    payments,
    publicity,
    recoveries,
    settlement,
    simulations,
)

app_name = "awards"

urlpatterns = [
    *awards.urlpatterns,
    *settlement.urlpatterns,
    *budgets.urlpatterns,
    *publicity.urlpatterns,
    *payments.urlpatterns,
    *recoveries.urlpatterns,
    *imports.urlpatterns,
    *open_data.urlpatterns,
    *simulations.urlpatterns,
    *impact.urlpatterns,
]
