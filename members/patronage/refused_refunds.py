"""Refunds that did not come about: Stripe refused them while nobody was looking, its list shows that it never did them,
or the bank sent them back days later. Who may give money back is told, and the reader who asked for it."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from members.patronage.desk_letters import write_to_desk
from members.patronage.fetching import Object
from members.patronage.models import Refund, RefundRequest
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter

MARK = "refund_request"  # in the refund's metadata at Stripe: the request's key
SENT_BACK = ("failed", "canceled")
NEWS_FOR = timedelta(days=30)  # what is older came by a repair
State = RefundRequest.State


def tell_not_done(request: RefundRequest) -> None:
    """Called in the transaction that writes down that it failed."""
    record("payment.refund_not_done", actor_label="stripe", target=request.payment, amount=request.amount)
    _write(f"refund-not-done:{request.pk}", request, request)


def note_sent_back(refund: Refund, data: Object, *, was: str) -> None:
    """Of a refund that has failed: what was asked for is not done any more, and told once, while it is news. Also of
    one that was made at Stripe's dashboard. Called with the payment's row locked; `was` is its status before."""
    if refund.status not in SENT_BACK or was in SENT_BACK or timezone.now() - refund.created_at > NEWS_FOR:
        return
    reason = data.get("failure_reason") or refund.status
    request = RefundRequest.objects.filter(_asked_under(data), payment=refund.payment).first()
    if request is not None:
        changes = {"state": State.FAILED, "refund_id": refund.stripe_id, "finished_at": timezone.now()}
        RefundRequest.objects.filter(pk=request.pk).update(error=f"{request.SENT_BACK} ({reason})", **changes)
    record("payment.refund_sent_back", actor_label="stripe", target=refund.payment, amount=refund.amount)
    _write(f"refund-sent-back:{refund.pk}", refund, request)


def _asked_under(data: Object) -> Q:
    """By our mark, or for one that was made by hand, or bears what is none, by its own id."""
    try:
        return Q(key=UUID((data.get("metadata") or {})[MARK]))
    except (KeyError, ValueError):
        return Q(refund_id=data["id"])


def _write(cause: str, refund: RefundRequest | Refund, asked: RefundRequest | None) -> None:
    page = settings.SITE_URL + reverse("admin:members_payment_refund", args=[refund.payment_id])
    write_to_desk(
        "refund_not_done", cause=cause, page="refundrequest", refund=refund, refund_url=page, how=_how(refund)
    )
    member = refund.payment.member
    if asked is None or member is None or asked.asked_by_id != member.pk or not member.email:
        return  # whom the desk gave something back hears of it from the desk
    write_letter(
        "members/refund_waits", cause=cause, to_email=member.email, language=member.language, member_id=member.pk,
        context={"member": member, "refund": refund},
    )  # fmt: skip


def _how(refund: RefundRequest | Refund) -> str:
    if isinstance(refund, Refund):
        return "sent_back"
    return "never_done" if refund.error == RefundRequest.NEVER_DONE else "refused"


def unknown_refunds() -> QuerySet[RefundRequest]:
    """For the desk's first page, as what follows: of the mode (test or live) of our key."""
    return _of_our_mode().filter(state=State.UNKNOWN)


def refused_of_late() -> QuerySet[RefundRequest]:
    """Of which nobody has asked again."""
    again = RefundRequest.objects.filter(payment=OuterRef("payment"), pk__gt=OuterRef("pk"))
    lately = timezone.now() - NEWS_FOR
    return _of_our_mode().filter(~Exists(again), state=State.FAILED, finished_at__gt=lately)


def _of_our_mode() -> QuerySet[RefundRequest]:
    return RefundRequest.objects.filter(payment__livemode=settings.STRIPE_LIVEMODE)
