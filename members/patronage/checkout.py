"""From a reader's decision to Stripe's page: a row first, then the question, asked under the row's key."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import stripe
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.accounts.models import Member
from members.patronage.client import asking_stripe, describe, is_unknown, refuse_on_hold, site_id, stripe_api
from members.patronage.errors import AlreadyPatron, PatronageError, StripeResting
from members.patronage.fetching import fetch_session
from members.patronage.mirroring import mirror_checkout_session
from members.patronage.models import Campaign, Checkout, Gift, StripeCustomer, Subscription, Tier
from members.patronage.models.mirror import RUNNING
from members.patronage.sweeping import ask_each
from members.patronage.tiers import Offers
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.money import Money
from newsroom.lib.site_settings import site_settings
from newsroom.lib.waiting import has_run_out

logger = structlog.get_logger(__name__)

ASK_AGAIN_AFTER = timedelta(minutes=2)
ASK_AGAIN_FOR = timedelta(hours=2)
# Half an hour is Stripe's least, from when it makes the session: our clock may be ten minutes behind its own.
SESSION_LASTS = timedelta(minutes=40)
SESSION_LASTS_AT_MOST = timedelta(hours=24)  # Stripe's default, where it did not take ours
LOOK_AGAIN_AFTER = timedelta(hours=6)
LOOK_AGAIN_FOR = timedelta(days=30)  # the slowest bank has answered by then
TOLD_FOR = timedelta(days=14)
GIVEN_UP = "It was given up."  # begins the row's error
SWEEP_AT_ONCE = 50
THANKS = "thanks:"
# Stripe has no Ukrainian page: `auto` lets the browser decide. https://docs.stripe.com/js/appendix/supported_locales
STRIPE_LOCALES = frozenset({
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "hr", "hu", "id", "it", "ja", "ko",
    "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh",
})  # fmt: skip


def open_checkout(
    *,
    member: Member | None,
    frequency: str,
    money: Money,
    language: str,
    campaign: Campaign | None = None,
    article_id: int | None = None,
) -> str:
    """Writes the decision down and returns the address of Stripe's page to pay on.

    Called outside any transaction: the row is committed before Stripe is asked, so that a crash can be read back.
    Raises AmountRefused, AlreadyPatron, NotConfigured, StripeResting, StripeRefused; after the last three the row says
    so and nothing was taken.
    """
    tier = Offers().check(money, frequency)
    stripe_api()  # without a key nothing is begun
    refuse_on_hold()
    if member is not None and tier is not None:
        _refuse_second_subscription(member)
    checkout = Checkout.objects.create(
        member=member, frequency=frequency, amount=money.amount, currency=money.currency, tier=tier,
        language=language, campaign=campaign, article_id=article_id, statement_text=site_settings().statement_text,
        takes_codes=tier is not None and site_settings().takes_promotion_codes,
        expires_at=session_end(),
    )  # fmt: skip
    address = ask_for_page(checkout)
    if member is not None and tier is not None:
        _leave_one_open(checkout, member)
    return address


def session_end() -> datetime:
    """When a page asked for now ends, in whole seconds as Stripe has them."""
    return (timezone.now() + SESSION_LASTS).replace(microsecond=0)


def running_subscription(member: Member) -> Subscription | None:
    """The newest, of the mode (test or live) of our key: one of the other mode takes no money here."""
    return running_subscriptions(member).first()


def running_subscriptions(member: Member) -> QuerySet[Subscription]:
    """All of them, the newest first: who gives twice may mean both."""
    running = Subscription.objects.of_our_mode().filter(member=member, status__in=RUNNING)
    return running.select_related("tier", "customer").order_by("-created_at", "-pk")


def query_of(subscription: Subscription) -> str:
    """What names it in an address of the account, where more than this one runs; else nothing."""
    others = running_subscriptions(subscription.member).exclude(pk=subscription.pk)
    return f"?support={subscription.pk}" if others.exists() else ""


def _refuse_second_subscription(member: Member) -> None:
    """Also when it was bought a moment ago in another tab: what is still open there is closed at Stripe first."""
    for other in _lasting_checkouts(member).filter(state=Checkout.State.OPEN):
        close_session(other)
    _refuse_if_running(member)


def _leave_one_open(checkout: Checkout, member: Member) -> None:
    """Of several begun at the same moment the youngest stays open: it closes the older ones, and an older one that
    opens later finds the younger row and closes itself. Its reader sees Stripe's page say that it is over."""
    lasting = _lasting_checkouts(member)
    for older in lasting.filter(state=Checkout.State.OPEN, pk__lt=checkout.pk):
        close_session(older)
    unfinished = (Checkout.State.NEW, Checkout.State.OPEN)
    has_younger = lasting.filter(state__in=unfinished, pk__gt=checkout.pk).exists()
    if has_younger or running_subscription(member) is not None:
        checkout.refresh_from_db()
        close_session(checkout)
        _refuse_if_running(member)


