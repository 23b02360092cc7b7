"""Four months of the demo's support, played in a sandbox of the test's own."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from members.patronage import inbox
from members.patronage.models import (
    Checkout,
    Declaration,
    Dispute,
    Donation,
    Double,
    Gift,
    Payment,
    Period,
    Refund,
    StripeEvent,
    Subscription,
    SupportMove,
    Tier,
)
from newsroom.lib.models import Letter
from newsroom.site.demo import asking, giving, people, troubles
from tests.newsroom.test_demo import PLAYED
from tests.stripe_sandbox.conftest import KEY, SECRET, Peer, Receiver, wait_for

pytestmark = pytest.mark.django_db
PEOPLE = 10


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture
def sandbox(tmp_path, receiver, settings, monkeypatch):
    peer = Peer(tmp_path / "data.sqlite3", receiver.url)
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = peer.base, KEY, SECRET
    monkeypatch.setattr(giving, "PEOPLE", PEOPLE)
    asking.seed_tiers()
    yield peer
    peer.stop()


def let_events_come(sandbox, receiver):
    sandbox.control("webhooks/resume")
    wait_for(lambda: not sandbox.events(undelivered=1), 60)
    for signature, body in receiver.taken:
        inbox.receive_event(body, signature)
    while due := inbox.due_events():
        for event_id in due:
            inbox.process_event(event_id)


def test_it_plays_four_months_that_end_now(sandbox, receiver):
    assert giving.seed_support() == PEOPLE
    let_events_come(sandbox, receiver)
    assert Checkout.objects.filter(state="paid").count() == PEOPLE
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    paid = Payment.objects.filter(status__in=("paid", "succeeded"))
    assert paid.count() > PEOPLE  # some were renewed
    now = timezone.now()
    assert all(now - timedelta(days=giving.DAYS + 1) < payment.paid_at <= now for payment in paid)
    lasting = Subscription.objects.count()
    assert lasting + Donation.objects.count() == PEOPLE
    assert Period.objects.filter(payment__in=paid).count() == paid.exclude(kind=Payment.Kind.DONATION).count()


def test_it_goes_on_where_it_was_cut_short(sandbox, monkeypatch):
    give = giving._give
    given = []

    def give_three(giver):
        if len(given) == 3:
            raise KeyboardInterrupt
        given.append(giver)
        give(giver)

    monkeypatch.setattr(giving, "_give", give_three)
    with pytest.raises(KeyboardInterrupt):
        giving.seed_support()
    monkeypatch.setattr(giving, "_give", give)
    assert giving.seed_support() == PEOPLE - 3
    assert Checkout.objects.filter(state="paid").count() == PEOPLE
    assert giving.seed_support() == 0


def test_it_leaves_a_sandbox_alone_that_has_sold_something(sandbox):
    sandbox.api("POST", "/v1/customers", {"email": "somebody@example.org"})
    assert giving.seed_support() == 0 and not Checkout.objects.exists()


def test_it_writes_no_letters_about_the_past(sandbox, receiver):
    giving.seed_support()
    let_events_come(sandbox, receiver)
    recent = Payment.objects.filter(paid_at__gt=timezone.now() - timedelta(days=3)).count()
    assert Letter.objects.filter(kind="members/receipt").count() == recent


def states(model, field="state"):
    return sorted(model.objects.values_list(field, flat=True))


def test_it_shows_each_thing_that_the_desk_has_to_see_to(sandbox, receiver, monkeypatch):
    """One or two of each, among few calm givers; a second seeding adds nothing."""
    monkeypatch.setattr(giving, "PEOPLE", 2)
    people.seed_staff()
    seeded = giving.seed_support(others=troubles.givers)
    assert seeded == 2 + len(troubles.givers(timezone.now()))
    troubles.seed_price_move()
    let_events_come(sandbox, receiver)
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    assert states(Dispute, "status") == ["lost", "needs_response", "warning_needs_response"]
    assert states(Gift) == ["given", "paid", "taken"]
    assert states(Declaration) == ["asked", "done"]
    assert states(Double) == ["open"]
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [300, 900, 2000]
    in_grace = Period.objects.filter(grace_from__isnull=False, payment__subscription__status="past_due")
    assert in_grace.count() == 2
    assert states(SupportMove) == ["kept", "skipped", "told"]
    assert {label for label in PLAYED if not apps.get_model(label).objects.exists()} == set()
    whole = {model: model.objects.count() for model in apps.get_app_config("members").get_models()}
    assert giving.seed_support(others=troubles.givers) == 0
    troubles.seed_price_move()
    assert {model: model.objects.count() for model in whole} == whole


@pytest.fixture
def dearer(sandbox, monkeypatch):
    """Only those whose tier is to cost more have given."""
    monkeypatch.setattr(giving, "PEOPLE", 0)
    people.seed_staff()
    giving.seed_support(others=lambda now: [giver for giver in troubles.givers(now) if "dearer" in giver.email])
    return Tier.objects.get(key="harbour-master")


def test_the_desk_s_page_of_price_moves_has_one(dearer, manager_client):
    """With whom it takes along, who keeps the old amount and who was left out; the letter is on its way."""
    troubles.seed_price_move()
    page = manager_client.get(reverse("admin:members_tier_moves", args=[dearer.pk])).content.decode()
    for words in ("To €28 monthly", "written to: 1", "keeps the old amount: 1", "left out: 1", "it is about to end"):
        assert words in page
    letter = Letter.objects.get(kind="members/price_moves")
    assert letter.state == "queued" and "€25 is to become €28" in letter.subject


def test_a_price_that_a_visitor_has_changed_is_left_alone(dearer):
    prices = dearer.prices.filter(currency="eur", interval="month", is_active=True)
    prices.update(amount=2600)
    troubles.seed_price_move()
    assert prices.get().amount == 2600 and not SupportMove.objects.exists()
