from typing import Any

from django.core.management.base import BaseCommand

from newsroom.site.purging import purge_expired


class Command(BaseCommand):
    help = "Forgets what docs/personal-data.md no longer allows to be kept, as the clock does each night."

    def handle(self, *args: Any, **options: Any) -> None:
        purge_expired()