def _lasting_checkouts(member: Member) -> QuerySet[Checkout]:
    return Checkout.objects.filter(member=member).exclude(frequency=Checkout.Frequency.ONCE)


def _refuse_if_running(member: Member) -> None:
    running = running_subscription(member)
    if running is not None:
        raise AlreadyPatron(_("You give %(money)s already. You can change or end it here.") % {"money": running.money})


def close_session(other: Checkout) -> None:
    """Expires it at Stripe, and writes down what it was. Raises StripeResting."""
    try:
        with asking_stripe():
            stripe_api().checkout.sessions.expire(other.stripe_id)
    except StripeResting:
        raise
    except PatronageError:
        logger.info("checkout_not_open", checkout=other.pk)  # paid or over by now: the mirror says which
    mirror_checkout_session(fetch_session(other.stripe_id))


def ask_for_page(checkout: Checkout) -> str:
    """The address of Stripe's page for a checkout that is written down. Called outside any transaction; raises as
    `open_checkout`."""
    try:
        session = _ask(checkout)
    except PatronageError as error:
        state = Checkout.State.NEW if isinstance(error, StripeResting) else Checkout.State.FAILED
        _note(checkout, state=state, error=describe(error))
        raise
    # A webhook may have been faster: what it wrote is not set back.
    _note(checkout, stripe_id=session.id, error="")
    Checkout.objects.filter(pk=checkout.pk, state=Checkout.State.NEW).update(state=Checkout.State.OPEN)
    return session.url or ""


def _note(checkout: Checkout, **changes: Any) -> None:
    Checkout.objects.filter(pk=checkout.pk).update(**changes, checked_at=timezone.now())


def _ask(checkout: Checkout) -> stripe.checkout.Session:
    """Under the row's key, so that asking again makes no second session. What Stripe refuses is asked for once without
    what it refused, under a key of its own: a product or customer that it does not know (deleted there, or of the other
    mode) is left behind, and so is our end of the session where the clocks are too far apart."""
    with asking_stripe():
        product_id = product_of(checkout.tier) if checkout.tier else ""
        customer_id, suffix, is_ended = _customer_of(checkout), "", True
        while True:
            try:
                params = _session_params(checkout, product_id=product_id, customer_id=customer_id, is_ended=is_ended)
                key = f"{checkout.key}{suffix}"
                return stripe_api().checkout.sessions.create(params, {"idempotency_key": key})
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing" and ":again" not in suffix:
                    product_id, customer_id = make_product(checkout.tier) if checkout.tier else "", ""
                    suffix += ":again"
                elif error.param == "expires_at" and is_ended:
                    is_ended, suffix = False, f"{suffix}:unended"
                else:
                    raise


