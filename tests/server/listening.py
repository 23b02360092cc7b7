"""Somebody to speak to who writes down what was said."""

import socket
import threading


class Listener:
    """Takes one connection after another and keeps what was said."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            with line:
                self.heard.append(_read_head(line))
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who waits in accept
        self.socket.close()


def _read_head(line):
    heard = b""
    while b"\r\n\r\n" not in heard and (piece := line.recv(65536)):
        heard += piece
    return heard.decode()
