"""Two running supports of one reader: noticed at the webhook, told to both sides, mended by one click."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts.models import Member
from members.patronage import carrying_out, doubles, ending, refunding, repairing
from members.patronage.client import stripe_api
from members.patronage.errors import NotAllowed
from members.patronage.models import Double, Payment, Period, Refund, RefundRequest, Subscription
from newsroom.lib.models import AuditEntry, Hold, Letter
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.sign_in import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
State, Why = Double.State, Double.Why


@pytest.fixture
def twice(support):
    """The same address gives a second time, signed in neither time."""
    support("month", email="anna@example.org")
    support("year", 5000, email="anna@example.org")
    return Double.objects.get()


@pytest.fixture
def by_card(begin, sandbox):
    """One card, two addresses."""
    for email in ("anna@example.org", "anna.work@example.com"):
        sandbox.pay(begin().stripe_id, email, name="Anna Lind")
        receive(sandbox.events())
    return Double.objects.get()


def page_of(pair):
    return doubles.repair_address(pair, "en")


def path_of(pair):
    return page_of(pair).partition("://")[2].partition("/")[2].join(("/", ""))


def post(pair, **data):
    return Client(**OUR_PAGE).post(path_of(pair), data)


def at_stripe(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).status


def letters(kind):
    return sorted(Letter.objects.filter(kind=f"members/{kind}").values_list("to_email", flat=True))


def test_it_notices_a_second_support_under_the_same_address(twice):
    assert (twice.first.interval, twice.second.interval) == ("month", "year")
    assert (twice.why, twice.state) == (Why.MEMBER, State.OPEN)
    assert letters("double") == ["anna@example.org"]


def test_it_notices_the_same_card_under_another_address(by_card):
    assert by_card.first.member != by_card.second.member and by_card.why == Why.CARD


def test_it_tells_both_sides_and_names_neither_address_to_the_other(manager, by_card):
    assert letters("double") == ["anna.work@example.com", "anna@example.org"]
    assert letters("double_desk") == [manager.email]
    first, second = (Letter.objects.get(kind="members/double", to_email=row.member.email) for row in pair_of(by_card))
    assert "support/double/" in second.text and "support/double/" not in first.text
    assert "anna.work" not in first.text + first.html and "anna@example.org" not in second.text + second.html


def test_its_letter_lists_the_two_without_a_gap(twice):
    lines = Letter.objects.get(kind="members/double").text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("- €5 a month"))
    assert lines[first + 1].startswith("- €50 a year") and lines[first + 2 : first + 3] == [""]


def test_its_letter_promises_what_the_click_does(twice):
    """Of who gave anew while a card failed the first one ends, and nothing goes back."""
    usual = Letter.objects.get(kind="members/double").text
    assert "the second one ends, and what it took in the last 45 days goes back to you. If both are meant" in usual
    Letter.objects.all().delete()
    Double.objects.all().delete()
    Subscription.objects.filter(pk=twice.first_id).update(status="past_due")
    doubles.sweep_doubles()
    letter = Letter.objects.get(kind="members/double")
    for text in (letter.text, letter.html):
        assert "one click ends the first. If both are meant" in text and "goes back" not in text


def pair_of(pair):
    return pair.first, pair.second


@pytest.mark.parametrize(
    ("one", "other"),
    [("anna@example.org", "anna+news@example.org"), ("a.nna@gmail.com", "an.na+x@googlemail.com")],
)
def test_it_notices_one_mailbox_written_in_two_ways(begin, sandbox, one, other):
    for email in (one, other):
        sandbox.pay(begin().stripe_id, email)
        receive(sandbox.events())
    assert Double.objects.get().why == Why.ADDRESS


@pytest.mark.parametrize("other", ["ann@example.org", "anna@example.com", "an.na@example.org"])
def test_it_takes_no_stranger_for_the_same_reader(begin, sandbox, other):
    for email in ("anna@example.org", other):
        sandbox.pay(begin().stripe_id, email)
        receive(sandbox.events())
    assert Subscription.objects.count() == 2 and not Double.objects.exists()


def test_it_says_nothing_of_a_support_that_is_ending(support):
    support("month", email="anna@example.org")
    first = Subscription.objects.get()
    stripe_api().subscriptions.update(first.stripe_id, {"cancel_at_period_end": True})
    Subscription.objects.update(cancel_at_period_end=True)
    support("year", 5000, email="anna@example.org")
    assert Subscription.objects.count() == 2 and not Double.objects.exists()


def test_it_tells_once_however_often_the_events_come(support, sandbox):
    support("month", email="anna@example.org")
    row = support("year", 5000, email="anna@example.org")
    session = stripe_api().checkout.sessions.retrieve(row.stripe_id)
    sandbox.control(f"subscriptions/{session.subscription}/renew")
    receive(sandbox.events())
    doubles.sweep_doubles()
    assert Double.objects.count() == 1 and len(letters("double")) == 1
    assert AuditEntry.objects.filter(action="double.found").count() == 1


def test_the_sweep_finds_what_two_workers_missed_at_the_same_moment(twice):
    Letter.objects.filter(kind="members/double").delete()
    twice.delete()
    doubles.sweep_doubles()
    doubles.sweep_doubles()
    assert Double.objects.get().why == Why.MEMBER and len(letters("double")) == 1


def test_the_sweep_finds_one_card_under_two_addresses(by_card):
    by_card.delete()
    doubles.sweep_doubles()
    assert Double.objects.get().why == Why.CARD


def test_who_gives_twice_and_means_it_stands_before_nobody(support, sandbox, monkeypatch):
    """The first one of a pair is the second of none, so each sweep meets it again."""
    monkeypatch.setattr(doubles, "SWEEP_AT_ONCE", 1)
    for email in ("anna@example.org", "bert@example.org"):
        for _time in range(2):
            support("month", email=email)
    Subscription.objects.update(fingerprint="")
    Double.objects.filter(second__member__email="anna@example.org").delete()
    Double.objects.update(state=State.KEPT)
    Subscription.objects.filter(member__email="anna@example.org").update(created_at=timezone.now() - timedelta(days=1))
    for _time in range(40):
        doubles.sweep_doubles()
    assert Double.objects.filter(second__member__email="anna@example.org").exists()


@pytest.mark.parametrize("other", ["An.Na+shop@googlemail.com", "anna+news@gmail.com"])
def test_the_sweep_finds_another_spelling_of_the_address(support, member, other):
    """Of an address that was corrected after the payment, or where two workers missed each other; another card each."""
    for number, email in enumerate(("anna@gmail.com", "bert@example.org", "bert2@example.org")):
        support("month", email=email)
        Subscription.objects.filter(member__email=email).update(fingerprint=f"card-{number}")
    Double.objects.all().delete()
    doubles.sweep_doubles()
    assert not Double.objects.exists()
    Member.objects.filter(email="bert@example.org").update(email=other)
    doubles.sweep_doubles()
    doubles.sweep_doubles()
    assert Double.objects.get().why == Why.ADDRESS and len(letters("double")) >= 2


@pytest.mark.parametrize(
    "email",
    ["a@b.org", "A.B@gmail.com", "a.b+c+d@googlemail.com", "+a@b.org", "a+@b.org", "a.b@example.org", "Ü+x@b.org"],
)
def test_the_database_knows_the_mailbox_as_we_do(make_member, bought, email):
    bought("month")
    Member.objects.filter(pk=Subscription.objects.get().member_id).update(email=email)
    found = doubles.taking().annotate(mailbox=doubles._mailbox()).values_list("mailbox", flat=True).get()
    assert found == doubles.mailbox_of(email)


def test_one_click_ends_the_second_and_pays_it_back(twice, sandbox):
    page = post(twice, repair="1").content.decode()
    assert "€50" in page and "on their way back" in page
    receive(sandbox.events())
    twice.refresh_from_db()
    assert (twice.state, twice.ended) == (State.REPAIRED, twice.second)
    assert (at_stripe(twice.first), at_stripe(twice.second)) == ("active", "canceled")
    assert Refund.objects.get().amount == 5000
    assert Period.objects.running().filter(payment__subscription=twice.first).exists()
    assert not Period.objects.running().filter(payment__subscription=twice.second).exists()
    assert letters("double_repaired") == ["anna@example.org"]


def test_a_get_changes_nothing(twice):
    page = Client().get(path_of(twice)).content.decode()
    twice.refresh_from_db()
    assert "Do you mean to give twice?" in page and "€50" in page and twice.state == State.OPEN
    assert at_stripe(twice.second) == "active"


def test_both_may_be_meant(twice, sandbox):
    assert "We shall not ask again" in post(twice, keep="1").content.decode()
    doubles.sweep_doubles()
    post(twice, repair="1")
    twice.refresh_from_db()
    assert twice.state == State.KEPT and at_stripe(twice.second) == "active" and len(letters("double")) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_pay_back_once(twice):
    start = threading.Barrier(8)

    def click():
        start.wait()
        post(twice, repair="1")
        connection.close()

    threads = [threading.Thread(target=click) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    repairing.sweep_repairs()
    assert RefundRequest.objects.count() == 1 and Double.objects.get().state == State.REPAIRED
    assert len(stripe_api().refunds.list({}).data) >= 1 and Refund.objects.get().amount == 5000
    assert len(letters("double_repaired")) == 1


def test_what_stripe_does_not_answer_is_done_by_the_sweep(twice, sandbox):
    sandbox.control("faults", kind="error", path=f"/v1/subscriptions/{twice.second.stripe_id}", count=5)
    page = post(twice, repair="1").content.decode()
    sandbox.control("faults", count=0)
    twice.refresh_from_db()
    assert "does not answer just now" in page
    assert twice.state == State.REPAIRING and at_stripe(twice.second) == "active"
    twice.second.changes.update(checked_at=timezone.now() - timedelta(minutes=5))
    carrying_out.sweep_changes()
    repairing.sweep_repairs()
    twice.refresh_from_db()
    assert twice.state == State.REPAIRED and at_stripe(twice.second) == "canceled"
    assert RefundRequest.objects.get().state == RefundRequest.State.DONE


def test_it_is_not_mended_while_its_refund_waits_for_another_key(twice, sandbox):
    sandbox.control("faults", kind="error", path="/v1/refunds", count=9)
    post(twice, repair="1")
    sandbox.control("faults", count=0)
    RefundRequest.objects.update(created_at=timezone.now() - refunding.KEY_LASTS - timedelta(minutes=5))
    repairing.sweep_repairs()
    twice.refresh_from_db()
    assert twice.state == State.REPAIRING and letters("double_repaired") == []
    RefundRequest.objects.update(created_at=timezone.now() - refunding.KEY_LASTS - refunding.BETWEEN_KEYS)
    repairing.sweep_repairs()
    twice.refresh_from_db()
    assert (twice.state, twice.error) == (State.REPAIRED, "")
    assert "could not be sent back" not in Letter.objects.get(kind="members/double_repaired").text


def test_the_older_one_ends_when_it_was_given_anew_after_a_failure(twice):
    Subscription.objects.filter(pk=twice.first_id).update(status="past_due")
    assert "takes nothing just now" in Client().get(path_of(twice)).content.decode()
    post(twice, repair="1")
    assert (at_stripe(twice.first), at_stripe(twice.second)) == ("canceled", "active")
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("status", ["paused", "past_due"])
def test_who_shares_a_card_ends_nothing_of_the_other(by_card, status):
    """The first one's owner was told that there is nothing to do."""
    Subscription.objects.filter(pk=by_card.first_id).update(status=status)
    assert "End the second one" in Client().get(path_of(by_card)).content.decode()
    post(by_card, repair="1")
    assert (at_stripe(by_card.first), at_stripe(by_card.second)) == ("active", "canceled")
    assert Refund.objects.get().payment.subscription == by_card.second


