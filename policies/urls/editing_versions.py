"""Versions: history, differences, restoring, worked cases, publication."""

from django.urls import URLPattern, path

from policies.views.editing import cases, publication, versions

urlpatterns: list[URLPattern] = [
    path("clauses/<int:pk>/history/", versions.clause_history, name="clause_history"),
    path("rules/<int:pk>/history/", versions.rules_history, name="rules_history"),
    path("edits/<int:pk>/restore/", versions.edit_restore, name="edit_restore"),
    path("clauses/<int:pk>/discard/", versions.clause_discard, name="clause_discard"),
    path("clauses/<int:pk>/resume/", versions.clause_resume, name="clause_resume"),
    path("rules/<int:pk>/discard/", versions.rules_discard, name="rules_discard"),
    path("rules/<int:pk>/resume/", versions.rules_resume, name="rules_resume"),
    path("clauses/<int:pk>/compare/", versions.clause_compare, name="clause_compare"),
    path("rules/<int:pk>/compare/", versions.rules_compare, name="rules_compare"),
    path("clauses/<int:pk>/cases/", cases.cases, name="cases"),
    path("clauses/<int:pk>/cases/new/", cases.case_new, name="case_new"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/remove/", cases.case_remove, name="case_remove"),
    path("documents/<slug:slug>/publications/", publication.publications, name="publications"),
    path("publications/<int:pk>/", publication.publication, name="publication"),
    path("publications/<int:pk>/publish/", publication.publication_publish, name="publication_publish"),
    path("publications/<int:pk>/return/", publication.publication_return, name="publication_return"),
    path("publications/<int:pk>/withdraw/", publication.publication_withdraw, name="publication_withdraw"),
]
