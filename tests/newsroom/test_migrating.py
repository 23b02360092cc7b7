"""A migration and the note that it was applied: both or neither, whenever the machine stops."""

import pytest
from django.core.management import load_command_class
from django.core.management.commands import migrate
from django.db import connection, models
from django.db.migrations import CreateModel, Migration
from django.db.migrations.state import ProjectState

pytestmark = pytest.mark.django_db


class Made(Migration):
    operations = [CreateModel("Made", [("id", models.AutoField(primary_key=True)), ("key", models.SlugField())])]


@pytest.fixture
def executor():
    load_command_class("newsroom.site", "migrate")
    return migrate.MigrationExecutor(connection)


def test_it_writes_down_what_it_applied(executor):
    executor.apply_migration(ProjectState(), Made("made", "site"))
    assert "site_made" in connection.introspection.table_names()
    assert ("site", "made") in executor.recorder.applied_migrations()


def test_it_makes_nothing_that_is_not_written_down(executor, monkeypatch):
    def stop(migration):
        raise KeyboardInterrupt

    monkeypatch.setattr(executor, "record_migration", stop)
    with pytest.raises(KeyboardInterrupt):
        executor.apply_migration(ProjectState(), Made("made", "site"))
    assert "site_made" not in connection.introspection.table_names()
