"""Writing and sending transactional mail: a row first, then the bytes.

A letter's templates stand under `templates/<app>/email/<kind>.html` and `.txt`; the first line of the text template is
the subject.
"""

import smtplib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.errors import MessageError
from email.utils import formataddr, make_msgid
from typing import Any

import css_inline
import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.db.models import F
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone, translation

from newsroom.lib.health import record_note
from newsroom.lib.holding import is_on_hold
from newsroom.lib.lines import one_line
from newsroom.lib.mail_part import MAIL
from newsroom.lib.models import Letter
from newsroom.lib.site_settings import shown_settings, site_settings
from newsroom.lib.sweeping import for_each
from newsroom.lib.waiting import has_run_out, is_due
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

CLAIM_LASTS = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = 12  # after some three and a half hours
MAIL_NOTE = "mail"  # in /healthz/
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
                "is_urgent": is_urgent, "subject": one_line(subject)[:250], "text": text.strip() + "\n", "html": html,
                "expires_at": expires_at, "headers": dict(headers or {}),
            },
        )  # fmt: skip
        if is_new:
            wake_for(letter)
    return letter


def withdraw_letters(prefix: str) -> None:
    """Takes back what is still queued under causes that begin so: what it says is not true any more. A letter that a
    worker has taken leaves; one that failed has run out, so that nobody sends it again."""
    letters = Letter.objects.filter(cause__startswith=prefix)
    letters.filter(state=Letter.State.QUEUED).delete()
    letters.filter(state=Letter.State.FAILED).update(expires_at=timezone.now())


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
    """Queued letters whose time has come, urgent ones first; none while mail is on hold."""
    if is_on_hold():
        return []
    queued = Letter.objects.filter(is_due(LONGEST_PAUSE), state=Letter.State.QUEUED)
    return list(queued.order_by("-is_urgent", "next_attempt_at").only("pk", "is_urgent")[:limit])


def recover_letters() -> None:
    """A dead worker's claimed letters go back to the queue; what it was handing over is unknown, for a person. A
    letter that ended its worker each time is given up."""
    if is_on_hold():
        return
    run_out = Letter.objects.filter(has_run_out("claimed_at", CLAIM_LASTS))
    claimed = run_out.filter(state=Letter.State.CLAIMED)
    claimed.filter(attempts__gte=GIVE_UP_AFTER).update(
        state=Letter.State.FAILED, error="Each worker that took it ended."
    )
    claimed.update(state=Letter.State.QUEUED)
    said = "The worker ended while it was handing the letter over."
    in_hand = run_out.filter(state=Letter.State.HANDING_OVER)
    for_each(in_hand, lambda letter: _close(letter, Letter.State.UNKNOWN, said), failed="letter_not_recovered")


