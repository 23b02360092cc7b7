"""A gift on its way to whom it is for: paid, handed over by a letter with a link, remembered once, and lapsed when
nobody took it. And what the desk can do when the letter did not reach its reader."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.accounts.addresses import find_member
from members.accounts.models import Member
from members.patronage.errors import GiftRefused, NotAllowed
from members.patronage.granting import is_going_back, why_gone, write_receipt
from members.patronage.models import Gift, GiftLink, Payment
from members.patronage.models.gifts import HANDED_OVER_AT
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.models import Letter
from newsroom.lib.steps import step
from newsroom.lib.sweeping import for_each
from newsroom.lib.tokens import hash_token, new_token
from newsroom.lib.unwanted import is_mail_unwanted

State = Gift.State
REMIND_AFTER = timedelta(days=14)
LASTS = timedelta(days=365)  # from the day on which it was handed over
AT_ONCE = 200


def gift_of(checkout_key: UUID | None) -> Gift | None:
    """The gift that the checkout of this key pays."""
    return Gift.objects.filter(checkout__key=checkout_key).first() if checkout_key else None


def note_gift_paid(*, payment: Payment, gift: Gift) -> None:
    """The money is there: the giver gets a receipt, and the gift is handed over, or waits for its day. Once, however
    often it is called; with the payment's row locked."""
    gift = Gift.objects.select_for_update(of=("self",), no_key=True).select_related("tier", "checkout").get(pk=gift.pk)
    if gift.state != State.NEW:
        return
    gift.payment, gift.giver_id, gift.state = payment, payment.member_id, State.PAID
    gift.save(update_fields=["payment", "giver", "state"])
    record("gift.paid", actor_label="stripe", target=gift, months=gift.months, payment=payment.pk)
    step("gift.paid")
    write_receipt(payment, tier=gift.tier, gift=gift)
    if gift.is_due and not why_gone(payment):
        _hand_over(gift)


def settle_gift(payment: Payment) -> None:
    """A gift that nobody has taken goes with its money and comes back with it; the Period of one that was taken is
    `settle_rights`'s. Called with the payment's row locked."""
    gift = Gift.objects.select_for_update(no_key=True).filter(payment=payment).first()
    if gift is None:
        return
    why = why_gone(payment)
    if why and gift.state in (State.PAID, State.GIVEN):
        gift.state = State.WITHDRAWN
        if _is_unheard_of(gift):
            gift.handed_over_at = None  # if it comes back, it is handed over anew
        withdraw_letters(_cause(gift))
        record("gift.withdrawn", actor_label="stripe", target=gift, why=why)
    elif not why and gift.state == State.WITHDRAWN:
        gift.state = State.GIVEN if gift.handed_over_at else State.PAID
        record("gift.restored", actor_label="stripe", target=gift)
    gift.save(update_fields=["state", "handed_over_at"])


def _hand_over(gift: Gift) -> None:
    """By its first letter. Without an address it goes on waiting, for a person, and so does one whose recipient wants
    no mail of ours; one whose giver has withdrawn goes nowhere. Called with the gift's row locked."""
    if not gift.recipient_email or (gift.payment and is_going_back(gift.payment)):
        return
    if is_mail_unwanted(gift.recipient_email):
        gift.recipient_email = ""
        gift.save(update_fields=["recipient_email"])
        record("gift.unwanted", actor_label="clock", target=gift)
        return
    gift.state, gift.handed_over_at, gift.reminded_at = State.GIVEN, timezone.now(), None
    gift.save(update_fields=["state", "handed_over_at", "reminded_at"])
    _write_to_recipient(gift)
    record("gift.handed_over", actor_label="clock", target=gift)


def _cause(gift: Gift) -> str:
    return f"gift:{gift.pk}:"


def _is_unheard_of(gift: Gift) -> bool:
    """No letter of it has been taken by a worker yet."""
    letters = Letter.objects.filter(cause__startswith=_cause(gift))
    queued = letters.filter(state=Letter.State.QUEUED)
    return queued.exists() and not letters.exclude(pk__in=queued).exists()


@transaction.atomic
def forget_recipient(email: str) -> None:
    """Whom gifts are for is erased. One that nobody has taken yet can still be taken by its link; one whose letter had
    not left waits for another address, at the desk."""
    gifts = Gift.objects.select_for_update(no_key=True).filter(recipient_email__iexact=email)
    for gift in gifts.order_by("pk"):
        if gift.state == State.GIVEN and _is_unheard_of(gift):
            withdraw_letters(_cause(gift))
            gift.links.all().delete()
            gift.state, gift.handed_over_at = State.PAID, None
        gift.recipient_email = gift.message = ""
        gift.save(update_fields=["state", "handed_over_at", "recipient_email", "message"])


def _write_to_recipient(gift: Gift, *, is_reminder: bool = False) -> None:
    """A letter with a link of its own. Its words are blanked once it has left: until the gift is taken the link is
    worth money."""
    token = new_token()
    link = GiftLink.objects.create(gift=gift, token_hash=hash_token(token))
    known = find_member(gift.recipient_email)
    language = known.language if known else gift.checkout.language
    write_letter(
        "members/gift", cause=f"{_cause(gift)}{link.pk}", to_email=gift.recipient_email, language=language,
        member_id=known.pk if known else None, is_urgent=True, expires_at=ends_on(gift),
        context={
            "gift": gift, "is_reminder": is_reminder, "until": ends_on(gift), "gift_url": _address(token, language),
        },
    )  # fmt: skip


def _address(token: str, language: str) -> str:
    with translation.override(language):
        return settings.SITE_URL + reverse("members:take-gift", args=[token])


