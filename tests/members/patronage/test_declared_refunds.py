"""What was declared and done comes undone, or is done another way: the declaration says so, to reader and desk."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import declarations, refunding
from members.patronage.models import Declaration, Payment, RefundRequest
from tests.members.patronage.conftest import receive
from tests.members.patronage.declaring import WITHDRAW, declare, mailed_link, page_of, press

pytestmark = pytest.mark.django_db
READER, DESK = "reader@example.org", reverse("admin:members_declaration_changelist")


@pytest.fixture
def link(bought, sandbox):
    """A withdrawal whose money went back, as far as anybody knew, and came here again."""
    bought("month")
    declare(WITHDRAW, READER)
    press(mailed_link())
    receive(sandbox.events())
    sandbox.control(f"refunds/{RefundRequest.objects.get().refund_id}/fail")
    receive(sandbox.events())
    return mailed_link()


def sweep():
    for _time in range(2):
        declarations.sweep_declarations()


def test_a_refund_that_the_bank_sends_back_is_not_done(link, manager_client):
    assert Declaration.objects.get().state == "done"
    sweep()
    row = Declaration.objects.get()
    assert row.state == "failed" and row.finished_at
    page = page_of(link)
    assert "the bank sent the money back" in page and page.count("It is done.") == 1
    assert "1 declaration could not be carried out" in manager_client.get("/admin/").content.decode()
    shown = manager_client.get(reverse("admin:members_declaration_change", args=[row.pk])).content.decode()
    assert "The bank sent it back." in shown


def test_a_person_has_it_carried_out_again(link, manager_client, sandbox):
    sweep()
    manager_client.post(DESK, {"action": "carry_out_again", "_selected_action": Declaration.objects.get().pk})
    receive(sandbox.events())
    sweep()
    assert Declaration.objects.get().state == "done" and Payment.objects.get().refunded == 500
    assert page_of(link).count("It is done.") == 2


def test_it_is_done_when_somebody_gives_the_money_back_by_hand(link, manager, sandbox):
    sweep()
    payment = Payment.objects.get()
    request = refunding.ask_refund(
        user=manager, payment=payment, amount=500, reason="requested_by_customer", key=declarations.uuid4()
    )
    refunding.carry_out_refund(request)
    receive(sandbox.events())
    sweep()
    assert Declaration.objects.get().state == "done" and page_of(link).count("It is done.") == 2
    sandbox.control(f"refunds/{RefundRequest.objects.latest('id').refund_id}/fail")
    receive(sandbox.events())
    sweep()
    assert Declaration.objects.get().state == "failed"


def test_what_is_still_under_way_is_left_alone(link):
    """Of two effects one waits for Stripe: the declaration goes on being carried out."""
    effect = Declaration.objects.get().effects.get(kind="cancel")
    type(effect).objects.filter(pk=effect.pk).update(state="asked", checked_at=timezone.now())
    Declaration.objects.update(state="confirmed", finished_at=None)
    sweep()
    assert Declaration.objects.get().state == "confirmed"
    assert Declaration.objects.get().effects.get(kind="refund").state == "failed"