def send(letter_id: int) -> None:
    """Claims the letter and hands it to the mail server. Safe to run twice: the claim is a conditional update, and
    what is handed over is never handed over again. While the server is known to be dead, or mail is on hold, the letter
    stays as it is."""
    if MAIL.is_resting() or is_on_hold():
        return
    now = timezone.now()
    claimed = Letter.objects.filter(pk=letter_id, state=Letter.State.QUEUED).update(
        state=Letter.State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return
    letter = Letter.objects.get(pk=letter_id)
    if letter.expires_at and letter.expires_at < now:
        _close(letter, Letter.State.FAILED, "It could not be sent before it expired.")
        return
    try:
        message = _message(letter)
    except (ValueError, MessageError) as error:  # an address or a header that no mail can have
        _close(letter, Letter.State.FAILED, _reason(error))
        return
    connection = get_connection()
    try:
        with MAIL.asking(OSError, smtplib.SMTPException):
            _dial(connection)
        _hand_over(letter, message, connection)
    except (OSError, smtplib.SMTPException) as error:  # nobody answers, or the name and password are not accepted
        record_note(MAIL_NOTE, f"no letter leaves: {_reason(error)}")
        _retry(letter, error)
    finally:
        _hang_up(connection)


def _hand_over(letter: Letter, message: EmailMultiAlternatives, connection: BaseEmailBackend) -> None:
    """Between the first line here and the last nobody but this worker knows whether the bytes have left."""
    mine = Letter.objects.filter(pk=letter.pk, state=Letter.State.CLAIMED, attempts=letter.attempts)
    if not mine.update(state=Letter.State.HANDING_OVER, claimed_at=timezone.now()):
        return
    try:
        taken = connection.send_messages([message])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        if _code(error) < 500 or isinstance(error, smtplib.SMTPSenderRefused):  # the sender is ours to mend
            _retry(letter, error)
        else:
            _close(letter, Letter.State.FAILED, _reason(error))
    except Exception as error:  # whatever it is, the letter must not stay in hand: bytes may have left
        _close(letter, Letter.State.UNKNOWN, _reason(error))
    else:
        if taken == 0:
            _close(letter, Letter.State.FAILED, "It has no recipient.")
        else:
            _close(letter, Letter.State.SENT)
            record_note(MAIL_NOTE, "")


def _dial(connection: BaseEmailBackend) -> None:
    """Up to the greeting, which Django leaves to the first message: a server that falls silent there was told
    nothing yet."""
    connection.open()
    server = getattr(connection, "connection", None)
    if isinstance(server, smtplib.SMTP):
        server.ehlo_or_helo_if_needed()


def _hang_up(connection: BaseEmailBackend) -> None:
    with suppress(OSError, smtplib.SMTPException):  # how it ended is written already
        connection.close()


def _message(letter: Letter) -> EmailMultiAlternatives:
    headers = {"Message-ID": make_msgid(idstring=str(letter.pk), domain=_mail_domain()), **letter.headers}
    sender = formataddr((one_line(site_settings().text("name", letter.language)), settings.DEFAULT_FROM_EMAIL))
    message = EmailMultiAlternatives(letter.subject, letter.text, sender, [letter.to_email], headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    if letter.to_email:
        sanitize_address(letter.to_email, "utf-8")
    message.message()  # both raise here, and not while the letter is in hand
    return message


def _mail_domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "localhost"


def _code(error: smtplib.SMTPException) -> int:
    """The server's answer. One that names the recipient lies in a table of recipients; ours has one."""
    refused = getattr(error, "recipients", None)
    code = next(iter(refused.values()))[0] if refused else getattr(error, "smtp_code", 0)
    return int(code)


def _reason(error: Exception) -> str:
    """The kind of error and its code; servers like to repeat the address in the text, which we do not keep."""
    code = _code(error) if isinstance(error, smtplib.SMTPException) else 0
    return f"{type(error).__name__} {code or ''}".strip()


def _close(letter: Letter, state: Letter.State, error: str = "") -> None:
    """Nothing follows. What a code's letter says is blanked: it is worth something to a thief until it expires."""
    changes: dict[str, Any] = {"state": state, "error": error}
    if state == Letter.State.SENT:
        changes["sent_at"] = timezone.now()
    if letter.is_urgent and letter.expires_at:
        changes |= {"text": "", "html": ""}
    Letter.objects.filter(pk=letter.pk).exclude(state=Letter.State.SENT).update(**changes)
    if error:
        logger.warning("letter_not_sent", letter=letter.pk, kind=letter.kind, state=str(state), error=error)


def _retry(letter: Letter, error: Exception) -> None:
    """The server refused for now, before it took the message: again later (10 s to 1 h apart)."""
    if letter.attempts >= GIVE_UP_AFTER:
        _close(letter, Letter.State.FAILED, _reason(error))
        return
    pause = min(LONGEST_PAUSE, timedelta(seconds=5 * 2**letter.attempts))
    Letter.objects.filter(pk=letter.pk, state__in=(Letter.State.CLAIMED, Letter.State.HANDING_OVER)).update(
        state=Letter.State.QUEUED, error=_reason(error), next_attempt_at=timezone.now() + pause
    )
