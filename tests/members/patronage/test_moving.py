"""Running support moved to a tier's new price: shown first, written about two weeks before, done once, by the clock of
the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from members.patronage import carrying_out, ending, moving, tasks, tiers
from members.patronage.client import stripe_api
from members.patronage.errors import AmountRefused, NotAllowed
from members.patronage.models import Payment, Price, PriceMove, Subscription, SupportChange, SupportMove
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db
PAGE = reverse("members:new-price")
State = SupportMove.State


@pytest.fixture
def sandbox(begin_at):  # noqa: F811
    return begin_at("2026-03-02T08:00:00Z")


@pytest.fixture
def dearer(prices, manager):
    """From now on the tier costs €7 a month; who pays €5 pays an earlier price."""

    def make(amount=700):
        return tiers.replace_price(user=manager, tier=prices, money=Money(amount, "eur"), interval="month")

    return make


@pytest.fixture
def moved(sandbox, bought, dearer, manager, member):
    """The member gives €5 a month, a move to €7 is begun and the letter is out."""
    bought("month", member=member)
    price = dearer()
    move = moving.begin_move(user=manager, price=price, expected=1)
    tasks.sweep_moves()
    send_letters(sandbox)
    return move


def send_letters(sandbox):
    Letter.objects.filter(state="queued").update(state="sent", sent_at=sandbox.now())


def sweep_after(sandbox, days):
    sandbox.advance(f"{days}d")
    tasks.sweep_moves()


def at_stripe(subscription=None):
    row = subscription or Subscription.objects.get()
    return stripe_api().subscriptions.retrieve(row.stripe_id)["items"].data[0].price.unit_amount


def state():
    return SupportMove.objects.get().state


def letters(kind):
    return Letter.objects.filter(kind=f"members/{kind}")


def test_it_shows_whom_it_takes_along_and_why_not_others(sandbox, bought, dearer, make_member):
    people = [make_member(f"patron{number}@example.org") for number in range(5)]
    for person in people[:4]:
        bought("month", member=person)
    bought("month", 600, member=people[4])  # an amount of their own
    own = Subscription.objects.order_by("id")
    ending.end_support(member=people[1])
    own.filter(member=people[2]).update(status="paused")
    own.filter(member=people[3]).update(status="past_due")
    plan = moving.plan_move(dearer())
    assert [row.member for row in plan.taken] == [people[0]] and plan.amounts == [(Money(500, "eur"), 1)]
    assert {why for _row, why in plan.left_out} == {"ending", "paused", "unpaid"}
    assert plan.first_at == Subscription.objects.get(member=people[0]).current_period_end


def test_it_says_how_many_on_trial_it_leaves_out(sandbox, bought, dearer, make_member, manager, manager_client):
    """Sold at Stripe's dashboard: nothing was paid at the old price yet."""
    for number in range(3):
        bought("month", member=make_member(f"patron{number}@example.org"))
    on_trial = Subscription.objects.order_by("id")[:2]
    Subscription.objects.filter(pk__in=[row.pk for row in on_trial]).update(status="trialing")
    price = dearer()
    address = reverse("admin:members_tier_moves", args=[price.tier_id])
    words = "it is on trial at Stripe and pays nothing yet"
    assert f"2 ({words})" in manager_client.get(address).content.decode()
    moving.begin_move(user=manager, price=price, expected=1)
    tasks.sweep_moves()
    assert letters("price_moves").count() == 1
    left = SupportMove.objects.filter(state=State.SKIPPED, why="trial")
    assert {row.subscription for row in left} == set(on_trial)
    assert manager_client.get(address).content.decode().count(words) == 3  # both by name, the plan again


def test_it_takes_along_nobody_of_another_tier_interval_or_mode(sandbox, bought, dearer, member):
    bought("month", member=member)
    price = dearer()
    for change in ({"interval": "year"}, {"currency": "usd"}, {"livemode": True}, {"tier": None}):
        before = Subscription.objects.values(*change).get()
        Subscription.objects.update(**change)
        assert not moving.plan_move(price).taken
        Subscription.objects.update(**before)
    assert moving.plan_move(price).taken


def test_it_writes_first_and_changes_two_weeks_later(moved, sandbox, member):
    letter = letters("price_moves").get()
    assert letter.to_email == member.email and "€7 a month from your payment on 2 April 2026" in letter.text
    for days in (6, 7):
        sweep_after(sandbox, days)
        assert at_stripe() == 500 and state() == State.TOLD
    sweep_after(sandbox, 2)
    assert at_stripe() == 700 and state() == State.DONE
    change = SupportChange.objects.get()
    assert (change.kind, change.state, change.is_prorated, change.amount) == ("terms", "done", False, 700)
    assert Subscription.objects.get().amount == 700


