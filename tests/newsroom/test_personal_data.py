from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone

from members.accounts.models import AddressChange
from newsroom.lib.models import Letter
from newsroom.site.personal_data import TABLE
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


def make_letter(cause, age):
    letter = Letter.objects.create(
        cause=cause, kind="members/receipt", to_email="reader@example.org", language="en", subject="s", text="t"
    )
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
