"""What is owed upwards when something below has happened: one dict, walked by one task. Each follow-up takes the
Outbox row's payload as keywords and is safe to run twice."""

from collections.abc import Callable, Mapping

from members.accounts.correcting import MOVED
from members.patronage.addressing import replace_links, tell_stripe_address
from members.patronage.credit import CREDIT
from members.patronage.credit_taking import take_credit
from members.voting.telling import tell_voters, tell_voters_of_commission
from newsroom.lib import outbox
from newsroom.lib.page_cache import STALE, drop_pages
from newsroom.site.erasing import ERASE, erase_member

FollowUp = Callable[..., None]

FOLLOW_UPS: Mapping[str, tuple[FollowUp, ...]] = {
    "article.published": (tell_voters,),
    "commission.published": (tell_voters_of_commission,),
    STALE: (drop_pages,),
    ERASE: (erase_member,),
    CREDIT: (take_credit,),
    MOVED: (replace_links, tell_stripe_address),
}
# A story that is published anew owes what it owed before: these rows stay, so that it is done once. The others' keys
# do not come again.
OWED_ONCE = ("article.published", "commission.published")


def follow_up(row_id: int) -> None:
    """Carries out one owed row. A kind that nobody knows fails and is shown, never dropped."""
    row = outbox.claim(row_id)
    if row is None:
        return
    effects = FOLLOW_UPS.get(row.kind)
    if effects is None:
        outbox.fail(row, f"Nobody follows up “{row.kind}”.")
        return
    try:
        for effect in effects:
            effect(**row.payload)
    except Exception as error:
        outbox.fail(row, f"{type(error).__name__}: {error}")
        raise
    outbox.finish(row)
