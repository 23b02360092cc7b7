"""Blanking and deleting what its retention no longer allows (see `newsroom.site.personal_data`)."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db.models import QuerySet
from django.utils import timezone

from members.accounts.models import AddressChange
from members.accounts.purging import purge_sign_ins, purge_unproved
from members.patronage.forgetting import forget_gifts
from members.patronage.models import Checkout, Declaration, StripeEvent, SupportChange
from newsletters.models import Delivery, Signup
from newsroom.lib.models import Letter
from newsroom.site.personal_data import UNCONFIRMED_KEPT, UNCONFIRMED_SIGNUP_KEPT, kept

BATCH = 5_000


def purge_expired() -> None:
    """Each as long as the table says, and what has its own end before: declarations and sign-ups that nobody confirmed,
    what givers typed (`forgetting`), addresses that never proved themselves after a week, sign-ins that are over within
    a day. Of letters, checkouts and changes of support the row stays. Safe to run twice."""
    now = timezone.now()
    old = Letter.objects.filter(created_at__lt=now - kept(Letter, "text")).exclude(to_email="", member=None)
    old.update(to_email="", subject="", text="", html="", headers={}, member=None)
    _delete(Delivery.objects.filter(created_at__lt=now - kept(Delivery, "signup")))
    _purge_signups()
    dealt_with = (StripeEvent.State.DONE, StripeEvent.State.IGNORED, StripeEvent.State.FOREIGN)
    _delete(StripeEvent.objects.filter(received_at__lt=now - kept(StripeEvent, "object_id"), state__in=dealt_with))
    _delete(Declaration.objects.filter(state=Declaration.State.ASKED, expires_at__lt=now - UNCONFIRMED_KEPT))
    _delete(Declaration.objects.filter(made_at__lt=now - kept(Declaration, "given")))
    # The row stays: Stripe lists its session for as long, and the nightly comparison would miss it.
    begun = Checkout.objects.filter(created_at__lt=now - kept(Checkout, "member"), member__isnull=False)
    begun.exclude(state__in=(Checkout.State.NEW, Checkout.State.OPEN)).update(member=None)
    over = SupportChange.objects.filter(created_at__lt=now - kept(SupportChange, "comment"))
    over.exclude(comment="").update(comment="")
    _delete(AddressChange.objects.filter(created_at__lt=now - kept(AddressChange, "email")))
    forget_gifts()
    purge_unproved()
    SessionStore.clear_expired()
    purge_sign_ins()


def _purge_signups() -> None:
    """Once nothing that was sent leads to them any more."""
    now, unsent = timezone.now(), Signup.objects.filter(deliveries=None)
    _delete(unsent.filter(state=Signup.State.LEFT, left_at__lt=now - kept(Signup, "network_hash")))
    _delete(unsent.filter(state=Signup.State.PENDING, asked_at__lt=now - UNCONFIRMED_SIGNUP_KEPT))


def _delete(rows: QuerySet[Any]) -> None:
    """In batches, each its own transaction, so that no lock is long."""
    while rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:BATCH])).delete()[0]:
        continue
