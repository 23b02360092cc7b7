from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsroom.site.nginx import NotInFront, Places, write_configuration


class Command(BaseCommand):
    help = "Writes nginx's configuration and the pages it shows while the application is down. After collectstatic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.VAR_DIR / "nginx")
        parser.add_argument("--http", default="127.0.0.1:8080", help="where to listen without TLS")
        parser.add_argument("--https", default="127.0.0.1:8443", help="where to listen with TLS")
        parser.add_argument("--web", default="127.0.0.1:8000", help="where the application answers")
        parser.add_argument("--certificates", type=Path, help="the folder of fullchain.pem and privkey.pem")
        parser.add_argument("--acme", type=Path, help="the folder of a certificate authority's questions")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder = folder.resolve()
        places = Places(
            http=options["http"],
            https=options["https"],
            web=options["web"],
            certificates=options["certificates"] or folder / "certificates",
            acme=options["acme"] or folder / "acme",
        )
        try:
            write_configuration(folder, places)
        except NotInFront as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Written: start it with {folder}/start.sh {folder}")
