"""Groups of units as policies print them."""

from django.urls import URLPattern, path

from policies.views.editing import unit_groups

urlpatterns: list[URLPattern] = [
    path("unit-groups/", unit_groups.index, name="unit_groups"),
    path("unit-groups/new/", unit_groups.new, name="unit_group_new"),
    path("unit-groups/<slug:code>/", unit_groups.one, name="unit_group"),
]
