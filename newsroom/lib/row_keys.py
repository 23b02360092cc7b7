"""Keys of rows as somebody sends them, in an address, a form or a text."""

MOST_DIGITS = 18  # PostgreSQL's bigint holds every such number; Python reads none of many thousand digits


def read_key(text: object) -> int | None:
    """None for what is no key: another sign, none at all, or more digits than any row's key has.

    >>> read_key("17"), read_key(""), read_key("-1"), read_key("٣"), read_key("9" * 5000)
    (17, None, None, None, None)
    """
    sent = str(text or "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) <= MOST_DIGITS else None


def read_keys(texts: object) -> list[int]:
    """Those with commas between, in order; what is no key is dropped."""
    return [key for part in str(texts or "").split(",") if (key := read_key(part.strip())) is not None]
