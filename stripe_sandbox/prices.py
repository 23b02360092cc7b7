"""Products and prices, also those that a request describes in place (`price_data`)."""

from __future__ import annotations

from typing import Any

from .core import Sandbox
from .errors import ApiError, missing_param
from .money import MAXIMUM, currency
from .params import (
    EXPAND,
    PAGING,
    Schema,
    clearable,
    date_range,
    flag,
    many,
    merge_metadata,
    metadata,
    nested,
    one_of,
    read_params,
    required,
    text,
    unsupported,
    whole,
)
from .shapes.catalogue import make_price, make_product
from .statements import descriptor
from .store import Obj

INTERVAL = one_of("day", "month", "week", "year")
RECURRING = nested(interval=required(INTERVAL), interval_count=whole)
_PRODUCT: dict[str, Any] = {
    "active": flag,
    "description": clearable(text),
    "images": many(text),
    "metadata": clearable(metadata),
    "statement_descriptor": descriptor,
    "unit_label": clearable(text),
    "url": clearable(text),
}
PRODUCT_CREATE: Schema = {"id": text, "name": required(text), "default_price_data": unsupported, **_PRODUCT, **EXPAND}
PRODUCT_UPDATE: Schema = {"name": text, "default_price": text, **_PRODUCT, **EXPAND}
PRODUCT_LIST: Schema = {
    "active": flag,
    "shippable": flag,
    "type": one_of("good", "service"),
    "ids": many(text),
    "url": text,
    "created": date_range,
    **PAGING,
}
PRODUCT_DATA = nested(
    name=required(text), description=text, images=many(text), metadata=metadata, unit_label=text, tax_code=unsupported
)
PRICE_CREATE: Schema = {
    "currency": required(currency),
    "unit_amount": whole,
    "product": text,
    "product_data": PRODUCT_DATA,
    "recurring": RECURRING,
    "active": flag,
    "nickname": text,
    "lookup_key": text,
    "transfer_lookup_key": flag,
    "metadata": metadata,
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
    "billing_scheme": one_of("per_unit"),
    "custom_unit_amount": unsupported,
    "currency_options": unsupported,
    "tiers": unsupported,
    "tiers_mode": unsupported,
    "transform_quantity": unsupported,
    "unit_amount_decimal": unsupported,
    **EXPAND,
}
PRICE_UPDATE: Schema = {
    "active": flag,
    "nickname": clearable(text),
    "lookup_key": clearable(text),
    "transfer_lookup_key": flag,
    "metadata": clearable(metadata),
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
    **EXPAND,
}
PRICE_LIST: Schema = {
    "active": flag,
    "currency": currency,
    "product": text,
    "type": one_of("one_time", "recurring"),
    "lookup_keys": many(text),
    "recurring": nested(interval=INTERVAL, usage_type=one_of("licensed", "metered"), meter=unsupported),
    "created": date_range,
    **PAGING,
}
PRICE_DATA: Schema = {
    "currency": required(currency),
    "unit_amount": whole,
    "product": text,
    "product_data": PRODUCT_DATA,
    "recurring": RECURRING,
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
    "unit_amount_decimal": unsupported,
}


def price_data(name: str, raw: Any) -> Obj:
    return read_params(raw, PRICE_DATA, name)


def create_product(box: Sandbox, params: Obj) -> Obj:
    given = {key: value for key, value in params.items() if key != "expand"}
    if "id" in given and box.store.get(given["id"]):
        raise ApiError("Product already exists.", code="resource_already_exists", param="id")
    given["metadata"] = merge_metadata({}, given.get("metadata"))
    product = box.save(make_product(box.now(), **given))
    box.emit("product.created", product)
    return product


def update_product(box: Sandbox, params: Obj, product_id: str) -> Obj:
    product = box.find("product", product_id)
    changes = {key: value for key, value in params.items() if key != "expand"}
    changes["metadata"] = merge_metadata(product["metadata"], changes.get("metadata"))
    return box.change(product, "product.updated", updated=box.now(), **changes)


