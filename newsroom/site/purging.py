"""Blanking and deleting what its retention no longer allows (see `newsroom.site.personal_data`)."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet
from django.utils import timezone

from members.accounts.models import AddressChange
from members.accounts.purging import purge_sign_ins, purge_unproved
from members.patronage.forgetting import forget_gifts
from members.patronage.models import Checkout, Declaration, StripeEvent, SupportChange
from newsletters.models import Delivery
from newsroom.lib.models import Letter

LETTERS_KEPT = timedelta(days=90)
DELIVERIES_KEPT = timedelta(days=365)
ADDRESSES_KEPT = timedelta(days=90)
EVENTS_KEPT = timedelta(days=180)
UNCONFIRMED_KEPT = timedelta(days=30)
DECLARED_KEPT = timedelta(days=10 * 365)  # as letters of business are
CHECKOUTS_KEPT = COMMENTS_KEPT = timedelta(days=2 * 365)
BATCH = 5_000


def purge_expired() -> None:
    """Letters lose address, words and whose they were after 90 days, changes of address go then, who got which edition
    is forgotten after a year, events that were dealt with after half a year, declarations that nobody confirmed a month
    after their link and others after ten years, whose a checkout was and why support ended after two, what givers typed
    as `forgetting` says, addresses that never proved themselves after a week, sign-ins that are over within a day. Safe
    to run twice."""
    now = timezone.now()
    old = Letter.objects.filter(created_at__lt=now - LETTERS_KEPT).exclude(to_email="", member=None)
    old.update(to_email="", subject="", text="", html="", headers={}, member=None)
    _delete(Delivery.objects.filter(created_at__lt=now - DELIVERIES_KEPT))
    dealt_with = (StripeEvent.State.DONE, StripeEvent.State.IGNORED, StripeEvent.State.FOREIGN)
    _delete(StripeEvent.objects.filter(received_at__lt=now - EVENTS_KEPT, state__in=dealt_with))
    _delete(Declaration.objects.filter(state=Declaration.State.ASKED, expires_at__lt=now - UNCONFIRMED_KEPT))
    _delete(Declaration.objects.filter(made_at__lt=now - DECLARED_KEPT))
    # The row stays: Stripe lists its session for as long, and the nightly comparison would miss it.
    begun = Checkout.objects.filter(created_at__lt=now - CHECKOUTS_KEPT, member__isnull=False)
    begun.exclude(state__in=(Checkout.State.NEW, Checkout.State.OPEN)).update(member=None)
    SupportChange.objects.filter(created_at__lt=now - COMMENTS_KEPT).exclude(comment="").update(comment="")
    _delete(AddressChange.objects.filter(created_at__lt=now - ADDRESSES_KEPT))
    forget_gifts()
    purge_unproved()
    SessionStore.clear_expired()
    purge_sign_ins()


def _delete(rows: QuerySet[Any]) -> None:
    """In batches, each its own transaction, so that no lock is long."""
    while rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:BATCH])).delete()[0]:
        continue
