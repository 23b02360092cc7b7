"""A change of support that got stuck, asked for again from the desk."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import find_out, under_way
from members.patronage.client import refuse_on_hold
from members.patronage.errors import NotAllowed, PatronageError, StripeRefused
from members.patronage.models import SupportChange
from newsroom.lib.audit import record

State, Kind = SupportChange.State, SupportChange.Kind


def ask_again(*, user: Member, change: SupportChange) -> SupportChange:
    """Looks at Stripe whether it is done, and asks once more where it is not. Called outside any transaction. Raises
    NotAllowed, PatronageError for what can be asked no more, ChangeUnderWay, StripeResting, and StripeRefused when
    Stripe said no again."""
    if not user.has_perm("members.change_supportchange"):
        raise NotAllowed(_("Only membership managers may ask for a change again."))
    refuse_on_hold()
    _refuse(change)
    _reopen(user, change)
    find_out(SupportChange.objects.select_related("subscription", "member").get(pk=change.pk))
    change.refresh_from_db()
    if change.state == State.FAILED:
        raise StripeRefused(_("Stripe did not accept it: %(error)s") % {"error": change.error})
    return change


def _refuse(change: SupportChange) -> None:
    """Nobody is charged days after the click, and no wish overtakes a later one."""
    if change.state not in (State.ASKED, State.FAILED):
        raise PatronageError(_("It was never asked for, or is done."))
    if change.state == State.FAILED and (change.kind == Kind.RESUME or change.is_prorated):
        raise PatronageError(_("It would take money now. Only the patron can ask for that again."))
    later = SupportChange.objects.filter(subscription=change.subscription_id, state=State.DONE, pk__gt=change.pk)
    if later.exists():
        raise PatronageError(_("A later change holds by now."))


def _reopen(user: Member, change: SupportChange) -> None:
    """Under another key: an answer that was no stays under the old one. A row that is asked for already keeps its key,
    since Stripe may have done it."""
    now = timezone.now()
    try:
        with transaction.atomic():
            row = SupportChange.objects.select_for_update().get(pk=change.pk)
            _refuse(row)
            if row.state == State.FAILED:
                row.state, row.refusals, row.error, row.finished_at = State.ASKED, row.refusals + 1, "", None
                row.asked_at = now
                row.save(update_fields=["state", "refusals", "error", "finished_at", "asked_at"])
            record("support.asked_again", actor=user, target=row.subscription, change=row.pk, kind=row.kind)
    except IntegrityError as error:
        raise under_way() from error
