"""Addresses of accounts; sign-in and its relatives are allauth's."""

from django.urls import path

from accounts.views import enterprise, inbox, landing, people, people_import, rights, sign_up, units, verification

app_name = "accounts"

urlpatterns = [
    path("me/", landing.landing, name="landing"),
    path("me/signed-in/", landing.back_to_page, name="back_to_page"),
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
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/import/", people_import.people_import, name="people_import"),
    path("people/import/template/", people_import.people_template, name="people_template"),
    path("people/import/<int:pk>/", people_import.people_import_sheet, name="people_import_sheet"),
    path("people/import/<int:pk>/apply/", people_import.people_import_apply, name="people_import_apply"),
    path("people/import/<int:pk>/drop/", people_import.people_import_drop, name="people_import_drop"),
    path("people/<int:pk>/", people.person_page, name="person"),
    path("people/<int:pk>/edit/", people.person_change, name="person_change"),
    path("people/<int:pk>/roles/", people.role_give, name="role_give"),
    path("people/<int:pk>/roles/<int:member>/end/", people.role_end, name="role_end"),
    path("people/<int:pk>/system-role/", people.system_role, name="system_role"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/second-factor/", people.second_factor_reset, name="second_factor_reset"),
    path("people/<int:pk>/invitation/", people.person_invitation, name="person_invitation"),
    path("rights/", rights.rights, name="rights"),
    path("rights/export/", rights.rights_xlsx, name="rights_xlsx"),
    path("rights/review/", rights.rights_review, name="rights_review"),
    path("rights/<int:pk>/", rights.rights_record, name="rights_record"),
    path("rights/<int:pk>/export/", rights.rights_record_xlsx, name="rights_record_xlsx"),
    path("units/", units.units, name="units"),
    path("units/new/", units.unit_new, name="unit_new"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("units/<int:pk>/edit/", units.unit_edit, name="unit_edit"),
    path("units/<int:pk>/rename/", units.unit_rename, name="unit_rename"),
    path("units/<int:pk>/merge/", units.unit_merge, name="unit_merge"),
    path("units/changes/<int:pk>/cancel/", units.unit_change_cancel, name="unit_change_cancel"),
    # Before allauth's own: the same page, with the refusals of the action beside the fields.
    path("accounts/signup/", sign_up.sign_up, name="signup"),
]
