"""The site as it is, with the cache of pages taken out: every request renders."""

from newsroom.settings import *  # noqa: F403
from newsroom.settings import MIDDLEWARE

MIDDLEWARE = [name for name in MIDDLEWARE if name != "newsroom.lib.page_cache.PageCacheMiddleware"]
