"""The mail server of the demo: takes every letter and lays it into a Maildir, for anybody to read at /inbox/.

`python -m newsroom.embedded.inbox --port PORT --folder MAILDIR` runs until SIGTERM.
"""

import argparse
import asyncio
import itertools
import os
import signal
import time
from collections import deque
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 2000  # letters; older ones go
LARGEST = 40 * 1024 * 1024  # bytes of one letter


class Maildir:
    """Delivers as https://cr.yp.to/proto/maildir.html says: written in tmp/, then renamed into new/ in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counter = itertools.count()
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        letters = [path.name for place in ("new", "cur") for path in (folder / place).iterdir()]
        self._names = deque(sorted(letters, key=_age))
        self._prune()

    def deliver(self, content: bytes) -> str:
        """Store one letter and answer its name; names sort by time of arrival."""
        name = f"{time.time_ns():020d}.{os.getpid()}_{next(self._counter)}.newsroom"
        temporary = self.folder / "tmp" / name
        temporary.write_bytes(content)
        temporary.rename(self.folder / "new" / name)
        self._names.append(name)
        self._prune()
        return name

    def _prune(self) -> None:
        while len(self._names) > KEPT:
            name = self._names.popleft()
            (self.folder / "new" / name).unlink(missing_ok=True)
            # A reader that marks a letter as seen moves it and adds its flags to the name.
            for seen in (self.folder / "cur").glob(f"{name.partition(':')[0]}*"):
                seen.unlink(missing_ok=True)


def _age(name: str) -> int:
    digits = name.partition(".")[0]
    return int(digits) if digits.isdecimal() else 0


class Handler:
    """What aiosmtpd calls for each letter."""

    def __init__(self, maildir: Maildir) -> None:
        self.maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = self.maildir.deliver(_compose(envelope))
        return f"250 2.0.0 Kept as {name}"


def _compose(envelope: Envelope) -> bytes:
    """The letter with its envelope on top, since Bcc and bounce addresses stand nowhere else (RFC 5321, 4.4)."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
    header = "".join(f"{line}\n" for line in lines).encode("utf-8", errors="surrogateescape")
    return header + (envelope.original_content or b"").replace(b"\r\n", b"\n")


async def serve(port: int, maildir: Maildir) -> None:
    """Listen on 127.0.0.1 until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    handler = Handler(maildir)
    server = await loop.create_server(lambda: _make_protocol(handler), "127.0.0.1", port)
    await stopped.wait()
    server.close()


def _make_protocol(handler: Handler) -> SMTP:
    return SMTP(handler, hostname="localhost", ident="Newsroom inbox", enable_SMTPUTF8=True, data_size_limit=LARGEST)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take every letter and lay it into a Maildir.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, Maildir(arguments.folder)))


if __name__ == "__main__":
    main()
