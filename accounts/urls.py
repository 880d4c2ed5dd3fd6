"""Addresses of accounts; sign-in and its relatives are allauth's."""

from django.urls import path

from accounts.views import enterprise, inbox, landing, sign_up, verification

app_name = "accounts"

urlpatterns = [
    path("me/", landing.landing, name="landing"),
    path("me/profile/", landing.profile, name="profile"),
    path("me/profile/notices/", inbox.notice_choices, name="notice_choices"),
    path("me/messages/", inbox.notifications, name="notifications"),
    path("me/messages/read/", inbox.notifications_read, name="notifications_read"),
    path("me/messages/<int:pk>/", inbox.notification_open, name="notification_open"),
    path("enterprise/", enterprise.enterprise, name="enterprise"),
    path("enterprise/edit/", enterprise.enterprise_edit, name="enterprise_edit"),
    path("enterprise/bank/", enterprise.bank_account, name="bank_account"),
    path("enterprise/members/", enterprise.members, name="members"),
    path("enterprise/members/invite/", enterprise.member_invite, name="member_invite"),
    path("enterprise/members/<int:pk>/invitation/", enterprise.member_invitation, name="member_invitation"),
    path("enterprise/members/<int:pk>/deactivate/", enterprise.member_deactivate, name="member_deactivate"),
    path("enterprise/members/<int:pk>/reactivate/", enterprise.member_reactivate, name="member_reactivate"),
    path("verification/", verification.verification_queue, name="verification_queue"),
    path("verification/<int:pk>/", verification.verification, name="verification"),
    # Before allauth's own: the same page, with the refusals of the action beside the fields.
    path("accounts/signup/", sign_up.sign_up, name="signup"),
]
