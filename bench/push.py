"""The newsletter's reference: bytes built beforehand, pushed down connections as a plain script would.

`python -m bench.push PORT FILE COUNT PER_CONNECTION`; each message in the file stands after its recipient. Writes the
seconds it took.
"""

import smtplib
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from bench.load import read_requests


def push(port: int, messages: list[bytes], count: int, per_connection: int) -> float:
    """One connection at a time, as one worker does. Raises smtplib.SMTPException when the sink does not take one."""
    parted = [message.partition(b"\n")[::2] for message in messages]
    supply = islice(cycle(parted), count)
    began = time.perf_counter()
    while batch := list(islice(supply, per_connection)):
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
            for recipient, content in batch:
                server.sendmail("newsroom@localhost", [recipient.decode("ascii")], content)
    return time.perf_counter() - began


if __name__ == "__main__":
    port, file, count, per_connection = sys.argv[1:]
    print(push(int(port), read_requests(Path(file)), int(count), int(per_connection)))
