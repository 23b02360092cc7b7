"""Disputes at the desk: what wants an answer stands first, with its deadline, and on the first page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage.client import stripe_api
from members.patronage.disputing import tell_desk
from members.patronage.models import Dispute, Payment
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
