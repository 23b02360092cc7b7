"""Reading the demo's files: TOML tables and texts with a head of `key: value` lines."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Text:
    """A story or page of the demo: the head's values and the body as HTML."""

    values: dict[str, str]
    body: str

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")

    def items_of(self, key: str) -> list[str]:
        return [part.strip() for part in self[key].split(",") if part.strip()]


def read_table(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def read_texts(folder: str) -> list[Text]:
    return [_parse(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / folder).glob("*.html"))]


def _parse(source: str) -> Text:
    head, _blank, body = source.partition("\n\n")
    values = dict(line.split(":", 1) for line in head.splitlines() if ":" in line)
    return Text({key.strip(): value.strip() for key, value in values.items()}, body.strip())
