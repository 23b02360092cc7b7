"""The cache of whole public pages, and purging them by what they are made of.

A public page is the same bytes for everybody, so one stored response answers all. While a page is rendered it notes
the keys it is made of (`story:12`, `section:3`, `settings`); `purge` drops every page that noted one of them. A page
rendered from rows read before a purge must not be stored after it: each purge moves a counter, and storing asks that
the counter still stands where it stood when rendering began (one Lua script, so nothing slips between).

Of the address's query a public page sees only the parameters that public pages know: `?utm_source=…` is the same
stored page. Values can still be made up, so addresses with a query are stored up to a number; and so are all pages
together, since a robot that walks through a large archive would fill the machine's memory within the hour.

Redis being down means that pages are rendered each time, nothing else. What should have been dropped meanwhile is owed
by a row and dropped when Redis is back.
"""

import pickle
import uuid
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from hashlib import blake2b

import redis
import structlog
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import urlencode
from django_redis import get_redis_connection

from newsroom.lib.compression import compress, encode_for, is_compressible
from newsroom.lib.near_pages import NearPages
from newsroom.lib.outbox import owe
from newsroom.lib.requests import View

logger = structlog.get_logger(__name__)

LIFETIME_SECONDS = 3600
COUNTER = "pages:purges"
STORED = "pages:stored"
VARIANTS = "pages:variants"
MOST_STORED = 15_000  # new addresses in an hour, some 10 KB each; what was purged gives its place back
MOST_VARIANTS = 3000  # addresses with a query that are stored in an hour: whoever makes them up fills no more than this
STALE = "pages.stale"  # the kind of an Outbox row: a purge that Redis did not hear
PARAMETERS = ("as", "currency", "page", "q", "story")  # what public views read; all else is left unread
_FORM = 2  # of what is stored; a release that changes it finds nothing of the one before
_NOT_PUBLIC = ("/admin/", "/account/", "/fragment/", "/mail/", "/media/", "/preview/", "/stripe/")
_noted: ContextVar[set[str] | None] = ContextVar("page_keys", default=None)

_STORE = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
local function has_room(counter, most)
  local made = tonumber(redis.call('GET', counter) or '0')
  if made >= tonumber(most) then return false end
  redis.call('INCR', counter)
  if made == 0 then redis.call('EXPIRE', counter, ARGV[3]) end
  return true
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  if ARGV[4] == 'variant' and not has_room(KEYS[4], ARGV[6]) then return 0 end
  if not has_room(KEYS[3], ARGV[5]) then return 0 end
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[7])
for i = 5, #KEYS do
  redis.call('SADD', KEYS[i], KEYS[2])
  redis.call('EXPIRE', KEYS[i], ARGV[3] * 2)
end
return 1
"""
_PURGE = """
redis.call('INCR', KEYS[1])
local dropped = 0
for i = 3, #KEYS do
  local pages = redis.call('SMEMBERS', KEYS[i])
  for _, page in ipairs(pages) do dropped = dropped + redis.call('UNLINK', page) end
  redis.call('UNLINK', KEYS[i])
end
local stored = tonumber(redis.call('GET', KEYS[2]) or '0')
if stored > 0 then redis.call('DECRBY', KEYS[2], math.min(dropped, stored)) end
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


def drop_pages(*, keys: list[str]) -> None:
    """Drops them now. Raises RedisError while Redis is down. Safe to run twice: a page too many is rendered again."""
    names = [cache.make_key(COUNTER), cache.make_key(STORED), *(cache.make_key(f"pages:of:{key}") for key in keys)]
    try:
        get_redis_connection().eval(_PURGE, len(names), *names)
    finally:
        near.let_go()  # afterwards, or another thread would take the old page from Redis again


def _purge_now(keys: list[str]) -> None:
    try:
        drop_pages(keys=keys)
    except redis.RedisError as error:
        logger.error("purge_failed", keys=keys, error=type(error).__name__)
        owe(STALE, uuid.uuid4().hex, keys=keys)


