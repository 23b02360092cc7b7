"""What the launcher finds at its start and mends."""

import json
import signal
import subprocess
import sys

import psutil

from newsroom.embedded.identity import name_boot, seconds_since_boot
from tests.embedded.conftest import wait_until
from tests.embedded.test_services import ASK_DATABASE, ASK_REDIS

READ = ASK_DATABASE + "print(c.execute('select * from kept').fetchone())"


def keep_a_row(launcher):
    launcher.run_python(ASK_DATABASE + "c.execute('create table if not exists kept as select 1')")


def test_it_comes_back_after_kill_9(launcher):
    keep_a_row(launcher)
    killed = launcher.start("with", "--", "sh", "-c", f"echo up; exec sleep 600 # {launcher.var}")
    killed.stdout.readline()
    killed.kill()
    assert launcher.run_python(READ) == "(1,)"
    killed.communicate()


def test_it_takes_its_children_along_when_it_is_killed(running, launcher):
    assert len(launcher.processes()) > 4
    running.kill()
    wait_until(lambda: launcher.processes() == [], seconds=40)  # on a busy machine a worker takes all of its time


def record_process(launcher, process, *, started_before=0):
    (launcher.var / "run").mkdir(parents=True, exist_ok=True)
    facts = {
        "pid": process.pid,
        "started": seconds_since_boot(psutil.Process(process.pid)) - started_before,
        "boot": name_boot(),
        "command": process.args,
        "stop_signal": 15,
    }
    (launcher.var / "run" / "web.json").write_text(json.dumps(facts))


def test_it_ends_a_process_that_was_left_behind(launcher):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    record_process(launcher, left)
    launcher.run_python("")
    assert left.wait(1) == -signal.SIGTERM


def test_it_spares_a_stranger_with_a_recorded_number(launcher):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    record_process(launcher, stranger, started_before=60)
    launcher.run_python("")
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_it_begins_anew_what_was_interrupted_halfway(fresh_launcher):
    (fresh_launcher.var / "postgres" / "data.new" / "base").mkdir(parents=True)
    assert fresh_launcher.run_python(ASK_DATABASE + "print(c.execute('select 1').fetchone())") == "(1,)"


def test_it_makes_new_passwords_when_the_keys_are_lost(launcher):
    keep_a_row(launcher)
    (launcher.var / "keys.json").unlink()
    assert launcher.run_python(READ) == "(1,)"


def test_it_puts_a_damaged_broker_log_aside(launcher):
    launcher.run_python(ASK_REDIS + "r.set('lost', 1)")
    [log] = (launcher.var / "valkey" / "data" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"\0 no log at all \0" * 10)
    assert launcher.run_python(ASK_REDIS + "print(r.get('lost'))") == "None"