def _session_params(checkout: Checkout, *, product_id: str, customer_id: str, is_ended: bool = True) -> dict[str, Any]:
    """Made of the row alone: the same key must come with the same parameters."""
    marks = {"newsroom": site_id(), "checkout": str(checkout.key)}
    if checkout.member_id:
        marks["member"] = str(checkout.member_id)
    price: dict[str, Any] = {"currency": checkout.currency, "unit_amount": checkout.amount}
    params: dict[str, Any] = {
        "line_items": [{"price_data": price, "quantity": 1}], "metadata": marks, "ui_mode": "hosted_page",
        "locale": checkout.language if checkout.language in STRIPE_LOCALES else "auto", **_addresses(checkout),
    }  # fmt: skip
    if is_ended and checkout.expires_at:
        params["expires_at"] = int(checkout.expires_at.timestamp())
    if customer_id:
        params["customer"] = customer_id
    elif checkout.member and checkout.member.email:
        params["customer_email"] = checkout.member.email
    if checkout.frequency == Checkout.Frequency.ONCE:
        gift = Gift.objects.filter(checkout=checkout).select_related("tier").first()
        price["product_data"] = {"name": _name_of_time(gift, checkout) if gift else _name_of_gift(checkout.language)}
        submit_type = "pay" if gift else "donate"
        intent = {"metadata": marks, **_statement_of_gift(checkout)}
        return {**params, "mode": "payment", "submit_type": submit_type, "payment_intent_data": intent}
    price |= {"product": product_id, "recurring": {"interval": checkout.frequency}}
    if checkout.takes_codes:
        params["allow_promotion_codes"] = True
    return {**params, "mode": "subscription", "subscription_data": {"metadata": marks}}


def _statement_of_gift(checkout: Checkout) -> dict[str, str]:
    """What may be paid by card takes a suffix alone, printed after the dashboard's short text; other ways to pay show
    the dashboard's own. https://docs.stripe.com/get-started/account/statement-descriptors"""
    return {"statement_descriptor_suffix": checkout.statement_text} if checkout.statement_text else {}


def _addresses(checkout: Checkout) -> dict[str, str]:
    with translation.override(checkout.language):
        is_gift = Gift.objects.filter(checkout=checkout).exists()
        thanks, support = reverse("members:support-thanks"), reverse("members:give" if is_gift else "members:support")
    return {
        "success_url": f"{settings.SITE_URL}{thanks}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.SITE_URL}{support}",
    }


def _name_of_gift(language: str) -> str:
    with translation.override(language):
        return _("A gift to %(name)s") % {"name": site_settings().text("name")}


def _name_of_time(gift: Gift, checkout: Checkout) -> str:
    with translation.override(checkout.language):
        length = ngettext("%(count)s month", "%(count)s months", gift.months) % {"count": gift.months}
        names = {"length": length, "tier": gift.tier.shown_name, "name": site_settings().text("name")}
        return _("A gift: %(length)s of %(tier)s at %(name)s") % names


def _customer_of(checkout: Checkout) -> str:
    if not checkout.member_id:
        return ""
    known = StripeCustomer.objects.of_our_account().filter(member_id=checkout.member_id)
    return known.order_by("-id").values_list("stripe_id", flat=True).first() or ""


def statement_of_product() -> dict[str, str]:
    """For what is paid again and again. Stripe cannot take it away again, so an empty one says nothing."""
    text = site_settings().statement_text
    return {"statement_descriptor": text} if text else {}


def product_of(tier: Tier) -> str:
    return tier.stripe_product_id or make_product(tier)


def make_product(tier: Tier) -> str:
    """The tier's product at Stripe, kept with the tier. The key is made of what is asked for, so that two readers at
    once make one product."""
    params = {"name": tier.name, "metadata": {"newsroom": site_id(), "tier": tier.key}, **statement_of_product()}
    key = hashlib.sha256(f"{tier.pk}:{tier.stripe_product_id}:{params}".encode()).hexdigest()[:40]
    product = stripe_api().products.create(params, {"idempotency_key": f"product:{key}"})
    if product.id != tier.stripe_product_id:  # prices belong to the product that was left behind
        tier.prices.update(stripe_price_id="", stripe_archived_at=None)
    Tier.objects.filter(pk=tier.pk).update(stripe_product_id=product.id)
    tier.stripe_product_id = product.id
    return product.id


