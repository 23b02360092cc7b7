"""The cache of whole public pages, and purging them by what they are made of.

A public page is the same bytes for everybody, so one stored response answers all. While a page is rendered it notes
the keys it is made of (`story:12`, `section:3`, `settings`); `purge` drops every page that noted one of them. A page
rendered from rows read before a purge must not be stored after it: each purge moves a counter, and storing asks that
the counter still stands where it stood when rendering began (one Lua script, so nothing slips between).

Redis being down means that pages are rendered each time, nothing else.
"""

import pickle
import zlib
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial, wraps

import redis
import structlog
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_redis import get_redis_connection

from newsroom.lib.requests import View

logger = structlog.get_logger(__name__)

LIFETIME_SECONDS = 3600
COUNTER = "pages:purges"
_noted: ContextVar[set[str] | None] = ContextVar("page_keys", default=None)

_STORE = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
for i = 3, #KEYS do
  redis.call('SADD', KEYS[i], KEYS[2])
  redis.call('EXPIRE', KEYS[i], ARGV[3] * 2)
end
return 1
"""
_PURGE = """
redis.call('INCR', KEYS[1])
local dropped = 0
for i = 2, #KEYS do
  local pages = redis.call('SMEMBERS', KEYS[i])
  for _, page in ipairs(pages) do dropped = dropped + redis.call('UNLINK', page) end
  redis.call('UNLINK', KEYS[i])
end
return dropped
"""


def note_keys(*keys: str) -> None:
    """The page being rendered is made of these. Outside a public page this does nothing."""
    noted = _noted.get()
    if noted is not None:
        noted.update(keys)


def purge(keys: Iterable[str]) -> None:
    """After the commit, drop every stored page that noted one of `keys`."""
    names = sorted(set(keys))
    if names:
        transaction.on_commit(partial(_purge_now, names))


def _purge_now(keys: list[str]) -> None:
    try:
        names = [cache.make_key(COUNTER), *(cache.make_key(f"pages:of:{key}") for key in keys)]
        get_redis_connection().eval(_PURGE, len(names), *names)
    except redis.RedisError as error:
        # Stored pages live an hour at most; the sweep after an outage empties what may be stale.
        logger.error("purge_failed", keys=keys, error=type(error).__name__)


def public_page(view: View) -> View:
    """Marks a view whose GET is the same bytes for everyone: cached whole, no session, no cookie, no message. What is
    posted to it is passed on as it comes."""

    @wraps(view)
    def noting(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        request.is_public_page = True  # type: ignore[attr-defined]
        token = _noted.set({"settings"})
        try:
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and callable(response.render):
                response.render()
            response.page_keys = frozenset(_noted.get() or ())  # type: ignore[attr-defined]
        finally:
            _noted.reset(token)
        return response

    noting.is_public_page = True  # type: ignore[attr-defined]
    return noting


class PageCacheMiddleware:
    """Answers a GET from the store before sessions, cookies or languages are looked at, and stores what a
    `public_page` view rendered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or not _is_cacheable_address(request):
            return self.get_response(request)
        name = cache.make_key(f"page:{request.get_host()}:{request.get_full_path()}")
        try:
            connection = get_redis_connection()
            stored, counter = connection.mget(name, cache.make_key(COUNTER))
        except redis.RedisError:
            return self._finish(request, self.get_response(request))
        if stored is not None:
            return _thaw(stored)
        response = self._finish(request, self.get_response(request))
        if request.method == "GET" and _is_storable(response):
            _store(connection, name, counter or b"0", response)
        return response

    @staticmethod
    def _finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """A public page leaves without cookies or Vary, whatever touched the session on the way."""
        if hasattr(response, "page_keys"):
            response.cookies.clear()
            response.headers.pop("Vary", None)
            response.headers.setdefault("Cache-Control", "public, max-age=60")
        return response


def _is_cacheable_address(request: HttpRequest) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return len(query) < 100 and not request.path_info.startswith(("/admin/", "/account/", "/preview/", "/static/"))


def _is_storable(response: HttpResponseBase) -> bool:
    return (
        isinstance(response, HttpResponse)
        and hasattr(response, "page_keys")
        and response.status_code == 200
        and "no-store" not in response.headers.get("Cache-Control", "")
    )


def _store(connection: redis.Redis, name: str, counter: bytes, response: HttpResponse) -> None:
    frozen = zlib.compress(pickle.dumps((response.status_code, dict(response.headers), response.content)), 1)
    keys: Iterable[str] = response.page_keys  # type: ignore[attr-defined]
    names = [cache.make_key(COUNTER), name, *(cache.make_key(f"pages:of:{key}") for key in keys)]
    try:
        connection.eval(_STORE, len(names), *names, counter, frozen, LIFETIME_SECONDS)
    except redis.RedisError as error:
        logger.warning("page_not_stored", error=type(error).__name__)


def _thaw(stored: bytes) -> HttpResponse:
    status, headers, content = pickle.loads(zlib.decompress(stored))  # noqa: S301  written by us, behind a password
    return HttpResponse(content, status=status, headers=headers)
