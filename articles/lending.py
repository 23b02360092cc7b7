"""Lending a writer the right to publish their own stories, for named days."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may
from articles.models import PublishingLoan
from articles.moving import PublishingError
from newsroom.lib.audit import record

LONGEST_DAYS = 31


def lend_publishing(*, user: Actor, writer: Actor, from_on: date, until_on: date) -> PublishingLoan:
    """From the first day to the last, both included, by the newsroom's own calendar. Raises PermissionDenied (only
    publishers lend) and PublishingError."""
    check_may(user, "add_publishingloan")
    check_loan(writer=writer, from_on=from_on, until_on=until_on)
    with transaction.atomic():
        loan = PublishingLoan.objects.create(writer=writer, from_on=from_on, until_on=until_on, lent_by=user)
        record("publishing.lent", actor=user, target=writer, loan=loan.pk, until=until_on.isoformat())
    return loan


def check_loan(*, writer: Actor, from_on: date, until_on: date) -> None:
    """Raises PublishingError for what cannot be lent."""
    if until_on < from_on:
        raise PublishingError(_("The last day lies before the first."))
    if until_on < timezone.localdate():
        raise PublishingError(_("These days are over."))
    if (until_on - from_on).days >= LONGEST_DAYS:
        raise PublishingError(_("Lend it for a month at most; for longer, make the writer an editor."))
    if not (writer.is_active and writer.has_perm("articles.submit_article")):
        raise PublishingError(_("Only somebody who writes here can be lent this right."))


def state_of_loan(loan: PublishingLoan) -> tuple[str, str]:
    """A name for code, and one for people."""
    today = timezone.localdate()
    if loan.revoked_at is not None:
        return "taken_back", _("taken back")
    if today < loan.from_on:
        return "ahead", _("lies ahead")
    return ("over", _("over")) if today > loan.until_on else ("running", _("running"))


def take_back(*, user: Actor, loan: PublishingLoan) -> None:
    """At once; what was published stays. Twice is once."""
    check_may(user, "change_publishingloan")
    with transaction.atomic():
        held = PublishingLoan.objects.select_for_update().get(pk=loan.pk)
        if held.revoked_at is None:
            held.revoked_at = timezone.now()
            held.save(update_fields=["revoked_at"])
            record("publishing.taken_back", actor=user, target=held.writer, loan=held.pk)
