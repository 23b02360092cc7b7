"""Who gives twice and means it: the account shows both, and each can be stopped by itself."""

import re
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from members.patronage import checkout, dunning, renewing
from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Double, Period, Price, PriceMove, Subscription, SupportChange, SupportMove
from members.patronage.repairing import keep_both
from newsroom.lib.jobs import begin_job
from newsroom.lib.models import Letter

pytestmark = pytest.mark.django_db
SUPPORT, END, KEEP, CHANGE, PAUSE, RESUME, PORTAL, FIX = (
    reverse(f"members:{name}")
    for name in (
        "my-support", "end-support", "keep-support", "change-support", "pause-support", "resume-support", "portal",
        "fix-payment",
    )
)  # fmt: skip


@pytest.fixture
def both(bought, begin, sandbox, member):
    """Monthly and yearly, the second one paid without signing in, and both meant."""
    bought("month", member=member)
    sandbox.pay(begin("year", 5000).stripe_id, member.email)
    for found in stripe_api().subscriptions.list({"limit": 2}).data:
        mirror_subscription(fetch_subscription(found.id))
    keep_both(pair=Double.objects.get(), actor=member)
    return Subscription.objects.get(interval="month"), Subscription.objects.get(interval="year")


def is_ending(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).cancel_at_period_end


def words_of(client, address=SUPPORT):
    return " ".join(client.get(address).content.decode().partition("<main")[2].split())


def test_it_shows_each_with_its_way_out(both, member_client):
    older, _newer = both
    for address in (SUPPORT, reverse("account")):
        page = words_of(member_client, address)
        assert "You give €50 a year." in page and "You also give €5 a month. The next payment is on" in page
        assert f'href="{END}?support={older.pk}"' in page and "give twice" not in page


def test_it_ends_the_one_that_is_named_and_takes_it_back(both, member_client):
    older, newer = both
    page = words_of(member_client, f"{END}?support={older.pk}")
    assert "€5 a month since" in page and f'name="support" value="{older.pk}"' in page
    assert f"{PAUSE}?support={older.pk}" in page
    assert "It ends on" in member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert (is_ending(older), is_ending(newer)) == (True, False)
    member_client.post(KEEP, {"support": older.pk})
    assert (is_ending(older), is_ending(newer)) == (False, False)


def test_it_ends_the_newest_where_none_is_named(both, member_client):
    older, newer = both
    member_client.post(END)
    assert (is_ending(older), is_ending(newer)) == (False, True)


def test_each_form_says_which_one_it_is_for(both, member_client):
    older, newer = both
    page = words_of(member_client)
    for row in both:
        assert all(f'"{address}?support={row.pk}"' in page for address in (CHANGE, PAUSE, END))
        assert f'name="support" value="{row.pk}"' in page
    assert "€5 a month" in words_of(member_client, f"{CHANGE}?support={older.pk}")
    shown = member_client.post(
        CHANGE, {"support": older.pk, "frequency": "month", "amount_month": "other", "other_amount": "9"}
    )
    member_client.post(shown.url)
    newer.refresh_from_db()
    older.refresh_from_db()
    assert (older.amount, newer.amount) == (900, 5000)
    assert "€9 a month since" in words_of(member_client, f"{PAUSE}?support={older.pk}")
    member_client.post(PAUSE, {"support": older.pk})
    assert (status_of(older), status_of(newer)) == ("paused", "active")
    assert f'"{RESUME}?support={older.pk}"' in words_of(member_client)
    assert "€9 a month since" in words_of(member_client, f"{RESUME}?support={older.pk}")
    member_client.post(RESUME, {"support": older.pk})
    assert status_of(older) == "active"


def test_the_portal_and_the_open_bill_are_those_of_the_one_that_is_named(both, member_client, monkeypatch):
    """Two that were paid apart stand with two customers."""
    asked = []

    def open_portal(**given):
        asked.append(given["subscription"])
        return "https://stripe.example/"

    older, newer = both
    monkeypatch.setattr("members.patronage.account_views.open_portal", open_portal)
    monkeypatch.setattr("members.patronage.dunning_views.open_bill", open_portal)
    assert member_client.post(PORTAL, {"support": older.pk, "for": "card"}).status_code == 303
    assert older.customer != newer.customer and asked == [older]
    Subscription.objects.update(status="past_due")
    assert f'"{FIX}?support={older.pk}"' in words_of(member_client)
    member_client.post(FIX, {"support": older.pk})
    member_client.post(FIX)
    assert asked == [older, older, newer]


def status_of(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).status


def test_nobody_elses_is_there(both, stranger_client):
    older = both[0].pk
    for address in (END, CHANGE, PAUSE, RESUME, FIX):
        assert stranger_client.get(f"{address}?support={older}").status_code == 404, address
    for address in (END, KEEP, CHANGE, PAUSE, RESUME, PORTAL, FIX):
        assert stranger_client.post(address, {"support": older}).status_code == 404, address
    assert stranger_client.post(END, {"support": "²"}).status_code == 404
    assert not is_ending(both[0]) and status_of(both[0]) == "active"


def test_one_that_has_ended_meanwhile_ends_no_other(both, member_client):
    older, newer = both
    Subscription.objects.filter(pk=older.pk).update(status="canceled")
    page = member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert "This support has ended already" in page and not is_ending(newer)


