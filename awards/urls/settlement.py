"""核算: accounts of a year, choices, overrides, other awards, confirming, returning; whole calls."""

from django.urls import path

from awards.views import account_gestures as gestures
from awards.views import accounts, awards

urlpatterns = [
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/choose/", accounts.choose, name="account_choose"),
    path("accounts/<int:pk>/propose/", gestures.propose, name="account_propose"),
    path("accounts/<int:pk>/confirm/", gestures.confirm, name="account_confirm"),
    path("accounts/<int:pk>/withdraw/", gestures.withdraw, name="account_withdraw"),
    path("accounts/<int:pk>/figure/", gestures.figure, name="account_figure"),
    path("accounts/<int:pk>/override/", gestures.override, name="account_override"),
    path(
        "accounts/<int:pk>/override/<int:row>/withdraw/", gestures.override_withdraw, name="account_override_withdraw"
    ),
    path("accounts/<int:pk>/override/<int:row>/file/", gestures.override_file, name="account_override_file"),
    path("accounts/<int:pk>/external/", gestures.external, name="account_external"),
    path(
        "accounts/<int:pk>/external/<int:row>/withdraw/", gestures.external_withdraw, name="account_external_withdraw"
    ),
    path("accounts/<int:pk>/external/<int:row>/file/", gestures.external_file, name="account_external_file"),
    path("<int:pk>/return/", awards.return_to_lead, name="award_return"),
]
