"""What machines call: without a language's prefix."""

from django.urls import path

from members.patronage import views

urlpatterns = [path("stripe/webhook/", views.stripe_webhook, name="stripe-webhook")]
