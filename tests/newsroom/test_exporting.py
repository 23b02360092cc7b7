"""Everything held on a member, in one file, for that member alone."""

import json
from collections import defaultdict

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from articles.publishing import unpublish
from members.accounts.models import Member, StaffLink
from members.patronage.models import (
    Checkout,
    Declaration,
    DeclaredEffect,
    Decline,
    Dispute,
    Double,
    Gift,
    Payment,
    Refund,
    StripeCustomer,
    Subscription,
)
from members.voting.models import Topic, TopicText
from newsletters.models import Newsletter, Signup
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry
from newsroom.site.exporting import HELD
from newsroom.site.personal_data import TABLE, WRITTEN_BY
from tests.articles import making
from tests.mirrored import mirrored
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
EXPORT = reverse("account-export")
# Rows that lead to a person by what others did: who granted, who issued; the row that another was merged into.
BY_OTHERS = {
    ("members.Period", "granted_by"), ("members.StaffLink", "issued_by"), ("members.Member", "merged_into"),
}  # fmt: skip
# The newsroom's own, whoever gave rise to it; what hangs on it is public.
THEMSELVES = {"members.Topic", "articles.Author"}
SECRETS = {("members.GiftLink", "gift"), ("account.EmailConfirmation", "email_address")}
OF_OUR_MACHINERY = {
    "id", "key", "token_hash", "account", "livemode", "fetched_at", "checked_at", "product_id", "item_id", "refusals",
    "error",
}  # fmt: skip
OURS = ("articles", "members", "newsletters", "lib", "account", "mfa")


@pytest.fixture
def full_member(member):
    Payment.objects.create(
        member=member, stripe_id="in_1", kind=Payment.Kind.RENEWAL, status="paid", amount=500, currency="eur",
        paid_at=timezone.now(), fetched_at=timezone.now(), created_at=timezone.now(), receipt_number="NR-77",
    )  # fmt: skip
    topic = Topic.objects.create(slug="fog-horn", suggested_by=member)
    TopicText.objects.create(topic=topic, language="en", question="Who pays for the fog horn?", why="Silence.")
    letter = Newsletter.objects.create(slug="daily", name="The Daily")
    Signup.objects.create(newsletter=letter, member=member, token="secret-token", network_hash="secret-hash")
    StaffLink.objects.create(member=member, token_hash="secret-link", expires_at=timezone.now())
    return member


def exported(client):
    answer = client.post(EXPORT)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json"
    return json.loads(answer.content), answer


def test_it_gives_what_is_held(full_member, member_client):
    data, answer = exported(member_client)
    assert data["account"]["email"] == "member@example.org" and data["payments"][0]["receipt_number"] == "NR-77"
    assert data["topic_texts"][0]["question"] == "Who pays for the fog horn?"
    assert data["newsletters"][0]["newsletter__name"] == "The Daily" and data["may_be_written_to"] is True
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]


def test_it_gives_nothing_of_anybody_else(full_member, stranger_client):
    data, answer = exported(stranger_client)
    assert data["account"]["email"] == "stranger@example.org"
    assert b"member@example.org" not in answer.content and b"NR-77" not in answer.content


def test_it_gives_no_secret(full_member, member_client):
    assert b"secret" not in exported(member_client)[1].content


def test_it_asks_whoever_is_not_signed_in_to_sign_in_and_answers_no_get(member_client):
    assert Client().post(EXPORT).status_code == 302 and member_client.get(EXPORT).status_code == 405


def test_it_is_audited(member, member_client):
    exported(member_client)
    assert AuditEntry.objects.get(action="member.exported").actor == member


def test_it_gives_each_row_that_leads_to_a_person_and_is_not_mere_responsibility():
    written_by = {(entry.model, name) for entry in TABLE if entry.purpose == WRITTEN_BY for name in entry.fields}
    leading = {
        (model._meta.label, field.name)
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Member
    }
    held = {(entry.model, owner) for entry in HELD for owner in (entry.owner, entry.also)}
    assert leading - written_by - BY_OTHERS - held == set()


def test_it_gives_each_row_that_leads_to_a_person_through_another():
    rows = {entry.model for entry in HELD} - THEMSELVES
    leading = {
        (model._meta.label, field.name)
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model._meta.label in rows
    }
    led = {(entry.model, owner.split("__")[0]) for entry in HELD for owner in (entry.owner, entry.also) if owner}
    reached = {model for model, _name in led}  # of a row that is given already, another way to it is no other row
    assert {pair for pair in leading if pair[0] not in reached} == SECRETS
    assert {("members.Double", "first"), ("members.Double", "second"), ("members.Gift", "checkout")} <= led


