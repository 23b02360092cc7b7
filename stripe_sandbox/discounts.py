"""Redeeming coupons and codes, and what they take off sessions and invoices."""

from __future__ import annotations

from .core import Sandbox
from .coupons import coupon_of, find_code, is_code_open, is_valid
from .errors import ApiError
from .money import check_total
from .params import clearable, many, nested, text
from .periods import add_interval
from .shapes.discounts import make_discount
from .store import Obj

CHECKOUT = many(nested(coupon=text, promotion_code=text))
SUBSCRIPTION = clearable(many(nested(coupon=text, promotion_code=text, discount=text)))
# What the page says in the reader's language, the API says like this.
REFUSALS = {
    "code_unknown": "No such promotion code.",
    "code_expired": "This promotion code has expired.",
    "code_used_up": "This promotion code has been redeemed as often as it may be.",
    "code_other": "This promotion code is for another customer.",
    "code_first": "This promotion code is for first-time customers only.",
    "code_minimum": "The amount is below the minimum of this promotion code.",
    "code_currency": "This coupon is in another currency.",
    "code_product": "This coupon does not apply to anything bought here.",
    "code_rest": "What is left to pay with this promotion code is less than can be charged.",
}


def refused(word: str, *, param: str) -> ApiError:
    code = "coupon_expired" if word in ("code_expired", "code_used_up") else None
    return ApiError(REFUSALS[word], code=code, param=param, extra={"decline_code": word})


def find_offer(box: Sandbox, given: Obj, *, param: str, buyer: Obj) -> Obj:
    """The coupon, and the code if one was named. `buyer`: customer (an id or None), currency, lines (product, amount).

    Raises 400 for what does not exist or may not be redeemed by this buyer.
    """
    if ("coupon" in given) == ("promotion_code" in given):
        raise ApiError(f"You must specify either {param}[coupon] or {param}[promotion_code].", param=param)
    if "coupon" in given:
        coupon, promotion = box.find_param("coupon", given["coupon"], param=f"{param}[coupon]"), None
    else:
        promotion = box.find_param("promotion_code", given["promotion_code"], param=f"{param}[promotion_code]")
        coupon = box.find_param("coupon", promotion["promotion"]["coupon"], param=f"{param}[promotion_code]")
    return _offer(box, coupon, promotion, buyer, param)


def _offer(box: Sandbox, coupon: Obj, promotion: Obj | None, buyer: Obj, param: str) -> Obj:
    word = _why_not(box, coupon, buyer) or (promotion and _why_not_code(box, promotion, buyer))
    if word:
        raise refused(word, param=param)
    return {"coupon": coupon["id"], "promotion_code": promotion["id"] if promotion else None}


def _why_not(box: Sandbox, coupon: Obj, buyer: Obj) -> str | None:
    if not is_valid(box, coupon):
        return "code_expired" if (coupon["redeem_by"] or box.now() + 1) <= box.now() else "code_used_up"
    if coupon["amount_off"] and coupon["currency"] != buyer["currency"]:
        return "code_currency"
    return None if any(applies(coupon, product) for product, _ in buyer["lines"]) else "code_product"


def _why_not_code(box: Sandbox, promotion: Obj, buyer: Obj) -> str | None:
    if not promotion["active"]:
        return "code_expired"
    if not is_code_open(box, promotion):
        return "code_expired" if (promotion["expires_at"] or box.now() + 1) <= box.now() else "code_used_up"
    if promotion["customer"] and promotion["customer"] != buyer["customer"]:
        return "code_other"
    limits = promotion["restrictions"]
    if limits["first_time_transaction"] and _has_paid(box, buyer["customer"]):
        return "code_first"
    if not limits["minimum_amount"]:
        return None
    total = sum(amount for _, amount in buyer["lines"])
    is_reached = limits["minimum_amount_currency"] == buyer["currency"] and total >= limits["minimum_amount"]
    return None if is_reached else "code_minimum"


def _has_paid(box: Sandbox, customer: str | None) -> bool:
    where = {"customer": customer, "status": "succeeded"}
    return customer is not None and bool(box.store.find("payment_intent", where, limit=1))


