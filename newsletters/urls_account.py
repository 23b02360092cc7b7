"""Included under /account/newsletters/ by newsroom.urls."""

from django.urls import path

from newsletters import views_account

urlpatterns = [path("", views_account.account_newsletters, name="account-newsletters")]
