from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsroom.site.backups.errors import BackupError
from newsroom.site.backups.making import make_backup
from newsroom.site.backups.sealing import given_key, make_key


class Command(BaseCommand):
    help = "Writes database and media into one file, sealed when BACKUP_KEY is set."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=Path(settings.BACKUP_DIR), help="the folder (BACKUP_DIR)")
        parser.add_argument(
            "--keep", type=int, default=settings.BACKUP_KEEP, help="how many stay; 0: all (BACKUP_KEEP)"
        )
        parser.add_argument("--new-key", action="store_true", help="only make a key and say it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            secret, public = make_key()
            self.stdout.write(f"Keep this away from the server: {secret}\nBACKUP_KEY on the server: {public}")
            return
        try:
            key = given_key()
            path = make_backup(folder=options["to"], key=key, keep=options["keep"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        sealed = "sealed" if key else "not sealed: set BACKUP_KEY"
        self.stdout.write(f"{path} ({path.stat().st_size / 2**20:.1f} MB, {sealed})")
