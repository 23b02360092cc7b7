"""Giving money back from the desk: one row, one refund, and rights that follow the money."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import refunding, rights
from members.patronage.admin_colours import STATUS_COLOURS
from members.patronage.admin_money import RefundForm
from members.patronage.audit_words import STATUSES
from members.patronage.client import stripe_api
from members.patronage.errors import AmountRefused, KeyRefused, NotAllowed, StripeRefused, StripeResting
from members.patronage.models import Payment, Refund, RefundRequest, StripeEvent
from newsroom.lib.models import AuditEntry, Letter
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
ASKED = "requested_by_customer"


@pytest.fixture
def payment(bought):
    bought("month")
    return Payment.objects.get()


@pytest.fixture
def ask(payment, manager):
    def make(amount=500, **given):
        given = {"user": manager, "payment": payment, "reason": ASKED, "key": uuid4(), **given}
        return refunding.ask_refund(amount=amount, **given)

    return make


def refunds_at_stripe(payment):
    return stripe_api().refunds.list({"payment_intent": payment.payment_intent_id}).data


def test_it_gives_all_back_and_takes_the_rights(ask, payment, sandbox):
    row = refunding.carry_out_refund(ask())
    assert row.state == RefundRequest.State.DONE and row.refund_id == Refund.objects.get().stripe_id
    assert not rights.is_patron(payment.member)
    assert AuditEntry.objects.filter(action="payment.refund_asked", actor=row.asked_by).exists()


def test_it_gives_a_part_back_and_leaves_the_rights(ask, payment, sandbox):
    refunding.carry_out_refund(ask(200))
    payment.refresh_from_db()
    assert payment.refunded == 200 and rights.is_patron(payment.member)
    assert refunding.refundable(payment).amount == 300


@pytest.mark.parametrize(("typed", "cents"), [("1,50", 150), ("1.5", 150), ("1,000", None), ("-1", None)])
def test_it_reads_an_amount_with_a_comma_or_a_point(typed, cents):
    form = RefundForm({"key": uuid4(), "amount": typed, "reason": ASKED}, currency="eur")
    assert (form.minor_units if form.is_valid() else None) == cents


@pytest.fixture
def unanswered(ask, sandbox):
    """A refund that was asked for while Stripe failed in this way; by now it is well again."""

    def make(kind, *amount):
        sandbox.control("faults", kind=kind, path="/v1/refunds", method="POST", count=9)
        row = ask(*amount)
        with pytest.raises(StripeResting):
            refunding.carry_out_refund(row)
        sandbox.control("faults", count=0)
        return row

    return make


def test_it_makes_one_refund_of_two_clicks(ask, payment, sandbox):
    key = uuid4()
    first, second = ask(200, key=key), ask(200, key=key)
    refunding.carry_out_refund(first)
    refunding.carry_out_refund(second)  # as it was read before the first was through
    assert first.pk == second.pk and len(refunds_at_stripe(payment)) == 1


def test_it_pays_once_when_stripe_did_it_and_said_nothing(unanswered, payment):
    row = unanswered("cut_after")
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    refunding.sweep_refunds()
    row.refresh_from_db()
    assert row.state == RefundRequest.State.DONE and len(refunds_at_stripe(payment)) == 1


def a_day_later(row):
    """Stripe has forgotten the key."""
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(hours=30))
    refunding.sweep_refunds()
    row.refresh_from_db()
    return row.state


def test_it_asks_anew_under_another_key_for_what_stripe_never_did(unanswered, payment):
    """Also where the old key would still be remembered, with a refusal."""
    row = unanswered("error_kept", 300)
    assert a_day_later(row) == RefundRequest.State.DONE and len(refunds_at_stripe(payment)) == 1
    refunding.sweep_refunds()
    payment.refresh_from_db()
    assert len(refunds_at_stripe(payment)) == 1 and refunding.refundable(payment).amount == 200


def test_it_looks_first_whoever_asks_a_day_later(unanswered, payment):
    row = unanswered("cut_after", 300)
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(hours=30))
    row.refresh_from_db()
    refunding.carry_out_refund(row)
    assert row.state == RefundRequest.State.DONE and len(refunds_at_stripe(payment)) == 1


def test_it_asks_nothing_where_one_key_ends_and_the_next_begins(ask, payment, sandbox):
    row = ask()
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(hours=20, minutes=5))
    refunding.sweep_refunds()
    row.refresh_from_db()
    assert row.state == RefundRequest.State.NEW and not refunds_at_stripe(payment)


def test_it_waits_for_a_key_that_stripe_takes(ask, payment, monkeypatch):
    def refuse(question):
        raise KeyRefused("Not set up.")

    row = ask()
    with monkeypatch.context() as patched:
        patched.setattr(refunding, "ask", refuse)
        with pytest.raises(KeyRefused):
            refunding.carry_out_refund(row)
        assert a_day_later(row) == RefundRequest.State.NEW


def test_it_finds_what_stripe_did_in_silence_a_day_later(ask, unanswered, payment):
    refunding.carry_out_refund(ask(100))
    row = unanswered("cut_after", 300)
    assert a_day_later(row) == RefundRequest.State.DONE and len(refunds_at_stripe(payment)) == 2
    payment.refresh_from_db()
    assert payment.refunded == 400 and refunding.refundable(payment).amount == 100


def test_it_is_unknown_while_stripe_will_not_say(ask, payment, sandbox, monkeypatch):
    def refuse(question):
        raise StripeRefused("No such payment.")

    row = ask()
    with monkeypatch.context() as patched:
        patched.setattr(refunding, "ask", refuse)
        assert a_day_later(row) == RefundRequest.State.UNKNOWN
    assert refunding.refundable(payment).amount == 0
    assert a_day_later(row) == RefundRequest.State.UNKNOWN  # not so soon
    RefundRequest.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    assert a_day_later(row) == RefundRequest.State.FAILED and not refunds_at_stripe(payment)
    assert refunding.refundable(payment).amount == 500  # a person may have given it back by hand, or does it now


@pytest.fixture
def never_done(ask, publisher, editor, sandbox):
    """One that was unknown, and that Stripe's list lacks."""
    row = ask(300)
    RefundRequest.objects.update(
        state="unknown", created_at=timezone.now() - timedelta(hours=30),
        finished_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    refunding.sweep_refunds()
    row.refresh_from_db()
    return row


def test_it_tells_those_who_may_refund_that_stripe_never_did_it(never_done, payment, manager):
    refunding.sweep_refunds()
    page = reverse("admin:members_payment_refund", args=[payment.pk])
    letters = Letter.objects.filter(kind="members/refund_not_done")
    assert {letter.to_email for letter in letters} == {manager.email, "publisher@example.org"}
    assert page in letters[0].text and page in letters[0].html
    assert "€3" in letters[0].text and payment.number in letters[0].text
    entry = AuditEntry.objects.get(action="payment.refund_not_done")
    assert entry.target_id == str(payment.pk) and entry.details == {"amount": 300}


def test_it_tells_once_however_many_find_it_out(never_done):
    RefundRequest.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    refunding.sweep_refunds()
    refunding._fail(never_done, RefundRequest.NEVER_DONE)
    assert Letter.objects.filter(kind="members/refund_not_done").count() == 2  # the manager and the publisher


def test_it_shows_the_way_to_ask_again(never_done, payment, manager_client):
    page = reverse("admin:members_payment_refund", args=[payment.pk])
    rows = manager_client.get(reverse("admin:members_refundrequest_changelist")).content.decode()
    assert f'href="{page}"' in rows and "Ask for it again" in rows
    assert "Stripe never did it." in manager_client.get(page).content.decode()
    manager_client.post(page, {"key": str(uuid4()), "amount": "3", "reason": ASKED})
    assert Refund.objects.get().amount == 300


def told(*kinds):
    rows = Letter.objects.filter(kind__in=[f"members/{kind}" for kind in kinds or ("refund_not_done",)])
    return sorted(rows.values_list("to_email", flat=True))


def test_it_tells_of_one_that_stripe_refuses_once_nobody_looks(unanswered, payment, manager, publisher, manager_client):
    """Stripe was silent at first; meanwhile somebody gave it back at the dashboard."""
    row = unanswered("error")
    stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    refunding.sweep_refunds()
    refunding.sweep_refunds()
    row.refresh_from_db()
    assert row.state == RefundRequest.State.FAILED and told() == sorted([manager.email, publisher.email])
    assert "Stripe refuses it" in Letter.objects.filter(kind="members/refund_not_done")[0].text
    assert "1 refund did not come about" in manager_client.get(reverse("admin:index")).content.decode()


def test_it_tells_nobody_of_what_the_one_who_asks_sees_refused(manager_client, payment, publisher, sandbox):
    stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
    data = {"key": str(uuid4()), "amount": "5", "reason": ASKED}
    manager_client.post(reverse("admin:members_payment_refund", args=[payment.pk]), data)
    assert RefundRequest.objects.get().state == RefundRequest.State.FAILED and told() == []
    assert "1 refund did not come about" in manager_client.get(reverse("admin:index")).content.decode()


def test_it_tells_when_the_bank_sends_a_refund_back(ask, payment, manager, manager_client, sandbox):
    """The patron has no money and the rights are back: nobody may believe it done."""
    row = refunding.carry_out_refund(ask())
    sandbox.control(f"refunds/{row.refund_id}/fail")
    receive(sandbox.events())
    receive(sandbox.events())
    row.refresh_from_db()
    assert row.state == RefundRequest.State.FAILED and row.said_error.startswith("The bank sent it back.")
    assert told() == [manager.email] and rights.is_patron(payment.member)
    assert "1 refund did not come about" in manager_client.get(reverse("admin:index")).content.decode()
    again = refunding.carry_out_refund(ask())
    assert again.state == RefundRequest.State.DONE
    assert "did not come about" not in manager_client.get(reverse("admin:index")).content.decode()


def test_it_tells_of_one_that_was_made_by_hand_whatever_mark_it_bears(payment, manager, sandbox):
    intent = payment.payment_intent_id
    made = stripe_api().refunds.create({"payment_intent": intent, "metadata": {"refund_request": "by hand"}})
    receive(sandbox.events())
    sandbox.control(f"refunds/{made.id}/fail")
    receive(sandbox.events())
    assert told() == [manager.email] and not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()


def test_it_writes_to_the_reader_who_asked_when_it_does_not_come_about(payment, manager, sandbox):
    row = refunding.write_due_refund(asked_by=payment.member, payment=payment, amount=500, key=uuid4())
    stripe_api().refunds.create({"payment_intent": payment.payment_intent_id})
    with pytest.raises(StripeRefused):
        refunding.carry_out_refund(row)
    assert told() == [manager.email] and told("refund_waits") == [payment.member.email]


def test_it_offers_nothing_of_what_a_bank_took_back(payment, ask, sandbox):
    charge = stripe_api().payment_intents.retrieve(payment.payment_intent_id).latest_charge
    dispute = sandbox.control(f"charges/{charge}/dispute")
    sandbox.control(f"disputes/{dispute['id']}/end", outcome="lost")
    receive(sandbox.events())
    assert refunding.refundable(payment).amount == 0
    with pytest.raises(AmountRefused):
        ask(1)


@pytest.mark.parametrize("amount", [0, 501])
def test_it_refuses_an_amount_that_was_not_paid(ask, amount):
    with pytest.raises(AmountRefused):
        ask(amount)
    assert not RefundRequest.objects.exists()


def test_it_counts_what_is_on_its_way(ask):
    ask(300)
    with pytest.raises(AmountRefused):
        ask(300)


@pytest.mark.parametrize("role", ["writer", "editor"])
def test_it_refuses_other_roles(ask, request, role):
    with pytest.raises(NotAllowed):
        ask(user=request.getfixturevalue(role))


def test_it_is_done_on_the_payments_page(manager_client, payment, sandbox):
    address = reverse("admin:members_payment_refund", args=[payment.pk])
    page = manager_client.get(address)
    assert "5.00" in page.content.decode()
    data = {"key": str(uuid4()), "amount": "2.50", "reason": ASKED}
    assert manager_client.post(address, data).status_code == 302
    assert Refund.objects.get().amount == 250


def test_it_says_on_the_page_what_is_too_much(manager_client, payment, sandbox):
    data = {"key": str(uuid4()), "amount": "99", "reason": ASKED}
    page = manager_client.post(reverse("admin:members_payment_refund", args=[payment.pk]), data)
    assert page.status_code == 200 and not RefundRequest.objects.exists()
    assert "can be given back" in page.content.decode()


@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_it_is_closed_to_those_who_do_not_look_after_members(request, payment, who):
    address = reverse("admin:members_payment_refund", args=[payment.pk])
    assert request.getfixturevalue(who).get(address).status_code == 403


def test_it_has_a_word_and_a_colour_for_each_state_of_stripe():
    """Where the desk has no colour for a state, it shows Stripe's word instead of ours."""
    assert set(STATUSES) <= set(STATUS_COLOURS)


@pytest.mark.parametrize("name", ["refundrequest", "refund", "dispute"])
def test_it_lists_without_counting(manager_client, payment, ask, sandbox, name, django_assert_max_num_queries):
    refunding.carry_out_refund(ask(100))
    charge = stripe_api().payment_intents.retrieve(payment.payment_intent_id).latest_charge
    sandbox.control(f"charges/{charge}/dispute")
    from members.patronage import inbox

    dispute = stripe_api().disputes.list({"limit": 1}).data[0]
    handler = inbox.HANDLERS["charge.dispute.created"]
    handler.mirror(handler.fetch(dispute.id))
    with django_assert_max_num_queries(20) as asked:
        page = manager_client.get(reverse(f"admin:members_{name}_changelist"))
    assert page.status_code == 200
    assert not [one for one in asked if "COUNT(" in one["sql"] and f'"members_{name}"' in one["sql"]]
    words = {"refundrequest": "the patron asked", "refund": "the patron asked", "dispute": "waits for our answer"}
    assert words[name] in page.content.decode()
