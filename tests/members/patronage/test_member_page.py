"""A member's page at the desk: everything on one timeline, each deed a verb, and closed to those who write stories."""

from datetime import timedelta

import pytest
import structlog
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts.models import AddressChange
from members.patronage import carrying_out, client, dunning, rights, tasks
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, MemberNote, Payment, Period, StripeEvent, Subscription
from members.patronage.timeline import timeline_of
from newsletters.models import Newsletter, Signup
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry, Letter

pytestmark = pytest.mark.django_db


def page_of(member):
    return reverse("desk-member", args=[member.pk])


def test_it_shows_all_on_one_timeline(manager_client, support, manager, django_assert_max_num_queries):
    support("month")
    payment = Payment.objects.get()
    member = payment.member
    newsletter = Newsletter.objects.create(name="The Morning", slug="morning", language="en")
    Signup.objects.create(newsletter=newsletter, member=member)
    MemberNote.objects.create(member=member, text="Rang us up.", written_by=manager)
    with django_assert_max_num_queries(30):
        page = manager_client.get(page_of(member)).content.decode()
    for text in (str(payment.money), "Receipt for", "The Morning", "Rang us up.", "Support began", "Lantern:"):
        assert text in page


def test_it_asks_no_more_for_a_longer_life(manager_client, bought, member, tier, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bought("month", member=member)
    manager_client.get(page_of(member))
    with CaptureQueriesContext(connection) as few:
        manager_client.get(page_of(member))
    for number in range(10):
        MemberNote.objects.create(member=member, text=f"{number}", written_by=member)
        AuditEntry.objects.create(action="x", target_type="members.member", target_id=str(member.pk))
    with django_assert_num_queries(len(few)):
        manager_client.get(page_of(member))


def test_it_links_each_change_to_the_event_that_caused_it(manager_client, support):
    support("month")
    entry = AuditEntry.objects.get(action="subscription.started")
    event = StripeEvent.objects.get(event_id=entry.request_id)
    page = manager_client.get(page_of(Payment.objects.get().member)).content.decode()
    assert reverse("admin:members_stripeevent_change", args=[event.pk]) in page
    granted = AuditEntry.objects.get(action="period.granted")
    assert StripeEvent.objects.filter(event_id=granted.request_id).exists()
    assert f"caused by Stripe’s event {event.type}" in page


def test_it_names_the_thanks_page_where_that_was_faster_than_the_event(manager_client, begin, sandbox, member):
    row = begin("month", member=member)
    sandbox.pay(row.stripe_id)
    Client().get(reverse("members:support-thanks"), {"session": row.stripe_id})
    assert AuditEntry.objects.get(action="period.granted").request_id == f"thanks:{row.pk}"
    page = manager_client.get(page_of(member)).content.decode()
    assert "caused by the thanks page, before Stripe’s event" in page and "caused by Stripe’s event" not in page


def test_it_names_the_sweep_where_that_was_faster_than_the_event(manager_client, begin, sandbox, member):
    row = begin("month", member=member)
    sandbox.pay(row.stripe_id)
    Checkout.objects.update(expires_at=timezone.now() - timedelta(hours=1), checked_at=None)
    tasks.sweep_checkouts.apply()
    assert AuditEntry.objects.get(action="period.granted").request_id == "task:sweep_checkouts"
    page = manager_client.get(page_of(member)).content.decode()
    assert "caused by a task that looked by itself (sweep_checkouts)" in page


def test_it_says_so_where_the_event_is_not_kept_any_more(member, support):
    support("month", member=member)
    StripeEvent.objects.all().delete()
    names = {entry.cause_name for entry in timeline_of(member) if entry.cause.startswith("evt_")}
    assert names == {"an event of Stripe’s that is not kept any more"}


def test_it_names_what_was_pressed_where_stripe_answered_at_once(member_client, manager_client, bought, member):
    bought("month", member=member)
    member_client.post(reverse("members:end-support"), {"reason": "", "comment": ""})
    asked = AuditEntry.objects.get(action="support.end_asked")
    changed = AuditEntry.objects.filter(action="subscription.changed").latest("pk")
    assert asked.request_id and changed.request_id == asked.request_id
    entries = {entry.text: entry for entry in timeline_of(member)}
    assert entries["Support changed"].cause_name == "something pressed on the site"
    assert entries["Wished: end support"].cause_name == ""  # who did it says it


def test_it_says_in_plain_words_what_the_audit_holds(manager_client, bought, member):
    bought("month", member=member)
    payment, subscription = Payment.objects.get(), Subscription.objects.get()
    record("payment.refund_asked", target=payment, actor_label="x", amount=250, reason="duplicate")
    record("subscription.changed", target=subscription, actor_label="stripe", status="active", is_ending=True)
    page = manager_client.get(page_of(member)).content.decode()
    assert "A refund was asked for" in page and "x · €5 · €2.50 · paid twice" in page
    assert "Stripe · €5 · running · ends when the paid time is over" in page
    for raw in ("is_ending", "subscription.", "period.granted", "past_due", "amount: "):
        assert raw not in page


def test_it_shows_as_it_is_what_no_table_knows(member):
    record("moon.landed", target=member, actor_label="nasa", foot="left", days="many", status="odd")
    entry = next(entry for entry in timeline_of(member) if entry.kind == "audit")
    assert (entry.text, entry.detail) == ("moon.landed", "nasa · many · foot: left · odd")


def test_it_leads_from_a_repair_to_what_was_compared(manager_client, member):
    with structlog.contextvars.bound_contextvars(request_id="drift:7"):
        record("subscription.changed", target=member, actor_label="stripe")
    page = manager_client.get(page_of(member)).content.decode()
    assert reverse("admin:members_drift_changelist") in page and "caused by a repair" in page


def test_it_writes_a_note(manager_client, manager, member):
    manager_client.post(page_of(member), {"do": "note", "text": " Rang us up. "})
    note = MemberNote.objects.get()
    assert (note.text, note.written_by) == ("Rang us up.", manager)
    assert AuditEntry.objects.get(action="member.noted").details == {"note": note.pk}


def test_it_gives_complimentary_time(manager_client, manager, member, tier):
    manager_client.post(page_of(member), {"do": "free", "tier": tier.pk, "days": 30})
    period = Period.objects.get()
    assert (period.cause, period.granted_by) == ("free", manager) and rights.is_patron(member)
    assert AuditEntry.objects.get(action="period.granted").actor == manager


def test_it_ends_support_when_the_paid_time_is_over(manager_client, bought, member):
    bought("month", member=member)
    row = Subscription.objects.get()
    manager_client.post(page_of(member), {"do": "end", "subscription": row.pk, "when": "later"})
    assert stripe_api().subscriptions.retrieve(row.stripe_id).cancel_at_period_end
    row.refresh_from_db()
    assert row.cancel_at_period_end and rights.is_patron(member)


def test_it_ends_support_at_once(manager_client, manager, bought, member):
    bought("month", member=member)
    row = Subscription.objects.get()
    for _click in range(2):
        manager_client.post(page_of(member), {"do": "end", "subscription": row.pk, "when": "now"})
    row.refresh_from_db()
    assert row.status == stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert AuditEntry.objects.get(action="support.cancel_asked").actor == manager
    assert row.changes.get().state == "done"


def test_what_stripe_did_not_answer_is_ended_by_the_sweep(manager_client, sandbox, bought, member, monkeypatch):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    client._make_client.cache_clear()
    bought("month", member=member)
    row = Subscription.objects.get()
    sandbox.control("faults", kind="cut", method="DELETE", path=f"/v1/subscriptions/{row.stripe_id}", count=1)
    manager_client.post(page_of(member), {"do": "end", "subscription": row.pk, "when": "now"})
    sandbox.control("faults", count=0)
    assert row.changes.get().state == "asked"
    row.changes.update(checked_at=timezone.now() - timedelta(minutes=2))
    carrying_out.sweep_changes()
    client._make_client.cache_clear()
    row.refresh_from_db()
    assert (row.status, row.changes.get().state) == ("canceled", "done")


def test_whom_the_desk_ended_hears_nothing_of_a_bill(manager_client, bought, member):
    bought("month", member=member)
    row = Subscription.objects.get()
    Payment.objects.create(
        member=member, subscription=row, kind="renewal", status="open", amount=500, currency="eur",
        stripe_id="in_open", fetched_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    manager_client.post(page_of(member), {"do": "end", "subscription": row.pk, "when": "now"})
    dunning.sweep_dunning()
    assert not Letter.objects.filter(kind="members/support_ended").exists()
    row.changes.all().delete()
    dunning.sweep_dunning()
    assert Letter.objects.filter(kind="members/support_ended").exists()


def test_it_ends_nobody_elses_support(manager_client, bought, member, stranger):
    bought("month", member=member)
    row = Subscription.objects.get()
    answer = manager_client.post(page_of(stranger), {"do": "end", "subscription": row.pk, "when": "now"})
    row.refresh_from_db()
    assert answer.status_code == 404 and row.status == "active"


def test_it_asks_for_another_address_and_withdraws_it(manager_client, manager, member):
    manager_client.post(page_of(member), {"do": "address", "email": "Right@Example.org", "why": "mistyped"})
    member.refresh_from_db()
    assert member.email == "member@example.org" and AddressChange.objects.get().email == "right@example.org"
    assert "right@example.org waits for proof until" in manager_client.get(page_of(member)).content.decode()
    manager_client.post(page_of(member), {"do": "withdraw_address"})
    assert "waits for proof until" not in manager_client.get(page_of(member)).content.decode()
    assert AuditEntry.objects.get(action="member.address_withdrawn").actor == manager


@pytest.mark.parametrize(("who", "status"), [
    ("manager_client", 200), ("publisher_client", 200), ("writer_client", 403), ("editor_client", 403),
    ("member_client", 302), ("client", 302),
])  # fmt: skip
def test_it_is_for_those_who_look_after_members(request, member, who, status):
    client = request.getfixturevalue(who)
    assert client.get(page_of(member)).status_code == status
    client.post(page_of(member), {"do": "note", "text": "Mine."})
    assert MemberNote.objects.exists() is (status == 200)


def test_it_is_found_from_the_account(manager_client, member):
    page = manager_client.get(reverse("admin:members_member_change", args=[member.pk]))
    assert page.status_code == 200 and "Timeline" in page.content.decode()
