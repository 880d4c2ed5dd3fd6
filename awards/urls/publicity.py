"""公示 and 异议: the rounds of a lead, the public pages."""

from django.urls import path

from awards.views import objections, public_rounds, publicity

urlpatterns = [
    path("publicity/", publicity.rounds, name="rounds"),
    path("publicity/new/", publicity.round_new, name="round_new"),
    path("publicity/<int:pk>/", publicity.round_page, name="round"),
    path("publicity/<int:pk>/change/", publicity.round_change, name="round_change"),
    path("publicity/<int:pk>/publish/", publicity.round_publish, name="round_publish"),
    path("publicity/<int:pk>/cancel/", publicity.round_cancel, name="round_cancel"),
    path("publicity/<int:pk>.pdf", publicity.round_pdf, name="round_pdf"),
    path("publicity/objections/", objections.objections, name="objections"),
    path("publicity/objections/<int:pk>/", objections.objection, name="objection"),
    path("publicity/objections/<int:pk>/identity/", objections.objection_identity, name="objection_identity"),
    path("publicity/objections/<int:pk>/draft/", objections.objection_draft, name="objection_draft"),
    path("publicity/objections/<int:pk>/return/", objections.objection_return, name="objection_return"),
    path("publicity/objections/<int:pk>/decide/", objections.objection_decide, name="objection_decide"),
    path("publicity/objections/<int:pk>/files/<int:file>/", objections.objection_file, name="objection_file"),
    path(
        "publicity/objections/<int:pk>/letters/<int:letter>.pdf", objections.objection_letter, name="objection_letter"
    ),
    path("public/publicity/", public_rounds.public_rounds, name="public_rounds"),
    path("public/publicity/objection/", public_rounds.public_objection, name="public_objection"),
    path(
        "public/publicity/objection/letters/<int:letter>.pdf",
        public_rounds.public_objection_letter,
        name="public_objection_letter",
    ),
    path("public/publicity/<int:pk>/", public_rounds.public_round, name="public_round"),
    path("public/publicity/<int:pk>.pdf", public_rounds.public_round_pdf, name="public_round_pdf"),
    path("public/publicity/<int:pk>/object/<int:item>/", public_rounds.public_object, name="public_object"),
]
