"""Support that was stopped on Stripe's own pages, where a day is set and the flag is not."""

import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import carrying_out
from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Subscription, SupportChange
from tests.members.patronage.conftest import receive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
SUPPORT, KEEP = reverse("members:my-support"), reverse("members:keep-support")


@pytest.fixture
def stopped(bought, sandbox, member, member_client):
    """In the portal, by its button."""
    bought("month", member=member)
    row = Subscription.objects.get()
    portal = member_client.post(reverse("members:portal"))["Location"]
    form = urllib.parse.urlencode({"subscription": row.stripe_id, "action": "stop"}).encode()
    with urllib.request.urlopen(portal, form, timeout=10):
        receive(sandbox.events())
    row.refresh_from_db()
    return row


def at_stripe(subscription):
    found = stripe_api().subscriptions.retrieve(subscription.stripe_id)
    return found.cancel_at_period_end, found.cancel_at


def words_of(client):
    return " ".join(client.get(SUPPORT).content.decode().partition("<main")[2].split())


def test_the_account_says_that_it_ends(stopped, member_client):
    flag, day = at_stripe(stopped)
    assert (flag, bool(day)) == (False, True) and stopped.cancel_at_period_end
    assert "Your support ends on" in words_of(member_client)


def test_it_goes_on_after_all_when_it_says_so(stopped, member_client):
    member_client.post(KEEP)
    assert at_stripe(stopped) == (False, None)
    page = words_of(member_client)
    assert "Your support goes on. Thank you." in page and "You give €5 a month." in page


def test_it_goes_on_in_the_end_though_stripe_was_silent_in_between(stopped, member_client, sandbox, monkeypatch):
    """The flag is taken back, and the question about the day gets no answer."""
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    update, asked = carrying_out.stripe_api().subscriptions.update, []

    def answer(*args):
        asked.append(args)
        if len(asked) == 2:
            sandbox.control("faults", kind="cut", method="POST", path=f"/v1/subscriptions/{stopped.stripe_id}", count=3)
        return update(*args)

    services = carrying_out.stripe_api().subscriptions
    monkeypatch.setattr(services, "update", answer)
    page = member_client.post(KEEP, follow=True).content.decode()
    assert "Your wish is written down" in page and "goes on. Thank you" not in page and at_stripe(stopped)[1]
    sandbox.control("faults", count=0)
    SupportChange.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    carrying_out.sweep_changes()
    assert at_stripe(stopped) == (False, None) and SupportChange.objects.get(kind="keep").state == "done"


def test_a_day_further_off_is_no_end_of_the_paid_time(bought, member, member_client):
    """Set at the dashboard: payments come before it, so nobody is told that nothing more is taken."""
    bought("month", member=member)
    row = Subscription.objects.get()
    later = int((row.current_period_end + timedelta(days=70)).timestamp())
    stripe_api().subscriptions.update(row.stripe_id, {"cancel_at": later})
    mirror_subscription(fetch_subscription(row.stripe_id))
    page = words_of(member_client)
    assert "The next payment is on" in page and "nothing more is taken" not in page
    member_client.post(reverse("members:end-support"))
    assert at_stripe(row) == (True, int(row.current_period_end.timestamp())) and "ends on" in words_of(member_client)