def applies(coupon: Obj, product: str) -> bool:
    return product in coupon.get("_products", [product])


def spread(coupon: Obj, lines: list[tuple[str, int]]) -> list[int]:
    """What the coupon takes off each line, in minor units: never more than the line, and of an amount exactly that."""
    open_lines = [amount if applies(coupon, product) and amount > 0 else 0 for product, amount in lines]
    if coupon["percent_off"]:
        return [round(amount * coupon["percent_off"] / 100) for amount in open_lines]
    total = sum(open_lines)
    left = min(coupon["amount_off"], total)
    shares = []
    for amount in open_lines:
        share = round(left * amount / total) if total else 0
        shares.append(share)
        left, total = left - share, total - amount
    return shares


def discount_session(box: Sandbox, session: Obj) -> None:
    """Counts the session's lines and totals anew with its discounts."""
    lines = session["_line_items"]
    for line in lines:
        line["amount_discount"] = 0
    for offer in session["_discounts"]:
        coupon = box.find("coupon", offer["coupon"])
        open_lines = [(line["price"]["product"], line["amount_subtotal"] - line["amount_discount"]) for line in lines]
        for line, share in zip(lines, spread(coupon, open_lines), strict=True):
            line["amount_discount"] += share
    for line in lines:
        line["amount_total"] = line["amount_subtotal"] - line["amount_discount"]
    session["discounts"] = [dict(offer) for offer in session["_discounts"]]
    session["amount_total"] = sum(line["amount_total"] for line in lines)
    session["total_details"]["amount_discount"] = session["amount_subtotal"] - session["amount_total"]


def buyer_of(session: Obj) -> Obj:
    lines = [(line["price"]["product"], line["amount_subtotal"]) for line in session["_line_items"]]
    return {"customer": session["customer"], "currency": session["currency"], "lines": lines}


def enter_code(box: Sandbox, session: Obj, code: str) -> Obj:
    """What the person typed on the page, in place of an earlier code. Raises with a word for why not."""
    if session["status"] != "open" or not session["allow_promotion_codes"]:
        raise ApiError("This Checkout Session takes no promotion codes.", param="code")
    promotion = find_code(box, code)
    coupon = box.store.get(promotion["promotion"]["coupon"], "coupon") if promotion else None
    if promotion is None or coupon is None:
        raise refused("code_unknown", param="code")
    session["_discounts"] = [_offer(box, coupon, promotion, buyer_of(session), "code")]
    discount_session(box, session)
    try:
        check_total(session["amount_total"], session["currency"], param="code")
    except ApiError as error:
        raise refused("code_rest", param="code") from error
    return box.save(session)


def drop_code(box: Sandbox, session: Obj) -> Obj:
    """The person takes their own code off again; what the API gave stays."""
    if session["allow_promotion_codes"]:
        session["_discounts"] = []
        discount_session(box, session)
    return box.save(session)


def redeem(box: Sandbox, offers: list[Obj]) -> None:
    """Counts one redemption of the coupon and of its code."""
    for offer in offers:
        for kind, object_id in (("coupon", offer["coupon"]), ("promotion_code", offer["promotion_code"])):
            found = box.store.get(object_id, kind) if object_id else None
            if found:
                found["times_redeemed"] += 1
                box.save(found)


def grant(box: Sandbox, subscription: Obj, offers: list[Obj], *, at: int, session_id: str | None = None) -> None:
    """The discounts that a subscription has from `at` on; a repeating one ends with a period, to the second."""
    for offer in offers:
        coupon = box.find("coupon", offer["coupon"])
        months = coupon["duration_in_months"]
        discount = make_discount(
            at,
            coupon=coupon["id"],
            promotion_code=offer["promotion_code"],
            end=add_interval(at, "month", months, anchor=at) if months else None,
            checkout_session=session_id,
            customer=subscription["customer"],
            subscription=subscription["id"],
        )
        subscription["discounts"].append(box.save(discount)["id"])
        box.emit("customer.discount.created", discount)


