"""Texts on statements, refused as Stripe refuses them."""

import pytest


@pytest.mark.parametrize("text", ["Abcd", "A" * 23, "12345", "News*room", "a<bcde", "Хвилелом"])
def test_it_refuses_what_no_bank_prints(sandbox, text):
    answer = sandbox.api("POST", "/v1/products", {"name": "Lantern", "statement_descriptor": text})
    assert answer.status == 400 and answer.json()["error"]["param"] == "statement_descriptor"


def test_it_keeps_what_a_product_says(sandbox):
    answer = sandbox.api("POST", "/v1/products", {"name": "Lantern", "statement_descriptor": "Paper 2026"})
    assert answer.json()["statement_descriptor"] == "Paper 2026"


SESSION = {
    "mode": "payment", "success_url": "https://example.org/", "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur", "line_items[0][price_data][unit_amount]": "700",
    "line_items[0][price_data][product_data][name]": "A gift",
}  # fmt: skip
WHOLE, SUFFIX = (f"payment_intent_data[statement_descriptor{end}]" for end in ("", "_suffix"))


def test_what_may_be_paid_by_card_takes_a_suffix_alone(sandbox):
    refused = sandbox.api("POST", "/v1/checkout/sessions", {**SESSION, WHOLE: "Paper 2026"})
    assert refused.status == 400 and refused.json()["error"]["param"] == WHOLE
    debit = {**SESSION, WHOLE: "Paper 2026", "payment_method_types[0]": "sepa_debit"}
    assert sandbox.api("POST", "/v1/checkout/sessions", debit).status == 200
    assert sandbox.api("POST", "/v1/checkout/sessions", {**SESSION, SUFFIX: "Paper 2026"}).status == 200
