"""An edition as a mail message: built once, then filled in for each reader.

Building a MIME message of 30 KB takes 2 to 3 ms, which would be the limit of the whole sending; filling in the few
bytes that differ takes a hundredth of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import quoprimime
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from hashlib import blake2b

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEText, sanitize_address, utf8_charset_qp
from django.urls import reverse

from newsletters.composing import UNSUBSCRIBE_MARK
from newsletters.models import Edition, Signup
from newsroom.lib.lines import one_line
from newsroom.lib.site_settings import site_settings

_ADDRESS_MARK = "reader@address.invalid"
_MESSAGE_ID_MARK = "<message-id.invalid>"
_DATE_MARK = "date.invalid"
_SLOTS = {
    _ADDRESS_MARK.encode(): "address",
    _MESSAGE_ID_MARK.encode(): "message_id",
    _DATE_MARK.encode(): "date",
    UNSUBSCRIBE_MARK.encode(): "unsubscribe",
}
_IN_HEADER = re.compile(b"(" + b"|".join(re.escape(mark) for mark in _SLOTS) + b")")
# Quoted-printable may break a line anywhere, so also within the mark.
_IN_BODY = re.compile(b"(?:=\r\n)?".join(re.escape(bytes([byte])) for byte in UNSUBSCRIBE_MARK.encode()))
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+")
_ANY_ADDRESS = re.compile(r"[^\s@<>,]+@[^\s@<>,]+")


@dataclass(frozen=True)
class Recipient:
    """What differs from reader to reader. The Message-ID is the same at each attempt, so that a message that arrived
    after all and came again is one for the mail program."""

    address: str
    message_id: str
    unsubscribe_url: str


def recipient_of(edition_id: int, signup: Signup) -> Recipient:
    """Raises ValueError for what is no mail address."""
    tag = blake2b(signup.token.encode(), digest_size=6).hexdigest()
    return Recipient(
        address=mail_address(signup.member.email or ""),
        message_id=f"<edition-{edition_id}-{signup.pk}.{tag}@{_domain()}>",
        unsubscribe_url=unsubscribe_url(signup),
    )


def unsubscribe_url(signup: Signup) -> str:
    return settings.SITE_URL + reverse("unsubscribe", args=[signup.token])


def mail_address(address: str) -> str:
    """The address as mail servers take it: its domain in ASCII. Raises ValueError."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address  # Django's parser takes longer than all the rest of a message
    if not _ANY_ADDRESS.fullmatch(address):
        raise ValueError("not a mail address")
    return sanitize_address(address, "utf-8")


def sender_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _domain() -> str:
    return sender_address().rpartition("@")[2] or "localhost"


def build_message(edition: Edition, recipient: Recipient, *, date: str = "") -> EmailMultiAlternatives:
    """The frozen edition for one reader, with the unsubscribe address in the body and in the header (RFC 2369, and
    RFC 8058 for the one click)."""
    newsletter = edition.newsletter
    sender_name = newsletter.sender_name or site_settings().text("name", newsletter.language)
    message = EmailMultiAlternatives(
        edition.subject,
        edition.text.replace(UNSUBSCRIBE_MARK, recipient.unsubscribe_url),
        formataddr((one_line(sender_name), sender_address())),
        [recipient.address],
        headers={
            "Message-ID": recipient.message_id,
            "Date": date or formatdate(),
            "List-Unsubscribe": f"<{recipient.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<{newsletter.slug}.{newsletter.language}.{_domain()}>",
            "Precedence": "bulk",
        },
    )
    message.attach_alternative(edition.html.replace(UNSUBSCRIBE_MARK, recipient.unsubscribe_url), "text/html")
    return message


@dataclass(frozen=True)
class Mould:
    """A message's bytes with slots for what differs."""

    pieces: tuple[bytes | str, ...]  # a str names a slot

    def fill(self, recipient: Recipient) -> bytes:
        values = {
            "address": recipient.address.encode("ascii"),
            "message_id": recipient.message_id.encode("ascii"),
            "date": formatdate().encode("ascii"),
            "unsubscribe": recipient.unsubscribe_url.encode("ascii"),
            "unsubscribe_in_body": _quoted_line(recipient.unsubscribe_url),
        }
        return b"".join([piece if isinstance(piece, bytes) else values[piece] for piece in self.pieces])


def build_mould(edition: Edition) -> Mould:
    """Raises ValueError when a header cannot be written."""
    marked = Recipient(_ADDRESS_MARK, _MESSAGE_ID_MARK, UNSUBSCRIBE_MARK)
    message = build_message(edition, marked, date=_DATE_MARK).message()
    if not edition.subject.isascii():  # Django's own would begin on the second line
        message.replace_header("Subject", Header(edition.subject, "utf-8", header_name="Subject"))
    for part in message.walk():
        if isinstance(part, SafeMIMEText):
            _write_quoted_printable(part)
    content: bytes = message.as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own takes it
    header, gap, body = content.partition(b"\r\n\r\n")
    return Mould((*_header_pieces(header), gap, *_body_pieces(body)))


@lru_cache(maxsize=4)
def kept_mould(edition_id: int, started_at: datetime) -> Mould:
    """The mould of a frozen edition, kept by this process: an edition goes out in hundreds of batches."""
    return build_mould(Edition.objects.select_related("newsletter").get(pk=edition_id, started_at=started_at))


def _write_quoted_printable(part: SafeMIMEText) -> None:
    """Seven bits and short lines, whatever the text: every mail server takes it, with or without 8BITMIME."""
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8") if isinstance(payload, bytes) else ""
    del part["Content-Transfer-Encoding"]
    part.set_payload(text, utf8_charset_qp)


def _header_pieces(header: bytes) -> Iterator[bytes | str]:
    for piece in _IN_HEADER.split(header):
        yield _SLOTS.get(piece, piece)


def _body_pieces(body: bytes) -> Iterator[bytes | str]:
    """The address gets lines of its own, between soft breaks, so that no line grows too long."""
    first, *others = _IN_BODY.split(body)
    yield first
    for other in others:
        yield from (b"=\r\n", "unsubscribe_in_body", b"=\r\n", other)


def _quoted_line(url: str) -> bytes:
    return quoprimime.body_encode(url, eol="\r\n").encode("ascii")
