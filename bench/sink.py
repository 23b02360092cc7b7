"""A mail server that takes everything and keeps nothing but a count: `python -m bench.sink PORT`.

It speaks as much of SMTP as a sender needs. `XCOUNT` (ours alone) answers how many mails came and to how many
addresses, and begins to count anew.
"""

import asyncio
import sys

END = b"\r\n.\r\n"


class Tally:
    def __init__(self) -> None:
        self.mails = 0
        self.recipients: set[bytes] = set()

    def tell(self) -> bytes:
        line = b"250 %d %d\r\n" % (self.mails, len(self.recipients))
        self.mails = 0
        self.recipients.clear()
        return line


class Session(asyncio.Protocol):
    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.received = bytearray()
        self.is_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        searched = max(0, len(self.received) - len(END))
        self.received += data
        while self._take_text(searched) if self.is_text else self._take_line():
            searched = 0

    def _take_text(self, searched: int) -> bool:
        end = self.received.find(END, searched)
        if end < 0:
            return False
        del self.received[: end + len(END)]
        self.is_text = False
        self.tally.mails += 1
        self.transport.write(b"250 taken\r\n")
        return True

    def _take_line(self) -> bool:
        end = self.received.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.received[:end])
        del self.received[: end + 2]
        self.transport.write(self._answer(line))
        return True

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.tally.recipients.add(line.partition(b":")[2])
        elif verb == b"DATA":
            self.is_text = True
            return b"354 go on\r\n"
        elif verb == b"XCOU":
            return self.tally.tell()
        elif verb == b"QUIT":
            return b"221 bye\r\n"
        return b"250 ok\r\n"


async def serve(port: int) -> None:
    tally = Tally()
    server = await asyncio.get_running_loop().create_server(lambda: Session(tally), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
