"""Requests as our addresses and forms are written: in UTF-8."""

from django.core.handlers.wsgi import WSGIRequest


class Utf8Request(WSGIRequest):
    """Reads every query and form as UTF-8, whatever the client says. Django believes the Content-Type, and Python knows
    encodings that are none of text (`charset=base64`): the request would break before any middleware sees it."""

    @property
    def encoding(self) -> None:
        return None  # the default

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        """What the client says is not taken up."""