STATES = {
    "active": {}, "ending": {"cancel_at_period_end": True}, "paused": {"status": "paused"},
    "past_due": {"status": "past_due"}, "unpaid": {"status": "unpaid"},
}  # fmt: skip
SAID = {"ending": "It ends on", "paused": "It is paused", "past_due": "did not go through", "unpaid": "did not go"}
OF_ONE = ("nothing more is taken.", "Your support is paused. Nothing is taken", "Nothing is taken until you go on.")


def test_it_says_of_each_what_is_true_of_it_in_every_state(both, member_client):
    for newer, older in product(STATES, STATES):
        for row, state in zip(both, (older, newer), strict=True):
            fields = {"status": "active", "cancel_at_period_end": False, **STATES[state]}
            Subscription.objects.filter(pk=row.pk).update(**fields)
        for address in (SUPPORT, reverse("account")):
            page = words_of(member_client, address)
            assert "€5 a month" in page and "€50" in page, (newer, older)
            assert not [one for one in OF_ONE if one in page], (newer, older)
            assert not [state for state in {newer, older} - {"active"} if SAID[state] not in page], (newer, older)
            goes_on = older == "active" and newer in ("paused", "past_due", "unpaid")
            assert ("by what you give besides" in page) == goes_on, (newer, older)
        assert not re.search(r"\b(You|Your|It|Nothing|Pay|Stop)\b", words_of(member_client, f"/uk{SUPPORT}"))


def test_the_pages_and_answers_about_one_say_nothing_of_the_other(both, member_client):
    older, newer = both
    page = words_of(member_client, f"{PAUSE}?support={older.pk}")
    assert "Nothing is taken for it until you go on. You stay a patron by what you give besides." in page
    said = member_client.post(PAUSE, {"support": older.pk}, follow=True).content.decode()
    assert "It is paused: nothing is taken for it until you go on." in said
    assert "so it ends at once. Nothing more is taken for it." in words_of(member_client, f"{END}?support={older.pk}")
    member_client.post(RESUME, {"support": older.pk})
    page = words_of(member_client, f"{END}?support={newer.pk}")
    assert "nothing more is taken for it." in page and "You stay a patron by what you give besides." in page
    said = member_client.post(END, {"support": newer.pk}, follow=True).content.decode()
    assert "nothing more is taken for it. Thank you" in said
    Subscription.objects.filter(pk=newer.pk).update(status="past_due", cancel_at_period_end=False)
    assert "stop trying your card for it" in words_of(member_client, f"{END}?support={newer.pk}")
    assert "by what you give besides" in words_of(member_client, f"{FIX}?support={newer.pk}")


def test_it_waits_for_an_answer_about_either(both, member, member_client):
    for row in both:
        change = SupportChange.objects.create(member=member, subscription=row, kind="end", state="asked")
        for address in (SUPPORT, reverse("account")):
            assert "wait for its answer" in words_of(member_client, address)
        change.delete()
    assert "wait for its answer" not in words_of(member_client)


def test_what_was_lost_comes_back_with_the_next_payment_of_any(both, member_client):
    older, newer = both
    Subscription.objects.filter(pk=newer.pk).update(status="paused")
    Period.objects.update(revoked_at=timezone.now(), revoked_why="refunded")
    older.refresh_from_db()
    day = date_format(timezone.localtime(older.current_period_end), "j E Y")
    assert f"with the next payment, on {day}, you are a patron again" in words_of(member_client)


def test_letters_lead_to_the_one_they_are_about(both, member_client):
    older, newer = both
    assert checkout.query_of(older) == f"?support={older.pk}"
    dunning._remind(dunning.Owed.without_grace(older), older, 0)
    assert not Letter.objects.filter(kind="members/payment_failed").exists()  # it owes nothing
    older.status = "past_due"
    dunning._remind(dunning.Owed.without_grace(older), older, 0)
    renewing._write(newer)
    text = Letter.objects.get(kind="members/payment_failed").text
    assert f"{FIX}?support={older.pk}" in text and "nothing more is taken for it" in text
    text = Letter.objects.get(kind="members/renewal_soon").text
    assert f"{END}?support={newer.pk}" in text
    Subscription.objects.exclude(pk=older.pk).update(status="canceled")
    assert checkout.query_of(older) == ""


def test_who_means_both_hears_that_one_has_ended_unpaid(both):
    older, _newer = both
    Subscription.objects.filter(pk=older.pk).update(status="canceled")
    dunning._tell_of_end(older)
    text = Letter.objects.get(kind="members/support_ended").text
    assert "We could not take your €5, so that support has ended" in text and "goes on as it is" in text


def test_each_keeps_its_own_amount_from_a_new_price(both, manager, member, member_client, tier):
    old = Price.objects.get(interval="month")
    job = begin_job("price-move", target_id=old.pk, total=2, user=manager)
    move = PriceMove.objects.create(price=old, job=job, started_by=manager)
    first_at = timezone.now()
    rows = [
        SupportMove.objects.create(
            move=move, subscription=row, from_amount=row.amount - 1, state="told", first_at=first_at, told_at=first_at
        )
        for row in both
    ]
    page = words_of(member_client)
    address = reverse("members:new-price")
    for row in rows:
        assert f"{address}?move={row.pk}" in page
        shown = words_of(member_client, f"{address}?move={row.pk}")
        assert f'"{END}?support={row.subscription_id}"' in shown and f'name="move" value="{row.pk}"' in shown
    member_client.post(address, {"move": rows[1].pk})
    assert [SupportMove.objects.get(pk=row.pk).state for row in rows] == ["told", "kept"]
