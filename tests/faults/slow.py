"""A line to a part that takes its time: each answer is held back for as long as it is told."""

import socket
import threading
import time
from contextlib import suppress


class SlowLine:
    """Listens on a port of its own and passes on to another; `seconds` may be changed at any time."""

    def __init__(self, port, seconds=0.0):
        self.seconds, self._target = seconds, port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._let_in, daemon=True).start()

    def close(self):
        self._door.close()

    def _let_in(self):
        with suppress(OSError):  # closed
            while True:
                visitor, _address = self._door.accept()
                host = socket.create_connection(("127.0.0.1", self._target))
                for source, sink, is_answer in ((visitor, host, False), (host, visitor, True)):
                    threading.Thread(target=self._pass_on, args=(source, sink, is_answer), daemon=True).start()

    def _pass_on(self, source, sink, is_answer):
        with suppress(OSError):  # either side may hang up
            while data := source.recv(65536):
                if is_answer:
                    time.sleep(self.seconds)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
