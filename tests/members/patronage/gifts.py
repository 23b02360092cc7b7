"""What the tests of gifts share: giving one at the sandbox, and reading the link in its letter."""

import re

from members.patronage import giving
from members.patronage.models import Checkout, Gift
from members.patronage.tiers import Offers
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import receive

FRIEND, GIVER = "friend@example.org", "giver@example.org"


def begin_gift(member=None, months=3, **given):
    address = giving.begin_gift(
        member=member, offers=Offers(), tier_key="lantern", months=months, currency="eur",
        language=given.pop("language", "en"), recipient_email=given.pop("recipient_email", FRIEND), **given,
    )  # fmt: skip
    return address, Gift.objects.select_related("checkout").latest("id")


def give(sandbox, member=None, **given):
    """Begun, paid, all events received, and the letter sent."""
    _address, gift = begin_gift(member, **given)
    sandbox.pay(gift.checkout.stripe_id, GIVER)
    receive(sandbox.events())
    letters().update(state="sent")
    gift.refresh_from_db()
    return gift


def letters(kind="gift"):
    return Letter.objects.filter(kind=f"members/{kind}").order_by("id")


def link_in(letter):
    return re.search(r"http://\S+?(/(?:uk/)?gift/\S+/)", letter.text).group(1)


def token_in(letter):
    return link_in(letter).rstrip("/").rpartition("/")[2]


__all__ = ["FRIEND", "GIVER", "Checkout", "begin_gift", "give", "letters", "link_in", "token_in"]
