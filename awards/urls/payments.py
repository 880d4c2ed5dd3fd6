"""拨付: lists and their results."""

from django.urls import path

from awards.views import payment_results, payments

urlpatterns = [
    path("payments/", payments.payment_lists, name="payment_lists"),
    path("payments/new/", payments.payment_list_new, name="payment_list_new"),
    path("payments/<int:pk>/", payments.payment_list, name="payment_list"),
    path("payments/<int:pk>/send/", payments.payment_list_send, name="payment_list_send"),
    path("payments/<int:pk>/cancel/", payments.payment_list_cancel, name="payment_list_cancel"),
    path("payments/<int:pk>/list.xlsx", payments.payment_list_xlsx, name="payment_list_xlsx"),
    path("payments/<int:pk>/list.pdf", payments.payment_list_pdf, name="payment_list_pdf"),
    path("payments/<int:pk>/results/", payment_results.payment_results, name="payment_results"),
    path("payments/<int:pk>/rows/<int:row>/remove/", payments.payment_row_remove, name="payment_row_remove"),
    path("payments/<int:pk>/rows/<int:row>/account/", payments.payment_reveal, name="payment_reveal"),
    path("payments/<int:pk>/rows/<int:row>/reverse/", payment_results.payment_reverse, name="payment_reverse"),
]
