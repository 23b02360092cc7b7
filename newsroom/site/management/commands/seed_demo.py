from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsroom.site.demo.seed import NotADemo, seed_demo


class Command(BaseCommand):
    help = "Fills an empty database with the demo newsroom. Repeatable; refuses one with real content."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = seed_demo()
        except NotADemo as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The demo newsroom stands: {added} stories.")
