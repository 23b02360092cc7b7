from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.accounts.addresses import find_member
from members.accounts.errors import AccountError
from members.accounts.staff_links import issue_staff_link


class Command(BaseCommand):
    help = "Prints a one-time sign-in link for a member of staff: good for 15 minutes, written to the audit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        member = find_member(options["email"])
        if member is None:
            raise CommandError("Nobody has this address. Look for a slip in it.")
        try:
            link = issue_staff_link(issued_by=None, member=member, actor_label="command")
        except AccountError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(link)