def ends_on(gift: Gift) -> datetime:
    """When it lapses unless it is taken."""
    return (gift.handed_over_at or timezone.now()) + LASTS


def sweep_gifts() -> None:
    """Hands over what is due, reminds once, and lets lapse what nobody took in a year. Safe to run twice: each gift is
    locked and looked at again."""
    if is_on_hold():
        return
    now = timezone.now()
    given = Gift.objects.filter(state=State.GIVEN)
    waiting = Gift.objects.filter(_is_due(now), state=State.PAID)
    _for_each(waiting.exclude(recipient_email=""), _hand_over_if_due)
    _for_each(given.filter(handed_over_at__lt=now - LASTS), _let_lapse)
    unreminded = given.filter(handed_over_at__lt=now - REMIND_AFTER, reminded_at__isnull=True)
    _for_each(unreminded.exclude(recipient_email=""), _remind)


def _is_due(now: datetime) -> Q:
    """As `Gift.is_due`: those of tomorrow are not looked at, so that however many there are they keep none of today's
    back."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    last = local.date() if local.time() >= HANDED_OVER_AT else local.date() - timedelta(days=1)
    return Q(hand_over_on__isnull=True) | Q(hand_over_on__lte=last)


def homeless_gifts() -> QuerySet[Gift]:
    """Paid and not handed over, and without an address, since whom they were for was erased: they wait for a person at
    the desk, who asks the giver for another one."""
    return Gift.objects.filter(state=State.PAID, recipient_email="")


def _for_each(gifts: QuerySet[Gift], verb: Any) -> None:
    """Nobody is written to about what Stripe's test mode paid for, once our key is a live one."""
    gifts = gifts.exclude(payment__livemode=False) if settings.STRIPE_LIVEMODE else gifts

    @transaction.atomic
    def act(pk: int) -> None:
        locked = gifts.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("tier", "checkout")
        if (gift := locked.filter(pk=pk).first()) is not None:
            verb(gift)

    for_each(gifts.order_by("pk").values_list("pk", flat=True)[:AT_ONCE], act, failed="gift_not_swept")


def _hand_over_if_due(gift: Gift) -> None:
    if gift.is_due:
        _hand_over(gift)


def _remind(gift: Gift) -> None:
    gift.reminded_at = timezone.now()
    gift.save(update_fields=["reminded_at"])
    if not is_mail_unwanted(gift.recipient_email):
        _write_to_recipient(gift, is_reminder=True)


def _let_lapse(gift: Gift) -> None:
    gift.state = State.LAPSED
    gift.save(update_fields=["state"])
    gift.links.all().delete()
    record("gift.lapsed", actor_label="clock", target=gift)
    write_to_giver(gift, "gift_lapsed")


def write_to_giver(gift: Gift, kind: str) -> None:
    """Once for each gift and kind. Whom the gift is for stands in it as the giver wrote it; who took it does not."""
    giver = gift.giver
    if giver is None or not giver.email:
        return
    write_letter(
        f"members/{kind}", cause=f"{kind}:{gift.pk}", to_email=giver.email, language=giver.language,
        member_id=giver.pk, context={"member": giver, "gift": gift},
    )  # fmt: skip


def _require(user: Member) -> None:
    if not user.has_perm("members.change_gift"):
        raise NotAllowed(_("Only membership managers may send gifts."))


def send_gift_again(*, user: Member, gift: Gift) -> None:
    """The letter once more, with a link of its own; one that had lapsed can be taken for another year. Raises
    NotAllowed, and GiftRefused for one that is not there to be taken."""
    _require(user)
    with transaction.atomic():
        gift = _lock_open(gift)
        if gift.state == State.PAID:
            raise GiftRefused(_refuse_early(gift))
        if not gift.recipient_email:
            raise GiftRefused(_("There is no address any more: write one first."))
        _refuse_unwanted(gift.recipient_email)
        _open_again(gift)
        record("gift.sent_again", actor=user, target=gift)


def change_recipient(*, user: Member, gift: Gift, email: str) -> None:
    """From now on the gift is for `email`: links sent before end, and a new letter goes out if the first has. The audit
    says who did it, never the address. Raises as `send_gift_again`."""
    _require(user)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise GiftRefused(_("This is not an e-mail address.")) from error
    _refuse_unwanted(email)
    with transaction.atomic():
        gift = _lock_open(gift)
        withdraw_letters(_cause(gift))
        gift.links.all().delete()
        gift.recipient_email = email
        gift.save(update_fields=["recipient_email"])
        record("gift.recipient_changed", actor=user, target=gift)
        if gift.state != State.PAID:
            _open_again(gift)


def _refuse_unwanted(email: str) -> None:
    """Raises GiftRefused."""
    if is_mail_unwanted(email):
        raise GiftRefused(_("No mail may go to this address: its owner wants none, or none arrives there."))


def _lock_open(gift: Gift) -> Gift:
    """Raises GiftRefused."""
    locked = (
        Gift.objects.select_for_update(of=("self",), no_key=True).select_related("tier", "checkout").get(pk=gift.pk)
    )
    if locked.state not in (State.PAID, State.GIVEN, State.LAPSED):
        raise GiftRefused(_("This gift is %(state)s: no letter goes out.") % {"state": locked.get_state_display()})
    return locked


def _refuse_early(gift: Gift) -> str:
    if gift.hand_over_on is None:
        return _("It is about to be handed over.")
    return _("It is handed over on %(day)s, as the giver wished.") % {"day": date_format(gift.hand_over_on)}


def _open_again(gift: Gift) -> None:
    if gift.state == State.LAPSED:
        gift.state, gift.handed_over_at = State.GIVEN, timezone.now()
        gift.save(update_fields=["state", "handed_over_at"])
    _write_to_recipient(gift)
