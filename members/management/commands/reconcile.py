from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.patronage import mending, reconciling
from members.patronage.errors import PatronageError
from members.patronage.models import Drift


class Command(BaseCommand):
    help = "Compares all that Stripe has with our mirror, from where an unfinished comparison was; --mend repairs it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="fetch and mirror again whatever differs")

    def handle(self, *args: Any, **options: Any) -> None:
        reconciling.begin_reconciliation(user=None)
        try:
            run = reconciling.run_to_end()
        except PatronageError as error:
            raise CommandError(f"{error} The same command goes on where it was.") from error
        if run is None:
            raise CommandError("Another worker compares just now, or the newsroom is on hold.")
        self.stdout.write(f"{run.seen} compared, {run.foreign} not ours, {run.differing} differ.")
        for drift in Drift.objects.filter(state__in=reconciling.OPEN).order_by("id"):
            self._tell(drift, is_mended=options["mend"])

    def _tell(self, drift: Drift, *, is_mended: bool) -> None:
        outcome = ""
        if is_mended:
            try:
                mending.mend_drift(user=None, drift=drift)
                outcome = ": mended"
            except PatronageError as error:
                outcome = f": {error}"
        self.stdout.write(f"{drift.kind} {drift.stripe_id}: {', '.join(drift.says)}{outcome}")
