"""Handing an edition over to the mail server, row by row, so that a crash can be read back.

queued → claimed (a batch, by one worker) → handing over (one row, right before its bytes leave) → sent | failed. No
SMTP inside a transaction. The message is built once per edition; per recipient only the addresses are filled in.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import formataddr, make_msgid
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from newsletters.composing import UNSUBSCRIBE_MARK
from newsletters.models import Delivery, Edition, Signup
from newsletters.sending import suppressed_among
from newsroom.lib.audit import record
from newsroom.lib.jobs import advance_job, finish_job
from newsroom.lib.page_cache import purge
from newsroom.lib.site_settings import site_settings

logger = structlog.get_logger(__name__)

BATCH = 100
CLAIM_LASTS = timedelta(minutes=5)
GIVE_UP_AFTER = 8

_CLAIM = """
UPDATE newsletters_delivery SET state = 'claimed', claimed_at = now(), attempts = attempts + 1
WHERE id IN (
    SELECT id FROM newsletters_delivery
    WHERE edition_id = %s AND state = 'queued' AND next_attempt_at <= now()
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


class ServerRefuses(Exception):  # noqa: N818
    """The mail server does not answer or refuses for now; the batch goes back to the queue."""


def deliver_batch(edition_id: int) -> bool:
    """Delivers up to a hundred; True while more may be waiting. Several workers may do so at once: each claims its own
    rows. Safe to run twice."""
    edition = Edition.objects.select_related("newsletter").get(pk=edition_id)
    if edition.state != Edition.State.SENDING:
        return False
    rows = _claim(edition)
    if not rows:
        return not _finish_if_done(edition)
    done = 0
    try:
        with _open_connection() as mail:
            for row in rows:
                _hand_over(row, edition, mail)
                done += 1
    except ServerRefuses as error:
        _give_back([row.pk for row in rows[done:]], error)
        logger.warning("mail_server_refuses", edition=edition.pk, error=str(error))
    if edition.job_id and done:
        advance_job(edition.job_id, done)
    _finish_if_done(edition)
    return done == len(rows)


def _claim(edition: Edition) -> list[Delivery]:
    """The next rows for this worker. Those who left meanwhile or must get no mail are skipped."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [edition.pk, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
    rows = list(Delivery.objects.filter(pk__in=ids).select_related("signup__member").order_by("pk"))
    suppressed = suppressed_among([row.signup.member.email or "" for row in rows])
    keep = [row for row in rows if _still_wants(row.signup) and row.signup.member.email not in suppressed]
    skipped = {row.pk for row in rows} - {row.pk for row in keep}
    if skipped:
        Delivery.objects.filter(pk__in=skipped).update(state=Delivery.State.SKIPPED)
        if edition.job_id:
            advance_job(edition.job_id, len(skipped))
    return keep


def _still_wants(signup: Signup) -> bool:
    return signup.state == Signup.State.CONFIRMED and signup.member.is_active and bool(signup.member.email)


@contextmanager
def _open_connection() -> Iterator[BaseEmailBackend]:
    mail = get_connection()
    try:
        mail.open()
    except (OSError, smtplib.SMTPException) as error:
        raise ServerRefuses(type(error).__name__) from error
    try:
        yield mail
    finally:
        mail.close()


def _hand_over(row: Delivery, edition: Edition, mail: BaseEmailBackend) -> None:
    """One mail. Raises ServerRefuses when the server asks us to come back later, before it took the message."""
    claimed = Delivery.objects.filter(pk=row.pk, state=Delivery.State.CLAIMED)
    if not claimed.update(state=Delivery.State.HANDING_OVER, claimed_at=timezone.now()):
        return
    try:
        mail.send_messages([build_message(edition, row.signup)])
    except smtplib.SMTPRecipientsRefused as error:
        _close_refused(row, error)
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 500:
            Delivery.objects.filter(pk=row.pk).update(state=Delivery.State.CLAIMED)
            raise ServerRefuses(f"{error.smtp_code}") from error
        _close(row, Delivery.State.FAILED, f"refused with {error.smtp_code}")
    except (OSError, smtplib.SMTPException) as error:
        _close(row, Delivery.State.UNKNOWN, type(error).__name__)  # bytes may have left
        raise ServerRefuses(type(error).__name__) from error
    else:
        _close(row, Delivery.State.SENT)


def _close_refused(row: Delivery, error: smtplib.SMTPRecipientsRefused) -> None:
    """The server named the recipient: for good (5xx), or for now (4xx: greylisting)."""
    code = min((reply[0] for reply in error.recipients.values()), default=550)
    if code >= 500 or row.attempts >= GIVE_UP_AFTER:
        _close(row, Delivery.State.FAILED, f"refused with {code}")
        return
    _give_back([row.pk], ServerRefuses(f"recipient refused with {code}"), state=Delivery.State.HANDING_OVER)


def _close(row: Delivery, state: Delivery.State, error: str = "") -> None:
    changes: dict[str, Any] = {"state": state, "error": error[:200]}
    if state == Delivery.State.SENT:
        changes["sent_at"] = timezone.now()
    Delivery.objects.filter(pk=row.pk).update(**changes)


def _give_back(ids: list[int], error: Exception, state: Delivery.State = Delivery.State.CLAIMED) -> None:
    rows = Delivery.objects.filter(pk__in=ids, state=state)
    rows.filter(attempts__gte=GIVE_UP_AFTER).update(state=Delivery.State.FAILED, error=str(error)[:200])
    Delivery.objects.filter(pk__in=ids, state=state).update(
        state=Delivery.State.QUEUED, error=str(error)[:200], next_attempt_at=timezone.now() + timedelta(seconds=60)
    )


def build_message(edition: Edition, signup: Signup) -> EmailMultiAlternatives:
    """The frozen edition with this reader's unsubscribe address, in the body and in the header (RFC 2369, 8058)."""
    unsubscribe = unsubscribe_url(signup)
    newsletter = edition.newsletter
    sender = formataddr((newsletter.sender_name or site_settings().name, settings.DEFAULT_FROM_EMAIL))
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    message = EmailMultiAlternatives(
        edition.subject,
        edition.text.replace(UNSUBSCRIBE_MARK, unsubscribe),
        sender,
        [signup.member.email or ""],
        headers={
            "Message-ID": make_msgid(idstring=f"edition-{edition.pk}-{signup.pk}", domain=domain),
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"{newsletter.slug} <{newsletter.slug}.{domain}>",
            "Precedence": "bulk",
        },
    )
    message.attach_alternative(edition.html.replace(UNSUBSCRIBE_MARK, unsubscribe), "text/html")
    return message


def unsubscribe_url(signup: Signup) -> str:
    return settings.SITE_URL + reverse("unsubscribe", args=[signup.token])


def recover_deliveries() -> None:
    """A dead worker's claimed rows go back to the queue. What it was handing over is unknown: shown to a person and
    never silently sent again."""
    old = Delivery.objects.filter(claimed_at__lt=timezone.now() - CLAIM_LASTS)
    old.filter(state=Delivery.State.CLAIMED).update(state=Delivery.State.QUEUED)
    old.filter(state=Delivery.State.HANDING_OVER).update(
        state=Delivery.State.UNKNOWN, error="A worker died while it was handed over."
    )


def _finish_if_done(edition: Edition) -> bool:
    """Closes the edition when no row is open; whether it is closed."""
    if edition.deliveries.filter(state__in=("queued", "claimed", "handing_over")).exists():
        return False
    with transaction.atomic():
        closed = Edition.objects.filter(pk=edition.pk, state=Edition.State.SENDING).update(
            state=Edition.State.SENT, finished_at=timezone.now()
        )
        if closed:
            if edition.job_id:
                finish_job(edition.job_id)
            record("edition.sent", actor_label="worker", target=edition)
            purge([edition.newsletter.page_key, "newsletters"])
    return True
