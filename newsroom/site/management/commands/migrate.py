from typing import Any

from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeExecutor(MigrationExecutor):
    """Django writes down that a migration was applied after its transaction, where it leaves indexes and foreign keys
    for last. A machine that stops in between would find the tables made, the migration not, and never get past it."""

    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **kwargs: Any) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)


migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]  # the command takes no other way to be told


class Command(migrate.Command):
    help = f"{migrate.Command.help} Each is applied and written down in one transaction."
