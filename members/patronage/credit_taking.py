"""Taking credit off a customer's balance at Stripe: a row first, then Stripe under the row's key.
https://docs.stripe.com/api/customer_balance_transactions"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from members.patronage.client import describe, is_answer, site_id, stripe_api
from members.patronage.credit import due_credit
from members.patronage.errors import PatronageError, StripeResting
from members.patronage.fetching import Object, ask
from members.patronage.models import CreditTaking, Subscription
from members.patronage.refunding import BETWEEN_KEYS, KEY_LASTS
from members.patronage.sweeping import RESTS
from newsroom.lib.audit import record

MARK = "credit_taking"  # in the transaction's metadata at Stripe: the row's key
State = CreditTaking.State


def take_credit(*, subscription_id: int) -> None:
    """The follow-up of money that went back, or came again. Safe to run twice: what is due is reckoned anew each time,
    also after a row that another worker began, since more may have gone back. Raises StripeResting and NotConfigured,
    and what else Stripe's answer raises; it is tried again."""
    subscription = Subscription.objects.select_related("customer").get(pk=subscription_id)
    for _turn in range(2):  # in the first it may meet a row that another worker began
        _carry_out_begun(subscription)
        if not _begin(subscription):
            return
    _carry_out_begun(subscription)


def _carry_out_begun(subscription: Subscription) -> None:
    while row := subscription.credit_takings.filter(state=State.NEW).first():
        _carry_out(row)


def _begin(subscription: Subscription) -> CreditTaking | None:
    """None where nothing is due, or the credit is spent or forgotten at Stripe."""
    if not due_credit(subscription):
        return None
    customer = ask(lambda: stripe_api().customers.retrieve(subscription.customer.stripe_id)).data
    if customer.get("deleted"):
        return None
    with transaction.atomic():
        Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)
        if row := subscription.credit_takings.filter(state=State.NEW).first():
            return row
        amount = min(due_credit(subscription), max(0, -customer["balance"]))
        if amount == 0:
            return None
        return CreditTaking.objects.create(subscription=subscription, amount=amount, currency=subscription.currency)


def _carry_out(row: CreditTaking) -> None:
    """What may have been done under a key that is of no use any more (Stripe forgets it after a day, and replays a
    failure of its own) is looked for in Stripe's list, and only then asked for under a new one."""
    age = abs(timezone.now() - row.created_at)
    number = age // KEY_LASTS
    if number and age - number * KEY_LASTS < BETWEEN_KEYS:
        raise StripeResting("It is looked for once Stripe has forgotten the key.")
    _finish(row, (_find(row) if number or row.refusals else None) or _make(row, number))


@transaction.atomic
def _finish(row: CreditTaking, made: Object) -> None:
    """What a bill spent after the balance was asked for, so that a debt is left, is to be put back."""
    Subscription.objects.select_for_update(no_key=True).get(pk=row.subscription_id)
    if not _note(row, state=State.DONE, error="", transaction_id=made["id"], finished_at=timezone.now()):
        return
    action = "support.credit_taken" if row.amount > 0 else "support.credit_put_back"
    record(action, actor_label="stripe", target=row.subscription, amount=abs(row.amount))
    debt = min(row.amount, made["ending_balance"])
    if debt > 0:
        CreditTaking.objects.create(subscription=row.subscription, amount=-debt, currency=row.currency)


def _find(row: CreditTaking) -> Object | None:
    customer_id = row.subscription.customer.stripe_id
    found = ask(lambda: stripe_api().customers.balance_transactions.list(customer_id, {"limit": 100})).data["data"]
    return next((each for each in found if (each["metadata"] or {}).get(MARK) == str(row.key)), None)


def _make(row: CreditTaking, number: int) -> Object:
    options = {"idempotency_key": f"credit:{row.key}:{number}:{row.refusals}"}
    customer_id, params = row.subscription.customer.stripe_id, _params(row)
    try:
        return ask(lambda: stripe_api().customers.balance_transactions.create(customer_id, params, options)).data
    except RESTS as error:
        _note(row, error=describe(error), refusals=row.refusals + is_answer(error))
        raise
    except PatronageError as error:
        _note(row, error=describe(error), state=State.FAILED, finished_at=timezone.now())
        raise


def _note(row: CreditTaking, **changes: Any) -> int:
    return CreditTaking.objects.filter(pk=row.pk, state=State.NEW).update(**changes)


def _params(row: CreditTaking) -> dict[str, Any]:
    """Made of the row alone: the same key must come with the same parameters."""
    return {
        "amount": row.amount, "currency": row.currency, "metadata": {"newsroom": site_id(), MARK: str(row.key)},
    }  # fmt: skip