@pytest.mark.parametrize(
    ("terms", "said", "taken"),
    [
        ({"percent_off": 50}, "By your promotion code only €3.50 is taken on 2 April 2026.\n", 350),
        ({"percent_off": 100}, "By your promotion code nothing is taken on 2 April 2026.\n", 0),
        (
            {"amount_off": 200, "currency": "eur", "duration": "repeating", "duration_in_months": 2},
            "only €5 is taken on 2 April 2026. Your promotion code is good until 2 May 2026.\n",
            500,
        ),
        ({"percent_off": 50, "duration": "repeating", "duration_in_months": 1}, "", 700),
    ],
)
def test_it_names_what_a_promotion_code_leaves_to_take(
    sandbox, bought, dearer, manager, member, member_client, terms, said, taken
):
    bought("month", member=member)
    coupon = stripe_api().coupons.create({"duration": "forever", **terms})
    stripe_id = Subscription.objects.get().stripe_id
    stripe_api().subscriptions.update(stripe_id, {"discounts": [{"coupon": coupon.id}]})
    receive(sandbox.events())
    moving.begin_move(user=manager, price=dearer(), expected=1)
    tasks.sweep_moves()
    send_letters(sandbox)
    letter = letters("price_moves").get()
    assert said in letter.text and ("promotion code" in letter.text) == bool(said)
    assert ("promotion code" in member_client.get(PAGE).content.decode()) == bool(said)
    sweep_after(sandbox, 16)
    sandbox.advance("16d")
    receive(sandbox.events())
    assert Payment.objects.latest("created_at").amount == taken


def test_it_charges_nothing_before_the_next_payment(moved, sandbox):
    sweep_after(sandbox, 16)
    receive(sandbox.events())
    assert list(Payment.objects.values_list("amount", flat=True)) == [500]
    sandbox.advance("16d")
    receive(sandbox.events())
    assert list(Payment.objects.order_by("created_at").values_list("amount", flat=True)) == [500, 700]


def test_the_day_in_the_letter_leaves_two_weeks(moved, sandbox):
    row = SupportMove.objects.get()
    assert row.first_at - row.told_at >= timedelta(days=16)
    Subscription.objects.update(current_period_end=sandbox.now() + timedelta(days=3))
    later = moving.first_payment(Subscription.objects.get(), sandbox.now())
    assert timedelta(days=16) <= later - sandbox.now() <= timedelta(days=34)


@pytest.mark.parametrize("days", [14, 15])
def test_a_payment_before_the_day_in_the_letter_takes_the_old_amount(sandbox, bought, dearer, manager, member, days):
    """The notice is over a day or two before a payment that the letter left to the old price."""
    bought("month", member=member)
    price = dearer()
    renewal = Subscription.objects.get().current_period_end
    sandbox.advance(f"{(renewal - sandbox.now()).days - days}d")
    moving.begin_move(user=manager, price=price, expected=1)
    tasks.sweep_moves()
    send_letters(sandbox)
    assert SupportMove.objects.get().first_at == moving.add_months(renewal, 1)
    for _day in range(17):
        sweep_after(sandbox, 1)
    receive(sandbox.events())
    assert Payment.objects.latest("paid_at").amount == 500
    for _week in range(5):
        sweep_after(sandbox, 7)
    receive(sandbox.events())
    assert Payment.objects.latest("paid_at").amount == 700 and state() == State.DONE


@pytest.mark.parametrize(
    ("begun", "renewal", "day"),
    [((1, 31), (2, 28), (3, 31)), ((2, 28), (3, 31), (4, 30)), ((1, 28), (2, 28), (3, 28))],
)
def test_the_day_in_the_letter_is_stripes_at_the_ends_of_months(sandbox, begun, renewal, day):
    """Stripe goes back to the day on which support began, where the month has it."""
    begun, renewal, day = (datetime(2026, *each, 8, tzinfo=UTC) for each in (begun, renewal, day))
    row = Subscription(interval="month", current_period_start=begun, current_period_end=renewal)
    assert moving.first_payment(row, renewal - timedelta(days=3)) == day