def test_what_was_taken_long_ago_is_left_to_the_desk(twice):
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=60))
    post(twice, repair="1")
    assert at_stripe(twice.second) == "canceled" and not RefundRequest.objects.exists()


def test_a_pair_is_over_when_one_of_them_ends(twice, sandbox):
    stripe_api().subscriptions.cancel(twice.first.stripe_id)
    receive(sandbox.events())
    twice.refresh_from_db()
    assert twice.state == State.OVER
    assert not Letter.objects.filter(kind="members/double", state="queued").exists()
    assert "Nothing is double any more" in post(twice, repair="1").content.decode()
    assert at_stripe(twice.second) == "active"


def test_who_has_just_ended_one_at_stripe_does_not_lose_the_other(twice):
    """No event of it has come yet."""
    stripe_api().subscriptions.update(twice.first.stripe_id, {"cancel_at_period_end": True})
    assert "Nothing is double any more" in post(twice, repair="1").content.decode()
    assert at_stripe(twice.second) == "active" and not RefundRequest.objects.exists()


def test_a_third_support_is_told_of_beside_the_one_that_goes_on(twice, support, sandbox):
    support("month", email="anna@example.org")
    stripe_api().subscriptions.cancel(twice.first.stripe_id)
    receive(sandbox.events())
    doubles.sweep_doubles()
    assert set(Double.objects.values_list("state", flat=True)) == {State.OVER, State.OPEN}
    assert Double.objects.get(state=State.OPEN).first == twice.second


