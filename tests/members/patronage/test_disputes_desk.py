"""Disputes at the desk: what wants an answer stands first, with its deadline, and on the first page."""

import inspect
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from stripe import Dispute as StripesDispute

from members.patronage.audit_words import REASONS, STATUSES
from members.patronage.client import stripe_api
from members.patronage.disputing import tell_desk
from members.patronage.fetching import Fetched, shared_clock
from members.patronage.models import Dispute, Payment
from members.patronage.refunding import refundable
from members.patronage.reversals import mirror_dispute
from members.patronage.rights import is_patron
from members.patronage.statements import statement_of
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
LIST, FIRST = reverse("admin:members_dispute_changelist"), reverse("admin:index")


@pytest.fixture
def dispute(member):
    now = timezone.now()
    payment = Payment.objects.create(
        member=member, kind="renewal", status="paid", amount=500, currency="eur", paid_at=now, stripe_id="in_1",
        fetched_at=now, created_at=now,
    )  # fmt: skip

    def make(number, status, days=None):
        due = None if days is None else now + timedelta(days=days)
        return Dispute.objects.create(
            payment=payment, stripe_id=f"dp_{number}", amount=number, currency="eur", status=status,
            evidence_due_at=due, fetched_at=now, created_at=now,
        )  # fmt: skip

    return make


def test_it_lists_what_wants_an_answer_first_and_the_soonest_on_top(manager_client, dispute):
    dispute(1, "lost", days=-300)
    dispute(2, "needs_response", days=9)
    dispute(3, "won", days=-200)
    dispute(4, "under_review", days=1)
    dispute(5, "warning_needs_response", days=2)
    dispute(6, "needs_response")
    dispute(7, "warning_closed")
    page = manager_client.get(LIST)
    shown = [row.amount for row in page.context["cl"].result_list]
    assert shown == [5, 2, 6, 4, 7, 3, 1]


def test_it_can_still_be_ordered_by_hand(manager_client, dispute):
    dispute(1, "lost", days=3)
    dispute(2, "needs_response", days=9)
    shown = [row.amount for row in manager_client.get(LIST, {"o": "1"}).context["cl"].result_list]
    assert shown == [1, 2]


def test_it_counts_them_on_the_first_page_with_the_soonest_deadline(manager_client, writer_client, dispute, settings):
    dispute(1, "lost", days=-300)
    assert "want an answer" not in manager_client.get(FIRST).content.decode()
    dispute(2, "needs_response", days=9)
    soonest = dispute(3, "warning_needs_response", days=2)
    page = manager_client.get(FIRST).content.decode()
    day = timezone.localtime(soonest.evidence_due_at)
    assert "2 disputes want an answer." in page and LIST in page
    assert f"by {day.day} {day:%B %Y}, {day:%H:%M}" in page
    assert "want an answer" not in writer_client.get(FIRST).content.decode()


def test_it_writes_to_those_who_look_after_members_once(bought, sandbox, manager, editor):
    bought("month")
    intent = stripe_api().payment_intents.retrieve(Payment.objects.get().payment_intent_id)
    sandbox.events()
    dispute = sandbox.control(f"charges/{intent.latest_charge}/dispute")
    receive(events := sandbox.events())
    receive([{**event, "id": f"{event['id']}x"} for event in events])
    letter = Letter.objects.get(kind="members/dispute_desk")
    due = timezone.localtime(Dispute.objects.get().evidence_due_at)
    assert letter.to_email == manager.email and "€5" in letter.text and f"{due.day} {due:%B %Y}" in letter.text
    sandbox.control(f"disputes/{dispute['id']}/end", outcome="lost")
    receive(sandbox.events())
    assert Letter.objects.filter(kind="members/dispute_desk").count() == 1


def test_it_says_nothing_of_one_whose_day_is_past(dispute, manager):
    tell_desk(dispute(1, "needs_response", days=-1))
    tell_desk(dispute(2, "under_review", days=5))
    assert not Letter.objects.exists()
    tell_desk(dispute(3, "needs_response", days=1))
    assert Letter.objects.get().to_email == manager.email


