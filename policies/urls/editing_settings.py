"""Open points, reference series, the calendar."""

from django.urls import URLPattern, path

from policies.views.editing import calendar, series, settings

urlpatterns: list[URLPattern] = [
    path("documents/<slug:slug>/settings/", settings.index, name="settings"),
    path("documents/<slug:slug>/settings/<slug:key>/", settings.setting, name="setting"),
    path("documents/<slug:slug>/settings/<slug:key>/change/", settings.change, name="setting_change"),
    path("documents/<slug:slug>/settings/<slug:key>/confirm/", settings.confirm, name="setting_confirm"),
    path("series/", series.index, name="series"),
    path("series/new/", series.new, name="series_new"),
    path("series/<slug:key>/", series.one, name="series_one"),
    path("series/<slug:key>/import/", series.take_in, name="series_import"),
    path("series/<slug:key>/known/", series.known, name="series_known"),
    path("series/<slug:key>/withdraw/", series.withdraw, name="series_withdraw"),
    path("calendar/", calendar.index, name="calendar"),
    path("calendar/import/", calendar.take_in, name="calendar_import"),
]
