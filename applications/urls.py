"""Addresses of applications: the enterprise's side of a file."""

from django.urls import path

from applications.views import evidence, file, filing, filling, lists, messages, roll_forward

app_name = "applications"

urlpatterns = [
    path("", lists.application_list, name="list"),
    path("start/", lists.start, name="start"),
    path("start/<int:clause>/", lists.start, name="start"),
    path("versions/<int:pk>/roll-forward/", roll_forward.page, name="roll_forward"),
    path("<int:pk>/", file.detail, name="detail"),
    path("<int:pk>/figures/", filling.figures, name="figures"),
    path("<int:pk>/facts/", filling.facts, name="facts"),
    path("<int:pk>/estimate/", filling.live_estimate, name="estimate"),
    path("<int:pk>/evidence/", evidence.evidence, name="evidence"),
    path("<int:pk>/evidence/<slug:key>/upload/", evidence.upload, name="upload"),
    path("<int:pk>/files/<int:attachment>/", evidence.download, name="download"),
    path("<int:pk>/files/<int:attachment>/remove/", evidence.remove, name="remove"),
    path("<int:pk>/check/", filing.check, name="check"),
    path("<int:pk>/confirm/", filing.confirm, name="confirm"),
    path("<int:pk>/return/", filing.give_back, name="return"),
    path("<int:pk>/withdraw/", filing.withdraw, name="withdraw"),
    path("<int:pk>/messages/", messages.write, name="write_message"),
    path("<int:pk>/messages/files/<int:file>/", messages.download, name="message_file"),
    path("<int:pk>/receipt/", file.receipt, name="receipt"),
    path("<int:pk>/revisions/<int:number>/", file.revision, name="revision"),
]
