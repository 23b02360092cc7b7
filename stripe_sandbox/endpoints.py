"""Webhook endpoints as API objects: several at once, each with its own secret, events and deliveries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import API_VERSION
from .core import Sandbox, new_id
from .errors import ApiError
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    flag,
    many,
    merge_metadata,
    metadata,
    one_of,
    required,
    text,
    unsupported,
)
from .schema import GIVEN_ENDPOINT
from .store import Obj


def _url(name: str, raw: Any) -> str:
    value = text(name, raw)
    if not value.startswith(("https://", "http://")):
        raise ApiError(
            f"Invalid URL: {name} must begin with https:// (http:// will do here).", code="url_invalid", param=name
        )
    return value


def _event_type(name: str, raw: Any) -> str:
    value = text(name, raw)
    if not re.fullmatch(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+", value):
        raise ApiError(
            f"Invalid {name}: must be * or the name of an event such as invoice.paid, not {value}", param=name
        )
    return value


_FIELDS: dict[str, Any] = {"description": clearable(text), "metadata": clearable(metadata)}
CREATE: Schema = {
    "url": required(_url),
    "enabled_events": required(many(_event_type)),
    "api_version": one_of(API_VERSION),
    "connect": unsupported,
    **_FIELDS,
    **EXPAND,
}
UPDATE: Schema = {"url": _url, "enabled_events": many(_event_type), "disabled": flag, **_FIELDS, **EXPAND}
LIST: Schema = PAGING


def _make(endpoint_id: str, now: int, *, url: str, secret: str, events: list[str], **given: Any) -> Obj:
    return {
        "id": endpoint_id,
        "object": "webhook_endpoint",
        "api_version": given.get("api_version"),
        "application": None,
        "created": now,
        "description": given.get("description"),
        "enabled_events": events,
        "livemode": False,
        "metadata": merge_metadata({}, given.get("metadata")),
        "status": "enabled",
        "url": url,
        "_secret": secret,
    }


@dataclass(frozen=True)
class Given:
    """What the command line says: the key, and the endpoint for every event if there is one."""

    api_key: str
    webhook_url: str | None
    webhook_secret: str | None


def declare_endpoint(box: Sandbox, given: Given) -> None:
    """The endpoint that the command line names, under an id that stays; without one it goes."""
    known = box.store.get(GIVEN_ENDPOINT)
    if not given.webhook_url or not given.webhook_secret:
        box.store.delete(GIVEN_ENDPOINT)
        return
    url, secret = given.webhook_url, given.webhook_secret
    made = _make(GIVEN_ENDPOINT, box.now(), url=url, secret=secret, events=["*"], description="From the command line")
    box.save({**made, **(known or {}), "url": url, "_secret": secret})


def create_endpoint(box: Sandbox, params: Obj) -> Obj:
    """The one answer that shows the secret."""
    if not params["enabled_events"]:
        raise ApiError("enabled_events must name at least one event, or *.", param="enabled_events")
    given = {key: params[key] for key in ("api_version", "description", "metadata") if key in params}
    secret = new_id("whsec", 32)
    made = _make(new_id("we"), box.now(), url=params["url"], secret=secret, events=params["enabled_events"], **given)
    return {**box.save(made), "secret": secret}


def update_endpoint(box: Sandbox, params: Obj, endpoint_id: str) -> Obj:
    """While it is disabled no event is queued for it, and its retries end when they come due."""
    endpoint = box.find("webhook_endpoint", endpoint_id)
    changes: Obj = {key: params[key] for key in ("url", "enabled_events", "description") if key in params}
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint.update(changes, metadata=merge_metadata(endpoint["metadata"], params.get("metadata")))
    return box.save(endpoint)


def delete_endpoint(box: Sandbox, params: Obj, endpoint_id: str) -> Obj:
    box.find("webhook_endpoint", endpoint_id)
    box.store.delete(endpoint_id)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}
