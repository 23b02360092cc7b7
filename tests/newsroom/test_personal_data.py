import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from articles.models import Author
from articles.publishing import PUBLISHED, publish
from members.accounts.models import AddressChange, Member, SignInLink, StaffLink
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
from newsletters.signing_up import confirm_signups
from newsroom.lib.models import Letter, Outbox
from newsroom.site.not_personal import NOT_PERSONAL
from newsroom.site.personal_data import TABLE, kept, personal_data_page
from newsroom.site.purging import purge_expired
from newsroom.site.tasks import purge_personal_data
from tests.articles import making

PEOPLE = (Member, Author)
WORDS = (
    models.CharField, models.TextField, models.JSONField, models.FileField, models.BinaryField, models.DateField,
    models.GenericIPAddressField, models.ManyToManyField, SearchVectorField, ArrayField,
)  # fmt: skip


def may_be_personal(field):
    """Whatever can hold a name, an address or somebody's words, and what leads to a person's row."""
    if isinstance(field, models.ForeignKey):
        return issubclass(field.related_model, PEOPLE)
    return isinstance(field, WORDS) and not isinstance(field, models.DateTimeField)


def fields_held():
    """Of every table of the database, whoever brought it, but for those that Django makes between two others."""
    return {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if may_be_personal(field)
    }


PERSONAL = [(entry.model, name) for entry in TABLE for name in entry.fields]
PLAIN = [(model, name) for fields in NOT_PERSONAL.values() for model, names in fields.items() for name in names]


def undecided(*declared):
    return fields_held() - {pair for pairs in declared for pair in pairs}


def test_each_field_is_declared_or_said_to_hold_nothing_personal():
    """Declare it in personal_data.TABLE, or in not_personal with the reason."""
    assert undecided(PERSONAL, PLAIN) == set()


@pytest.mark.parametrize(
    "pair",
    [
        ("members.Declaration", "reason"), ("members.TopicText", "question"), ("members.RefundRequest", "reason"),
        ("members.Drift", "says"), ("newsletters.Delivery", "error"), ("lib.Outbox", "payload"),
        ("articles.Note", "addressed_to"), ("articles.Author", "bio"), ("articles.Image", "file"),
        ("members.SupportMove", "why"), ("sessions.Session", "session_data"),
    ],
    ids="".join,
)  # fmt: skip
def test_it_finds_one_that_is_not(pair):
    others = set(PERSONAL + PLAIN) - {pair}
    assert undecided(others) == {pair}


def test_each_field_is_declared_once():
    assert [pair for pair, times in Counter(PERSONAL + PLAIN).items() if times > 1] == []


def test_it_declares_only_fields_that_exist():
    for model, name in PERSONAL + PLAIN:
        assert apps.get_model(model)._meta.get_field(name)


NEW_FIELDS = (
    models.EmailField(), models.TextField(), models.JSONField(), models.DateField(), models.FileField(),
    models.CharField(max_length=1, choices=[("a", "A")]), models.GenericIPAddressField(),
    models.ManyToManyField("members.Tier"), models.ForeignKey(Member, on_delete=models.CASCADE),
    models.OneToOneField(Author, on_delete=models.CASCADE),
)  # fmt: skip


@pytest.mark.parametrize("field", NEW_FIELDS, ids=lambda field: type(field).__name__)
def test_it_asks_about_each_kind_of_field_that_may_hold_a_person(field):
    assert may_be_personal(field)


def test_the_page_shows_the_table_as_it_is():
    """After a change: make manage ARGS="personal_data" > docs/personal-data.md"""
    assert (Path(settings.BASE_DIR) / "docs" / "personal-data.md").read_text() == personal_data_page()


