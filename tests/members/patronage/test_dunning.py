"""A renewal that failed, on the sandbox's clock: rights for the days of grace, letters on set days, a friendly end."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from members.patronage import client, dunning, ending, rights, tasks
from members.patronage.client import stripe_api
from members.patronage.models import Payment, Period, Subscription
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.site_settings import save_site_settings, site_settings
from tests.members.patronage.conftest import receive
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox(begin_at):  # noqa: F811
    return begin_at("2026-03-02T08:00:00Z")


@pytest.fixture
def owing(sandbox, support, member):
    """Paid in March; from April on the card refuses."""

    def make(refusals=9):
        support("month", member=member)
        sandbox.control(f"subscriptions/{Subscription.objects.get().stripe_id}/fail", count=refusals)
        sandbox.advance("31d")
        receive(sandbox.events())
        return Subscription.objects.get()

    return make


def days(sandbox, number, *, told=True):
    for _day in range(number):
        sandbox.advance("1d")
        if told:
            receive(sandbox.events())
        tasks.sweep_dunning()
        Letter.objects.update(state="sent")


def reminders():
    return Letter.objects.filter(kind="members/payment_failed").count()


def test_it_keeps_the_rights_for_the_days_of_grace(owing, sandbox, member):
    assert owing().status == "past_due"
    period = Period.objects.get()
    assert rights.is_patron(member) and period.is_grace
    assert period.ends_at - period.paid_until == timedelta(days=14)
    days(sandbox, 13)
    assert rights.is_patron(member)
    days(sandbox, 2)
    assert not rights.is_patron(member)


def test_it_follows_the_settings(owing, sandbox, member):
    row = site_settings()
    row.grace_days = 4
    save_site_settings(row)
    cache.clear()  # what a commit would do
    owing()
    days(sandbox, 5)
    assert not rights.is_patron(member) and Subscription.objects.get().status == "canceled"
    assert reminders() == 3  # the first, the last word after two days, the third day


def test_it_writes_on_the_set_days_and_never_twice(owing, sandbox):
    owing()
    tasks.sweep_dunning()
    tasks.sweep_dunning()
    assert reminders() == 1
    counts = []
    for _day in range(13):
        days(sandbox, 1)
        tasks.sweep_dunning()
        counts.append(reminders())
    assert counts == [1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4]
    assert "Your support ends on" in Letter.objects.filter(kind="members/payment_failed").latest("id").subject


def test_it_links_to_the_fix_and_opens_no_account(owing, client, member):
    owing()
    tasks.sweep_dunning()
    letter = Letter.objects.get(kind="members/payment_failed")
    assert reverse("members:fix-payment") in letter.text and "invoice" not in letter.text
    answer = client.get(reverse("members:fix-payment"))
    assert answer.status_code == 302 and "/account/sign-in/" in answer.url


def test_the_letter_says_to_where_other_time_reaches(owing, member, tier):
    owing()
    now = timezone.now()
    free = Period.objects.create(
        member=member, tier=tier, cause="free", starts_at=now, ends_at=now + timedelta(days=90)
    )
    tasks.sweep_dunning()
    letter = Letter.objects.get(kind="members/payment_failed")
    day = date_format(timezone.localtime(free.ends_at), "j E Y")
    assert f"You stay a patron until {day}." in letter.text and "after that day" not in letter.text
    ends = date_format(timezone.localtime(Period.objects.get(cause="invoice").ends_at), "j E Y")
    assert f"your support ends on {ends}" in letter.text


def test_it_writes_nothing_to_who_paid_while_events_are_lost(owing, sandbox, member):
    owing(refusals=1)
    days(sandbox, 1)
    assert reminders() == 1
    days(sandbox, 4, told=False)  # the third day's try went through, and no event came
    assert reminders() == 1
    assert Subscription.objects.get().status == "active" and Payment.objects.filter(paid_at=None).count() == 0
    assert Period.objects.count() == 2 and not Period.objects.filter(grace_from__isnull=False).exists()


def test_it_takes_back_a_letter_that_is_still_queued_when_the_money_comes(owing, sandbox):
    owing(refusals=1)
    tasks.sweep_dunning()
    assert Letter.objects.get(kind="members/payment_failed").state == "queued"
    sandbox.control(f"invoices/{Payment.objects.get(paid_at=None).stripe_id}/pay")
    receive(sandbox.events())
    assert reminders() == 0


def test_it_ends_in_a_friendly_way_and_takes_nothing_more(owing, sandbox, member):
    owing()
    days(sandbox, 16)
    row = Subscription.objects.get()
    assert row.status == "canceled" and stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    letter = Letter.objects.get(kind="members/support_ended")
    assert "back in one click" in letter.text
    assert f"{reverse('members:support')}?as=month-500&currency=eur\n" in letter.text
    days(sandbox, 3)
    assert Letter.objects.filter(kind="members/support_ended").count() == 1
    assert not rights.is_patron(member)


@pytest.mark.parametrize("status", ["active", "paused", "unpaid"])
def test_it_says_nothing_of_an_end_to_whose_other_support_goes_on(owing, member, status):
    row = owing()
    other = Subscription.objects.get(pk=copy_owing(row, member).payment.subscription_id)
    Subscription.objects.filter(pk=row.pk).update(status="canceled")
    Subscription.objects.filter(pk=other.pk).update(status=status)
    dunning._tell_of_end(row)
    assert not Letter.objects.filter(kind="members/support_ended").exists()
    Subscription.objects.filter(pk=other.pk).update(status="canceled")
    dunning._tell_of_end(row)
    assert Letter.objects.filter(kind="members/support_ended").exists()


def test_it_says_nothing_of_failure_to_who_ended_it_herself(owing, sandbox, member):
    owing()
    stripe_api().subscriptions.cancel(Subscription.objects.get().stripe_id)
    Subscription.objects.get().changes.create(member=member, kind="cancel", state="done")
    receive(sandbox.events())
    days(sandbox, 2)
    assert not Letter.objects.filter(kind__in=["members/payment_failed", "members/support_ended"]).exists()
    assert not rights.is_patron(member)


@pytest.mark.parametrize("status", ["void", "uncollectible", "open"])
def test_it_says_nothing_of_a_bill_of_long_ago_to_whose_last_one_was_paid(owing, sandbox, member, status):
    owing(refusals=1)
    old = Payment.objects.get(paid_at=None)
    sandbox.control(f"invoices/{old.stripe_id}/pay")
    receive(sandbox.events())
    Payment.objects.filter(pk=old.pk).update(
        status=status, paid_at=None, created_at=timezone.now() - timedelta(days=60)
    )
    stripe_api().subscriptions.cancel(Subscription.objects.get().stripe_id)  # at the dashboard or in the portal
    receive(sandbox.events())
    days(sandbox, 1)
    assert Subscription.objects.get().status == "canceled"
    assert not Letter.objects.filter(kind="members/support_ended").exists()


@pytest.mark.parametrize("where", ["here", "at stripe"])
def test_it_writes_once_of_an_end_after_another_one_was_taken_back(support, sandbox, client, member, where):
    support("month", member=member)
    row = ending.end_support(member=member)
    if where == "here":
        ending.keep_support(member=member)
    else:
        stripe_api().subscriptions.update(row.stripe_id, {"cancel_at_period_end": False})
    sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
    sandbox.advance("31d")
    receive(sandbox.events())
    days(sandbox, 16)
    assert Subscription.objects.get().status == "canceled"
    assert Letter.objects.filter(kind="members/support_ended").count() == 1
    sign_in(client, member)
    assert "because the payment of €5 did not go through" in client.get(reverse("members:my-support")).content.decode()


def test_it_writes_once_after_a_sweep_that_was_down_for_a_week(owing, sandbox):
    owing()
    sandbox.advance("8d")
    receive(sandbox.events())
    tasks.sweep_dunning()
    assert reminders() == 1


def test_it_waits_while_stripe_rests(owing, settings):
    owing()
    base = settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    tasks.sweep_dunning()
    assert reminders() == 0
    settings.STRIPE_API_BASE = base
    tasks.sweep_dunning()
    assert reminders() == 1


def test_it_shows_a_banner_and_leads_to_the_open_bill(owing, client, member):
    row = owing()
    sign_in(client, member)
    address = reverse("members:fix-payment")
    assert f'<div data-slot="owing"><a class="wrap" href="{address}"' in client.get("/fragment/me/").content.decode()
    assert address in client.get("/account/").content.decode().partition("<main")[2]
    assert "did not go through" in client.get(address).content.decode()
    bill = stripe_api().invoices.retrieve(dunning.unpaid_bill(row).stripe_id)
    answer = client.post(address)
    assert answer.status_code == 303 and answer.url == bill.hosted_invoice_url
    Payment.objects.filter(status="open").delete()  # its event is not here yet
    assert client.post(address).url == bill.hosted_invoice_url


def test_it_goes_on_to_show_the_fix_when_the_grace_is_over(owing, sandbox, client, member):
    """As while Stripe is silent, and nothing is ended yet."""
    row = owing()
    sandbox.advance("15d")
    assert not rights.is_patron(member) and Subscription.objects.get().is_owing
    sign_in(client, member)
    address = reverse("members:fix-payment")
    assert f'<div data-slot="owing"><a class="wrap" href="{address}"' in client.get("/fragment/me/").content.decode()
    for page in ("/account/", address):
        assert "you have no vote until it is paid" in client.get(page).content.decode()
    bill = stripe_api().invoices.retrieve(dunning.unpaid_bill(row).stripe_id)
    assert client.post(address).url == bill.hosted_invoice_url


def test_it_says_at_the_account_that_support_ended_unpaid_and_leads_back(owing, sandbox, client, member):
    row = owing()
    days(sandbox, 16)
    sign_in(client, member)
    page = client.get("/account/").content.decode()
    ended = date_format(timezone.localtime(Subscription.objects.get().ended_at), "j E Y")
    assert f"Your support ended on {ended}, because the payment of €5 did not go through." in page
    assert f"{reverse('members:support')}?as=month-500&amp;currency=eur" in page
    assert 'data-slot="owing"' not in client.get("/fragment/me/").content.decode()  # nothing is open any more
    for kind in ("end", "keep", "cancel"):
        row.changes.create(member=member, kind=kind, state="done")
        Subscription.objects.update(cancel_at_period_end=kind == "end")  # as Stripe keeps it
        is_said = "did not go through" in client.get("/account/").content.decode()
        assert is_said == (kind == "keep")  # who wished the end hears nothing of failure


def test_it_shows_no_banner_to_who_has_paid(sandbox, support, client, member):
    support("month", member=member)
    sign_in(client, member)
    address = reverse("members:fix-payment")
    assert address not in client.get("/fragment/me/").content.decode()
    assert client.get(address).url == reverse("members:my-support")
    assert client.post(address).url == reverse("members:my-support")


def test_it_writes_on_the_days_of_the_settings(owing, sandbox):
    set_days("1, 5")
    owing()
    counts = []
    for _day in range(13):
        days(sandbox, 1)
        counts.append(reminders())
    assert counts == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3]


def test_days_changed_within_a_grace_write_no_letter_of_the_past(owing, sandbox):
    owing()
    days(sandbox, 4)
    assert reminders() == 2  # of the first and the third day
    set_days("0, 2, 9")
    days(sandbox, 4)
    assert reminders() == 2
    days(sandbox, 1)
    assert reminders() == 3


def set_days(text):
    row = site_settings()
    row.dunning_days = text
    save_site_settings(row)
    cache.clear()  # what a commit would do


@pytest.fixture
def hasty(monkeypatch):
    """Stripe is waited for as in the web process, and asked once."""
    client._make_client.cache_clear()
    monkeypatch.setattr(client, "RETRIES", 0)
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.5)
    yield
    client._make_client.cache_clear()


FAULTS = ["error", "error_after", "cut", "cut_after", "error_kept", "rate_limit", "silence", "silence_after"]


@pytest.mark.parametrize("kind", FAULTS)
def test_it_ends_once_whatever_stripe_answers(hasty, owing, sandbox, member, kind):
    row = owing()
    days(sandbox, 13)
    path = f"/v1/subscriptions/{row.stripe_id}"
    sandbox.control("faults", kind=kind, path=path, method="DELETE", count=1)
    days(sandbox, 1)
    assert not Letter.objects.filter(kind="members/support_ended").exists()
    sandbox.control("faults", count=0)
    sandbox.advance("1h")
    for _sweep in range(2):
        tasks.sweep_dunning()
    row.refresh_from_db()
    assert row.status == stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert Letter.objects.filter(kind="members/support_ended").count() == 1
    assert AuditEntry.objects.filter(action="support.end_unpaid").count() == 1


@pytest.mark.parametrize("kind", ["error", "rate_limit", "cut"])
def test_a_letter_waits_for_stripe_s_word_and_is_written_once(hasty, owing, sandbox, kind):
    bill = dunning.unpaid_bill(owing())
    sandbox.control("faults", kind=kind, path=f"/v1/invoices/{bill.stripe_id}", method="GET", count=1)
    tasks.sweep_dunning()
    assert reminders() == 0
    sandbox.control("faults", count=0)
    for _sweep in range(2):
        tasks.sweep_dunning()
    assert reminders() == 1


def test_whoever_has_nothing_due_stands_before_nobody(owing, sandbox, monkeypatch, make_patron):
    """Of three in grace one has a letter due: the one a sweep takes is that one, however young it is."""
    monkeypatch.setattr(dunning, "AT_ONCE", 1)
    row = owing()
    tasks.sweep_dunning()
    letter = Letter.objects.get(kind="members/payment_failed")
    others = [copy_owing(row, make_patron(f"other{number}@example.org")) for number in range(2)]
    for period in others:  # longer in grace, and written to
        Period.objects.filter(pk=period.pk).update(grace_from=period.grace_from - timedelta(hours=5))
        step = dunning.step_of(dunning.Owed.in_grace(Period.objects.get(pk=period.pk)), timezone.now())
        Letter.objects.create(
            kind=letter.kind, cause=f"dunning:{period.pk}:{step}", to_email="other@example.org", language="en",
            subject="x", text="x",
        )  # fmt: skip
    letter.delete()
    tasks.sweep_dunning()
    assert Letter.objects.filter(cause=letter.cause).exists()


def test_whatever_stripe_refuses_each_time_does_not_stand_before_the_others_for_ever(owing, monkeypatch, make_patron):
    monkeypatch.setattr(dunning, "AT_ONCE", 1)
    row = owing()
    for number in range(2):
        gone = copy_owing(row, make_patron(f"gone{number}@example.org"))  # unknown at Stripe, and longer in grace
        Period.objects.filter(pk=gone.pk).update(grace_from=gone.grace_from - timedelta(hours=5))
    for _sweep in range(100):
        tasks.sweep_dunning()
        if reminders():
            break
    assert reminders() == 1


def test_what_stripe_does_not_know_ends_when_its_grace_is_over(owing, sandbox, monkeypatch, make_patron):
    gone = copy_owing(owing(), make_patron("gone@example.org"))
    days(sandbox, 16)
    row = Subscription.objects.get(pk=gone.payment.subscription_id)
    gone.refresh_from_db()
    assert (row.status, gone.grace_from) == ("canceled", None) and gone.ends_at < sandbox.now()
    assert Letter.objects.filter(kind="members/support_ended", to_email="gone@example.org").count() == 1
    assert AuditEntry.objects.filter(action="support.end_unpaid", target_id=str(row.pk)).count() == 1
    monkeypatch.setattr(dunning, "_look_again", lambda subscription: pytest.fail("Stripe was asked"))
    tasks.sweep_dunning()


def test_a_bill_that_stripe_does_not_know_holds_up_no_end(owing, sandbox):
    row = owing()
    Payment.objects.filter(status="open").update(stripe_id="in_gone")
    days(sandbox, 16, told=False)
    row.refresh_from_db()
    assert row.status == stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert Payment.objects.get(stripe_id="in_gone").status == "void"


def test_it_leaves_periods_of_the_other_mode_alone(owing, monkeypatch):
    owing()
    for model in (Payment, Subscription):
        model.objects.update(livemode=True)
    monkeypatch.setattr(dunning, "_look_again", lambda subscription: pytest.fail("Stripe was asked"))
    tasks.sweep_dunning()
    Subscription.objects.update(status="canceled", ended_at=timezone.now())
    tasks.sweep_dunning()
    assert not Letter.objects.filter(kind__in=["members/payment_failed", "members/support_ended"]).exists()


def test_without_days_of_grace_there_is_one_and_an_end(owing, sandbox, member):
    row = site_settings()
    row.grace_days, row.dunning_days = 0, "0"
    save_site_settings(row)
    cache.clear()  # what a commit would do
    owing()
    tasks.sweep_dunning()
    assert rights.is_patron(member) and reminders() == 1
    days(sandbox, 2)
    assert not rights.is_patron(member) and Subscription.objects.get().status == "canceled"
    assert Letter.objects.filter(kind="members/support_ended").count() == 1


def copy_owing(subscription, member):
    """Another member's support in the same state; Stripe knows nothing of it."""
    paid, bill = Payment.objects.filter(subscription=subscription).order_by("created_at", "pk")
    period, key = Period.objects.get(payment=paid), f"copy_{member.pk}"
    subscription = Subscription.objects.get(pk=subscription.pk)
    for row in (subscription, paid, bill, period):
        row.pk, row.member = None, member
        row._state.adding = True
    subscription.stripe_id = f"sub_{key}"
    subscription.save()
    for number, row in enumerate((paid, bill)):
        row.stripe_id, row.subscription = f"in_{key}_{number}", subscription
        row.save()
    period.payment = paid
    period.save()
    return period
