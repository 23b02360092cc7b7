"""A mail server that can be shut, that can keep a sender waiting, that can be slow, and that can drop the line."""

import asyncio
import socket
import threading

from newsroom.embedded.ports import pick_port
from tests.newsletters.conftest import PostOffice, _Server


class Office(PostOffice):
    """`holds` names recipients whose text is taken and never acknowledged; `is_holding` says that one has come. Who has
    the words `dawdles_over` in the address is served a tenth of a second late, as by a distant server."""

    def __init__(self):
        super().__init__()
        self.holds = set()
        self.is_holding = threading.Event()
        self.dawdles_over = None
        self.port = pick_port()
        self._server = self._silence = None
        self.open()

    def open(self):
        if self._server is None:
            self._server = _Server(self, hostname="127.0.0.1", port=self.port)
            self._server.start()

    def shut(self):
        """Nobody listens any more."""
        if self._server is not None:
            self._server.stop(no_assert=True)
            self._server = None

    def fall_silent(self):
        """The line is taken and nothing is ever said on it."""
        self.shut()
        self._silence = socket.create_server(("127.0.0.1", self.port), backlog=64)

    def heal(self):
        if self._silence is not None:
            self._silence.close()
            self._silence = None
        self.open()
        self.refusals.clear()
        self.holds.clear()
        self.is_holding.clear()
        self.sender_refusal = self.text_refusal = self.hangs_up_on = self.dawdles_over = None
        self.envelopes.clear()

    async def handle_DATA(self, server, session, envelope):
        if self.holds & set(envelope.rcpt_tos):
            self.is_holding.set()
            while self.holds & set(envelope.rcpt_tos):
                await asyncio.sleep(0.05)
            return "451 it took too long"
        if self.dawdles_over and self.dawdles_over in envelope.rcpt_tos[0]:
            await asyncio.sleep(0.1)
        return await super().handle_DATA(server, session, envelope)