def test_it_gives_each_field_of_what_somebody_gives():
    given = defaultdict(set)
    for entry in HELD:
        given[entry.model].update(entry.fields)
    missing = {
        (label, field.name)
        for label, names in given.items()
        if (model := apps.get_model(label)).__module__.startswith("members.patronage.")
        for field in model._meta.concrete_fields
        if not isinstance(field, models.ForeignKey) and field.name not in names | OF_OUR_MACHINERY
    }
    assert missing == set()


@pytest.fixture
def giving(make_member):
    """Somebody who gave twice, under two addresses; a payment that went back, was disputed, and was declared."""

    def give(email):
        member, name = make_member(email), email.split("@")[0]
        customer = StripeCustomer.objects.create(member=member, stripe_id=f"cus_{name}")
        support = Subscription.objects.create(
            member=member, customer=customer, status="active", amount=500, currency="eur", interval="month",
            fingerprint="print-of-card", percent_off=50, **mirrored(f"sub_{name}"),
        )  # fmt: skip
        return member, support

    first, second = give("anna@example.org"), give("anna.work@example.com")
    Double.objects.create(first=first[1], second=second[1], why=Double.Why.CARD)
    return first, second


def client_of(member):
    sign_in(client := Client(), member)
    return client


def test_it_gives_what_hangs_on_a_payment(member, member_client, full_member):
    payment = Payment.objects.get()
    for model, fields in ((Refund, {"status": "succeeded"}), (Dispute, {"status": "needs_response"})):
        model.objects.create(payment=payment, amount=120, currency="eur", **fields, **mirrored(model.__name__))
    declaration = Declaration.objects.create(
        member=member, kind="withdraw", given="NR-77", language="en", token_hash="secret", expires_at=timezone.now()
    )
    DeclaredEffect.objects.create(declaration=declaration, kind="refund", payment=payment, amount=120, currency="eur")
    data, _answer = exported(member_client)
    for section in ("refunds", "disputes", "what_came_of_declarations"):
        assert [row["amount"] for row in data[section]] == [120], section
        assert data[section][0]["payment__stripe_id"] == "in_1"


def test_it_says_that_somebody_gives_twice_and_names_no_support_of_the_other_address(giving):
    (first, _older), (second, _younger) = giving
    data, answer = exported(client_of(first))
    assert data["doubles_of_an_earlier_support"][0]["why"] == "card" and not data["doubles_of_a_later_support"]
    assert b"anna.work" not in answer.content
    assert data["subscriptions"][0]["fingerprint"] == "print-of-card"
    assert data["subscriptions"][0]["percent_off"] == "50.00"
    data, answer = exported(client_of(second))
    assert data["doubles_of_a_later_support"] and b'sub_anna"' not in answer.content


def test_it_names_the_story_at_which_support_was_begun_and_what_was_declined_there(member, member_client):
    story = making.story(headline="What the flood wall costs")
    row = Checkout.objects.create(
        member=member, frequency="month", amount=500, currency="eur", language="en", article_id=story.pk
    )
    Decline.objects.create(
        checkout=row, stripe_id="ch_1", amount=500, currency="eur", code="lost", declined_at=timezone.now()
    )
    data, _answer = exported(member_client)
    assert data["checkouts"][0]["article_id"] == story.pk
    assert data["checkouts"][0]["story"] == "What the flood wall costs"
    assert data["payments_declined"][0]["code"] == "lost"
    unpublish(user=None, article=story)
    data, _answer = exported(member_client)
    assert data["checkouts"][0]["article_id"] == story.pk and data["checkouts"][0]["story"] is None


def test_it_gives_a_gift_that_was_begun_and_not_paid(member, member_client, stranger_client, tier):
    row = Checkout.objects.create(member=member, frequency="once", amount=1500, currency="eur", language="en")
    Gift.objects.create(checkout=row, tier=tier, months=3, recipient_email="friend@example.org", giver_name="Me")
    data, _answer = exported(member_client)
    assert data["gifts_given"][0]["recipient_email"] == "friend@example.org"
    assert exported(stranger_client)[0]["gifts_given"] == []


def test_it_gives_the_audit_about_the_member_and_what_is_theirs_without_who_did_it(full_member, member_client, manager):
    record("member.noted", actor=manager, target=full_member)
    record("payment.refunded", actor_label="stripe", target=Payment.objects.get())
    record("payment.refunded", actor_label="stripe", target=Topic.objects.get())
    data, answer = exported(member_client)
    done = [(row["action"], row["target_type"]) for row in data["what_was_done_about_you"]]
    assert {("member.noted", "members.member"), ("payment.refunded", "members.payment")} <= set(done)
    assert b"manager@example.org" not in answer.content and b"Manager" not in answer.content
    assert done.count(("payment.refunded", "members.payment")) == 1
