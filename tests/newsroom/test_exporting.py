"""Everything held on a member, in one file, for that member alone."""

import json

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts.models import Member, StaffLink
from members.patronage.models import Payment
from members.voting.models import Topic, TopicText
from newsletters.models import Newsletter, Signup
from newsroom.lib.models import AuditEntry
from newsroom.site.exporting import HELD
from newsroom.site.personal_data import TABLE, WRITTEN_BY

pytestmark = pytest.mark.django_db
EXPORT = reverse("account-export")
# Rows that lead to a person by what others did: who granted, who issued; the row that another was merged into.
BY_OTHERS = {
    ("members.Period", "granted_by"), ("members.StaffLink", "issued_by"), ("members.Member", "merged_into"),
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
    held = {(entry.model, entry.owner) for entry in HELD}
    assert leading - written_by - BY_OTHERS - held == set()
