from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsroom.site.backups.errors import BackupError
from newsroom.site.backups.restoring import restore_backup
from newsroom.site.backups.sealing import given_key


class Command(BaseCommand):
    help = "Restores a backup; afterwards nothing is mailed and Stripe is asked nothing until release_restored."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="drop what is in the database")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore_backup(path=options["file"], key=given_key(), replace=options["replace"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored: made at {manifest['made_at']} for {manifest['site']}, {len(manifest['sha256']) - 1} files.\n"
            "Mail and payments are on hold. Next: manage.py migrate, then manage.py release_restored."
        )
