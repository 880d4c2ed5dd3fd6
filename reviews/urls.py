"""Addresses of reviews: the officers' queue, cases and decisions."""

from django.urls import path

from reviews.views import exports, preview
from reviews.views import casefile, decide, queue

app_name = "reviews"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("cases/", queue.cases, name="cases"),
    path("tasks/<int:pk>/", casefile.task, name="task"),
    path("tasks/<int:pk>/decide/", decide.decide, name="decide"),
    path("tasks/<int:pk>/confirm/", decide.confirm, name="confirm"),
    path("tasks/<int:pk>/return/", decide.give_back, name="return_draft"),
    path("tasks/<int:pk>/correction/", decide.correction, name="correction"),
    path("tasks/<int:pk>/correction/cancel/", decide.withdraw_correction, name="cancel_correction"),
    path("tasks/<int:pk>/recuse/", decide.step_back, name="recuse"),
    path("cases/<int:pk>/", casefile.case, name="case"),
    path("cases/<int:pk>/revisions/<int:number>/", casefile.case, name="case_revision"),
    path("cases/<int:pk>/attachments/<int:attachment>/", casefile.attachment, name="attachment"),
    path("cases/<int:pk>/evidence/<int:attachment>/", preview.evidence, name="evidence"),
    path("cases/<int:pk>/evidence/<int:attachment>/<int:page>/", preview.evidence_page, name="evidence_page"),
    path("cases/<int:pk>/export/", exports.export_case, name="export_case"),
    path("exports/", exports.exports, name="exports"),
    path("exports/list/", exports.export_list, name="export_list"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("exports/<int:pk>/remove/", exports.export_remove, name="export_remove"),
]
