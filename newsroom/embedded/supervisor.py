"""Keeps the children of one launcher: starts them, waits for them, and leaves none behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

from newsroom.embedded.children import Child, adopt_orphans, kill_descendants, kill_group, stop_children
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.disk import is_full
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.service import Service
from newsroom.embedded.terminal import LogFollower, complain, say
from newsroom.embedded.warden import start_warden

PAUSE = 0.05  # seconds between two looks
START_LIMIT = 60.0  # seconds a service may take to answer
TRIES = 8
STOP_APPLICATION = 5.0  # seconds; with the next it stays under ten
STOP_SERVICES = 3.5
RESTARTS_PER_MINUTE = 3


class Stopped(Exception):  # noqa: N818 (nothing went wrong)
    """The person asked the launcher to stop."""


@dataclass
class Supervisor:
    folder: DataFolder
    services: list[Service] = field(default_factory=list)
    processes: list[Child] = field(default_factory=list)
    _asked_to_stop: bool = False
    _followers: list[LogFollower] = field(default_factory=list)
    _restarts: dict[str, list[float]] = field(default_factory=dict)
    _waits_for_room: bool = False
    _warden: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> Self:
        adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        stop_children(self.processes[::-1], seconds=STOP_APPLICATION)
        stop_children([service.child for service in self.services[::-1]], seconds=STOP_SERVICES)
        kill_descendants()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first only sets a mark, so that nothing is interrupted halfway; the second ends all at once."""
        if self._asked_to_stop:
            for child in (*self.processes, *(service.child for service in self.services)):
                if child.process is not None:
                    kill_group(child.process.pid)
            kill_descendants()
            self.folder.lock.unlink(missing_ok=True)
            os._exit(128 + number)
        self._asked_to_stop = True

    def pause(self, seconds: float = PAUSE) -> None:
        """Raises Stopped when the person has asked to stop."""
        if self._asked_to_stop:
            raise Stopped
        time.sleep(seconds)

    def start_services(self, services: list[Service]) -> None:
        """Start them all, then wait for each. Raises Refusal with the end of its log when one ends instead."""
        self._warden = start_warden(self.folder, os.getpid())
        for service in services:
            self.services.append(service)
            service.child.start()
        for service in services:
            self._await_service(service)

    def _await_service(self, service: Service) -> None:
        deadline = time.monotonic() + START_LIMIT
        tries = 0
        while True:
            if not service.child.is_running:
                tries += 1
                self._try_again(service, tries)
            elif service.is_ready():
                return
            if time.monotonic() > deadline:
                raise Refusal(f"{service.title} does not answer after {START_LIMIT:.0f} s: see {service.child.log}.")
            self.pause()

    def _try_again(self, service: Service, tries: int) -> None:
        if tries > TRIES or not service.is_worth_another_try():
            complain(service.child.tail())
            raise Refusal(f"{service.title} ended at once: the reason stands above and in {service.child.log}.")
        self.pause(0.5)
        service.child.start(rotate=False)

    def start_processes(self, children: list[Child]) -> None:
        for child in children:
            self.processes.append(child)
            child.start()

    def finish(self, child: Child) -> int:
        """Start a command, wait for its end and answer its exit status."""
        self.processes.append(child)
        child.start(rotate=False)
        while (status := child.status()) is None:
            self.pause()
        child.kill()
        self.processes.remove(child)
        return status

    def await_processes(self, explain: Callable[[], str | None], *, seconds: float) -> None:
        """Wait until `explain` answers None. Raises Refusal when a process ends or time is up."""
        deadline = time.monotonic() + seconds
        while (reason := explain()) is not None:
            for child in self.processes:
                if not child.is_running:
                    complain(child.tail())
                    raise Refusal(
                        f"{child.name} ended with status {child.status()} while starting: "
                        f"the reason stands above and in {child.log}."
                    )
            if time.monotonic() > deadline:
                raise Refusal(f"The site is not healthy after {seconds:.0f} s ({reason}): see {self.folder.log}.")
            self.pause(0.1)

    def watch(self) -> None:
        """Until asked to stop: repeat the children's troubles, and start again what ends. Raises Stopped, Refusal."""
        children = [*self.processes, *(service.child for service in self.services)]
        self._followers = [LogFollower(child, _size(child)) for child in children]
        while True:
            for follower in self._followers:
                follower.repeat_trouble()
                if not follower.child.is_running and self._has_room():
                    self._restart(follower.child)
            self.pause(0.3)

    def _has_room(self) -> bool:
        """On a full disk a part would only end again: it waits for room, which is asked for once."""
        is_waiting = is_full(self.folder)
        if is_waiting and not self._waits_for_room:
            complain(f"The disk that holds {self.folder.path} is full: free some space, and what ended starts again.")
        self._waits_for_room = is_waiting
        return not is_waiting

    def _restart(self, child: Child) -> None:
        """A part that ends by itself comes back, but not for ever: what keeps ending is broken."""
        now = time.monotonic()
        recent = [moment for moment in self._restarts.get(child.name, []) if now - moment < 60]
        self._restarts[child.name] = [*recent, now]
        if len(recent) >= RESTARTS_PER_MINUTE:
            complain(child.tail())
            raise Refusal(f"{child.name} keeps ending: the reason stands above and in {child.log}.")
        say(f"{child.name:>9} | ended with status {child.status()}; starting it again (log: {child.log})")
        child.kill()
        self.pause(0.5)
        child.start(rotate=False)


def _size(child: Child) -> int:
    try:
        return child.log.stat().st_size
    except FileNotFoundError:
        return 0
