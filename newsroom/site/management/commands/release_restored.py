from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from newsroom.lib.holding import is_on_hold
from newsroom.site.backups.releasing import owed, release


class Command(BaseCommand):
    help = "Shows what a restore put on hold; --send lets it go, --drop forgets the mail that was owed."

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--send", action="store_true", help="what is owed is sent now")
        choice.add_argument("--drop", action="store_true", help="what was owed is not sent; what comes from now on is")

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_on_hold():
            self.stdout.write("Nothing is on hold.")
            return
        for name, rows in owed().items():
            self.stdout.write(f"{rows.count():>8}  {name}")
        if options["send"] or options["drop"]:
            release(drop=options["drop"])
            self.stdout.write("The hold is over.")
        else:
            self.stdout.write("On hold. Some of it may have been sent after the backup was made: --send or --drop.")
