"""Blanking personal data whose time is over, by the table of `newsroom.lib.personal_data`."""

from datetime import timedelta

from django.utils import timezone

from members.accounts.purging import purge_unproved
from newsroom.lib.models import Letter

LETTERS_KEPT = timedelta(days=90)


def purge_expired() -> None:
    """Letters lose address and words after 90 days; addresses that never proved themselves go after a week."""
    old = Letter.objects.filter(created_at__lt=timezone.now() - LETTERS_KEPT).exclude(to_email="")
    old.update(to_email="", subject="", text="", html="")
    purge_unproved()
