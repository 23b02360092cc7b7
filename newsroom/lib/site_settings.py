"""Reading and writing the newsroom's own settings."""

from functools import partial
from typing import Any

import redis
from django.core.cache import cache
from django.db import OperationalError, transaction
from django.utils.translation import get_language
from psycopg.errors import DiskFull

from newsroom.lib.models import SiteSettings
from newsroom.lib.page_cache import purge

CACHE_KEY = "site-settings"
KEPT_SECONDS = 60


def site_settings() -> SiteSettings:
    """The one row, made with defaults when it is missing; kept in the cache for a minute."""
    try:
        kept = cache.get(CACHE_KEY)
    except redis.RedisError:
        kept = None
    if kept is not None:
        return kept
    row = _read()
    try:
        cache.add(CACHE_KEY, row, KEPT_SECONDS)  # not `set`: what was just saved may be newer than what was read here
    except redis.RedisError:
        pass  # read from the database next time too
    return row


def _read() -> SiteSettings:
    try:
        row, _created = SiteSettings.objects.get_or_create(pk=1)
    except OperationalError as error:
        if not isinstance(error.__cause__, DiskFull):
            raise
        row = SiteSettings(pk=1)  # what it would have held: who reads a page needs no room on the disk
    return row


class ShownSettings:
    """The settings as a page of one language shows them: names, tagline and footer note in it, all else as it is."""

    TRANSLATED = ("name", "tagline", "footer_note", "legal_name")

    def __init__(self, row: SiteSettings, language: str) -> None:
        self._row, self._language = row, language

    def __getattr__(self, name: str) -> Any:
        if name in self.TRANSLATED:
            return self._row.text(name, self._language)
        return getattr(self._row, name)


def shown_settings(language: str | None = None) -> ShownSettings:
    """For templates, in `language` or the active one."""
    return ShownSettings(site_settings(), language or get_language() or "")


def save_site_settings(row: SiteSettings) -> None:
    """Writes the row and, after the commit, drops every stored page, since each shows the name."""
    row.pk = 1
    row.save()
    transaction.on_commit(partial(_keep, row))  # before the purge, or a page would be made of the old ones again
    purge(["settings"])


def _keep(row: SiteSettings) -> None:
    try:
        cache.set(CACHE_KEY, row, KEPT_SECONDS)
    except redis.RedisError:
        pass  # the old ones are kept for a minute
