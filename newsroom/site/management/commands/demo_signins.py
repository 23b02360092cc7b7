from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from newsroom.settings.environment import IS_PRODUCTION
from newsroom.site.demo.people import STAFF


class Command(BaseCommand):
    help = "Says how to sign in to the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        if IS_PRODUCTION:
            self.stderr.write("This is not a demo.")
            return
        self.stdout.write(f"Sign in at {settings.SITE_URL}/admin/ with one of these addresses:")
        for email, (name, role, _author) in STAFF.items():
            self.stdout.write(f"  {email:<24}{role:<20}{name}")
        self.stdout.write(
            f"The code comes by mail to {settings.SITE_URL}/inbox/; the second factor's six digits stand there too.\n"
            "Readers need no account: follow the appeal under a story. At the checkout the card is filled in."
        )
