"""Addresses of reviews: the officers' queue, cases and decisions."""

from django.urls import path

from reviews.views import exports, preview
from reviews.views import bulk, casefile, decide, experts, lists, panels, presence, queue, route, talk

app_name = "reviews"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("cases/", queue.cases, name="cases"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("lists/<slug:page>/columns/", lists.columns, name="columns"),
    path("lists/<slug:page>/views/", lists.views, name="views"),
    path("lists/<slug:page>/views/new/", lists.new_view, name="save_view"),
    path("views/<int:pk>/", lists.edit_view, name="edit_view"),
    path("views/<int:pk>/delete/", lists.remove_view, name="delete_view"),
    path("tasks/<int:pk>/presence/", presence.presence, name="presence"),
    path("tasks/<int:pk>/", casefile.task, name="task"),
    path("tasks/<int:pk>/decide/", decide.decide, name="decide"),
    path("tasks/<int:pk>/confirm/", decide.confirm, name="confirm"),
    path("tasks/<int:pk>/return/", decide.give_back, name="return_draft"),
    path("tasks/<int:pk>/correction/", decide.correction, name="correction"),
    path("tasks/<int:pk>/correction/cancel/", decide.withdraw_correction, name="cancel_correction"),
    path("tasks/<int:pk>/recuse/", decide.step_back, name="recuse"),
    path("tasks/<int:pk>/convene/", panels.convene, name="convene"),
    path("panels/", panels.panels, name="panels"),
    path("panels/mine/", experts.desk, name="expert_desk"),
    path("panels/<int:pk>/", panels.panel, name="panel"),
    path("panels/<int:pk>/criteria/", panels.criteria, name="panel_criteria"),
    path("panels/<int:pk>/members/", panels.members, name="panel_members"),
    path("panels/<int:pk>/members/<int:member>/leave/", panels.leave, name="panel_leave"),
    path("panels/<int:pk>/members/<int:member>/chair/", panels.chair, name="panel_chair"),
    path("panels/<int:pk>/start/", panels.start, name="panel_start"),
    path("panels/<int:pk>/conclude/", experts.conclude, name="expert_conclude"),
    path("panels/<int:pk>/files/<int:stage>/", experts.file, name="expert_file"),
    path("panels/<int:pk>/files/<int:stage>/recuse/", experts.step_back, name="expert_recuse"),
    path(
        "panels/<int:pk>/files/<int:stage>/attachments/<int:attachment>/",
        experts.attachment,
        name="expert_attachment",
    ),
    path("cases/<int:pk>/", casefile.case, name="case"),
    path("cases/<int:pk>/revisions/<int:number>/", casefile.case, name="case_revision"),
    path("cases/<int:pk>/units/", route.pick_units, name="pick_units"),
    path("cases/<int:pk>/attachments/<int:attachment>/", casefile.attachment, name="attachment"),
    path("cases/<int:pk>/evidence/<int:attachment>/", preview.evidence, name="evidence"),
    path("cases/<int:pk>/evidence/<int:attachment>/<int:page>/", preview.evidence_page, name="evidence_page"),
    path("cases/<int:pk>/export/", exports.export_case, name="export_case"),
    path("exports/", exports.exports, name="exports"),
    path("exports/list/", exports.export_list, name="export_list"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("exports/<int:pk>/remove/", exports.export_remove, name="export_remove"),
    path("cases/<int:pk>/messages/", talk.message, name="message"),
    path("cases/<int:pk>/messages/files/<int:file>/", talk.message_file, name="message_file"),
    path("cases/<int:pk>/notes/", talk.note, name="note"),
    path("cases/<int:pk>/notes/<int:note>/withdraw/", talk.take_back_note, name="take_back_note"),
]
