from django.urls import path

from members.patronage import account_views, dunning_views, gift_views, receipt_views, thanking_views, views

urlpatterns = [
    path("support/", views.support, name="support"),
    path("support/gift/", gift_views.give, name="give"),
    path("gift/<str:token>/", gift_views.take, name="take-gift"),
    path("support/thanks/", views.thanks, name="support-thanks"),
    path("support/thank-you/", thanking_views.thank_you, name="thank-you"),
    path("account/thank-you/", thanking_views.display_name, name="display-name"),
    path("account/support/", account_views.my_support, name="my-support"),
    path("account/support/change/", account_views.change, name="change-support"),
    path("account/support/change/<uuid:key>/", account_views.confirm, name="confirm-change"),
    path("account/support/pause/", account_views.pause, name="pause-support"),
    path("account/support/resume/", account_views.resume, name="resume-support"),
    path("account/support/end/", account_views.end, name="end-support"),
    path("account/support/keep/", account_views.keep, name="keep-support"),
    path("account/support/fix/", dunning_views.fix_payment, name="fix-payment"),
    path("account/support/portal/", account_views.portal, name="portal"),
    path("account/receipts/", receipt_views.receipts, name="receipts"),
    path("account/receipts/<int:pk>/", receipt_views.receipt, name="receipt"),
    path("account/giving/<int:year>/", receipt_views.giving, name="giving"),
]
