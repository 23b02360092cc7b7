"""What logs never hold, whoever wrote the line: addresses of people, keys, the tokens and queries of addresses.

A processor of structlog; it also sees what libraries log and the text of exceptions.
"""

import re
from collections.abc import MutableMapping
from typing import Any

_MASKS = (
    (re.compile(r"\b(sk|rk|pk|whsec|cs)_(live_|test_)?[A-Za-z0-9]{8,}"), r"\1_[key]"),
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), "[login]"),
    # What PostgreSQL says to an error is the row: "Key (email)=(…) already exists", "Failing row contains (…)".
    (re.compile(r"\bDETAIL:.*?(?=\n\n|\nCONTEXT:|\Z)", re.DOTALL), "DETAIL: [row]"),
    (re.compile(r"(?<!\])[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[address]"),
    # Unsubscribing, confirming, previewing, signing in by link: a long word of a path, which is no slug, opens.
    (re.compile(r"(?<=/)(?=[a-z0-9_:=-]*[A-Z])[A-Za-z0-9_:=-]{22,}(?=/|\s|$|\?)"), "[token]"),
    (re.compile(r"(?<=/)[0-9a-f]{24,}(?=/|\s|$|\?)"), "[token]"),
    (re.compile(r"^((?:GET|POST|HEAD|PUT|OPTIONS|DELETE|PATCH) [^\s?]*)\?\S*"), r"\1?[query]"),
)


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Every text of the line, masked."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = mask_text(value)
        elif isinstance(value, list):
            event[name] = [mask_text(part) if isinstance(part, str) else part for part in value]
    return event


def mask_text(text: str) -> str:
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text
