"""Changes of support at the desk: seen, and asked for again where they got stuck."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import carrying_out, ending
from members.patronage.asking_again import ask_again
from members.patronage.client import stripe_api
from members.patronage.errors import ChangeUnderWay, NotAllowed, PatronageError, StripeRefused
from members.patronage.models import Subscription, SupportChange
from newsroom.lib.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = reverse("admin:members_supportchange_changelist")
State, Kind = SupportChange.State, SupportChange.Kind


@pytest.fixture
def subscription(bought, member):
    bought("month", member=member)
    return Subscription.objects.get()


@pytest.fixture
def stuck(subscription):
    """A row as it stands after Stripe was asked and something went wrong."""

    def make(kind=Kind.END, state=State.FAILED, **fields):
        return SupportChange.objects.create(
            member=subscription.member, subscription=subscription, kind=kind, state=state,
            asked_at=timezone.now() - timedelta(days=8), checked_at=timezone.now(), **fields,
        )  # fmt: skip

    return make


def is_ending(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).cancel_at_period_end


def test_the_list_filters_and_asks_again(manager_client, manager, stuck, subscription):
    change = stuck(error="It was given up.")
    page = manager_client.get(LIST, {"state__exact": "failed"}).content.decode()
    assert "It was given up." in page and "Look at Stripe and ask again" in page
    assert "It was given up." not in manager_client.get(LIST, {"state__exact": "done"}).content.decode()
    manager_client.post(LIST, {"action": "ask_again", "_selected_action": [change.pk]})
    change.refresh_from_db()
    assert change.state == State.DONE and is_ending(subscription)
    assert AuditEntry.objects.get(action="support.asked_again").actor == manager


def test_what_has_ended_at_stripe_does_not_go_on(stuck, subscription):
    change = stuck(Kind.RESUME, State.ASKED)
    stripe_api().subscriptions.cancel(subscription.stripe_id)
    carrying_out.find_out(SupportChange.objects.select_related("subscription", "member").get(pk=change.pk))
    change.refresh_from_db()
    assert change.state == State.FAILED


def test_a_row_opens_for_reading_only(manager_client, stuck):
    page = manager_client.get(reverse("admin:members_supportchange_change", args=[stuck().pk]))
    assert page.status_code == 200 and b'name="_save"' not in page.content


@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_it_is_for_membership_managers(request, stuck, who):
    change = stuck()
    client = request.getfixturevalue(who)
    assert client.get(LIST).status_code == 403
    client.post(LIST, {"action": "ask_again", "_selected_action": [change.pk]})
    change.refresh_from_db()
    assert change.state == State.FAILED


def test_the_verb_is_for_membership_managers(editor, stuck):
    with pytest.raises(NotAllowed):
        ask_again(user=editor, change=stuck())


def test_what_stripe_had_done_is_only_written_down(manager, stuck, subscription, monkeypatch):
    change = stuck(state=State.ASKED)
    stripe_api().subscriptions.update(subscription.stripe_id, {"cancel_at_period_end": True})
    monkeypatch.setattr(carrying_out, "carry_out", lambda change: pytest.fail("It was asked for a second time."))
    assert ask_again(user=manager, change=change).state == State.DONE
    subscription.refresh_from_db()
    assert subscription.cancel_at_period_end


def test_it_asks_under_another_key(manager, stuck):
    change = stuck(refusals=2)
    ask_again(user=manager, change=change)
    assert change.refusals == 3 and change.finished_at is not None


def test_it_says_when_stripe_refuses_again(manager, stuck, subscription):
    terms = {"amount": 900, "currency": "eur", "interval": "month", "product_id": "prod_gone", "item_id": "si_gone"}
    change = stuck(Kind.TERMS, **terms)
    with pytest.raises(StripeRefused):
        ask_again(user=manager, change=change)
    assert SupportChange.objects.get(pk=change.pk).state == State.FAILED


@pytest.mark.parametrize("fields", [
    {"kind": Kind.RESUME, "due_now": 500, "currency": "eur"},
    {"kind": Kind.TERMS, "amount": 900, "currency": "eur", "interval": "month", "is_prorated": True},
    {"kind": Kind.END, "state": State.DONE},
])  # fmt: skip
def test_it_takes_no_money_and_repeats_nothing(manager, stuck, fields):
    change = stuck(**fields)
    with pytest.raises(PatronageError):
        ask_again(user=manager, change=change)
    assert SupportChange.objects.get(pk=change.pk).state == change.state


def test_it_overtakes_no_later_wish(manager, stuck, member, subscription):
    change = stuck()
    ending.end_support(member=member)
    ending.keep_support(member=member)
    with pytest.raises(PatronageError, match="later change"):
        ask_again(user=manager, change=change)
    assert not is_ending(subscription)


def test_it_waits_for_another_one_under_way(manager, stuck):
    change = stuck()
    stuck(Kind.PAUSE, state=State.ASKED)
    with pytest.raises(ChangeUnderWay):
        ask_again(user=manager, change=change)
