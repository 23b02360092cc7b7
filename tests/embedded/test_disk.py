"""A disk without room: said in one line, whether before the start, during it, or while the demo runs."""

import errno
import subprocess

import psutil
import pytest

from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.disk import naming_full_disk
from newsroom.embedded.refusal import Refusal
from tests.embedded.conftest import Launcher, make_public_folder, read_until, wait_until
from tests.embedded.test_refusals import refuse
from tests.embedded.test_run import ask, ask_or_none


class Disk:
    """Of a size that can be changed at any time; it takes no more memory than what lies on it."""

    def __init__(self, path):
        self.path = path
        mounted = self._mount("-t", "tmpfs", "-o", "size=600m,mode=755", "tmpfs")
        if mounted.returncode != 0:
            pytest.skip(f"only who may mount a disk can fill one: {mounted.stderr.strip()}")

    def _mount(self, *words):
        return subprocess.run(["mount", *words, str(self.path)], capture_output=True, text=True)

    def resize(self, megabytes):
        assert self._mount("-o", f"remount,size={megabytes}m").returncode == 0

    def fill(self):
        self.resize(psutil.disk_usage(str(self.path)).used // 2**20 + 2)


@pytest.fixture
def disk():
    folder = make_public_folder()
    disk = Disk(folder)
    yield disk
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def on_disk(checkout, disk):
    launcher = Launcher(checkout, disk.path / "var")
    yield launcher
    launcher.end_what_is_left()


def test_it_begins_nothing_on_a_disk_that_is_too_small(on_disk, disk):
    disk.resize(64)
    line = refuse(on_disk, "run")
    assert "has only 64 MB left and the demo needs 500 MB: free some space" in line
    assert list(disk.path.iterdir()) == []


def test_it_waits_for_room_and_goes_on(on_disk, disk, free_port):
    process = on_disk.start("run", PORT=str(free_port))
    read_until(process, "Ctrl-C stops")
    former = ask(free_port)
    disk.fill()
    psutil.Process(former).kill()
    assert "is full: free some space, and what ended starts again" in process.stderr.readline()
    disk.resize(600)
    assert wait_until(lambda: ask_or_none(free_port)) != former
    process.terminate()
    assert process.communicate(timeout=15)[1] == ""


def test_it_starts_on_a_disk_that_has_room_again(on_disk, disk, free_port):
    process = on_disk.start("run", PORT=str(free_port))
    read_until(process, "Starting in")
    disk.fill()
    wait_until(lambda: process.poll() is not None or ask_or_none(free_port))
    process.terminate()
    process.communicate(timeout=15)
    disk.resize(600)
    assert on_disk.run_python("print('up')") == "up"


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), Refusal("initdb: No space left on device")]
)
def test_it_names_the_disk_rather_than_what_failed_for_it(tmp_path, failure):
    sentence = f"The disk that holds {tmp_path} is full: free 500 MB and start again"
    with pytest.raises(Refusal, match=sentence), naming_full_disk(DataFolder(tmp_path)):
        raise failure


def test_it_names_the_disk_when_it_is_full_though_nobody_says_so(disk):
    disk.fill()
    with pytest.raises(Refusal, match="is full"), naming_full_disk(DataFolder(disk.path)):
        raise Refusal("It ended.")


def test_it_keeps_other_reasons(tmp_path):
    with pytest.raises(Refusal, match="It ended"), naming_full_disk(DataFolder(tmp_path)):
        raise Refusal("It ended.")
