"""Addresses that stand in mails and are posted to by mail programs: without a language prefix, for ever."""

from django.urls import path

from newsletters import views_token

urlpatterns = [path("newsletters/unsubscribe/<str:token>/", views_token.unsubscribe, name="unsubscribe")]
