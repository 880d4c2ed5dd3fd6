"""文件: new, copied, imported, exported; head, text, evidence, targets, clauses cut out of the text."""

from django.urls import URLPattern, path

from policies.views.editing import annexes, documents, marking, text, transfer

urlpatterns: list[URLPattern] = [
    path("documents/new/", documents.new, name="document_new"),
    path("documents/import/", transfer.import_yaml, name="document_import"),
    path("documents/<slug:slug>/head/", documents.head, name="document_head"),
    path("documents/<slug:slug>/text/", text.text, name="document_text"),
    path("documents/<slug:slug>/text/<str:ref>/", text.node, name="document_text_node"),
    path("documents/<slug:slug>/clauses/new/", marking.clause_new, name="clause_new"),
    path("documents/<slug:slug>/evidence/", annexes.evidence, name="document_evidence"),
    path("documents/<slug:slug>/targets/", annexes.targets, name="document_targets"),
    path("documents/<slug:slug>/export.yaml", transfer.export_yaml, name="document_export"),
]
