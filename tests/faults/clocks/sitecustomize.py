"""Read by each Python process of the test's newsroom before anything else: its clock shows as many seconds more as the
file says that TEST_CLOCK names. It tells what it shows in a file of its own, beside that one. What only measures stays
as it is, as on a machine whose clock is set."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

LOOK_SECONDS = 0.1


class Follower:
    def __init__(self, path):
        self.path, self.shown, self.traveller = path, 0.0, None

    def start(self):
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        self._tell()
        while True:
            wanted = float(self.path.read_text() or 0)
            if wanted != self.shown:
                self._show(wanted)
                self._tell()
            time.sleep(LOOK_SECONDS)

    def _tell(self):
        self.path.with_name(f"{self.path.name}.{os.getpid()}").write_text(str(self.shown))

    def _show(self, wanted):
        if self.traveller is not None:
            self.traveller.stop()
        self.traveller, self.shown = None, wanted
        if wanted:
            self.traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=wanted), tick=True)
            self.traveller.start()


if "TEST_CLOCK" in os.environ:
    import time_machine

    follower = Follower(Path(os.environ["TEST_CLOCK"]))
    follower.start()
    os.register_at_fork(after_in_child=follower.start)
