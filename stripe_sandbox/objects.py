"""Objects recorded elsewhere: kept as they are, answered, listed, expanded and told of, but never acted upon.

So another product's customers and payments on the same account can be replayed, those of another API version or of
live mode, and types that the sandbox does nothing with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .core import Sandbox, public
from .deliveries import listening, schedule
from .errors import ApiError
from .expand import as_list, list_page
from .params import PAGING, Schema, date_range, flag, text
from .store import Obj

LOAD: Schema = {"send": flag}
SHOW: Schema = {"object": text}
LIST: Schema = {"customer": text, "created": date_range, **PAGING}


def read_file(path: Path) -> Any:
    """Raises ApiError with a sentence that names the file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ApiError(f"{path} cannot be loaded: {error}") from None


def load_objects(box: Sandbox, given: Any, *, is_sending: bool = False) -> Obj:
    """One object, a list as the API answers it, or an array of them; of an event also the object that it is about.

    What was loaded before is replaced. With `is_sending` the events go to the endpoints that listen. All or nothing:
    raises for what is no object, or is the sandbox's own.
    """
    loaded: list[str] = []
    with box.acting():
        for obj in _unpack(given):
            if obj["object"] == "event":
                _load_subject(box, obj, loaded)
            _check_foreign(box, obj)
            _put(box, obj, loaded)
            if obj["object"] == "event" and is_sending:
                _send(box, obj)
    if is_sending:
        box.on_event()
    return {"loaded": loaded}


def _unpack(given: Any) -> list[Obj]:
    if isinstance(given, list):
        return [obj for one in given for obj in _unpack(one)]
    if isinstance(given, dict) and given.get("object") == "list" and isinstance(given.get("data"), list):
        return _unpack(given["data"])
    if not isinstance(given, dict) or not all(isinstance(given.get(key), str) for key in ("id", "object")):
        raise ApiError(f"An object needs an id and says in `object` what it is; this does not: {str(given)[:80]}")
    if given["object"] == "webhook_endpoint":
        raise ApiError("A webhook endpoint comes without its secret: create it through the API instead.")
    return [given]


def _check_foreign(box: Sandbox, obj: Obj) -> None:
    known = box.store.get(obj["id"])
    if known and "_loaded" not in known:
        raise ApiError(f"{obj['id']} is the sandbox's own and is not replaced by a recording.")


def _put(box: Sandbox, obj: Obj, loaded: list[str]) -> None:
    """Anew, so that a list shows it where its own `created` belongs."""
    box.store.delete(obj["id"])
    box.save({**obj, "_loaded": True})
    loaded.append(obj["id"])


def _load_subject(box: Sandbox, event: Obj, loaded: list[str]) -> None:
    """The object as the event shows it; one that the sandbox has of its own stays."""
    subject = event.get("data", {}).get("object", {})
    if not isinstance(subject.get("id"), str) or not isinstance(subject.get("object"), str):
        return
    known = box.store.get(subject["id"])
    if known is None or "_loaded" in known:
        _put(box, subject, loaded)


def _send(box: Sandbox, event: Obj) -> None:
    schedule(box.store, event, listening(box.store, event["type"]), box.clock.moment())


def list_loaded(box: Sandbox, params: Obj) -> Obj:
    where = {"_loaded": True}
    if "object" in params:
        found = box.store.find(params["object"], where, limit=-1)
    else:
        rows = box.store.run("SELECT id FROM objects WHERE json_extract(body, '$._loaded') = 1 ORDER BY seq")
        found = [box.store.get(row["id"]) or {} for row in rows]
    return as_list([public(obj) for obj in found], "/_sandbox/objects")


def has_kind(box: Sandbox, path: str) -> bool:
    """Whether something was loaded of the kind that an address such as /v1/payouts lists."""
    return bool(box.store.find(kind_of(path), {"_loaded": True}, limit=1))


def kind_of(path: str) -> str:
    """issuing/cards lists objects of the kind issuing.card."""
    kind = path.removeprefix("/v1/").replace("/", ".")
    return kind[:-3] + "y" if kind.endswith("ies") else kind.removesuffix("s")


def list_kind(box: Sandbox, path: str, params: Obj) -> Obj:
    where = {"customer": params["customer"]} if "customer" in params else {}
    return list_page(box, kind_of(path), path, params, where)
