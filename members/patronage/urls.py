from django.urls import path

from members.patronage import account_views, views

urlpatterns = [
    path("support/", views.support, name="support"),
    path("support/thanks/", views.thanks, name="support-thanks"),
    path("account/support/", account_views.my_support, name="my-support"),
    path("account/support/end/", account_views.end, name="end-support"),
    path("account/support/keep/", account_views.keep, name="keep-support"),
    path("account/support/portal/", account_views.portal, name="portal"),
    path("account/receipts/", account_views.receipts, name="receipts"),
    path("account/receipts/<int:pk>/", account_views.receipt, name="receipt"),
]
