"""Writing and sending transactional mail: a row first, then the bytes.

A letter's templates stand under `templates/<app>/email/<kind>.html` and `.txt`; the first line of the text template is
the subject.
"""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid
from typing import Any

import css_inline
import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone, translation

from newsroom.lib.models import Letter
from newsroom.lib.site_settings import shown_settings, site_settings
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

CLAIM_LASTS = timedelta(minutes=5)
GIVE_UP_AFTER = 8
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def write_letter(
    kind: str,
    *,
    cause: str,
    to_email: str,
    language: str,
    context: Mapping[str, Any],
    member_id: int | None = None,
    is_urgent: bool = False,
    expires_at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Letter:
    """Renders `kind` ("members/story_out") in `language` and stores it, once per `cause`; a second call with the same
    cause returns the first letter. Sent after the commit."""
    app, name = kind.split("/")
    with translation.override(language):
        full = {**context, "site": shown_settings(language), "site_url": settings.SITE_URL, "language": language}
        subject, _newline, text = render_to_string(f"{app}/email/{name}.txt", full).strip().partition("\n")
        html = _render_html(f"{app}/email/{name}.html", {**full, "subject": subject})
    with transaction.atomic():
        letter, is_new = Letter.objects.get_or_create(
            cause=cause,
            defaults={
                "kind": kind, "to_email": to_email, "language": language, "member_id": member_id,
                "is_urgent": is_urgent, "subject": subject.strip()[:250], "text": text.strip() + "\n", "html": html,
                "expires_at": expires_at, "headers": dict(headers or {}),
            },
        )  # fmt: skip
        if is_new:
            wake_for(letter)
    return letter


def wake_for(letter: Letter) -> None:
    task = "send_urgent_letter" if letter.is_urgent else "send_letter"
    wake(f"newsroom.lib.tasks.{task}", letter.pk)


def _render_html(template: str, context: Mapping[str, Any]) -> str:
    try:
        return inline_styles(render_to_string(template, dict(context)))
    except TemplateDoesNotExist:
        return ""


def inline_styles(html: str) -> str:
    """The style sheet in the head moved onto the elements, since many mail programs drop it."""
    return _inliner.inline(html)


def due_letters(limit: int = 500) -> list[Letter]:
    """Queued letters whose time has come, urgent ones first."""
    queued = Letter.objects.filter(state=Letter.State.QUEUED, next_attempt_at__lte=timezone.now())
    return list(queued.order_by("-is_urgent", "next_attempt_at").only("pk", "is_urgent")[:limit])


def recover_letters() -> None:
    """A dead worker's claimed letters go back to the queue; what it was handing over is unknown, for a person."""
    before = timezone.now() - CLAIM_LASTS
    in_hand = Letter.objects.filter(claimed_at__lt=before)
    in_hand.filter(state=Letter.State.CLAIMED).update(state=Letter.State.QUEUED)
    in_hand.filter(state=Letter.State.HANDING_OVER).update(state=Letter.State.UNKNOWN)


def send(letter_id: int) -> None:
    """Claims the letter and hands it to the mail server. Safe to run twice: the claim is a conditional update, and
    what is handed over is never handed over again."""
    claimed = Letter.objects.filter(pk=letter_id, state=Letter.State.QUEUED).update(
        state=Letter.State.CLAIMED, claimed_at=timezone.now()
    )
    if not claimed:
        return
    letter = Letter.objects.get(pk=letter_id)
    letter.attempts += 1
    if letter.expires_at and letter.expires_at < timezone.now():
        _close(letter, Letter.State.FAILED, "It could not be sent before it expired.")
        return
    message = _message(letter)
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _retry(letter, error)
        return
    if not Letter.objects.filter(pk=letter.pk, state=Letter.State.CLAIMED).update(state=Letter.State.HANDING_OVER):
        connection.close()
        return
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        _close(letter, Letter.State.FAILED, _reason(error))
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 500:
            _retry(letter, error)
        else:
            _close(letter, Letter.State.FAILED, _reason(error))
    except (OSError, smtplib.SMTPException) as error:
        _close(letter, Letter.State.UNKNOWN, _reason(error))  # bytes may have left
    else:
        _close(letter, Letter.State.SENT)
    finally:
        connection.close()


def _message(letter: Letter) -> EmailMultiAlternatives:
    headers = {"Message-ID": make_msgid(idstring=str(letter.pk), domain=_mail_domain()), **letter.headers}
    sender = formataddr((site_settings().text("name", letter.language), settings.DEFAULT_FROM_EMAIL))
    message = EmailMultiAlternatives(letter.subject, letter.text, sender, [letter.to_email], headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _mail_domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "localhost"


def _reason(error: Exception) -> str:
    """The kind of error and its code; servers like to repeat the address in the text, which we do not keep."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()


def _close(letter: Letter, state: Letter.State, error: str = "") -> None:
    changes: dict[str, Any] = {"state": state, "error": error, "attempts": letter.attempts}
    if state == Letter.State.SENT:
        changes["sent_at"] = timezone.now()
        if letter.is_urgent and letter.expires_at:  # a code: the body is worth something to a thief until it expires
            changes |= {"text": "", "html": ""}
    Letter.objects.filter(pk=letter.pk).update(**changes)
    if error:
        logger.warning("letter_not_sent", letter=letter.pk, kind=letter.kind, state=str(state), error=error)


def _retry(letter: Letter, error: Exception) -> None:
    """The server refused for now, before it took the message: again later (10 s to 1 h apart)."""
    if letter.attempts >= GIVE_UP_AFTER:
        _close(letter, Letter.State.FAILED, _reason(error))
        return
    pause = timedelta(seconds=min(3600, 5 * 2**letter.attempts))
    Letter.objects.filter(pk=letter.pk).update(
        state=Letter.State.QUEUED, attempts=letter.attempts, error=_reason(error),
        next_attempt_at=timezone.now() + pause,
    )  # fmt: skip