def running_discounts(box: Sandbox, subscription: Obj, at: int) -> list[Obj]:
    found = [box.find("discount", discount_id) for discount_id in subscription["discounts"]]
    return [discount for discount in found if discount["end"] is None or discount["end"] > at]


def discount_invoice(box: Sandbox, invoice: Obj, discounts: list[Obj]) -> None:
    """Takes the discounts off the invoice's lines, except prorations, in which they are counted already."""
    lines = [line for line in invoice["lines"]["data"] if line["discountable"]]
    total = 0
    for discount in discounts:
        coupon = coupon_of(box, discount)
        rest = [(_product(line), line["amount"] - _taken(line)) for line in lines]
        shares = spread(coupon, rest)
        for line, share in zip(lines, shares, strict=True):
            line["discounts"].append(discount["id"])
            line["discount_amounts"].append({"amount": share, "discount": discount["id"]})
        invoice["total_discount_amounts"].append({"amount": sum(shares), "discount": discount["id"]})
        invoice["discounts"].append(discount["id"])
        total += sum(shares)
    due = invoice["subtotal"] - total
    invoice.update(total=due, total_excluding_tax=due, amount_due=max(due, 0), amount_remaining=max(due, 0))


def _product(line: Obj) -> str:
    return str(line["pricing"]["price_details"]["product"])


def _taken(line: Obj) -> int:
    return sum(one["amount"] for one in line["discount_amounts"])


def net_amount(line: Obj) -> int:
    return int(line["amount"]) - _taken(line)


def net_amounts(box: Sandbox, discounts: list[Obj], items: list[Obj]) -> dict[str, int]:
    """What each item costs for a whole period after all discounts: prorations have them inside, percentages and amounts
    (https://docs.stripe.com/changelog/clover/2025-09-30/itemize-proration-discount-amounts). How Stripe shares an
    amount over a part of a period is not told; here by time, so that credit and charge agree."""
    amounts = [int(item["price"]["unit_amount"] * item["quantity"]) for item in items]
    for discount in discounts:
        lines = [(item["price"]["product"], amount) for item, amount in zip(items, amounts, strict=True)]
        shares = spread(coupon_of(box, discount), lines)
        amounts = [amount - share for amount, share in zip(amounts, shares, strict=True)]
    return {item["id"]: amount for item, amount in zip(items, amounts, strict=True)}


def spend_discounts(box: Sandbox, subscription: Obj, at: int) -> None:
    """After an invoice: what holds once is gone, and so is what has reached its end."""
    for discount_id in list(subscription["discounts"]):
        discount = box.find("discount", discount_id)
        is_over = discount["end"] is not None and discount["end"] <= at
        if is_over or coupon_of(box, discount)["duration"] == "once":
            end_discount(box, subscription, discount_id)


def end_discount(box: Sandbox, subscription: Obj, discount_id: str) -> None:
    subscription["discounts"].remove(discount_id)
    box.emit("customer.discount.deleted", box.find("discount", discount_id))


def change_discounts(box: Sandbox, subscription: Obj, wanted: list[Obj] | None) -> None:
    """The list takes the place of the old one; `discount` keeps one that is there, an empty list ends all."""
    lines = [
        (item["price"]["product"], item["price"]["unit_amount"] * item["quantity"])
        for item in subscription["items"]["data"]
    ]
    buyer = {"customer": subscription["customer"], "currency": subscription["currency"], "lines": lines}
    kept = [given["discount"] for given in wanted or [] if "discount" in given]
    for discount_id in kept:
        if discount_id not in subscription["discounts"]:
            raise ApiError(f"No such discount: '{discount_id}'", code="resource_missing", param="discounts")
    for discount_id in list(subscription["discounts"]):
        if discount_id not in kept:
            end_discount(box, subscription, discount_id)
    offers = [
        find_offer(box, given, param=f"discounts[{n}]", buyer=buyer)
        for n, given in enumerate(wanted or [])
        if "discount" not in given
    ]
    grant(box, subscription, offers, at=box.now())
    redeem(box, offers)
