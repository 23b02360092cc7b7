"""Public pages leave compressed. Only they do: what is one person's holds secrets beside what others can make it
repeat, and compressing both tells one from the other (the BREACH attack)."""

import gzip
import re
from functools import lru_cache

import brotli
from django.http import HttpRequest

QUALITY = 5  # brotli: about a millisecond for a story page, once for each page that is stored
WORTHWHILE = 600  # bytes; below that the headers weigh more than what is spared
_KINDS = ("text/", "application/json", "application/xml", "application/rss+xml", "application/feed+json")
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


def is_compressible(content_type: str, content: bytes) -> bool:
    return len(content) >= WORTHWHILE and content_type.startswith(_KINDS)


def compress(content: bytes) -> bytes:
    return brotli.compress(content, quality=QUALITY, mode=brotli.MODE_TEXT)


def encode_for(request: HttpRequest, compressed: bytes) -> tuple[bytes, str]:
    """What `compress` made, in a coding that this client accepts, and the coding's name ("" for none): RFC 9110,
    12.5.3."""
    accepted = _accepted(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if "br" in accepted:
        return compressed, "br"
    content = brotli.decompress(compressed)
    if "gzip" in accepted:
        return gzip.compress(content, compresslevel=5, mtime=0), "gzip"
    return content, ""


@lru_cache(maxsize=256)  # browsers send a handful
def _accepted(header: str) -> frozenset[str]:
    parts = header.lower().split(",")
    return frozenset(part.partition(";")[0].strip() for part in parts if not _REFUSED.search(part))
