"""Limits on POST, by what it costs us or others. Counted in Redis in fixed windows; when Redis is down what costs
waits (Unavailable, a clear page with status 503), since an uncounted door is an open one. What a reader has a right to
at any hour goes on uncounted: leaving, ending, withdrawing."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b

import redis
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_redis import get_redis_connection

from newsroom.lib.requests import View, client_network

KeyFunction = Callable[[HttpRequest], str]


class TooMany(Exception):  # noqa: N818  the page says it, not the class
    """A limit was reached. The text can be shown to a person; `seconds` until the same may go well."""

    def __init__(self, text: str, seconds: int = 300) -> None:
        super().__init__(text)
        self.seconds = seconds


class Unavailable(Exception):  # noqa: N818
    """A part that this needs is resting. The text can be shown to a person."""


@dataclass(frozen=True)
class Limit:
    """At most `count` in `seconds`, per what `scope` is given."""

    name: str
    count: int
    seconds: int


SIGN_IN = Limit("sign-in", 20, 600)
CHECKOUT = Limit("checkout", 40, 600)  # whatever is sent to a form that opens checkouts, refused or not
CHECKOUTS_OF_NETWORK = Limit("checkouts-network", 20, 600)  # a phone company may put thousands behind one address
CHECKOUTS_OF_NETWORK_A_DAY = Limit("checkouts-network-a-day", 120, 86_400)
CHECKOUTS_OF_BROWSER = Limit("checkouts-browser", 10, 3600)
CHECKOUTS_OF_ADDRESS = Limit("checkouts-address", 10, 3600)
CHECKOUTS_OF_SITE = Limit("checkouts-site", 300, 600)  # the count is the newsroom's: its settings
CHECKOUT_CODES = Limit("checkout-codes", 4, 3600)
CHECKOUT_CODES_OF_NETWORK = Limit("checkout-codes-network", 12, 3600)
CHECKOUT_TRIES = Limit("checkout-tries", 5, 3600)
THANKS = Limit("thanks", 12, 600)  # one checkout's page of thanks, while Stripe is asked about it
CHANGE_SUPPORT = Limit("change-support", 20, 600)
DECLARE = Limit("declare", 10, 600)
DECLARATION = Limit("declaration", 20, 600)  # one link
TAKE_GIFT = Limit("take-gift", 20, 600)
SIGN_UP = Limit("newsletter-sign-up", 10, 600)
CONFIRM = Limit("newsletter-confirm", 20, 600)
CHOOSE_NEWSLETTERS = Limit("newsletter-choice", 30, 600)  # one member's, at the account
SUGGEST = Limit("suggest", 6, 3600)
UNSUBSCRIBE = Limit("unsubscribe", 20, 600)
VOTE = Limit("vote", 60, 600)
SEARCH = Limit("search", 60, 60)


def count_against(limit: Limit, key: str) -> None:
    """Counts one use; raises TooMany beyond the limit and Unavailable while nothing can be counted."""
    name = _name_of(limit, key)
    try:
        pipeline = get_redis_connection().pipeline(transaction=True)  # a count without its end would never be forgotten
        pipeline.set(name, 0, ex=limit.seconds, nx=True).incr(name)
        # Redis keeps the end as a moment: on a clock that was set back it would lie hours off.
        _set, used, _shortened, left = pipeline.expire(name, limit.seconds, lt=True).ttl(name).execute()
    except redis.RedisError as error:
        raise Unavailable(_resting()) from error
    if used > limit.count:
        raise TooMany(_("That was a lot in a short time. Please wait a few minutes and try again."), max(1, left))


def count_if_up(limit: Limit, key: str) -> None:
    """As `count_against`, but counts nothing while nothing can be counted."""
    with suppress(Unavailable):
        count_against(limit, key)


def count_used(limit: Limit, key: str) -> int:
    """How many uses are counted at present; counts none. Raises Unavailable."""
    try:
        return int(get_redis_connection().get(_name_of(limit, key)) or 0)
    except redis.RedisError as error:
        raise Unavailable(_resting()) from error


def _name_of(limit: Limit, key: str) -> str:
    digest = blake2b(key.encode(), digest_size=12).hexdigest()  # no address in Redis in the clear
    return cache.make_key(f"limit:{limit.name}:{digest}")


def _resting() -> str:
    return _("Part of the site is resting. Please try again in a few minutes.")


def limited(
    limit: Limit, key: KeyFunction = client_network, *, count: Callable[[Limit, str], None] = count_against
) -> Callable[[View], View]:
    """Counts each POST to a view against `limit`, per client network unless `key` says otherwise."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "POST":
                count(limit, key(request))
            return view(request, *args, **kwargs)

        counted.limit = limit  # type: ignore[attr-defined]  # for whoever looks whether there is one
        return counted

    return decorate
