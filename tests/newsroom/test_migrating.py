"""A migration and the note that it was applied: both or neither, whenever the machine stops; and no index or constraint
that is made while those who write to a large table wait."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.core.management import load_command_class
from django.core.management.commands import migrate
from django.db import connection, models
from django.db.migrations import AddConstraint, AddIndex, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
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


OURS = ("articles", "members", "newsletters", "lib")
# By migration and name: why it may lock its table while it reads it.
AT_ONCE = {
    ("members.0009_gifts", name): "of gifts no row was ever written before"
    for name in ("gift_waits", "gift_given", "gift_some_months", "gift_paid_has_payment", "gift_taken_has_period")
}


def locking(migration):
    """The names of indexes and constraints that it adds, at once, to tables that it did not make."""
    made = {step.name_lower for step in migration.operations if isinstance(step, CreateModel)}
    for step in migration.operations:
        is_quick = isinstance(step, AddIndexConcurrently | AddConstraintNotValid)
        if isinstance(step, AddIndex | AddConstraint) and not is_quick and step.model_name_lower not in made:
            yield (step.index if isinstance(step, AddIndex) else step.constraint).name


def test_no_large_table_waits_for_an_index():
    """`initial` migrations make the tables of an app that has none; state operations alone lock nothing."""
    found = {
        (f"{label}.{name}", locked)
        for (label, name), migration in MigrationLoader(None).disk_migrations.items()
        if label in OURS and not migration.initial
        for locked in locking(migration)
    }
    assert found == AT_ONCE.keys()
