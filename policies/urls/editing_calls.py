"""Calls: windows by clause and district, late filing."""

from django.urls import path

from policies.views.editing import call_windows, calls

urlpatterns = [
    path("calls/", calls.index, name="calls"),
    path("calls/new/", calls.new, name="call_new"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/<int:pk>/days/", call_windows.days, name="call_days"),
    path("calls/<int:pk>/windows/new/", call_windows.new, name="window_new"),
    path("calls/<int:pk>/windows/<int:window>/", call_windows.window, name="window"),
    path("calls/<int:pk>/windows/<int:window>/end/", call_windows.end, name="window_end"),
    path("calls/<int:pk>/late/new/", call_windows.late_new, name="late_new"),
    path("calls/<int:pk>/late/<int:leave>/revoke/", call_windows.late_revoke, name="late_revoke"),
]
