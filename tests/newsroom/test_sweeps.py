"""What the clock goes through row by row: whatever goes wrong with one row, the next one has its turn."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.utils import timezone

from articles.models import Article, Image
from members.accounts.models import Member
from members.patronage.errors import StripeResting
from members.patronage.models import (
    Checkout,
    Declaration,
    DeclaredEffect,
    Double,
    Drift,
    Gift,
    Payment,
    Period,
    Price,
    PriceMove,
    Reconciliation,
    RefundRequest,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    SupportMove,
    Tier,
)
from newsletters.models import Delivery, Edition, Newsletter, Signup
from newsroom.lib.jobs import begin_job
from newsroom.lib.models import Letter
from newsroom.site import purging
from tests.articles import making
from tests.members.voting.making import make_topic, promise
from tests.mirrored import mirrored

pytestmark = pytest.mark.django_db
TWO = range(2)
AGO, MONEY = timedelta(days=1), {"amount": 500, "currency": "eur"}
_numbers = itertools.count(1)


def ago(**given):
    return timezone.now() - timedelta(**given)


def someone(**fields):
    return Member.objects.create_user(f"reader{next(_numbers)}@example.org", **fields)


def a_tier():
    return Tier.objects.get_or_create(key="lantern", defaults={"name": "Lantern"})[0]


def support(status="active", member=None, interval="month", **fields):
    member, number = member or someone(), next(_numbers)
    customer = StripeCustomer.objects.create(member=member, stripe_id=f"cus_{number}")
    return Subscription.objects.create(
        member=member, customer=customer, tier=a_tier(), status=status, interval=interval,
        **MONEY, **mirrored(f"sub_{number}"), **fields,
    )  # fmt: skip


def payment(subscription=None, status="paid", **fields):
    number = next(_numbers)
    return Payment.objects.create(
        member=subscription.member if subscription else someone(), subscription=subscription, status=status,
        kind="renewal" if subscription else "donation", payment_intent_id=f"pi_{number}",
        **MONEY, **mirrored(f"in_{number}"), **fields,
    )  # fmt: skip


def checkout(**fields):
    row = Checkout.objects.create(frequency="once", language="en", **MONEY, **fields)
    Checkout.objects.update(created_at=ago(minutes=20))
    return row


def new_checkouts():
    return [checkout(expires_at=timezone.now() + AGO) for _ in TWO]


def open_checkouts():
    return [checkout(state="open", stripe_id=f"cs_{number}", expires_at=ago(hours=1)) for number in TWO]


def changes():
    for _ in TWO:
        row = support()
        SupportChange.objects.create(member=row.member, subscription=row, kind="end", state="asked")


def erased():
    rows = [support() for _ in TWO]
    Member.objects.filter(subscriptions__in=rows).update(erased_at=timezone.now())


def tiers():
    return [Tier.objects.create(key=f"tier{number}", name="Tier") for number in TWO]


def refunds():
    by = someone()
    for _ in TWO:
        RefundRequest.objects.create(payment=payment(), reason="duplicate", asked_by=by, **MONEY)
    RefundRequest.objects.update(created_at=ago(minutes=5))


def drifts():
    run = Reconciliation.objects.create(state="done")
    for number in TWO:
        Drift.objects.create(kind="invoice", stripe_id=f"in_{number}", found_in=run, state="asked")


def graces():
    for _ in TWO:
        row = support("past_due")
        paid = payment(row, paid_at=ago(days=50))
        Period.objects.create(
            member=row.member, tier=a_tier(), cause="invoice", payment=paid, starts_at=ago(days=50),
            ends_at=ago(days=1), grace_from=ago(days=15),
        )  # fmt: skip


def ended():
    for _ in TWO:
        payment(support("canceled", ended_at=ago(hours=1)), "open")


def unnoticed():
    for _ in TWO:
        member = someone()
        support(member=member), support(member=member)


def repairs():
    for _ in TWO:
        first, second = support(), support()
        Double.objects.create(first=first, second=second, ended=second, why="member", state="repairing")


def declared(state="asked"):
    for number in TWO:
        row = support()
        declaration = Declaration.objects.create(
            member=row.member, kind="end", carried_as="end", state="confirmed", given="x", language="en",
            token_hash=f"hash{number}", expires_at=timezone.now(), confirmed_at=timezone.now(),
        )  # fmt: skip
        DeclaredEffect.objects.create(
            declaration=declaration, kind="end", subscription=row, state=state, checked_at=ago(minutes=5), **MONEY
        )


def declared_and_done():
    declared("done")


def renewals():
    return [support(interval="year", current_period_end=timezone.now() + timedelta(days=5)) for _ in TWO]


def moves(state="waiting", change_state=None, **fields):
    by = someone()
    price = Price.objects.create(tier=a_tier(), amount=700, currency="eur", interval="month")
    job = begin_job("price-move", target_id=price.pk, total=2, user=by)
    move = PriceMove.objects.create(price=price, job=job, started_by=by)
    for _ in TWO:
        row, change = support(), None
        if change_state:
            change = SupportChange.objects.create(
                member=row.member, subscription=row, kind="end", state=change_state, asked_at=timezone.now()
            )
        SupportMove.objects.create(
            move=move, subscription=row, from_amount=500, state=state, change=change, **fields
        )  # fmt: skip


def told_moves():
    moves("told", told_at=ago(days=20), first_at=ago(days=4))


def changed_moves():
    moves("told", "done", told_at=ago(days=20))


def gifts(state, **fields):
    for number in TWO:
        Gift.objects.create(
            checkout=checkout(), payment=payment(), giver=someone(), tier=a_tier(), months=3, state=state,
            recipient_email=f"friend{number}@example.org", **fields,
        )  # fmt: skip


def paid_gifts():
    gifts("paid")


def old_gifts():
    gifts("given", handed_over_at=ago(days=400), reminded_at=ago(days=380))


def quiet_gifts():
    gifts("given", handed_over_at=ago(days=20))


def events():
    for number in TWO:
        StripeEvent.objects.create(event_id=f"evt_{number}", type="invoice.paid", object_id=f"in_{number}")


def promises():
    for _ in TWO:
        promise(make_topic(), article=making.story())


def newsletter():
    fields = {"language": "en", "slug": "briefing", "name": "The Briefing", "sender_name": "Post"}
    return Newsletter.objects.create(**fields)


def editions():
    of = newsletter()
    return [Edition.objects.create(newsletter=of, subject="News", send_at=ago(minutes=1)) for _ in TWO]


def deliveries():
    of = newsletter()
    edition = Edition.objects.create(newsletter=of, subject="News", state="sending", dated_on=ago().date(), html="x")
    for _ in TWO:
        signup = Signup.objects.create(newsletter=of, member=someone(), state="confirmed", confirmed_at=timezone.now())
        Delivery.objects.create(edition=edition, signup=signup, state="handing_over", claimed_at=ago(hours=1))


def letters():
    for number in TWO:
        Letter.objects.create(
            cause=f"test:{number}", kind="test", to_email="reader@example.org", subject="x", text="x", language="en",
            state="handing_over", claimed_at=ago(hours=1),
        )  # fmt: skip


def due_stories():
    for _ in TWO:
        Article.objects.filter(pk=making.draft().pk).update(state="scheduled", publish_at=ago(minutes=1))


def leaving_stories():
    for _ in TWO:
        Article.objects.filter(pk=making.story().pk).update(unpublish_at=ago(minutes=1))


def pictures():
    for _ in TWO:
        making.picture()
    Image.objects.update(rendered_at=None)


@dataclass(frozen=True)
class Sweep:
    """A line of the clock; what it does with each of two rows; and whether it asks Stripe about them."""

    task: str
    deed: str
    rows: object
    asks: bool = False


PATRONAGE = "members.patronage."
SWEEPS = [
    Sweep("sweep-checkouts", PATRONAGE + "checkout.ask_for_page", new_checkouts, asks=True),
    Sweep("sweep-checkouts", PATRONAGE + "checkout.fetch_session", open_checkouts, asks=True),
    Sweep("sweep-changes", PATRONAGE + "carrying_out.fetch_subscription", changes, asks=True),
    Sweep("sweep-erased", PATRONAGE + "leaving.forget_at_stripe", erased, asks=True),
    Sweep("sweep-catalogue", PATRONAGE + "catalogue.tell_tier", tiers, asks=True),
    Sweep("sweep-refunds", PATRONAGE + "refunding.ask", refunds, asks=True),
    Sweep("sweep-reconciling", PATRONAGE + "mending.mend_drift", drifts, asks=True),
    Sweep("sweep-dunning", PATRONAGE + "dunning._look_again", graces, asks=True),
    Sweep("sweep-dunning", PATRONAGE + "dunning._tell_of_end", ended),
    Sweep("sweep-doubles", PATRONAGE + "doubles.note_double", unnoticed),
    Sweep("sweep-doubles", PATRONAGE + "repairing._end", repairs, asks=True),
    Sweep("sweep-declarations", PATRONAGE + "declarations._end", declared, asks=True),
    Sweep("sweep-declarations", PATRONAGE + "declarations.settle", declared_and_done),
    Sweep("sweep-renewals", PATRONAGE + "renewing.write_letter", renewals),
    Sweep("sweep-moves", PATRONAGE + "moving.first_payment", moves),
    Sweep("sweep-moves", PATRONAGE + "moving._is_letter_out", told_moves, asks=True),
    Sweep("sweep-moves", PATRONAGE + "moving._close", changed_moves),
    Sweep("sweep-gifts", PATRONAGE + "handing_over._hand_over", paid_gifts),
    Sweep("sweep-gifts", PATRONAGE + "handing_over._let_lapse", old_gifts),
    Sweep("sweep-gifts", PATRONAGE + "handing_over._remind", quiet_gifts),
    Sweep("sweep-stripe-events", PATRONAGE + "inbox._claim", events),
    Sweep("sweep-rounds", "members.voting.telling.owe", promises),
    Sweep("sweep-editions", "newsletters.sending._start", editions),
    Sweep("sweep-editions", "newsletters.delivering._advance", deliveries),
    Sweep("sweep-letters", "newsroom.lib.letters._close", letters),
    Sweep("sweep-schedules", "articles.scheduling.publish", due_stories),
    Sweep("sweep-schedules", "articles.scheduling.unpublish", leaving_stories),
    Sweep("sweep-renditions", "articles.pictures.make_renditions", pictures),
]
# Those that go through no rows of their own, or only ask for tasks that each look after one row.
OTHERS = {
    "sweep-outbox", "watch-webhooks", "watch-checkouts", "reconcile", "purge-personal-data", "thin-autosaves",
    "turn-the-day", "heartbeat", "heartbeat-of-bulk", "watch-backups",
}  # fmt: skip


def run(task):
    """What the clock's line does; of the inbox also what it wakes."""
    path = settings.CELERY_BEAT_SCHEDULE[task]["task"]
    path = {"sweep-stripe-events": "members.patronage.tasks.work_off_events"}.get(task, path)
    module, name = path.rsplit(".", 1)
    getattr(import_module(module), name)()