def test_a_pair_is_open_again_when_the_one_that_was_to_end_goes_on(twice):
    owner = twice.second.member
    ending.end_support(member=owner)
    twice.refresh_from_db()
    assert twice.state == State.OVER
    ending.keep_support(member=owner)
    twice.refresh_from_db()
    assert twice.state == State.OPEN and doubles.open_double_of(owner) == twice
    told = Letter.objects.filter(kind="members/double", to_email=owner.email)
    assert told.count() == 1


def test_who_was_told_before_is_told_that_a_pair_is_open_again(twice, manager):
    owner = twice.second.member
    doubles._tell(twice)  # the desk had nobody to be told before
    Letter.objects.update(state=Letter.State.SENT)
    for times in (2, 3):
        ending.end_support(member=owner)
        ending.keep_support(member=owner)
        assert letters("double") == [owner.email] * times and letters("double_desk") == [manager.email] * times
        Letter.objects.update(state=Letter.State.SENT)


def test_a_token_of_somebody_else_opens_nothing(twice):
    assert Client().get(reverse("members:double", args=["made-up"])).status_code == 404
    token = path_of(twice).rstrip("/").rpartition("/")[2]
    assert (
        Client().get(reverse("members:double", args=[token[:-1] + ("A" if token[-1] != "A" else "B")])).status_code
        == 404
    )


