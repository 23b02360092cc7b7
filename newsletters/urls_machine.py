"""Addresses that stand in mails and are posted to by mail programs: without a language prefix, for ever."""

from django.urls import path

from newsletters import views

urlpatterns = [path("newsletters/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe")]
