"""The one client of Stripe, and what its errors mean to us. The API version is the one that the installed package
pins."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import stripe
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from members.patronage.errors import KeyRefused, NotConfigured, StripeRefused, StripeResting
from members.patronage.patience import ask_in_time
from newsroom.lib.holding import is_on_hold

logger = structlog.get_logger(__name__)

# In the web process a person waits: `patience` bounds all that one request asks, and the sweep asks again; an answer
# that comes too late for the person still says that Stripe lives. A worker has time for each try.
CONNECT_SECONDS, TIMEOUT_SECONDS, RETRIES = (0.5, 8, 0) if settings.IS_WEB else (4, 10, 2)


class Wire(stripe.RequestsClient):
    """The one place where a question leaves for Stripe: none does after a restore, whoever asks. Raises as
    `refuse_on_hold` and `ask_in_time`."""

    def __init__(self) -> None:
        super().__init__(timeout=(CONNECT_SECONDS, TIMEOUT_SECONDS))
        self._session = self.requests.Session()  # for all threads, each of which would else greet Stripe anew

    def request(  # type: ignore[override]  # as RequestsClient has it, which answers bytes
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        refuse_on_hold()
        return ask_in_time(lambda: super(Wire, self).request(method, url, headers, post_data))


def stripe_api() -> Any:
    """The services of API v1 (`stripe_api().checkout.sessions.create(…)`). Raises NotConfigured without a key."""
    if not settings.STRIPE_SECRET_KEY:
        raise NotConfigured(_not_set_up())
    return _make_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


def _not_set_up() -> str:
    return _("Payments are not set up yet. Please write to the newsroom, or come back later.")


@lru_cache(maxsize=4)
def _make_client(key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base} if api_base else {},
        max_network_retries=RETRIES,
        http_client=Wire(),
    )


def refuse_on_hold() -> None:
    """Raises StripeResting after a restore, until it is let go: what is asked could have been done since."""
    if is_on_hold():
        raise StripeResting(_("Payments are on hold for now. Nothing was taken. Please try again later."))


@contextmanager
def asking_stripe() -> Iterator[None]:
    """Turns Stripe's errors into ours. Never entered inside a transaction: an answer may take half a minute."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        logger.warning("stripe_resting", error=describe(error))
        raise StripeResting(
            _("Our payment company does not answer just now. Nothing was taken. Please try again in a few minutes.")
        ) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("stripe_key_refused", error=describe(error))
        raise KeyRefused(_not_set_up()) from error
    except stripe.StripeError as error:
        logger.error("stripe_refused", error=describe(error))
        raise StripeRefused(
            _("Our payment company did not accept this. Nothing was taken. Please write to the newsroom.")
        ) from error


def describe(error: BaseException) -> str:
    """Kind, code and parameter; Stripe's own sentence may repeat what a person typed, so it is left out."""
    cause = error.__cause__ if isinstance(error.__cause__, stripe.StripeError) else error
    parts = [type(cause).__name__]
    for name in ("code", "param", "http_status"):
        value = getattr(cause, name, None)
        if value:
            parts.append(f"{name}={value}")
    return " ".join(parts)


def site_id() -> str:
    """Marks what this newsroom sold, in the metadata at Stripe: several sites may share an account."""
    return urlsplit(settings.SITE_URL).hostname or "newsroom"


def is_answer(error: BaseException) -> bool:
    """Whether Stripe's own server failed: what it answered stays under the key. Silence leaves it of use, and so do 429
    and 409: nothing was begun, or another worker's question under the same key is being answered.
    https://docs.stripe.com/api/idempotent_requests"""
    return (getattr(error.__cause__, "http_status", None) or 0) >= 500


def is_unknown(error: BaseException) -> bool:
    """Whether Stripe's no says that there is no such object."""
    return isinstance(error.__cause__, stripe.InvalidRequestError) and error.__cause__.code == "resource_missing"
