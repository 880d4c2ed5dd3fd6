"""The editor of a clause's draft and of a document's rules."""

from django.urls import URLPattern, path

from policies.views.editing import clause, rules

urlpatterns: list[URLPattern] = [
    path("clauses/<int:pk>/", clause.clause, name="clause"),
    path("clauses/<int:pk>/check/", clause.clause_check, name="clause_check"),
    path("clauses/<int:pk>/draft/", clause.clause_draft, name="clause_draft"),
    path("rules/<int:pk>/", rules.rules, name="rules"),
    path("rules/<int:pk>/check/", rules.rules_check, name="rules_check"),
    path("rules/<int:pk>/draft/", rules.rules_draft, name="rules_draft"),
    path("documents/<slug:slug>/rules/new/", rules.rules_new, name="rules_new"),
]
