"""追回: findings, decisions, instalments, set-offs."""

from django.urls import path

from awards.views import recoveries, recovery_gestures

urlpatterns = [
    path("recoveries/", recoveries.recovery_list, name="recoveries"),
    path("<int:pk>/recovery/new/", recoveries.recovery_new, name="recovery_new"),
    path("recoveries/<int:pk>/", recoveries.recovery, name="recovery"),
    path("recoveries/<int:pk>/files/<int:file>/", recoveries.recovery_file, name="recovery_file"),
    path("recoveries/<int:pk>/draft/", recovery_gestures.draft, name="recovery_draft"),
    path("recoveries/<int:pk>/return/", recovery_gestures.send_back, name="recovery_return"),
    path("recoveries/<int:pk>/decide/", recovery_gestures.decide, name="recovery_decide"),
    path("recoveries/<int:pk>/drop/", recovery_gestures.drop, name="recovery_drop"),
    path("recoveries/<int:pk>/receipts/", recovery_gestures.receipt, name="recovery_receipt"),
    path("recoveries/<int:pk>/receipts/reverse/", recovery_gestures.reverse_entry, name="recovery_reverse"),
    path("recoveries/<int:pk>/vouchers/", recovery_gestures.voucher, name="recovery_voucher"),
    path("recoveries/<int:pk>/set-offs/", recovery_gestures.set_off, name="recovery_set_off"),
    path("recoveries/<int:pk>/set-offs/decide/", recovery_gestures.set_off_decide, name="recovery_set_off_decide"),
    path("recoveries/<int:pk>/set-offs/return/", recovery_gestures.set_off_return, name="recovery_set_off_return"),
    path("recoveries/<int:pk>/ban/", recovery_gestures.ban_lift, name="ban_lift"),
]
