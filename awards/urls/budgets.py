"""预算: envelopes, ratios, what-if; 批量核算: whole calls."""

from django.urls import path

from awards.views import batches, budgets

urlpatterns = [
    path("budgets/", budgets.envelopes, name="envelopes"),
    path("budgets/budgets.xlsx", budgets.envelopes_xlsx, name="envelopes_xlsx"),
    path("budgets/new/", budgets.envelope_new, name="envelope_new"),
    path("budgets/ratios/", budgets.ratios, name="ratios"),
    path("budgets/hint/<int:case>/", budgets.budget_hint, name="budget_hint"),
    path("budgets/<int:pk>/", budgets.envelope, name="envelope"),
    path("budgets/<int:pk>/adjust/", budgets.envelope_adjust, name="envelope_adjust"),
    path("budgets/<int:pk>/subject/", budgets.envelope_subject, name="envelope_subject"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/new/", batches.batch_new, name="batch_new"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/progress/", batches.batch_progress, name="batch_progress"),
    path("batches/<int:pk>/confirm/", batches.batch_confirm, name="batch_confirm"),
    path("batches/<int:pk>/withdraw/", batches.batch_withdraw, name="batch_withdraw"),
    path("batches/<int:pk>/result.xlsx", batches.batch_xlsx, name="batch_xlsx"),
]
