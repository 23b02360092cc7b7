"""After a restore nothing is mailed and Stripe is asked nothing, whatever the clock calls, until it is let go."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from members.patronage import checkout
from members.patronage.errors import StripeResting
from members.patronage.models import Checkout, StripeEvent
from members.patronage.tasks import work_off_events
from newsletters.models import Delivery, Edition
from newsletters.tasks import deliver_edition
from newsroom.celery import app
from newsroom.lib.letters import write_letter
from newsroom.lib.models import Hold, Letter, Outbox
from newsroom.lib.money import Money
from newsroom.site.backups.making import make_backup
from newsroom.site.backups.restoring import restore_backup
from tests.server.alone import be_alone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(listener, settings):
    """Where Stripe would be; it never understands."""
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{listener.port}"
    return listener


def write_code(member, cause):
    write_letter(
        "members/sign_in_code", cause=cause, to_email=member.email, language="en", context={"code": "1", "minutes": 10}
    )  # fmt: skip


@pytest.fixture
def owing(member, sending, draft):
    """A newsroom that owes a bit of everything."""
    write_code(member, "code")
    Checkout.objects.create(frequency="once", amount=500, currency="eur", language="en")
    Checkout.objects.update(created_at=timezone.now() - timedelta(hours=3))
    StripeEvent.objects.create(event_id="evt_1", type="invoice.paid", object_id="in_1", livemode=False)
    later = Edition.objects.create(newsletter=draft.newsletter, subject="Later", intro="Words.")
    Edition.objects.filter(pk=later.pk).update(send_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def restored(owing, post_office, stripe, tmp_path, settings, monkeypatch):
    """The same newsroom out of its backup; the clock's tasks run here and now."""
    settings.MEDIA_ROOT = tmp_path / "media"
    be_alone()
    restore_backup(path=make_backup(folder=tmp_path / "kept"), replace=True)
    app.loader.import_default_modules()
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    monkeypatch.setattr("newsroom.lib.waking._send", lambda *arguments: None)


def turn_the_clock():
    """All that beat calls, and what would have been woken."""
    for line in app.conf.beat_schedule.values():
        app.tasks[line["task"]].apply(throw=True)
    for edition in Edition.objects.all():
        deliver_edition.apply([edition.pk], throw=True)
    work_off_events.apply(throw=True)


def states():
    return {
        "letters": set(Letter.objects.values_list("state", flat=True)),
        "deliveries": set(Delivery.objects.values_list("state", flat=True)),
        "follow-ups": set(Outbox.objects.values_list("state", flat=True)),
        "checkouts": set(Checkout.objects.values_list("state", flat=True)),
        "events": set(StripeEvent.objects.values_list("state", flat=True)),
    }


WAITING = {
    "letters": {"queued"}, "deliveries": {"queued"}, "follow-ups": {"waiting"}, "checkouts": {"new"},
    "events": {"waiting"},
}  # fmt: skip


def test_nothing_leaves_while_it_is_on_hold(restored, post_office, stripe):
    turn_the_clock()
    turn_the_clock()
    assert post_office.envelopes == []
    assert stripe.heard == []
    assert states() == WAITING
    assert Edition.objects.get(subject="Later").state == Edition.State.DRAFT


def test_nobody_can_begin_to_pay(restored, stripe):
    with pytest.raises(StripeResting, match="on hold"):
        checkout.open_checkout(member=None, frequency="once", money=Money(500, "eur"), language="en")
    assert stripe.heard == []


def test_a_new_letter_waits_too(restored, post_office, member):
    write_code(member, "new")
    turn_the_clock()
    assert post_office.envelopes == []


def test_it_says_what_is_owed_and_keeps_it(restored, capsys):
    call_command("release_restored")
    said = capsys.readouterr().out
    for line in ("1  letters", "3  newsletters to readers", "1  newsletters on the schedule", "1  follow-ups"):
        assert line in said
    assert "1  checkouts begun" in said
    assert "1  Stripe events" in said
    assert Hold.objects.exists()


def test_it_is_let_go(restored, post_office, stripe):
    call_command("release_restored", send=True)
    turn_the_clock()
    assert "member@example.org" in post_office.recipients
    assert [address for address in post_office.recipients if address.startswith("reader")]
    assert any("POST /v1/checkout/sessions" in heard for heard in stripe.heard), stripe.heard
    assert any("GET /v1/invoices/in_1" in heard for heard in stripe.heard)


def test_what_was_owed_is_dropped(restored, post_office, stripe, member):
    call_command("release_restored", drop=True)
    turn_the_clock()
    assert post_office.envelopes == []
    assert not any("POST" in heard for heard in stripe.heard)
    write_code(member, "new")
    turn_the_clock()
    assert post_office.recipients == ["member@example.org"]
