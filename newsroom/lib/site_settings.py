"""Reading and writing the newsroom's own settings."""

import redis
from django.core.cache import cache

from newsroom.lib.models import SiteSettings
from newsroom.lib.page_cache import purge

CACHE_KEY = "site-settings"


def site_settings() -> SiteSettings:
    """The one row, made with defaults when it is missing; kept in the cache for a minute."""
    try:
        kept = cache.get(CACHE_KEY)
    except redis.RedisError:
        kept = None
    if kept is not None:
        return kept
    row, _created = SiteSettings.objects.get_or_create(pk=1)
    try:
        cache.set(CACHE_KEY, row, 60)
    except redis.RedisError:
        pass  # read from the database next time too
    return row


def save_site_settings(row: SiteSettings) -> None:
    """Writes the row and drops every stored page, since each shows the name."""
    row.pk = 1
    row.save()
    try:
        cache.delete(CACHE_KEY)
    except redis.RedisError:
        pass  # lives a minute
    purge(["settings"])
