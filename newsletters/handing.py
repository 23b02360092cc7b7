"""Handing one mail to whoever carries it: a mail server by SMTP, or a provider through Django's mail backends.

What may happen is told apart by what it means for the row: the recipient is not taken, nobody is taken for now, or
nobody knows.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from newsletters.messages import Mould, Recipient, build_message, kept_mould, sender_address
from newsletters.models import Edition

TAKEN = (250, 251)
SERVICE_CLOSES = 421
PROVIDER_REFUSES_ALL = (401, 403, 429)


class NotTaken(Exception):  # noqa: N818
    """This mail was refused, with SMTP's code: for good from 500, else for now. It has not left."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


class ServerRefuses(Exception):  # noqa: N818
    """Nobody is served for now, whatever the recipient. The mail in hand has not left."""


class OutcomeUnknown(Exception):  # noqa: N818
    """The line broke while the bytes were on it."""


class Line(Protocol):
    """An open way out."""

    def send(self, recipient: Recipient) -> None:
        """One mail, taken when this returns. Raises NotTaken, ServerRefuses, OutcomeUnknown."""


@contextmanager
def open_line(edition: Edition) -> Iterator[Line]:
    """Raises ServerRefuses when nobody answers, or the name and password are not accepted."""
    backend = get_connection()
    try:
        backend.open()
        line = _line_for(backend, edition)
    except (OSError, smtplib.SMTPException, AnymailError) as error:
        backend.close()
        raise ServerRefuses(_name(error)) from error
    try:
        yield line
    finally:
        backend.close()


def _line_for(backend: BaseEmailBackend, edition: Edition) -> Line:
    if isinstance(backend, SmtpBackend) and backend.connection is not None and edition.started_at is not None:
        backend.connection.ehlo_or_helo_if_needed()
        return SmtpLine(backend.connection, kept_mould(edition.pk, edition.started_at))
    return BackendLine(backend, edition)


class SmtpLine:
    """One connection, one mail after another. Not `sendmail`: it does not tell a line that broke before the text from
    one that broke within it, and only the second leaves doubt (RFC 5321, 4.2.5)."""

    def __init__(self, server: smtplib.SMTP, mould: Mould) -> None:
        self.server = server
        self.mould = mould

    def send(self, recipient: Recipient) -> None:
        content = self.mould.fill(recipient)
        self._name_both(recipient.address)
        try:
            code, _reply = self.server.data(content)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code  # it did not want the text
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(_name(error)) from error
        if code != 250:
            self._refuse(code)

    def _name_both(self, address: str) -> None:
        """The envelope: sender and recipient."""
        try:
            sender_code, _reply = self.server.mail(sender_address())
            code = self.server.rcpt(address)[0] if sender_code == 250 else 0
        except (OSError, smtplib.SMTPException) as error:
            raise ServerRefuses(_name(error)) from error
        if sender_code != 250:
            raise ServerRefuses(f"the sender was refused with {sender_code}")
        if code not in TAKEN:
            self._refuse(code)

    def _refuse(self, code: int) -> None:
        if code == SERVICE_CLOSES:
            raise ServerRefuses(f"closed with {code}")
        with suppress(OSError, smtplib.SMTPException):
            self.server.rset()
        raise NotTaken(code)


class BackendLine:
    """Any other backend, such as a provider's HTTP interface."""

    def __init__(self, backend: BaseEmailBackend, edition: Edition) -> None:
        self.backend = backend
        self.edition = edition

    def send(self, recipient: Recipient) -> None:
        message = build_message(self.edition, recipient)
        try:
            self.backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            raise NotTaken(550) from error
        except AnymailAPIError as error:
            _raise_for(error.status_code, error)
        except AnymailError as error:  # it never left the building: a setting, or what the provider cannot do
            raise ServerRefuses(_name(error)) from error
        except Exception as error:  # whatever the backend raises, the row must not stay in hand
            raise OutcomeUnknown(_name(error)) from error


def _raise_for(status: int | None, error: Exception) -> None:
    """A provider's HTTP status. Without one, or with its own failure, the mail may have been taken."""
    if status in PROVIDER_REFUSES_ALL:
        raise ServerRefuses(f"refused with {status}") from error
    if status is None or status >= 500:
        raise OutcomeUnknown(_name(error)) from error
    raise NotTaken(550) from error


def _name(error: Exception) -> str:
    """The kind of error and its code: the text of a server likes to repeat the address, which is not kept."""
    code = getattr(error, "smtp_code", None) or getattr(error, "status_code", None) or ""
    return f"{type(error).__name__} {code}".strip()
