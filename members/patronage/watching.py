"""An alarm when Stripe's events stop coming in or cannot be applied, or when it refuses our key: a row, told once to
the publishers by a letter, at the desk and in `/healthz/` while it lasts."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from members.accounts.roles import PUBLISHER
from members.patronage.client import describe, stripe_api
from members.patronage.desk_letters import write_to_desk
from members.patronage.errors import KeyRefused, NotConfigured, StripeRefused, StripeResting
from members.patronage.fetching import Object, ask, moment
from members.patronage.inbox import GIVE_UP_AFTER, HANDLERS, OPTIONAL
from members.patronage.models import StripeEvent, WebhookAlarm
from newsroom.lib.audit import record
from newsroom.lib.health import record_note
from newsroom.lib.holding import is_on_hold

LATE_AFTER = timedelta(minutes=15)
FAILING_AFTER = timedelta(hours=1)  # what Stripe's bad quarter of an hour spoilt has gone well by then
LOOK_BACK = timedelta(hours=24)  # what is older came before the endpoint, or reconciling finds it
PAGE = 100
MOST_PAGES = 20  # 2,000 events between two looks, five minutes apart; beyond them reconciling finds what is lost


def open_alarms() -> QuerySet[WebhookAlarm]:
    return WebhookAlarm.objects.filter(ended_at__isnull=True)


def check_webhooks() -> None:
    """Raises or ends each alarm. Safe to run twice: of each kind one is open at a time. Stripe not answering says
    nothing about its events, nor about our key."""
    _set(WebhookAlarm.Kind.FAILING, is_on=_failing_events().exists())
    _look_at_stripe()
    record_note("webhooks", ", ".join(sorted(open_alarms().values_list("kind", flat=True))))


def _failing_events() -> QuerySet[StripeEvent]:
    """Given up, or tried in vain for an hour; one that a worker is trying once more is no better for it."""
    state = StripeEvent.State
    given_up = Q(state=state.FAILED, attempts__gte=GIVE_UP_AFTER)
    tried = Q(state=state.FAILED) | Q(state=state.CLAIMED, attempts__gt=1)
    return StripeEvent.objects.filter(given_up | tried & Q(received_at__lt=timezone.now() - FAILING_AFTER))


def _look_at_stripe() -> None:
    """What is missing here, and whether we are let in at all."""
    if is_on_hold():
        return
    try:
        missing = missing_events()
    except KeyRefused:
        _set(WebhookAlarm.Kind.REFUSED, is_on=True)
    except StripeResting as error:
        record_note("stripe", f"it does not answer: {describe(error)}")
        return
    except (StripeRefused, NotConfigured):
        _set(WebhookAlarm.Kind.REFUSED, is_on=False)
    else:
        _set(WebhookAlarm.Kind.REFUSED, is_on=False)
        _set(WebhookAlarm.Kind.SILENT, is_on=bool(missing))
    record_note("stripe", "")


def missing_events() -> list[str]:
    """Ids of recent events that we ought to have and do not, the newest first: of the last page that was looked at, and
    none beyond it, since one is enough for an alarm. Raises StripeResting, StripeRefused, NotConfigured."""
    now = timezone.now()
    window = {"gte": int((now - LOOK_BACK).timestamp()), "lte": int((now - LATE_AFTER).timestamp())}
    params: dict[str, Any] = {"created": window, "limit": PAGE}
    for _page in range(MOST_PAGES):
        answer = ask(lambda asked=params: stripe_api().events.list(asked)).data  # type: ignore[misc]
        missing = _not_here(answer["data"])
        if missing or not answer["has_more"] or not answer["data"]:
            return missing
        params = {**params, "starting_after": answer["data"][-1]["id"]}
    return []


def _not_here(found: list[Object]) -> list[str]:
    needed = HANDLERS.keys() - OPTIONAL
    wanted = [event["id"] for event in found if event["type"] in needed and moment(event["created"])]
    here = set(StripeEvent.objects.filter(event_id__in=wanted).values_list("event_id", flat=True))
    return [event_id for event_id in wanted if event_id not in here]


def _set(kind: str, *, is_on: bool) -> None:
    if is_on:
        _raise_alarm(kind)
        return
    for alarm in open_alarms().filter(kind=kind):
        WebhookAlarm.objects.filter(pk=alarm.pk, ended_at__isnull=True).update(ended_at=timezone.now())
        record("webhook_alarm.ended", actor_label="clock", target=alarm)


def _raise_alarm(kind: str) -> None:
    if open_alarms().filter(kind=kind).exists():
        return
    try:
        with transaction.atomic():
            alarm = WebhookAlarm.objects.create(kind=kind)
            record("webhook_alarm.raised", actor_label="clock", target=alarm)
            write_to_desk(
                "webhook_alarm", cause=f"webhook-alarm:{alarm.pk}", page="drift", roles=[PUBLISHER], kind=kind,
                since=alarm.raised_at,
            )  # fmt: skip
    except IntegrityError:  # another worker was faster, and told
        return
