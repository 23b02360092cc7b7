"""Questions of the shop's own on the checkout page: asked, checked, and answered on the session."""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError
from .markup import Html, fill, join
from .params import flag, many, nested, one_of, required, text, whole
from .store import Obj

_LENGTHS = {"default_value": text, "minimum_length": whole, "maximum_length": whole}
SCHEMA = many(
    nested(
        key=required(text),
        label=required(nested(type=required(one_of("custom")), custom=required(text))),
        type=required(one_of("dropdown", "numeric", "text")),
        optional=flag,
        text=nested(**_LENGTHS),
        numeric=nested(**_LENGTHS),
        dropdown=nested(options=required(many(nested(label=required(text), value=required(text)))), default_value=text),
    )
)
MOST = 3
LONGEST = 255


def make_fields(given: list[Obj]) -> list[Obj]:
    """As the session shows them, without answers yet. Raises what Stripe raises for too many, or two of one key."""
    if len(given) > MOST:
        raise ApiError(f"You can have at most {MOST} custom fields.", param="custom_fields")
    for number, field in enumerate(given):
        place = f"custom_fields[{number}]"
        if not re.fullmatch(r"[A-Za-z0-9]{1,200}", field["key"]):
            raise ApiError("A key has letters and digits only.", param=f"{place}[key]")
        if field["type"] == "dropdown" and not field.get("dropdown", {}).get("options"):
            raise ApiError("A dropdown needs options.", param=f"{place}[dropdown][options]")
    if len({field["key"] for field in given}) < len(given):
        raise ApiError("Each custom field needs a key of its own.", param="custom_fields")
    return [_make(field) for field in given]


def _make(given: Obj) -> Obj:
    kind = given["type"]
    blank: dict[str, Any] = {"default_value": None, "value": None}
    if kind == "dropdown":
        blank["options"] = []
    else:
        blank.update(minimum_length=None, maximum_length=None)
    made = {"key": given["key"], "label": given["label"], "optional": given.get("optional", False), "type": kind}
    return {**made, kind: {**blank, **given.get(kind, {})}}


def answer_fields(session: Obj, form: Obj) -> None:
    """Puts what was typed on the session. Raises for the first answer that does not do, named by its field."""
    for field in session["custom_fields"]:
        value = str(form.get(f"field-{field['key']}", "")).strip()
        word = _why_not(field, value)
        if word:
            raise ApiError(
                f"The custom field {field['key']} has no fitting answer.",
                param=f"field-{field['key']}",
                extra={"decline_code": word},
            )
        field[field["type"]]["value"] = value or None


def _why_not(field: Obj, value: str) -> str | None:
    kind = field["type"]
    terms = field[kind]
    if not value:
        return None if field["optional"] else "field_missing"
    if kind == "dropdown":
        return None if value in [option["value"] for option in terms["options"]] else "field_missing"
    if kind == "numeric" and not value.isdigit():
        return "field_digits"
    least, most = terms["minimum_length"] or 0, terms["maximum_length"] or LONGEST
    return None if least <= len(value) <= most else "field_length"


def show_fields(session: Obj, form: Obj, words: dict[str, str], error: ApiError | None) -> Html:
    parts = []
    for field in session["custom_fields"]:
        name = f"field-{field['key']}"
        bad = error.extra.get("decline_code") if error and error.param == name else None
        optional = fill(' <span class="soft">$text</span>', text=words["optional"]) if field["optional"] else ""
        parts.append(
            fill(
                '<div class="field"><label for="$name">$label$optional</label>$control$error</div>',
                name=name,
                label=field["label"]["custom"],
                optional=optional,
                control=_control(field, name, form.get(name, field[field["type"]]["default_value"]), is_bad=bool(bad)),
                error=_say(bad, field, name, words) if bad else "",
            )
        )
    return join(parts)


def _say(word: str, field: Obj, name: str, words: dict[str, str]) -> Html:
    terms = field[field["type"]]
    least, most = terms.get("minimum_length") or 1, terms.get("maximum_length") or LONGEST
    return fill(
        '<p class="error" id="$name-error">$text</p>', name=name, text=words[word].format(least=least, most=most)
    )


def _control(field: Obj, name: str, value: str | None, *, is_bad: bool) -> Html:
    state = fill(' aria-invalid="true" aria-describedby="$name-error"', name=name) if is_bad else Html("")
    if field["type"] != "dropdown":
        mode = Html(' inputmode="numeric"') if field["type"] == "numeric" else Html("")
        markup = '<input id="$name" name="$name" value="$value"$mode$state>'
        return fill(markup, name=name, value=value or "", mode=mode, state=state)
    options = [
        fill(
            '<option value="$value"$chosen>$label</option>',
            value=option["value"],
            label=option["label"],
            chosen=Html(" selected") if option["value"] == value else "",
        )
        for option in field["dropdown"]["options"]
    ]
    blank = Html('<option value=""></option>')
    return fill(
        '<select id="$name" name="$name"$state>$options</select>',
        name=name,
        state=state,
        options=join([blank, *options]),
    )
