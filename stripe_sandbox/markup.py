"""Small templates that escape everything unless it is marked as HTML."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

_FOLDER = Path(__file__).parent


class Html(str):
    """Text that is HTML already. Made only by the functions below and by hand-written constants."""


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / "templates" / name).read_text(encoding="utf-8"))


@cache
def stylesheet() -> str:
    return (_FOLDER / "static" / "sandbox.css").read_text(encoding="utf-8")


def _escape(value: Any) -> str:
    return str(value) if isinstance(value, Html) else html.escape(str(value))


def render(name: str, /, **values: Any) -> Html:
    """Raises KeyError for a value that the template names and nobody gave."""
    return Html(_template(name).substitute({key: _escape(value) for key, value in values.items()}))


def fill(markup: str, /, **values: Any) -> Html:
    """The same for a line of markup written in code."""
    return Html(Template(markup).substitute({key: _escape(value) for key, value in values.items()}))


def join(parts: list[Html]) -> Html:
    return Html("\n".join(parts))


def table(label: str, heads: list[str], rows: list[list[Any]], otherwise: str) -> Html:
    """A list that scrolls sideways by itself where it is too wide; `otherwise` is said of an empty one."""
    if not rows:
        return fill("<p>$text</p>", text=otherwise)
    head = join([fill('<th scope="col">$text</th>', text=text) for text in heads])
    body = join([Html(f"<tr>{''.join(fill('<td>$cell</td>', cell=cell) for cell in row)}</tr>") for row in rows])
    return fill(
        '<div class="scroll" role="region" tabindex="0" aria-label="$label">'
        '<table class="list"><thead><tr>$head</tr></thead>'
        "<tbody>$body</tbody></table></div>",
        label=label,
        head=head,
        body=body,
    )