def delete_product(box: Sandbox, params: Obj, product_id: str) -> Obj:
    product = box.find("product", product_id)
    if box.store.find("price", {"product": product_id}, limit=1):
        raise ApiError("This product cannot be deleted because it has one or more user-created prices.", param="id")
    box.store.delete(product_id)
    box.emit("product.deleted", product)
    return {"id": product_id, "object": "product", "deleted": True}


def create_price(box: Sandbox, params: Obj, *, prefix: str = "") -> Obj:
    """A price for a known product or one described in place; `prefix` names the parameter in errors."""
    price = sketch_price(box, params, prefix=prefix)
    _claim_lookup_key(box, price, params)
    box.save(price)
    box.emit("price.created", price)
    return price


def sketch_price(box: Sandbox, params: Obj, *, prefix: str = "") -> Obj:
    """A price that is not kept, as a preview wants it. A product described in place would be."""
    place = f"{prefix}[{{}}]" if prefix else "{}"
    amount = params.get("unit_amount")
    if amount is None:
        raise missing_param(place.format("unit_amount"))
    if not 0 <= amount <= MAXIMUM:
        raise ApiError(
            f"Invalid non-negative integer or above {MAXIMUM}",
            code="parameter_invalid_integer",
            param=place.format("unit_amount"),
        )
    given = {key: params[key] for key in ("active", "nickname", "metadata", "tax_behavior") if key in params}
    return make_price(
        box.now(),
        unit_amount=amount,
        recurring=params.get("recurring"),
        currency=params["currency"],
        product=_product_of(box, params, place),
        **given,
    )


def _product_of(box: Sandbox, params: Obj, place: str) -> str:
    if ("product" in params) == ("product_data" in params):
        raise ApiError(
            f"You must specify either `{place.format('product')}` or `{place.format('product_data')}`.",
            param=place.format("product"),
        )
    if "product" in params:
        product = box.find_param("product", params["product"], param=place.format("product"))
        if not product["active"]:
            raise ApiError(f"The product {product['id']} is marked as inactive.", param=place.format("product"))
        return str(product["id"])
    return str(create_product(box, params["product_data"])["id"])


def _claim_lookup_key(box: Sandbox, price: Obj, params: Obj) -> None:
    key = params.get("lookup_key")
    if key:
        for other in box.store.find("price", {"lookup_key": key}):
            if not params.get("transfer_lookup_key"):
                raise ApiError(f"A price (`{other['id']}`) already uses that lookup key.", param="lookup_key")
            box.change(other, "price.updated", lookup_key=None)
        price["lookup_key"] = key


def update_price(box: Sandbox, params: Obj, price_id: str) -> Obj:
    price = box.find("price", price_id)
    changes = {
        key: value for key, value in params.items() if key not in ("expand", "lookup_key", "transfer_lookup_key")
    }
    changes["metadata"] = merge_metadata(price["metadata"], changes.get("metadata"))
    if "lookup_key" in params and params["lookup_key"] != price["lookup_key"]:
        _claim_lookup_key(box, price, params)
        changes["lookup_key"] = params["lookup_key"]
    return box.change(price, "price.updated", **changes)


def price_of(box: Sandbox, given: Obj, prefix: str) -> Obj:
    """The price that a line names by `price` or describes by `price_data`."""
    if ("price" in given) == ("price_data" in given):
        raise ApiError(
            f"You must specify either `{prefix}[price]` or `{prefix}[price_data]`.", param=f"{prefix}[price]"
        )
    if "price_data" in given:
        return create_price(box, given["price_data"], prefix=f"{prefix}[price_data]")
    price = box.find_param("price", given["price"], param=f"{prefix}[price]")
    if not price["active"]:
        raise ApiError(
            f"The price specified is inactive. This field only accepts active prices: {price['id']}.",
            param=f"{prefix}[price]",
        )
    return price
