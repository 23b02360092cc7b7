import re
import unicodedata

SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # but for those that hold an amount and its currency together


def one_line(text: str) -> str:
    """A name as a subject or a header can hold it: control signs and line breaks of every kind are spaces, of which one
    stands where several stood."""
    signs = (" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    return SPACES.sub(" ", "".join(signs)).strip()
