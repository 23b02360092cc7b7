"""The desk's first page says what failed to whoever may see to it, and to nobody else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage.models import Payment, RefundRequest, StripeEvent

FIRST = "/admin/"
ONE_LETTER = "1 letter was not sent or may not have arrived."
LETTERS = "2 letters were not sent or may not have arrived."
EVENTS, ONE_EVENT = "2 events from Stripe could not be applied.", "1 event from Stripe could not be applied."


def first_page(client):
    return client.get(FIRST).content.decode()


@pytest.fixture
def fail_event(db):
    return lambda number: StripeEvent.objects.create(
        event_id=f"evt_{number}", type="invoice.paid", object_id=f"in_{number}", state="failed"
    )


def test_it_counts_letters_that_failed_or_may_not_have_arrived(publisher_client, writer_client, make_letter):
    make_letter(state="sent")
    assert "may not have arrived" not in first_page(publisher_client)
    make_letter(state="failed")
    assert ONE_LETTER in first_page(publisher_client)
    make_letter(state="unknown")
    page = first_page(publisher_client)
    assert LETTERS in page and f'href="{reverse("admin:lib_letter_changelist")}"' in page
    assert "may not have arrived" not in first_page(writer_client)


def test_it_counts_events_of_stripes_that_could_not_be_applied(manager_client, writer_client, fail_event):
    assert "could not be applied" not in first_page(manager_client)
    fail_event(1)
    assert ONE_EVENT in first_page(manager_client)
    fail_event(2)
    page = first_page(manager_client)
    assert EVENTS in page and f"{reverse('admin:members_stripeevent_changelist')}?state__exact=failed" in page
    assert "could not be applied" not in first_page(writer_client)


def test_it_counts_nothing_of_the_other_mode(manager, manager_client, member, fail_event, settings):
    """A live newsroom whose test days left their rows."""
    now = timezone.now()
    payment = Payment.objects.create(
        member=member, stripe_id="in_1", kind="renewal", status="paid", amount=500, currency="eur", paid_at=now,
        fetched_at=now, created_at=now,
    )  # fmt: skip
    for state in ("unknown", "failed"):
        RefundRequest.objects.create(
            payment=payment, amount=100, currency="eur", reason="fraudulent", state=state, asked_by=manager,
            finished_at=now,
        )  # fmt: skip
    fail_event(1)
    unknown, refused = "Of 1 refund nobody knows", "1 refund did not come about"
    assert all(words in first_page(manager_client) for words in (unknown, refused, ONE_EVENT))
    settings.STRIPE_LIVEMODE = True
    assert not any(words in first_page(manager_client) for words in (unknown, refused, ONE_EVENT))