def test_it_waits_for_a_letter_that_has_not_left(sandbox, bought, dearer, manager, member):
    bought("month", member=member)
    moving.begin_move(user=manager, price=dearer(), expected=1)
    tasks.sweep_moves()
    sweep_after(sandbox, 17)
    assert state() == State.TOLD and at_stripe() == 500
    send_letters(sandbox)
    sweep_after(sandbox, 13)
    assert at_stripe() == 500
    sweep_after(sandbox, 2)
    assert at_stripe() == 700


def test_nobody_pays_more_whose_letter_did_not_arrive(moved, sandbox):
    letters("price_moves").update(state="failed")
    sweep_after(sandbox, 17)
    row = SupportMove.objects.get()
    assert (row.state, row.why) == (State.FAILED, "no_letter") and at_stripe() == 500
    assert letters("price_moves").get().expires_at <= sandbox.now()  # nor does the desk send it again


def test_it_works_off_once_however_often_it_is_swept(moved, sandbox):
    for _sweep in range(3):
        tasks.sweep_moves()
    sweep_after(sandbox, 17)
    for _sweep in range(3):
        tasks.sweep_moves()
    assert letters("price_moves").count() == SupportChange.objects.count() == 1
    moved.job.refresh_from_db()
    assert (moved.job.done, moved.job.total, moved.job.state) == (1, 1, "done")


@pytest.mark.parametrize("dies_in", ["fetch_subscription", "carry_out", "_note_changes"])
def test_it_goes_on_after_a_worker_died(moved, sandbox, monkeypatch, dies_in):
    sandbox.advance("17d")

    class Died(BaseException):
        pass

    def die(*given):
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(moving, dies_in, die)
        with pytest.raises(Died):
            tasks.sweep_moves()
    sandbox.advance("5m")
    carrying_out.sweep_changes()
    tasks.sweep_moves()
    moved.job.refresh_from_db()
    assert at_stripe() == 700 and state() == State.DONE and SupportChange.objects.count() == 1 and moved.job.done == 1


def test_it_goes_on_after_an_answer_that_was_lost(moved, sandbox, monkeypatch):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    sandbox.advance("17d")
    path = f"/v1/subscriptions/{Subscription.objects.get().stripe_id}"
    sandbox.control("faults", kind="cut_after", path=path, method="POST", count=3)
    tasks.sweep_moves()
    sandbox.control("faults", count=0)
    assert SupportChange.objects.get().state == "asked" and state() == State.TOLD
    sandbox.advance("5m")
    carrying_out.sweep_changes()
    tasks.sweep_moves()
    assert state() == State.DONE and at_stripe() == 700


def test_it_shows_what_stripe_refused(moved, sandbox, monkeypatch):
    monkeypatch.setattr(moving, "product_of", lambda tier: "prod_gone")
    sweep_after(sandbox, 17)
    row = SupportMove.objects.get()
    assert (row.state, row.why, row.change.state) == (State.FAILED, "refused", "failed") and at_stripe() == 500


def test_it_leaves_out_whoever_changed_in_the_meantime(moved, sandbox, member):
    ending.end_support(member=member)
    sweep_after(sandbox, 17)
    row = SupportMove.objects.get()
    assert (row.state, row.why) == (State.SKIPPED, "ending") and at_stripe() == 500


def test_it_believes_stripe_about_the_amount(moved, sandbox):
    """Changed there, and the event was lost."""
    subscription = stripe_api().subscriptions.retrieve(Subscription.objects.get().stripe_id)
    item = subscription["items"].data[0]
    price = {"currency": "eur", "unit_amount": 900, "product": item.price.product, "recurring": {"interval": "month"}}
    stripe_api().subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "price_data": price}], "proration_behavior": "none"}
    )
    sweep_after(sandbox, 17)
    row = SupportMove.objects.get()
    assert (row.state, row.why) == (State.SKIPPED, "changed") and at_stripe() == 900


def test_it_leaves_all_as_it_is_when_the_price_is_withdrawn(moved, sandbox, manager):
    tiers.withdraw_price(user=manager, price=moved.price)
    sweep_after(sandbox, 17)
    row = SupportMove.objects.get()
    assert (row.state, row.why) == (State.SKIPPED, "not_offered") and at_stripe() == 500


