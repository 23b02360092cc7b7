"""Taking a gift: whoever has its link and has proved an address takes it, once. The link alone signs nobody in."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.errors import GiftRefused, NotAllowed
from members.patronage.gift_time import place_gifts
from members.patronage.handing_over import write_to_giver
from members.patronage.models import Gift, Payment, Period
from members.patronage.months import add_months
from newsroom.lib.audit import record
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.tokens import hash_token

State = Gift.State


def find_gift(token: str) -> Gift | None:
    known = Gift.objects.filter(links__token_hash=hash_token(token))
    return known.select_related("tier", "period", "checkout").first()


def refuse_closed(gift: Gift) -> None:
    """Raises GiftRefused with a sentence unless the gift can be taken."""
    if gift.state == State.TAKEN:
        raise GiftRefused(_("This gift has been taken already."))
    if gift.state != State.GIVEN:
        raise GiftRefused(_("This gift was withdrawn. Whoever gave it to you knows why."))


def take_gift(*, member: Member, token: str) -> Gift:
    """The gift becomes the member's Period, from now on or after what makes the member a patron already. A second
    click finds the first one's work. Raises NotAllowed without a proved address, and GiftRefused for a link that is not
    known or a gift that is not there any more."""
    if member.proved_at is None:
        raise NotAllowed(_("Please sign in with a code first, so that we know that the address is yours."))
    known = find_gift(token)
    if known is None:
        raise GiftRefused(_("We do not know this link, or it has ended."))
    with transaction.atomic():
        Payment.objects.select_for_update(no_key=True).get(
            pk=known.payment_id
        )  # before the gift, as where money goes back
        gift = (
            Gift.objects.select_for_update(of=("self",), no_key=True).select_related("tier", "giver").get(pk=known.pk)
        )
        if not gift.links.filter(token_hash=hash_token(token)).exists():  # it was meant for somebody else meanwhile
            raise GiftRefused(_("We do not know this link, or it has ended."))
        if gift.state == State.TAKEN and gift.redeemed_by_id == member.pk:
            return gift
        refuse_closed(gift)
        _take(gift, member)
    return gift


def _take(gift: Gift, member: Member) -> None:
    now = timezone.now()
    is_first = not Period.objects.counting().of(member).exists()
    gift.period = Period.objects.create(
        member=member, tier=gift.tier, cause=Period.Cause.GIFT, payment_id=gift.payment_id,
        starts_at=now, ends_at=add_months(now, gift.months),
    )  # fmt: skip
    gift.state, gift.redeemed_by, gift.redeemed_at = State.TAKEN, member, now
    gift.save(update_fields=["period", "state", "redeemed_by", "redeemed_at"])
    place_gifts(member.pk)
    gift.period.refresh_from_db()
    record("gift.taken", actor=member, target=gift)
    record("period.granted", actor=member, target=member, tier=gift.tier.key, gift=gift.pk)
    withdraw_letters(f"gift:{gift.pk}:")
    if gift.giver_id != member.pk:
        write_to_giver(gift, "gift_taken")
    if is_first:
        _welcome(gift, member)


def _welcome(gift: Gift, member: Member) -> None:
    if not member.email:
        return
    write_letter(
        "members/patron_welcome", cause=f"patron-welcome:{member.pk}", to_email=member.email,
        language=member.language, member_id=member.pk,
        context={"member": member, "tier": gift.tier, "period": gift.period, "gift": gift, **_addresses(member)},
    )  # fmt: skip


def _addresses(member: Member) -> dict[str, Any]:
    with translation.override(member.language):
        names = {"account_url": "account", "topics_url": "members:topics"}
        return {key: settings.SITE_URL + reverse(name) for key, name in names.items()}
