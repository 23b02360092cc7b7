"""Blanking and deleting what its retention no longer allows (see `newsroom.site.personal_data`)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from members.accounts.models import AddressChange, StaffLink
from members.accounts.purging import purge_sign_ins, purge_unproved
from members.patronage.forgetting import forget_gifts
from members.patronage.models import Checkout, Declaration, StripeEvent, SupportChange
from newsletters.models import Delivery, Signup
from newsletters.signing_up import CONFIRM_LETTER
from newsroom.lib.models import Letter, Outbox
from newsroom.lib.sweeping import for_each
from newsroom.site.followups import OWED_ONCE
from newsroom.site.personal_data import UNCONFIRMED_KEPT, UNCONFIRMED_SIGNUP_KEPT, kept

BATCH = 5_000


def purge_expired() -> None:
    """Each as long as the table says, and what has its own end before: declarations and sign-ups that nobody confirmed,
    what givers typed (`forgetting`), addresses that never proved themselves after a week, sign-ins that are over within
    a day. Of letters, checkouts and changes of support the row stays. One that cannot be forgotten keeps no other. Safe
    to run twice."""
    for_each(STEPS, lambda step: step(), failed="purge_step_failed")


def _forget_letters() -> None:
    old = Letter.objects.filter(created_at__lt=_since(Letter, "text")).exclude(to_email="", member=None)
    old.update(to_email="", subject="", text="", html="", headers={}, member=None)


def _forget_deliveries() -> None:
    _delete(Delivery.objects.filter(created_at__lt=_since(Delivery, "signup")))


def _forget_events() -> None:
    dealt_with = (StripeEvent.State.DONE, StripeEvent.State.IGNORED, StripeEvent.State.FOREIGN)
    _delete(StripeEvent.objects.filter(received_at__lt=_since(StripeEvent, "object_id"), state__in=dealt_with))


def _forget_declarations() -> None:
    unconfirmed = Declaration.objects.filter(state=Declaration.State.ASKED)
    _delete(unconfirmed.filter(expires_at__lt=timezone.now() - UNCONFIRMED_KEPT))
    _delete(Declaration.objects.filter(made_at__lt=_since(Declaration, "given")))


def _forget_who_began_checkouts() -> None:
    """The row stays: Stripe lists its session for as long, and the nightly comparison would miss it."""
    begun = Checkout.objects.filter(created_at__lt=_since(Checkout, "member"), member__isnull=False)
    begun.exclude(state__in=(Checkout.State.NEW, Checkout.State.OPEN)).update(member=None)


def _forget_comments() -> None:
    over = SupportChange.objects.filter(created_at__lt=_since(SupportChange, "comment"))
    over.exclude(comment="").update(comment="")


def _forget_address_changes() -> None:
    _delete(AddressChange.objects.filter(created_at__lt=_since(AddressChange, "email")))


def _forget_signups() -> None:
    """Once nothing that was sent leads to them any more."""
    unsent = Signup.objects.filter(deliveries=None)
    _delete(unsent.filter(state=Signup.State.LEFT, left_at__lt=_since(Signup, "network_hash")))
    unconfirmed = unsent.filter(state=Signup.State.PENDING)
    _delete(unconfirmed.filter(asked_at__lt=timezone.now() - UNCONFIRMED_SIGNUP_KEPT))


def _forget_letters_that_asked() -> None:
    """Those for a newsletter that nobody answered: while one is there, `purge_unproved` spares whom it was sent to."""
    asked = Letter.objects.filter(kind=CONFIRM_LETTER, member__proved_at=None, member__isnull=False)
    _delete(asked.filter(created_at__lt=timezone.now() - UNCONFIRMED_SIGNUP_KEPT))


def _forget_staff_links() -> None:
    """Good for fifteen minutes; who gave whom one stands in the audit trail."""
    _delete(StaffLink.objects.filter(created_at__lt=_since(StaffLink, "member")))


def _forget_follow_ups() -> None:
    done = Outbox.objects.filter(state=Outbox.State.DONE, done_at__lt=_since(Outbox, "payload"))
    _delete(done.exclude(kind__in=OWED_ONCE))


STEPS: tuple[Callable[[], object], ...] = (
    _forget_letters, _forget_deliveries, _forget_signups, _forget_letters_that_asked, _forget_events,
    _forget_declarations, _forget_who_began_checkouts, _forget_comments, _forget_address_changes, _forget_staff_links,
    _forget_follow_ups, forget_gifts, purge_unproved, SessionStore.clear_expired, purge_sign_ins,
)  # fmt: skip


def _since(model: type[Model], field: str) -> datetime:
    return timezone.now() - kept(model, field)


def _delete(rows: QuerySet[Any]) -> None:
    """In batches, each its own transaction, so that no lock is long."""
    while _delete_some(rows):
        continue


@transaction.atomic
def _delete_some(rows: QuerySet[Any]) -> bool:
    """Locked before they go, so that what somebody changes at this moment, as by confirming, stays."""
    locked = [row.pk for row in rows.only("pk").select_for_update(of=("self",))[:BATCH]]
    return bool(locked) and rows.filter(pk__in=locked).delete()[0] > 0
