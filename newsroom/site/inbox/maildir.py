"""Reading the Maildir into which the demo's mail server writes."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

NEWEST = 200


@dataclass(frozen=True)
class Mail:
    key: str
    received_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["From"] or "")

    @property
    def recipient(self) -> str:
        return str(self.message["To"] or "")

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part is not None else ""

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content() if part is not None else ""

    @property
    def one_click_address(self) -> str:
        """Where a mail program posts to unsubscribe (RFC 8058); "" when the mail does not offer it."""
        if "One-Click" not in str(self.message["List-Unsubscribe-Post"] or ""):
            return ""
        addresses = [part.strip(" <>") for part in str(self.message["List-Unsubscribe"] or "").split(",")]
        return next((address for address in addresses if address.startswith("http")), "")


def newest_mails(folder: str, recipient: str = "") -> list[Mail]:
    """Newest first; only those to `recipient` when given."""
    if not folder or not Path(folder).is_dir():
        return []
    paths = sorted(_paths(folder), key=lambda path: path.name, reverse=True)[: NEWEST * 5]  # names begin with the time
    mails = (_read(path) for path in paths if path.exists())  # the mail server drops the oldest meanwhile
    found = [mail for mail in mails if not recipient or recipient.lower() in mail.recipient.lower()]
    return found[:NEWEST]


def find_mail(folder: str, key: str) -> Mail | None:
    return next((_read(path) for path in _paths(folder) if _key(path) == key), None)


def _paths(folder: str) -> list[Path]:
    return [path for name in ("new", "cur") for path in (Path(folder) / name).glob("*") if path.is_file()]


def _key(path: Path) -> str:
    return path.name.split(":")[0]


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    received = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Mail(_key(path), received, message)  # type: ignore[arg-type]  # the default policy makes EmailMessage
