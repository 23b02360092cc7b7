"""Each field with personal data, why it is kept and for how long. One table: the purge walks it, the privacy page and
the export are made from it, and a test finds a field that is missing here."""

from dataclasses import dataclass
from datetime import timedelta

YEARS_OF_TAX_LAW = 10


@dataclass(frozen=True)
class PersonalData:
    """`retention` counts from the row's end (None: as long as the member stays)."""

    model: str  # app_label.Model
    fields: tuple[str, ...]
    purpose: str
    retention: timedelta | None = None


_registered: list[PersonalData] = []


def declare(*entries: PersonalData) -> None:
    """Each app declares its own in its AppConfig.ready()."""
    _registered.extend(entry for entry in entries if entry not in _registered)


def declared() -> tuple[PersonalData, ...]:
    return tuple(_registered)


LETTERS = PersonalData(
    "lib.Letter", ("to_email", "subject", "text", "html"), "to send the mail and show that it was sent",
    timedelta(days=90),
)  # fmt: skip
