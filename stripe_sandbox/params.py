"""Form bodies with Stripe's bracket nesting, read against a schema per endpoint.

A schema is a dict of parameter name to reader. A reader turns the raw value into a Python value or raises
the error that Stripe would answer; `required(reader)` refuses its absence. What a schema does not name is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from .errors import ApiError, missing_param, unknown_params, unsupported_param

Reader = Callable[[str, Any], Any]
Schema = Mapping[str, Reader]
Tree = dict[str, Any]

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_FLAGS = {"true": True, "True": True, "false": False, "False": False}


def decode_form(text: str) -> Tree:
    """`a[b][0][c]=1` becomes {"a": {"b": {"0": {"c": "1"}}}}; `a[]=1` appends."""
    tree: Tree = {}
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
        match = _KEY.match(key)
        if not match:
            raise ApiError(f"Invalid parameter name: {key}", param=key)
        _place(tree, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value, key)
    return tree


def _place(tree: Tree, path: list[str], value: str, key: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise ApiError(f"Invalid parameter: {key} is given both as a value and as a hash", param=key)
    tree[path[-1] or str(len(tree))] = value


def read_params(raw: Any, schema: Schema, prefix: str = "") -> Tree:
    """The values of `raw` as the schema reads them. Raises ApiError as Stripe words it."""
    if not isinstance(raw, dict):
        raise ApiError(f"Invalid object: {prefix} must be a hash", param=prefix or None)
    names = {name: f"{prefix}[{name}]" if prefix else name for name in [*raw, *schema]}
    unknown = [names[name] for name in raw if name not in schema]
    if unknown:
        raise unknown_params(unknown)
    for name, reader in schema.items():
        if name not in raw and getattr(reader, "is_required", False):
            raise missing_param(names[name])
    return {name: schema[name](names[name], value) for name, value in raw.items()}


def required(reader: Reader) -> Reader:
    def read(name: str, raw: Any) -> Any:
        return reader(name, raw)

    read.is_required = True  # type: ignore[attr-defined]
    return read


def text(name: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ApiError(f"Invalid string: {name} must be a string", param=name)
    if raw == "":
        raise ApiError(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request "
            "or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=name,
        )
    if len(raw) > 5000:
        raise ApiError(f"Invalid string: {raw[:8]}...; must be at most 5000 characters", param=name)
    return raw


def whole(name: str, raw: Any) -> int:
    if not isinstance(raw, str) or not re.fullmatch(r"-?\d{1,15}", raw):
        raise ApiError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name)
    return int(raw)


def flag(name: str, raw: Any) -> bool:
    if raw not in _FLAGS:
        raise ApiError(f"Invalid boolean: {raw}", param=name)
    return _FLAGS[raw]


def one_of(*choices: str) -> Reader:
    def read(name: str, raw: Any) -> str:
        if raw not in choices:
            listed = choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])}, or {choices[-1]}"
            raise ApiError(f"Invalid {name}: must be one of {listed}", param=name)
        return str(raw)

    return read


def clearable(reader: Reader) -> Reader:
    """An empty string unsets the value."""
    return lambda name, raw: None if raw == "" else reader(name, raw)


def nested(**schema: Reader) -> Reader:
    return lambda name, raw: read_params(raw, schema, name)


def many(reader: Reader) -> Reader:
    def read(name: str, raw: Any) -> list[Any]:
        if raw == "":
            return []
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise ApiError("Invalid array", param=name)
        return [reader(f"{name}[{key}]", raw[key]) for key in sorted(raw, key=int)]

    return read


def metadata(name: str, raw: Any) -> dict[str, str]:
    """At most 50 keys of 40 characters with values of 500; an empty value removes the key, as in Stripe's update."""
    if raw == "":
        return {"": ""}
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise ApiError(f"Invalid hash: {name} must be a flat hash of strings", param=name)
    for key, value in raw.items():
        if len(key) > 40 or len(value) > 500:
            raise ApiError(f"Metadata key {key} is longer than 40 characters or its value than 500.", param=name)
    if len(raw) > 50:
        raise ApiError(f"You can have at most 50 keys in {name}.", param=name)
    return raw


def merge_metadata(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Stripe merges on update: "" unsets one key; metadata="" unsets all."""
    if new is None:
        return dict(old)
    if new == {"": ""}:
        return {}
    return {key: value for key, value in {**old, **new}.items() if value != ""}


def date_range(name: str, raw: Any) -> dict[str, int]:
    """A timestamp, or a hash of gt, gte, lt, lte."""
    if isinstance(raw, str):
        return {"eq": whole(name, raw)}
    return read_params(raw, dict.fromkeys(("gt", "gte", "lt", "lte"), whole), name)


def unsupported(name: str, raw: Any) -> Any:
    raise unsupported_param(name)


EXPAND: Schema = {"expand": many(text)}
PAGING: Schema = {"limit": whole, "starting_after": text, "ending_before": text, **EXPAND}