def test_another_site_cannot_press_the_button(twice):
    assert Client(HTTP_SEC_FETCH_SITE="cross-site").post(path_of(twice), {"repair": "1"}).status_code == 403
    twice.refresh_from_db()
    assert twice.state == State.OPEN


def test_the_account_leads_there_and_nobody_elses_does(twice, stranger):
    client = Client()
    sign_in(client, twice.second.member)
    page = client.get(reverse("members:my-support")).content.decode()
    assert "It seems that you give twice." in page and "/support/double/" in page
    sign_in(other := Client(), stranger)
    assert "/support/double/" not in other.get(reverse("members:my-support")).content.decode()


def test_the_owner_of_the_first_alone_may_not_end_the_second(by_card):
    with pytest.raises(NotAllowed):
        repairing.repair_double(pair=by_card, actor=by_card.first.member)
    with pytest.raises(NotAllowed):
        repairing.keep_both(pair=by_card, actor=by_card.first.member)
    assert at_stripe(by_card.second) == "active"


def test_the_desk_mends_what_it_chooses(by_card, manager, manager_client):
    address = reverse("admin:members_double_changelist")
    assert "anna.work@example.com" in manager_client.get(address).content.decode()
    manager_client.post(address, {"action": "repair", "_selected_action": [by_card.pk]}, follow=True)
    by_card.refresh_from_db()
    assert (by_card.state, by_card.decided_by) == (State.REPAIRED, manager)
    assert at_stripe(by_card.second) == "canceled"


def test_writers_never_see_it(by_card, writer_client):
    assert writer_client.get(reverse("admin:members_double_changelist")).status_code == 403


def test_a_refusal_of_stripe_is_said_and_kept(twice, sandbox):
    Payment.objects.filter(subscription=twice.second).update(payment_intent_id="pi_gone")
    page = post(twice, repair="1").content.decode()
    twice.refresh_from_db()
    assert twice.error and twice.state == State.REPAIRED and "could not be sent back yet" in page
    assert at_stripe(twice.second) == "canceled"
    assert RefundRequest.objects.get().state == RefundRequest.State.FAILED
    assert "could not be sent back yet" in Letter.objects.get(kind="members/double_repaired").text


def test_what_was_not_known_of_its_refund_is_not_said_once_it_is_known_to_be_done(twice, sandbox):
    post(twice, repair="1")
    receive(sandbox.events())
    Double.objects.update(error="Stripe did not say whether it was done.")
    assert RefundRequest.objects.get().state == RefundRequest.State.DONE
    repairing.sweep_repairs()
    assert "could not be sent back yet" not in Client().get(path_of(twice)).content.decode()


def test_it_says_so_when_the_bank_sends_the_money_back_days_later(twice, sandbox, manager):
    def shown():
        return Client().get(path_of(twice)).content.decode()

    post(twice, repair="1")
    receive(sandbox.events())
    sandbox.control(f"refunds/{RefundRequest.objects.get().refund_id}/fail")
    receive(sandbox.events())
    for _time in range(2):
        repairing.sweep_repairs()
    twice.refresh_from_db()
    assert twice.error.startswith("The bank sent it back.") and "could not be sent back yet" in shown()
    payment = RefundRequest.objects.get().payment
    again = refunding.ask_refund(user=manager, payment=payment, amount=5000, reason="duplicate", key=uuid4())
    refunding.carry_out_refund(again)
    receive(sandbox.events())
    repairing.sweep_repairs()
    twice.refresh_from_db()
    assert not twice.error and "could not be sent back yet" not in shown()


def test_it_waits_while_the_newsroom_is_on_hold(twice):
    Hold.objects.create(pk=1, reason="restored")
    assert 'role="alert"' in post(twice, repair="1").content.decode()
    twice.refresh_from_db()
    Hold.objects.all().delete()  # we ask too
    assert twice.state == State.OPEN and at_stripe(twice.second) == "active"