@pytest.fixture
def disputed(bought, member):
    """A patron's payment, and the dispute as Stripe has it in each state: `say("lost", taken=True)`."""
    bought("month", member=member)
    payment = Payment.objects.get()

    def say(status, *, taken=False, given_back=False, due_by=None, amount=500, stripe_id="du_1"):
        moved = [{"amount": -amount}] * taken + [{"amount": amount}] * given_back
        data = {
            "id": stripe_id, "livemode": False, "created": int(timezone.now().timestamp()), "amount": amount,
            "currency": "eur", "status": status, "reason": "fraudulent", "payment_intent": payment.payment_intent_id,
            "balance_transactions": moved, "evidence_details": {"due_by": due_by},
        }  # fmt: skip
        return mirror_dispute(Fetched(data, shared_clock()))

    return say


def left(member):
    payment = Payment.objects.get()
    returned = statement_of(member, timezone.localdate(payment.paid_at).year).lines[0].returned.amount
    return is_patron(member), refundable(payment).amount, returned


KEPT, GONE = (True, 500, 0), (False, 0, 500)


def test_rights_follow_the_money_through_an_appeal(disputed, member, manager):
    disputed("needs_response", taken=True)
    assert left(member) == KEPT  # nothing is decided
    disputed("lost", taken=True)
    assert left(member) == GONE
    for status in ("appeal_needs_response", "appeal_under_review"):
        disputed(status, taken=True)
        assert left(member) == GONE, status
    disputed("won", taken=True, given_back=True)
    assert left(member) == KEPT
    disputed("appeal_under_review", taken=True, given_back=True)
    assert left(member) == KEPT


@pytest.mark.parametrize(("taken", "outcome"), [(True, GONE), (False, KEPT)])
def test_one_that_was_prevented_takes_the_rights_if_it_took_the_money(disputed, member, taken, outcome):
    disputed("prevented", taken=taken)
    assert left(member) == outcome


def test_several_on_one_payment_add_up(disputed, member):
    disputed("lost", taken=True, amount=200)
    assert left(member) == (True, 300, 200)
    disputed("prevented", taken=True, amount=300, stripe_id="du_2")
    assert left(member) == GONE
    disputed("won", taken=True, given_back=True, amount=200)
    assert left(member) == (True, 200, 300)


def test_an_appeal_that_wants_an_answer_is_told_with_its_day(disputed, manager, manager_client):
    disputed("lost", taken=True)
    due = timezone.now() + timedelta(days=4)
    for _time in range(2):
        disputed("appeal_needs_response", taken=True, due_by=int(due.timestamp()))
    assert Letter.objects.filter(kind="members/dispute_desk").count() == 1
    assert "1 dispute wants an answer." in manager_client.get(FIRST).content.decode()
    assert "appeal: waits for our answer" in manager_client.get(LIST).content.decode()


def test_a_bank_that_takes_no_evidence_sets_no_day_in_1970(disputed, manager, manager_client):
    assert disputed("needs_response", taken=True, due_by=0).evidence_due_at is None
    assert "1970" not in manager_client.get(FIRST).content.decode()


def test_the_first_page_counts_those_of_our_mode(dispute, manager_client, settings):
    dispute(1, "needs_response", days=3)
    settings.STRIPE_LIVEMODE = True
    assert "wants an answer" not in manager_client.get(FIRST).content.decode()


def test_it_has_a_word_for_each_state_and_reason_that_stripes_package_names():
    source = inspect.getsource(StripesDispute)
    states = re.findall(r"    status: Union\[.*?\]", source, re.DOTALL)[-1]
    reasons = re.search(r"Reason given by cardholder for dispute.*?Learn more", source, re.DOTALL).group()
    assert len(found := set(re.findall(r'"([a-z_]+)"', states))) > 7 and found <= set(STATUSES)
    assert len(found := set(re.findall(r"`([a-z_]+)`", reasons))) > 9 and found <= set(REASONS)