def public_page(view: View) -> View:
    """Marks a view whose GET is the same bytes for everyone: cached whole, no session, no cookie, no message. It sees
    of the query what PARAMETERS names, each once. What is posted to it is passed on as it comes. A response whose
    contents the clock alone changes says in `page_lasts` how many seconds it is stored."""

    @wraps(view)
    def noting(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        request.is_public_page = True  # type: ignore[attr-defined]
        request.META["QUERY_STRING"] = known = known_query(request)
        request.GET = QueryDict(known)  # type: ignore[assignment]  # as immutable as the one it replaces
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


def known_query(request: HttpRequest) -> str:
    """The query as public pages read it: known parameters that say something, each once, always in the same order."""
    return urlencode([(name, value) for name in PARAMETERS if (value := request.GET.get(name))])


@dataclass(frozen=True)
class StoredPage:
    """A page as it lies in the store: the body compressed where that is worth it."""

    headers: dict[str, str]
    body: bytes
    is_compressed: bool

    def answer(self, request: HttpRequest) -> HttpResponse:
        return self.dress(request, HttpResponse())

    def dress(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Gives `response` this page in a coding that the client accepts."""
        body, coding = encode_for(request, self.body) if self.is_compressed else (self.body, "")
        response.content = body
        for name, value in self.headers.items():
            response.headers[name] = value
        response.headers["Content-Length"] = str(len(body))
        if coding:
            response.headers["Content-Encoding"] = coding
        return response


def freeze(response: HttpResponse) -> StoredPage:
    """The tag is a weak one: it names what is said, in whichever coding (RFC 9110, 8.8.1)."""
    headers = dict(response.headers)
    headers["ETag"] = f'W/"{blake2b(response.content, digest_size=12).hexdigest()}"'
    is_worthwhile = is_compressible(headers.get("Content-Type", ""), response.content)
    if is_worthwhile:
        headers["Vary"] = "Accept-Encoding"
    return StoredPage(headers, compress(response.content) if is_worthwhile else response.content, is_worthwhile)


near: NearPages[StoredPage] = NearPages()


class PageCacheMiddleware:
    """Answers a GET from the store before sessions, cookies or languages are looked at, and stores what a
    `public_page` view rendered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = _name_of(request)
        if name is None:
            return self._finish(request, self.get_response(request))
        if (page := near.get(name)) is not None:
            return page.answer(request)
        try:
            connection = get_redis_connection()
            stored, counter = connection.mget(name, cache.make_key(COUNTER))
        except redis.RedisError:
            return self._finish(request, self.get_response(request))
        if stored is not None:
            page = pickle.loads(stored)  # noqa: S301  written by us, behind a password
            if name.endswith("?"):  # addresses with a query can be made up
                near.hold(name, page)
            return page.answer(request)
        response = self.get_response(request)
        may_store = request.method == "GET" and "no-store" not in response.headers.get("Cache-Control", "")
        return self._finish(
            request, response, partial(_store, connection, name, counter or b"0") if may_store else None
        )

    @staticmethod
    def _finish(
        request: HttpRequest,
        response: HttpResponseBase,
        store: Callable[[StoredPage, Iterable[str], int], None] | None = None,
    ) -> HttpResponseBase:
        """A public page leaves without cookies, whatever touched the session on the way, and varies by coding alone."""
        if not hasattr(response, "page_keys"):
            return response
        response.cookies.clear()
        response.headers.pop("Vary", None)
        response.headers.setdefault("Cache-Control", "public, max-age=60")
        if not isinstance(response, HttpResponse) or response.status_code != 200:
            return response
        page = freeze(response)
        if store is not None:
            lasts = getattr(response, "page_lasts", LIFETIME_SECONDS)
            store(page, response.page_keys, lasts)  # type: ignore[attr-defined]
        return page.dress(request, response)


def _name_of(request: HttpRequest) -> str | None:
    """Under which name the answer is stored, if it may be. By the host's name and not its port, which nobody checks:
    no page says under which it was asked for. Raises DisallowedHost for a host that is not ours."""
    if request.method not in ("GET", "HEAD") or request.path_info.startswith(_NOT_PUBLIC):
        return None
    known = known_query(request)
    if len(known) > 100 or len(request.path_info) > 400:
        return None
    host = request.get_host().lower().partition(":")[0]
    return cache.make_key(f"page:{_FORM}:{host}:{request.path_info}?{known}")


def _store(
    connection: redis.Redis, name: str, counter: bytes, page: StoredPage, keys: Iterable[str], lasts: int
) -> None:
    fixed = [cache.make_key(COUNTER), name, cache.make_key(STORED), cache.make_key(VARIANTS)]
    names = [*fixed, *(cache.make_key(f"pages:of:{key}") for key in keys)]
    kind = "" if name.endswith("?") else "variant"
    try:
        connection.eval(
            _STORE, len(names), *names, counter, pickle.dumps(page), LIFETIME_SECONDS, kind, MOST_STORED, MOST_VARIANTS,
            lasts,
        )  # fmt: skip
    except redis.RedisError as error:
        logger.warning("page_not_stored", error=type(error).__name__)
