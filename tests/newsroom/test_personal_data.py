from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone

from members.accounts.models import AddressChange, SignInLink
from members.patronage.models import (
    Checkout,
    Declaration,
    Gift,
    Payment,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
    Tier,
)
from newsletters.models import Delivery, Edition, Newsletter, Signup
from newsroom.lib.models import Letter
from newsroom.site.personal_data import TABLE, kept
from newsroom.site.purging import purge_expired

OURS = ("articles", "members", "newsletters", "lib", "account", "mfa")


def is_personal(field):
    """An address, or a row that leads to a person."""
    leads_to_person = isinstance(field, models.ForeignKey) and field.related_model is get_user_model()
    return leads_to_person or isinstance(field, models.EmailField)


def test_it_declares_each_field_that_leads_to_a_person():
    declared = {(entry.model, name) for entry in TABLE for name in entry.fields}
    found = {
        (model._meta.label, field.name)
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if is_personal(field)
    }
    assert found - declared == set()


def test_it_declares_only_fields_that_exist():
    for entry in TABLE:
        for name in entry.fields:
            assert apps.get_model(entry.model)._meta.get_field(name)


def make_letter(cause, age, member=None):
    letter = Letter.objects.create(
        cause=cause, kind="members/receipt", to_email="reader@example.org", language="en", subject="s", text="t",
        html="<p>t", headers={"List-Unsubscribe": "<https://example.org/token/>"}, member=member,
    )  # fmt: skip
    Letter.objects.filter(pk=letter.pk).update(created_at=timezone.now() - age)
    return letter


@pytest.mark.django_db
def test_it_blanks_letters_after_ninety_days():
    old, young = make_letter("old", timedelta(days=91)), make_letter("young", timedelta(days=89))
    purge_expired()
    purge_expired()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.to_email, old.text, young.to_email) == ("", "", "reader@example.org")


def test_a_letter_that_lost_its_address_before_loses_its_member_too(member):
    """Purged by an earlier release, which left whose it was."""
    letter = make_letter("old", timedelta(days=91), member)
    Letter.objects.update(to_email="", subject="", text="", html="")
    purge_expired()
    letter.refresh_from_db()
    assert (letter.member, letter.headers) == (None, {})


def test_it_forgets_changes_of_address_after_ninety_days(member, manager):
    now = timezone.now()
    for days in (10, 91):
        change = AddressChange.objects.create(
            member=member, email=f"new{days}@example.org", token_hash=str(days), asked_by=manager, expires_at=now,
            state=AddressChange.State.ENDED,
        )  # fmt: skip
        AddressChange.objects.filter(pk=change.pk).update(created_at=now - timedelta(days=days))
    purge_expired()
    assert AddressChange.objects.get().email == "new10@example.org"


def begun(member):
    money = {"amount": 500, "currency": "eur"}
    return Checkout.objects.create(member=member, frequency="once", language="en", state="paid", **money)


def wanted(member):
    now = timezone.now()
    customer = StripeCustomer.objects.create(member=member, stripe_id="cus_1")
    support = Subscription.objects.create(
        member=member, customer=customer, stripe_id="sub_1", status="canceled", amount=500, currency="eur",
        interval="month", fetched_at=now, created_at=now,
    )  # fmt: skip
    return SupportChange.objects.create(member=member, subscription=support, kind="end", state="done", comment="Moved.")


def declared(member):
    now = timezone.now()
    return Declaration.objects.create(
        member=member, kind="end", carried_as="end", state="done", given="x", name="A", language="en", token_hash="h",
        expires_at=now, confirmed_at=now,
    )  # fmt: skip


def given(member):
    now = timezone.now()
    paid = Payment.objects.create(
        member=member, stripe_id="pi_1", kind="once", status="succeeded", amount=500, currency="eur", fetched_at=now,
        created_at=now, paid_at=now,
    )  # fmt: skip
    return Gift.objects.create(
        checkout=begun(member), payment=paid, giver=member, tier=Tier.objects.create(key="t", name="T"), months=3,
        giver_name="Me", message="Dear", recipient_email="friend@example.org", handed_over_at=now, state="lapsed",
    )  # fmt: skip


def address_changed(member):
    now = timezone.now()
    return AddressChange.objects.create(
        member=member, email="new@example.org", token_hash="1", asked_by=member, expires_at=now, state="ended"
    )


def link_sent(member):
    return SignInLink.objects.create(member=member, email="x@example.org", token_hash="h", expires_at=timezone.now())


def event_told(member):
    return StripeEvent.objects.create(event_id="evt_1", type="x", object_id="cus_1", state=StripeEvent.State.DONE)


def edition_sent(member):
    letter = Newsletter.objects.create(slug="daily", name="The Daily")
    signup = Signup.objects.create(newsletter=letter, member=member)
    edition = Edition.objects.create(newsletter=letter, subject="Today")
    return Delivery.objects.create(edition=edition, signup=signup, provider_id="1")


# each promise of the table that says a time → a row of which it holds, and where its age stands
PROMISED = {
    ("members.SignInLink", "member"): (link_sent, "expires_at"),
    ("members.AddressChange", "member"): (address_changed, "created_at"),
    ("members.SupportChange", "comment"): (wanted, "created_at"),
    ("members.Declaration", "member"): (declared, "made_at"),
    ("members.Gift", "giver_name"): (given, "created_at"),
    ("members.Checkout", "member"): (begun, "created_at"),
    ("members.StripeEvent", "object_id"): (event_told, "received_at"),
    ("newsletters.Delivery", "signup"): (edition_sent, "created_at"),
    ("lib.Letter", "member"): (lambda member: make_letter("old", timedelta(0), member), "created_at"),
}
TIMED = {(entry.model, entry.fields[0]): entry for entry in TABLE if entry.retention}


def test_it_knows_each_promise_that_says_a_time():
    assert set(PROMISED) == set(TIMED)


def test_it_answers_how_long_only_where_the_table_says():
    assert kept(Letter, "text") == timedelta(days=90)
    with pytest.raises(LookupError):
        kept(Subscription, "member")


@pytest.mark.parametrize("key", PROMISED, ids="".join)
def test_it_keeps_what_the_table_promises(member, key):
    """The day after, none of what is promised to go is left; the row may be."""
    make, moment = PROMISED[key]
    entry, row = TIMED[key], make(member)
    rows = type(row).objects.filter(pk=row.pk)
    assert all(rows.values(*entry.fields).get().values()), "a field that was never filled shows nothing"
    rows.update(**{moment: timezone.now() - entry.retention - timedelta(days=1)})
    purge_expired()
    left = rows.values(*entry.fields).first() or {}
    assert not any(left.values()), left


@pytest.mark.parametrize("key", PROMISED, ids="".join)
def test_it_keeps_what_the_table_allows_a_day_longer(member, key):
    """The day before the end it is there, unless the row has an earlier end of its own (a link that has expired)."""
    make, moment = PROMISED[key]
    entry, row = TIMED[key], make(member)
    rows = type(row).objects.filter(pk=row.pk)
    rows.update(**{moment: timezone.now() - entry.retention + timedelta(days=1)})
    purge_expired()
    left = rows.values(*entry.fields).first() or {}
    assert all(left.values() or [moment == "expires_at"]), left


def test_it_keeps_what_is_younger(member):
    row = begun(member)
    Checkout.objects.update(created_at=timezone.now() - timedelta(days=729))
    wanted(member)
    purge_expired()
    row.refresh_from_db()
    assert row.member == member and SupportChange.objects.get().comment
