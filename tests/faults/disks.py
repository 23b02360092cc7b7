"""Disks that can be filled to the last byte: one for PostgreSQL's tables, one for its log, one for Valkey's log."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsroom.embedded.pghome import find_home

ROOM = "1g"  # it takes no more memory than what lies on it


class Disk:
    """Raises pytest's skip where nobody may mount one."""

    def __init__(self, path, give_folder=Path.mkdir, own=lambda path: None):
        self.path = path
        give_folder(path)
        mounted = self._mount("-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs")
        if mounted.returncode != 0:
            path.rmdir()
            pytest.skip(f"only who may mount a disk can fill one: {mounted.stderr.strip()}")
        own(path)

    def fill(self):
        """No page is left: what PostgreSQL has laid out already may still be written over."""
        room = os.statvfs(self.path)
        self._resize((room.f_blocks - room.f_bfree) * room.f_frsize)

    def free(self):
        self._resize(ROOM)

    def remove(self):
        subprocess.run(["umount", str(self.path)], check=True)
        self.path.rmdir()

    def _resize(self, size):
        assert self._mount("-o", f"remount,size={size}").returncode == 0

    def _mount(self, *words):
        return subprocess.run(["mount", *words, str(self.path)], capture_output=True, text=True)


@dataclass
class Disks:
    tables: Disk
    log: Disk

    def free(self):
        self.tables.free()
        self.log.free()


@contextmanager
def disks_of_its_own(newsroom):
    """PostgreSQL's data on them, and back to where they were. The server is stopped and started for either."""
    home = find_home(newsroom.folder)
    kept, mounted = home.path / "data.kept", []
    newsroom.postgres.end()
    home.data.rename(kept)
    try:
        for path in (home.data, home.data / "pg_wal"):
            mounted.append(Disk(path, home.give_folder, home.own))
        _copy(kept, home.data)
        newsroom.postgres.restart_until_ready()
        disks = Disks(*mounted)
        yield disks
        disks.free()
        newsroom.postgres.end()
        shutil.rmtree(kept)
        home.give_folder(kept)
        _copy(home.data, kept)
    finally:
        newsroom.postgres.end()
        for disk in reversed(mounted):
            disk.remove()
        kept.rename(home.data)


@contextmanager
def disk_for_valkey(newsroom):
    """Valkey begins on it with nothing, and goes back to where it was."""
    data = newsroom.folder.path / "valkey" / "data"
    kept, disk = data.with_name("data.kept"), None
    newsroom.valkey.end()
    data.rename(kept)
    try:
        disk = Disk(data)
        newsroom.valkey.restart_until_ready()
        yield disk
    finally:
        newsroom.valkey.end()
        if disk is not None:
            disk.remove()
        kept.rename(data)


def _copy(source, target):
    """With owners and modes, as PostgreSQL insists on both."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)
