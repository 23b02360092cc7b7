"""The breaker: opened by declines and by checkouts nobody pays, counted in PostgreSQL; closed by calm or by hand."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.patronage import watching
from members.patronage.client import stripe_api
from members.patronage.defence import breaker, declines
from members.patronage.errors import NotAllowed
from members.patronage.models import Checkout, CheckoutBreaker, Decline, StripeEvent
from newsroom.lib.health import read_notes
from newsroom.lib.models import AuditEntry, Letter
from tests.members.patronage.conftest import receive
from tests.members.patronage.defending import refused

pytestmark = pytest.mark.django_db
DECLINED = "4000000000000002"


def decline(count, **age):
    moment = timezone.now() - timedelta(**age)
    known = Decline.objects.count()
    Decline.objects.bulk_create(
        Decline(stripe_id=f"ch_{known + n}", amount=500, currency="eur", declined_at=moment) for n in range(count)
    )


def begun(count, state=Checkout.State.OPEN, minutes=10):
    rows = [
        Checkout(frequency="once", amount=500, currency="eur", language="en", state=state, stripe_id=f"cs_{state}_{n}",
                 finished_at=timezone.now() if state == Checkout.State.PAID else None)
        for n in range(count)
    ]  # fmt: skip
    made = Checkout.objects.bulk_create(rows)
    ids = [row.pk for row in made]
    Checkout.objects.filter(pk__in=ids).update(created_at=timezone.now() - timedelta(minutes=minutes))


def age_breaker(**age):
    CheckoutBreaker.objects.filter(is_open=True).update(opened_at=timezone.now() - timedelta(**age))


def letters(step):
    return Letter.objects.filter(kind="members/card_testing", cause__contains=f":{step}:")


def test_it_opens_over_the_threshold_and_tells_once(publisher, manager):
    decline(14)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None and read_notes() == {}
    decline(1)
    breaker.watch_checkouts()
    breaker.watch_checkouts()
    row = breaker.open_breaker()
    assert (row.reason, row.count) == ("declines", 15)
    assert letters("opened").get().to_email == publisher.email
    assert "card testing" in read_notes() and AuditEntry.objects.filter(action="checkout_breaker.opened").count() == 1


def test_it_forgets_nothing_when_redis_is_emptied(db):
    decline(15)
    cache.clear()
    breaker.watch_checkouts()
    cache.clear()
    assert breaker.open_breaker() is not None


def test_it_stays_shut_where_many_are_declined_and_many_more_paid(db):
    """A large newsroom on a good day."""
    decline(15)
    begun(40, Checkout.State.PAID)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None


def test_it_stays_shut_for_declines_of_long_ago(db):
    decline(100, minutes=11)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None


def test_it_opens_for_checkouts_that_nobody_pays(db):
    begun(79)
    begun(5, Checkout.State.PAID)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None
    begun(1, Checkout.State.EXPIRED)
    breaker.watch_checkouts()
    assert breaker.open_breaker().reason == "unpaid"


def test_it_stays_shut_while_one_in_ten_pays_and_for_who_has_just_begun(db):
    begun(90)
    begun(10, Checkout.State.PAID)
    begun(500, Checkout.State.EXPIRED, minutes=2)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None


def test_it_closes_after_its_time_and_calm(publisher):
    decline(15)
    breaker.watch_checkouts()
    Decline.objects.update(declined_at=timezone.now() - timedelta(minutes=31))
    age_breaker(minutes=29)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is not None
    age_breaker(minutes=31)
    decline(6, minutes=20)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is not None  # not calm
    Decline.objects.filter(stripe_id="ch_20").delete()
    breaker.watch_checkouts()
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None and letters("closed").count() == 1 and read_notes() == {}
    assert "calm for half an hour" in letters("closed").get().text


def test_it_waits_twice_as_long_for_whoever_comes_back(db):
    for hours in (20, 10, 5):
        CheckoutBreaker.objects.create(
            reason="declines", is_open=False, opened_at=timezone.now() - timedelta(hours=hours),
            closed_at=timezone.now() - timedelta(hours=hours - 1),
        )  # fmt: skip
    row = CheckoutBreaker.objects.create(reason="declines")
    assert breaker.lasts(row) == timedelta(hours=4)
    assert breaker.lasts(CheckoutBreaker(opened_at=timezone.now() + timedelta(days=3))) == timedelta(minutes=30)


def test_it_is_not_stuck_when_the_clock_was_set_back(db):
    CheckoutBreaker.objects.create(reason="declines", opened_at=timezone.now() + timedelta(hours=9))
    decline(50, hours=-9)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None


def test_it_leaves_to_a_person_what_a_person_opened(publisher, manager):
    breaker.open_by_hand(user=publisher)
    age_breaker(days=3)
    breaker.watch_checkouts()
    assert breaker.open_breaker().opened_by == publisher
    with pytest.raises(NotAllowed):
        breaker.close_by_hand(user=manager)
    breaker.close_by_hand(user=publisher)
    actions = list(AuditEntry.objects.filter(actor=publisher).order_by("id").values_list("action", flat=True))
    assert breaker.open_breaker() is None
    assert actions[-2:] == ["checkout_breaker.opened", "checkout_breaker.closed"]


def test_it_does_not_open_again_for_what_was_closed_by_hand(publisher):
    decline(20, minutes=1)
    breaker.watch_checkouts()
    breaker.close_by_hand(user=publisher)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is None
    decline(15)
    breaker.watch_checkouts()
    assert breaker.open_breaker() is not None


@pytest.mark.django_db(transaction=True)
def test_it_opens_once_though_many_workers_see_it(publisher):
    decline(15)
    start = threading.Barrier(8)

    def watch():
        start.wait()
        breaker.watch_declines()
        connection.close()

    workers = [threading.Thread(target=watch) for _worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert CheckoutBreaker.objects.count() == 1 and letters("opened").count() == 1


@pytest.mark.parametrize("frequency", ["once", "month"])
def test_it_notes_each_refused_card_once(begin, sandbox, member, frequency):
    row = begin(frequency, member=member)
    for _card in range(3):
        with refused():
            sandbox.pay(row.stripe_id, card=DECLINED)
    events = sandbox.events()
    receive([*events, *events])
    assert Decline.objects.count() == 3
    assert set(Decline.objects.values_list("checkout", "amount", "currency")) == {(row.pk, 500, "eur")}
    assert set(StripeEvent.objects.filter(type="charge.failed").values_list("state", flat=True)) == {"done"}


def test_it_counts_one_card_for_each_page_of_a_visitor_s(begin, sandbox):
    """Lasting support of somebody who is not signed in: nothing at Stripe says on whose page the card was tried."""
    rows = [begin("month") for _number in range(2)]
    for _card in range(5):
        with refused():
            sandbox.pay(rows[0].stripe_id, card=DECLINED)
    events = sandbox.events()
    receive([*events, *events])
    assert list(Decline.objects.values_list("checkout", "amount")) == [(None, 500)] * 2
    assert set(StripeEvent.objects.filter(type="charge.failed").values_list("state", flat=True)) == {"done", "foreign"}


@pytest.mark.parametrize("whose", ["a member's", "a visitor's"])
def test_it_opens_and_closes_nothing_for_another_shop_s_attack(begin, sandbox, member, whose):
    """At the amount of a page that a reader of ours has open."""
    row = begin("month", member=member if whose == "a member's" else None)
    session = another_shop_s_session()
    for _card in range(20):
        with refused():
            sandbox.pay(session.id, card=DECLINED)
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == Checkout.State.OPEN and stripe_api().checkout.sessions.retrieve(row.stripe_id).status == "open"
    assert breaker.open_breaker() is None and Decline.objects.count() == (0 if row.member else 1)
    assert not Decline.objects.filter(checkout__isnull=False).exists()


def another_shop_s_session():
    return stripe_api().checkout.sessions.create({
        "mode": "payment", "success_url": "https://shop.example/", "ui_mode": "hosted_page",
        "line_items": [{"quantity": 1, "price_data": {
            "currency": "eur", "unit_amount": 500, "product_data": {"name": "A mug"}}}],
    })  # fmt: skip


def test_it_counts_the_last_card_where_charge_failed_is_not_sent(begin, sandbox):
    row = begin("once")
    with refused():
        sandbox.pay(row.stripe_id, card=DECLINED)
    receive([event for event in sandbox.events() if event["type"] == "payment_intent.payment_failed"])
    assert Decline.objects.get().stripe_id.startswith("ch_")


def test_it_needs_no_charge_failed_of_an_older_endpoint(begin, sandbox, monkeypatch):
    monkeypatch.setattr(watching, "LATE_AFTER", timedelta(seconds=-5))
    sandbox.control("reset")
    sandbox.control("webhooks/pause")
    sandbox.forget()
    row = begin("once")
    with refused():
        sandbox.pay(row.stripe_id, card=DECLINED)
    receive([event for event in sandbox.events() if event["type"] != "charge.failed"])
    assert watching.missing_events() == []


def test_it_counts_no_failed_renewal(support, sandbox):
    """On the first of a month many renewals fail at once, and no card is being tried out."""
    row = support("month")
    subscription = row.member.subscriptions.get()
    sandbox.control(f"subscriptions/{subscription.stripe_id}/renew", failed=1)
    receive(sandbox.events())
    assert StripeEvent.objects.filter(type="charge.failed", state="done").exists()
    assert not Decline.objects.exists()


def test_it_leaves_another_shop_s_declines_alone(prices, sandbox):
    with refused():
        sandbox.pay(another_shop_s_session().id, card=DECLINED)
    receive(sandbox.events())
    assert not Decline.objects.exists()
    assert StripeEvent.objects.get(type="charge.failed").state == StripeEvent.State.FOREIGN


@pytest.mark.parametrize("frequency", ["once", "month"])
def test_it_closes_a_checkout_at_which_card_after_card_is_tried(begin, sandbox, member, frequency):
    row = begin(frequency, member=member)
    for _card in range(declines.MOST_TRIES):
        with refused():
            sandbox.pay(row.stripe_id, card=DECLINED)
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == Checkout.State.EXPIRED
    assert stripe_api().checkout.sessions.retrieve(row.stripe_id).status == "expired"


def test_it_shows_its_state_at_the_desk_and_its_switch_to_publishers(publisher_client, manager_client, writer_client):
    page = reverse("admin:members_checkoutbreaker_changelist")
    assert "Turn the check on" in publisher_client.get(page).content.decode()
    assert "Turn the check on" not in manager_client.get(page).content.decode()
    assert writer_client.get(page).status_code == 403
    manager_client.post(page, {"open": "1"})
    assert breaker.open_breaker() is None
    publisher_client.post(page, {"open": "1"})
    assert breaker.open_breaker().reason == "hand"
    assert "every checkout asks" in manager_client.get(reverse("admin:index")).content.decode()
    assert "every checkout asks" not in writer_client.get(reverse("admin:index")).content.decode()
    publisher_client.post(page, {"close": "1"})
    assert breaker.open_breaker() is None and CheckoutBreaker.objects.get().closed_by is not None
