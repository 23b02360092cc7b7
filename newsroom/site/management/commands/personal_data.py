from typing import Any

from django.core.management.base import BaseCommand

from newsroom.site.personal_data import personal_data_page


class Command(BaseCommand):
    help = "Prints docs/personal-data.md: each field with personal data, why it is kept, and how long."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(personal_data_page(), ending="")
