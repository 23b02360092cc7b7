"""A letter that failed for good, sent again by a person at the desk."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsroom.lib.audit import record
from newsroom.lib.letters import wake_for
from newsroom.lib.models import Letter

MAY = "lib.change_letter"


class LetterError(Exception):
    """Its text can be shown to a person."""


def can_be_sent_again() -> QuerySet[Letter]:
    """Failed, and with words and an address that are still good: a code's words are blanked, and what has run out is
    worth nothing. What may have arrived is not among them."""
    still_good = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return Letter.objects.filter(still_good, state=Letter.State.FAILED).exclude(Q(text="") | Q(to_email=""))


def send_letter_again(*, user: Any, letter: Letter) -> None:
    """Back into the queue, as it was written and to whom: once, however many press. Raises PermissionDenied, and
    LetterError for one that cannot be sent again, with the reason."""
    if not user.has_perm(MAY):
        raise PermissionDenied
    with transaction.atomic():
        again = can_be_sent_again().filter(pk=letter.pk)
        now = timezone.now()
        if not again.update(state=Letter.State.QUEUED, attempts=0, error="", next_attempt_at=now):
            raise LetterError(why_not(Letter.objects.get(pk=letter.pk)))
        record("letter.sent_again", actor=user, target=letter, kind=letter.kind)
        wake_for(letter)


def why_not(letter: Letter) -> str:
    """Why it is not sent again; empty when it can be."""
    if letter.state == Letter.State.UNKNOWN:
        return _("It may have arrived: it is not sent a second time.")
    if letter.state == Letter.State.SENT:
        return _("It has been sent.")
    if letter.state != Letter.State.FAILED:
        return _("It is on its way already.")
    if letter.expires_at and letter.expires_at <= timezone.now():
        return _("What it says has run out. A new letter has to be asked for.")
    if not letter.text or not letter.to_email:
        return _("Its words or its address are not kept any more. A new letter has to be asked for.")
    return ""