@pytest.fixture
def fails(monkeypatch):
    """`fails(deed, error)`: the deed fails each time; how often it was tried."""

    def make(deed, error):
        tried = []

        def fail(*given, **named):
            tried.append(given)
            raise error

        monkeypatch.setattr(deed, fail)
        return tried

    return make


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: f"{sweep.task}:{sweep.deed.rpartition('.')[2]}")
def test_one_row_holds_up_no_other(fails, sweep):
    sweep.rows()
    tried = fails(sweep.deed, RuntimeError("poison"))
    run(sweep.task)
    assert len(tried) >= 2


@pytest.mark.parametrize("sweep", [one for one in SWEEPS if one.asks], ids=lambda sweep: sweep.deed.rpartition(".")[2])
def test_a_silent_stripe_is_asked_about_one_row_and_no_more(fails, sweep):
    """The worker has codes and receipts to send as well."""
    sweep.rows()
    tried = fails(sweep.deed, StripeResting("It rests."))
    run(sweep.task)
    assert len(tried) == 1


def test_what_cannot_be_forgotten_keeps_nothing_else(monkeypatch):
    done = []

    def fail():
        raise RuntimeError("poison")

    monkeypatch.setattr(purging, "STEPS", (fail, lambda: done.append("next")))
    purging.purge_expired()
    assert done == ["next"]


def test_one_part_of_the_vote_s_clock_holds_up_no_other(fails):
    promises()
    closed = fails("members.voting.rounds.close_due_rounds", RuntimeError("poison"))
    owed = fails("members.voting.telling.owe", RuntimeError("poison"))
    run("sweep-rounds")
    assert len(closed) == 1 and len(owed) == 2


def test_each_line_of_the_clock_is_tried():
    assert {sweep.task for sweep in SWEEPS} | OTHERS == set(settings.CELERY_BEAT_SCHEDULE)
