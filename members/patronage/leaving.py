"""Forgetting a member at Stripe, before we forget him ourselves."""

from uuid import uuid4

from django.db import transaction
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out, find_out, was_refused_lately
from members.patronage.checkout import close_session
from members.patronage.client import asking_stripe, describe, is_unknown, stripe_api
from members.patronage.errors import ChangeUnderWay, Foreign, StripeRefused
from members.patronage.models import Checkout, Payment, StripeCustomer, Subscription, SupportChange
from members.patronage.models.mirror import OVER
from members.patronage.refunding import PAID, carry_out_refund, write_due_refund
from members.patronage.sweeping import ask_each
from newsroom.lib.holding import is_on_hold
from newsroom.lib.models import AuditEntry

SWEEP_AT_ONCE = 50
ERASURE_ASKED = "member.erasure_asked"  # in the audit: from then on nothing more is taken


def forget_at_stripe(*, member: Member) -> None:
    """Closes checkouts that are open, ends at once whatever would still take money, deletes the customer with cards and
    address; Stripe itself keeps what was paid. Checkouts come first: one that was paid a moment ago cannot be closed,
    and what it began is ended with the rest. A customer that something of another seller still runs for is left alone,
    and so is all of the other mode (test or live). Safe to run again. Raises StripeResting, ChangeUnderWay and their
    like while anything is left to do; a checkout that Stripe refuses to close is raised when all else is done."""
    unfinished = (Checkout.State.NEW, Checkout.State.OPEN)
    refused: StripeRefused | None = None
    for checkout in Checkout.objects.filter(member=member, state__in=unfinished).exclude(stripe_id=""):
        try:
            _close(checkout)
        except StripeRefused as error:
            refused = error
    for subscription in _running().filter(member=member):
        _cancel(subscription)
    for customer in StripeCustomer.objects.of_our_account().filter(member=member):
        _delete(customer)
    if refused is not None:
        raise refused


def still_taking_of_erased() -> QuerySet[Subscription]:
    """Of members who are erased: none for longer than a sweep, unless Stripe refuses to end it."""
    return _running().filter(member__erased_at__isnull=False)


def _running() -> QuerySet[Subscription]:
    return Subscription.objects.of_our_mode().exclude(status__in=OVER)


def _close(checkout: Checkout) -> None:
    """And writes down what it led to, where it was paid. One that Stripe does not know (deleted there, or of the other
    mode) takes nothing any more."""
    try:
        close_session(checkout)
    except Foreign:
        return
    except StripeRefused as error:
        if not is_unknown(error):
            raise
        over = {"state": Checkout.State.EXPIRED, "finished_at": timezone.now(), "error": describe(error)}
        Checkout.objects.filter(pk=checkout.pk).update(**over)


def _cancel(subscription: Subscription) -> None:
    waiting = subscription.changes.filter(state=SupportChange.State.ASKED).select_related("subscription").first()
    if waiting is not None:  # of which nobody knows yet whether it is done
        find_out(waiting)
        waiting.refresh_from_db()
        if waiting.state == SupportChange.State.ASKED:
            raise ChangeUnderWay("An earlier change is not answered yet.")
        subscription.refresh_from_db()
    if subscription.status not in OVER:
        carry_out(begin(subscription, SupportChange.Kind.CANCEL, actor=subscription.member))


def _delete(customer: StripeCustomer) -> None:
    try:
        with asking_stripe():
            if not stripe_api().subscriptions.list({"customer": customer.stripe_id, "limit": 1}).data:
                stripe_api().customers.delete(customer.stripe_id)
    except StripeRefused:
        return  # deleted before


def sweep_erased() -> None:
    """Forgets once more those whose support was paid while they were being erased: nobody would be there to end it. And
    gives back what was paid for it since they asked. Safe to run twice, as `forget_at_stripe` and `carry_out_refund`
    are."""
    if is_on_hold():
        return
    left = still_taking_of_erased().exclude(was_refused_lately("pk"))
    members = Member.objects.filter(pk__in=left.values("member")).order_by("?")[:SWEEP_AT_ONCE]
    ask_each(members, lambda member: forget_at_stripe(member=member), failed="erased_still_runs")
    ask_each(_paid_since().order_by("?")[:SWEEP_AT_ONCE], _give_back, failed="erased_paid_since")


def _paid_since() -> QuerySet[Payment]:
    """For lasting support of who is erased by now, since they asked for it: we said that nothing more is taken. So was
    what somebody paid from their address meanwhile. A single gift is given, and one for somebody else is theirs: both
    stay, whenever a bank pays."""
    person = {"target_type": Member._meta.label_lower, "target_id": Cast(OuterRef("member"), CharField())}
    asked = AuditEntry.objects.filter(action=ERASURE_ASKED, **person).order_by("id").values("at")[:1]
    late = Payment.objects.of_our_mode().filter(
        subscription__isnull=False, status__in=PAID, amount__gt=F("refunded"), member__erased_at__isnull=False,
        paid_at__gt=Coalesce(Subquery(asked), F("member__erased_at")), refund_requests__isnull=True,
    )  # fmt: skip
    return late.exclude(payment_intent_id="").select_related("member")


def _give_back(payment: Payment) -> None:
    if payment.member is None:
        return
    with transaction.atomic():
        request = write_due_refund(asked_by=payment.member, payment=payment, amount=payment.amount, key=uuid4())
    if request is not None:
        carry_out_refund(request)
