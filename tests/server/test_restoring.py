"""A restore gives all of it back or changes nothing."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from articles.models import Section
from newsroom.lib.models import Hold
from newsroom.site.backups import restoring
from newsroom.site.backups.database import count_others
from newsroom.site.backups.making import make_backup
from newsroom.site.backups.sealing import make_key
from tests.articles import making
from tests.server.alone import be_alone
from tests.server.front import ROOT, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path, transactional_db):
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "pictures").mkdir(parents=True)
    picture().write_bytes(b"a boat")
    be_alone()


def picture():
    return settings.MEDIA_ROOT / "pictures" / "boat.png"


@pytest.fixture
def keys():
    return make_key()


@pytest.fixture
def sealed(keys, tmp_path):
    """A backup of one section and one picture, both gone since."""
    making.section("ferries")
    path = make_backup(folder=tmp_path / "kept", key=keys[1])
    Section.objects.all().delete()
    picture().unlink()
    return path


def is_as_it_was():
    leftovers = list(picture().parent.parent.glob(".restoring-*"))
    return not Section.objects.exists() and not picture().exists() and not Hold.objects.exists() and not leftovers


def test_it_gives_back_database_and_media(sealed, keys):
    cache.set("old", 1)
    restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    assert Section.objects.get().slug == "ferries"
    assert picture().read_bytes() == b"a boat"
    assert Hold.objects.get().reason == "restored from a backup"
    assert cache.get("old") is None


def test_what_was_restored_can_be_backed_up_and_restored(sealed, keys, tmp_path):
    restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    again = make_backup(folder=tmp_path / "again")
    restoring.restore_backup(path=again, replace=True)
    assert Section.objects.get().slug == "ferries"
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_it_refuses_a_database_that_is_not_empty(sealed, keys):
    with pytest.raises(restoring.BackupError, match="--replace"):
        restoring.restore_backup(path=sealed, key=keys[0])
    assert is_as_it_was()


@pytest.mark.parametrize("key", ["", "nonsense", "another's"])
def test_it_refuses_a_wrong_key(sealed, settings, key):
    settings.BACKUP_KEY = make_key()[0] if key == "another's" else key
    with pytest.raises(CommandError, match="BACKUP_KEY is not its secret key"):
        call_command("restore", sealed, replace=True)
    assert is_as_it_was()


def test_the_public_half_opens_nothing(sealed, keys):
    with pytest.raises(restoring.BackupError, match="BACKUP_KEY is not its secret key"):
        restoring.restore_backup(path=sealed, key=keys[1], replace=True)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_it_refuses_what_was_cut_short(sealed, keys, tmp_path, part, is_sealed):
    path = sealed if is_sealed else make_backup(folder=tmp_path / "plain")
    size = path.stat().st_size - (0 if is_sealed else 1024)  # the last kilobyte of a tar is empty
    with path.open("r+b") as file:
        file.truncate(int(size * part))
    with pytest.raises(restoring.BackupError, match=r"damaged|cut short"):
        restoring.restore_backup(path=path, key=keys[0], replace=True)
    assert is_as_it_was()


@pytest.mark.parametrize("is_sealed", [True, False])
def test_it_refuses_what_was_damaged(sealed, keys, tmp_path, is_sealed):
    path = sealed if is_sealed else make_backup(folder=tmp_path / "plain")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"damaged")
    with pytest.raises(restoring.BackupError, match="damaged"):
        restoring.restore_backup(path=path, key=keys[0], replace=True)
    assert is_as_it_was()


def test_a_backup_of_a_newer_release_is_refused(sealed, keys, monkeypatch):
    monkeypatch.setattr(MigrationLoader, "build_graph", lambda self: setattr(self, "disk_migrations", {}))
    with pytest.raises(restoring.BackupError, match="newer release"):
        restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    assert is_as_it_was()


def test_a_restore_that_fails_midway_leaves_the_database_as_it_was(sealed, keys, monkeypatch):
    monkeypatch.setattr(restoring, "_HOLD", "INSERT INTO no_such_table VALUES (1);")
    with pytest.raises(restoring.BackupError, match="left as it was"):
        restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    assert not Section.objects.exists()
    assert Hold.objects.count() == 0


def test_it_waits_for_processes_that_use_the_database(sealed, keys):
    other = connections["default"].copy()
    other.ensure_connection()
    try:
        with pytest.raises(restoring.BackupError, match="stop web, workers and beat first"):
            restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    finally:
        other.close()
    assert is_as_it_was()


KILLED_MIDWAY = """
import sys, time
import django
django.setup()
from pathlib import Path
from newsroom.site.backups import database, restoring
whole = database._script_of
def half(clients, dump):
    yield next(whole(clients, dump))
    time.sleep(600)
database._script_of = half
restoring.restore_backup(path=Path(sys.argv[1]), key=sys.argv[2], replace=True)
"""


def test_one_that_is_killed_midway_changes_nothing_and_can_be_repeated(sealed, keys):
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environ = {
        **os.environ, "DATABASE_URL": address, "MEDIA_ROOT": str(settings.MEDIA_ROOT), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    connection.close()  # or it would be told to stop us first
    process = subprocess.Popen([sys.executable, "-c", KILLED_MIDWAY, sealed, keys[0]], cwd=ROOT, env=environ)
    wait_until(picture().exists)  # media come first; then the transaction begins
    connection.close()
    wait_until(is_in_transaction)
    process.kill()
    process.wait()
    wait_until(lambda: count_others() == 0)  # its server process ends by itself
    assert not Section.objects.exists()
    assert not Hold.objects.exists()
    restoring.restore_backup(path=sealed, key=keys[0], replace=True)
    assert Section.objects.get().slug == "ferries"


def is_in_transaction():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'psql'"
            " AND state LIKE 'idle in transaction%'"
        )
        return cursor.fetchone()[0] == 1