def make_letter(cause, age, member=None, kind="members/receipt"):
    letter = Letter.objects.create(
        cause=cause, kind=kind, to_email="reader@example.org", language="en", subject="s", text="t",
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
        member=member, kind="end", carried_as="end", state="done", given="x", name="A", reason="other",
        language="en", token_hash="h", expires_at=now, confirmed_at=now,
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
    return SignInLink.objects.create(
        member=member, email="x@example.org", target="/x/", token_hash="h", expires_at=timezone.now()
    )


def handed_out(member):
    return StaffLink.objects.create(member=member, issued_by=member, token_hash="h", expires_at=timezone.now())


def followed_up(member):
    return Outbox.objects.create(kind="member.erase", key=member.pk, payload={"member_id": member.pk}, state="done")


def event_told(member):
    return StripeEvent.objects.create(event_id="evt_1", type="x", object_id="cus_1", state=StripeEvent.State.DONE)


def signed_up(member, state="left"):
    letter = Newsletter.objects.create(slug="daily", name="The Daily")
    return Signup.objects.create(newsletter=letter, member=member, state=state, source="/x/", network_hash="n")


def edition_sent(member):
    signup = signed_up(member)
    edition = Edition.objects.create(newsletter=signup.newsletter, subject="Today")
    return Delivery.objects.create(edition=edition, signup=signup, provider_id="1", error="NotTaken 550")


def session_begun(member):
    return Session.objects.create(session_key="s", session_data="d", expire_date=timezone.now())


# each promise of the table that says a time → a row of which it holds, and where its age stands
PROMISED = {
    ("sessions.Session", "session_key"): (session_begun, "expire_date"),
    ("members.StaffLink", "member"): (handed_out, "created_at"),
    ("members.SignInLink", "member"): (link_sent, "expires_at"),
    ("members.AddressChange", "member"): (address_changed, "created_at"),
    ("members.SupportChange", "comment"): (wanted, "created_at"),
    ("members.Declaration", "member"): (declared, "made_at"),
    ("members.Gift", "giver_name"): (given, "created_at"),
    ("members.Checkout", "member"): (begun, "created_at"),
    ("members.StripeEvent", "object_id"): (event_told, "received_at"),
    ("newsletters.Signup", "member"): (signed_up, "left_at"),
    ("newsletters.Delivery", "signup"): (edition_sent, "created_at"),
    ("lib.Outbox", "key"): (followed_up, "done_at"),
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
    assert all(left.values() or [moment in ("expires_at", "expire_date")]), left


def test_what_is_still_owed_is_kept_however_old(member):
    row = followed_up(member)
    Outbox.objects.update(state="failed", created_at=timezone.now() - timedelta(days=999))
    purge_expired()
    assert Outbox.objects.get() == row


@pytest.mark.django_db
def test_a_story_that_is_published_anew_after_years_owes_nothing_again():
    """Whoever voted for it was told then."""
    story = making.story()
    owed = Outbox.objects.filter(kind=PUBLISHED)
    assert owed.update(state="done", done_at=timezone.now() - timedelta(days=999)) == 1
    purge_expired()
    publish(user=None, article=story)
    assert owed.get().state == "done"


def test_it_keeps_what_is_younger(member):
    row = begun(member)
    Checkout.objects.update(created_at=timezone.now() - timedelta(days=729))
    wanted(member)
    purge_expired()
    row.refresh_from_db()
    assert row.member == member and SupportChange.objects.get().comment


def test_it_forgets_who_never_confirmed_a_sign_up(make_member):
    """After thirty days the sign-up, then, with the letter that asked, the member of whom nothing else is there."""
    now = timezone.now()
    reader = make_member("somebody@example.org", proved_at=None, joined_at=now - timedelta(days=31))
    signup = signed_up(reader, "pending")
    make_letter("ask", timedelta(days=29), reader, kind="newsletters/confirm")
    Signup.objects.update(asked_at=now - timedelta(days=29))
    purge_expired()
    assert Signup.objects.filter(pk=signup.pk).exists() and Letter.objects.get().to_email
    Signup.objects.update(asked_at=now - timedelta(days=31))
    Letter.objects.update(created_at=now - timedelta(days=31))
    purge_expired()
    assert not Signup.objects.exists() and not Member.objects.filter(pk=reader.pk).exists()
    assert not Letter.objects.exists()


def test_it_keeps_the_letter_of_who_did_confirm(member):
    """As long as any other letter."""
    make_letter("ask", timedelta(days=31), member, kind="newsletters/confirm")
    purge_expired()
    assert Letter.objects.get().to_email


@pytest.mark.django_db(transaction=True)
def test_it_spares_a_sign_up_that_is_confirmed_at_this_moment(make_member):
    """The purge has read it and waits for the row."""
    signup = signed_up(make_member("somebody@example.org", proved_at=None), "pending")
    Signup.objects.update(asked_at=timezone.now() - timedelta(days=31))
    purge = threading.Thread(target=lambda: (purge_expired(), connection.close()))
    with transaction.atomic():
        confirm_signups(signups=[signup])
        purge.start()
        deadline = monotonic() + 10
        while not _waits_for_a_row() and monotonic() < deadline:
            pass
    purge.join()
    assert Signup.objects.get().state == "confirmed"


def _waits_for_a_row():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        return cursor.fetchone()[0] > 0


def test_it_keeps_a_sign_up_that_stands(member):
    signed_up(member, "pending")
    then = timezone.now() - timedelta(days=9999)
    Signup.objects.update(state="confirmed", asked_at=then, confirmed_at=then)
    purge_expired()
    assert Signup.objects.exists()


def test_beat_purges_each_night(member):
    row = begun(member)
    Checkout.objects.update(created_at=timezone.now() - timedelta(days=731))
    assert purge_personal_data.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    purge_personal_data()
    row.refresh_from_db()
    assert row.member is None


def test_one_command_purges(member):
    row = begun(member)
    Checkout.objects.update(created_at=timezone.now() - timedelta(days=731))
    call_command("purge_personal_data")
    row.refresh_from_db()
    assert row.member is None
