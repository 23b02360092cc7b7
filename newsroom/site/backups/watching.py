"""Whether backups are still made: a nightly line that fails says so to nobody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from newsroom.lib.health import record_note
from newsroom.settings.environment import IS_PRODUCTION
from newsroom.site.backups.making import NAMES, made_at

OLD_AFTER = timedelta(hours=36)


def watch_backups() -> None:
    """`/healthz/` notes that none has come for a day and a half, or that there never was one. Safe to run twice."""
    record_note("backups", _what_is_wrong(Path(settings.BACKUP_DIR)))


def _what_is_wrong(folder: Path) -> str:
    newest = max(map(made_at, folder.glob(NAMES)), default=None)
    if newest is None:
        return "none was ever made here" if IS_PRODUCTION else ""
    age = datetime.now(UTC) - newest
    return f"the newest is {age // timedelta(hours=1)} hours old" if age > OLD_AFTER else ""