def test_a_patron_keeps_the_old_amount(moved, sandbox, member, member_client):
    client = member_client
    page = client.get(PAGE).content.decode()
    assert "€5 becomes €7" in page and reverse("members:end-support") in page and state() == State.TOLD
    assert PAGE in client.get(reverse("members:my-support")).content.decode()
    client.post(PAGE)
    assert state() == State.KEPT and AuditEntry.objects.get(action="support.move_kept").actor == member
    sweep_after(sandbox, 17)
    assert at_stripe() == 500 and client.get(PAGE).status_code == 302
    moved.job.refresh_from_db()
    assert moved.job.state == "done"


def test_it_can_be_kept_no_more_once_stripe_was_asked(moved, sandbox, member):
    sweep_after(sandbox, 17)
    assert not moving.keep_amount(member=member) and state() == State.DONE


def test_nobody_keeps_anothers_amount(moved, stranger_client, client):
    stranger_client.post(PAGE)
    assert client.post(PAGE).status_code == 302 and state() == State.TOLD


def test_it_is_stopped_and_whoever_was_written_to_is_told(moved, sandbox, manager, member):
    assert moving.stop_move(user=manager, move=moved) == 1
    sweep_after(sandbox, 17)
    assert state() == State.STOPPED and at_stripe() == 500
    assert letters("price_stays").get().to_email == member.email


def test_a_letter_that_has_not_left_is_taken_back(sandbox, bought, dearer, manager, member):
    bought("month", member=member)
    move = moving.begin_move(user=manager, price=dearer(), expected=1)
    tasks.sweep_moves()
    moving.stop_move(user=manager, move=move)
    assert not letters("price_moves").exists() and not letters("price_stays").exists()


def test_it_begins_once_and_only_what_was_shown(sandbox, bought, dearer, manager, editor, member):
    bought("month", member=member)
    price = dearer()
    with pytest.raises(moving.PlanChanged):
        moving.begin_move(user=manager, price=price, expected=2)
    with pytest.raises(NotAllowed):
        moving.begin_move(user=editor, price=price, expected=1)
    moving.begin_move(user=manager, price=price, expected=1)
    with pytest.raises(moving.PlanChanged):
        moving.begin_move(user=manager, price=price, expected=1)
    assert PriceMove.objects.count() == SupportMove.objects.count() == 1
    assert AuditEntry.objects.get(action="price.move_begun").details["supports"] == 1


def test_the_desk_shows_first_then_moves_then_stops(manager_client, sandbox, bought, dearer, member, prices):
    bought("month", member=member)
    price = dearer()
    address = reverse("admin:members_tier_moves", args=[prices.pk])
    page = manager_client.get(address).content.decode()
    assert "€5 → €7" in page and "Write to 1 patron and move them to €7" in page and not PriceMove.objects.exists()
    manager_client.post(address, {"price": price.pk, "expected": 1})
    page = manager_client.get(address).content.decode()
    assert "to be written to: 1" in page and "another move is under way" in page
    manager_client.post(address, {"stop": PriceMove.objects.get().pk})
    assert state() == State.STOPPED and "stopped: 1" in manager_client.get(address).content.decode()
    assert (
        "Move running support"
        in manager_client.get(reverse("admin:members_tier_change", args=[prices.pk])).content.decode()
    )


@pytest.mark.parametrize("who", ["writer_client", "editor_client", "member_client", "client"])
def test_it_is_for_membership_managers(request, prices, who):
    client = request.getfixturevalue(who)
    address = reverse("admin:members_tier_moves", args=[prices.pk])
    assert client.get(address).status_code in (302, 403) and client.post(address).status_code in (302, 403)
    assert not PriceMove.objects.exists()


def test_it_asks_the_same_for_many(manager_client, bought, dearer, prices, make_member, sandbox):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse("admin:members_tier_moves", args=[prices.pk])
    for number in range(4):
        bought("month", member=make_member(f"patron{number}@example.org"))
    dearer()
    few = Subscription.objects.exclude(member__email="patron0@example.org")
    counts = []
    for status in ("canceled", "canceled", "active"):
        few.update(status=status)
        with CaptureQueriesContext(connection) as asked:
            manager_client.get(address)
        counts.append(len(asked))
    assert counts[1] == counts[2]


def test_it_moves_nobody_to_a_price_that_cannot_be_taken(sandbox, bought, prices, manager, member):
    """Offered before the desk refused such prices."""
    bought("month", member=member)
    prices.prices.filter(interval="month").update(is_active=False)
    price = Price.objects.create(tier=prices, amount=10, currency="eur", interval="month")
    with pytest.raises(AmountRefused, match="The least"):
        moving.begin_move(user=manager, price=price, expected=1)
    assert not PriceMove.objects.exists()
