"""A backup is whole or is none, and gives back what it took."""

import os
import resource
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from newsroom.lib.health import read_notes
from newsroom.site.backups import watching
from newsroom.site.backups.making import MOMENT, _alone_in, made_at, make_backup
from newsroom.site.backups.sealing import make_key
from newsroom.site.tasks import watch_backups
from tests.articles import making

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "pictures").mkdir(parents=True)
    (settings.MEDIA_ROOT / "pictures" / "boat.png").write_bytes(b"a boat" * 100_000)
    return settings.MEDIA_ROOT


def names_in(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_it_holds_database_media_and_manifest(media, tmp_path):
    making.story()
    path = make_backup(folder=tmp_path / "kept")
    assert names_in(path) == ["database.dump", "media/pictures/boat.png", "manifest.json"]
    assert [each.name for each in (tmp_path / "kept").iterdir()] == [path.name]


def test_nobody_but_its_owner_may_read_it(media, tmp_path):
    assert make_backup(folder=tmp_path / "kept").stat().st_mode & 0o777 == 0o600


def test_it_is_sealed_so_that_age_alone_opens_it(media, tmp_path):
    secret, public = make_key()
    path = make_backup(folder=tmp_path / "kept", key=public)
    assert b"a boat" not in path.read_bytes()
    opened = tmp_path / "opened.tar"
    identity = pyrage.x25519.Identity.from_str(secret)
    pyrage.decrypt_file(str(path), str(opened), [identity])
    assert "manifest.json" in names_in(opened)


def test_the_key_may_lie_in_a_file(media, settings, tmp_path):
    secret, public = make_key()
    (tmp_path / "key").write_text(f"# created: today\n# public key: {public}\n{secret}\n")
    settings.BACKUP_KEY_FILE = str(tmp_path / "key")
    call_command("backup", to=tmp_path / "kept")
    assert next((tmp_path / "kept").iterdir()).suffix == ".age"


def test_a_key_that_is_none_is_refused_before_the_work(media, settings, tmp_path):
    settings.BACKUP_KEY = "password"
    with pytest.raises(CommandError, match="no age key"):
        call_command("backup", to=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_the_oldest_go(media, tmp_path):
    paths = [make_backup(folder=tmp_path / "kept", keep=2) for _number in range(3)]
    assert sorted((tmp_path / "kept").iterdir()) == paths[1:]


@pytest.mark.parametrize(
    ("made", "is_production", "noted"),
    [
        ([timedelta(hours=50), timedelta(hours=2)], True, {}),
        ([timedelta(hours=60), timedelta(hours=50)], True, {"backups": "the newest is 50 hours old"}),
        ([], True, {"backups": "none was ever made here"}),
        ([], False, {}),
    ],
)
def test_health_notes_when_none_has_come_for_long(tmp_path, settings, monkeypatch, made, is_production, noted):
    monkeypatch.setattr(watching, "IS_PRODUCTION", is_production)
    settings.BACKUP_DIR = tmp_path / "kept"
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "newsroom-before-the-move-Z.tar").touch()  # the operator's own
    for age in made:
        (settings.BACKUP_DIR / f"newsroom-{datetime.now(UTC) - age:{MOMENT}}.tar.age").touch()
    watch_backups()
    assert read_notes() == noted


def test_its_name_says_when_it_was_made(media, tmp_path):
    assert datetime.now(UTC) - made_at(make_backup(folder=tmp_path / "kept")) < timedelta(minutes=1)


def test_two_at_once_are_one(media, tmp_path):
    (tmp_path / "kept").mkdir()
    with _alone_in(tmp_path / "kept"), pytest.raises(CommandError, match="Another backup"):
        call_command("backup", to=tmp_path / "kept")


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_full_disk_leaves_no_backup(media, tmp_path, settings, is_sealed):
    settings.BACKUP_KEY = make_key()[1] if is_sealed else ""
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, was[1]))
    try:
        with pytest.raises(CommandError, match="could not be written"):
            call_command("backup", to=tmp_path / "kept")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)
        signal.signal(signal.SIGXFSZ, kept)
    assert list((tmp_path / "kept").iterdir()) == []


def test_one_that_is_killed_leaves_nothing_that_counts(media, tmp_path):
    folder = tmp_path / "kept"
    film = media / "film"
    with film.open("wb") as file:
        file.truncate(20 * 2**30)  # a hole: it takes no room, but longer to read than this test takes
    process = start_backup(folder, media)
    wait_until(lambda: any(path.stat().st_size > 2**20 for path in folder.glob(".making-*/newsroom-*")))
    process.kill()
    process.wait()
    assert list(folder.glob("newsroom-*")) == []
    film.unlink()
    path = make_backup(folder=folder)
    assert [each.name for each in folder.iterdir()] == [path.name]


def start_backup(folder, media):
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environ = {**os.environ, "DATABASE_URL": address, "MEDIA_ROOT": str(media)}
    return subprocess.Popen([sys.executable, "manage.py", "backup", "--to", str(folder)], cwd=ROOT, env=environ)


def wait_until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
