import unicodedata


def one_line(text: str) -> str:
    """A name as a subject or a header can hold it: control signs and line breaks of every kind are spaces, of which one
    stands where several stood."""
    signs = (" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    return " ".join("".join(signs).split())  # which takes the line and paragraph separators too