def sweep_checkouts() -> None:
    """Checkouts that nothing was heard of: new ones are asked for again under the same key, so that we know their
    session; open ones past their time are asked about and closed, none of them for ever."""
    if is_on_hold():
        return
    now = timezone.now()
    new = Checkout.objects.filter(has_run_out("created_at", ASK_AGAIN_AFTER), state=Checkout.State.NEW)
    new = new.select_related("tier", "member").order_by(F("checked_at").asc(nulls_first=True), "id")
    ask_each(new[:SWEEP_AT_ONCE], lambda checkout: _ask_again(checkout, now), failed="checkout_not_opened")
    is_past = Q(expires_at__lt=now - ASK_AGAIN_AFTER) | has_run_out("created_at", SESSION_LASTS_AT_MOST)
    old = Checkout.objects.filter(is_past, state=Checkout.State.OPEN)
    unasked = old.filter(
        Q(checked_at__isnull=True) | has_run_out("checked_at", LOOK_AGAIN_AFTER) | _unseen_since_its_end()
    )
    unasked = unasked.order_by(F("checked_at").asc(nulls_first=True), "id")
    ask_each(unasked[:SWEEP_AT_ONCE], lambda checkout: _look_up(checkout, now), failed="checkout_not_looked_up")


def _unseen_since_its_end() -> Q:
    return Q(checked_at__lt=F("expires_at"))


def _ask_again(checkout: Checkout, now: datetime) -> None:
    """Until its session, if there is one, has ended: Stripe takes no end that lies in the past, and nobody was given
    the address of a session that we do not know."""
    if checkout.expires_at and checkout.expires_at <= now:
        _note(checkout, state=Checkout.State.FAILED, finished_at=now)
        return
    try:
        ask_for_page(checkout)
    except PatronageError as error:
        if abs(now - checkout.created_at) > ASK_AGAIN_FOR:
            _note(checkout, state=Checkout.State.FAILED, finished_at=now, error=describe(error))
        raise


def _look_up(checkout: Checkout, now: datetime) -> None:
    """What Stripe does not know cannot end any more, and what has not ended in a month never will: both are given up.
    Should money come after all, its event finds the row."""
    _note(checkout)
    is_old = abs(now - checkout.created_at) > LOOK_AGAIN_FOR
    try:
        row = mirror_checkout_session(fetch_session(checkout.stripe_id))
    except PatronageError as error:
        said = describe(error)
        _note(checkout, error=said)
        if is_old or is_unknown(error):
            _give_up(checkout, now, said)
        raise
    if is_old and row.state == Checkout.State.OPEN:
        _give_up(checkout, now, "Stripe still waits for it.")


def _give_up(checkout: Checkout, now: datetime, said: str) -> None:
    """A last state, and a word to the desk: its first page tells of those of late."""
    with transaction.atomic():
        still = Checkout.objects.filter(pk=checkout.pk, state=Checkout.State.OPEN)
        if still.update(state=Checkout.State.FAILED, finished_at=now, error=f"{GIVEN_UP} {said}"):
            record("checkout.given_up", actor_label="clock", target=checkout)
    logger.warning("checkout_given_up", checkout=checkout.pk, error=said)


def given_up_of_late() -> QuerySet[Checkout]:
    """In the last two weeks."""
    failed = Checkout.objects.filter(state=Checkout.State.FAILED, finished_at__gt=timezone.now() - TOLD_FOR)
    return failed.filter(error__startswith=GIVEN_UP)


def take_session(session_id: str) -> Checkout | None:
    """The reader is back from Stripe's page: the session is fetched and written down at once, in case the webhook is
    late. None for a session that was not begun here. Raises StripeResting and its like."""
    checkout = Checkout.objects.filter(stripe_id=session_id).first() if session_id else None
    if checkout is None or checkout.state in (Checkout.State.PAID, Checkout.State.EXPIRED):
        return checkout
    with structlog.contextvars.bound_contextvars(request_id=f"{THANKS}{checkout.pk}"):  # what the audit names as cause
        return mirror_checkout_session(fetch_session(session_id))
