"""One-off sessions: what a gift needs to know, and how the button reads."""

from __future__ import annotations

import pytest
import stripe

FORM = {"email": "giver@example.org", "card": "4242 4242 4242 4242"}
FIELDS = [
    {"key": "greeting", "label": {"type": "custom", "custom": "Your greeting"}, "type": "text", "optional": True,
     "text": {"maximum_length": 20}},
    {"key": "issues", "label": {"type": "custom", "custom": "How many issues"}, "type": "numeric"},
    {"key": "paper", "label": {"type": "custom", "custom": "On paper?"}, "type": "dropdown",
     "dropdown": {"options": [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}]}},
]  # fmt: skip


@pytest.fixture
def gift(make_session):
    return lambda **given: make_session(mode="payment", custom_fields=FIELDS, **given)


def test_it_keeps_what_was_answered(gift, sandbox, client):
    session = gift(metadata={"kind": "gift"}, customer_creation="always")
    answers = {"field-greeting": "For you", "field-issues": "12", "field-paper": "yes"}
    assert sandbox.request("POST", f"/c/pay/{session.id}", {**FORM, **answers}).status == 303
    paid = client.checkout.sessions.retrieve(session.id)
    greeting, issues, paper = paid.custom_fields
    assert (greeting.text.value, issues.numeric.value, paper.dropdown.value) == ("For you", "12", "yes")
    assert paid.metadata["kind"] == "gift"
    assert client.customers.retrieve(paid.customer).email == "giver@example.org"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"field-issues": "", "field-paper": "yes"}, "issues"),
        ({"field-issues": "dozen", "field-paper": "yes"}, "issues"),
        ({"field-issues": "12", "field-paper": "perhaps"}, "paper"),
        ({"field-issues": "12", "field-paper": "yes", "field-greeting": "x" * 21}, "greeting"),
    ],
)
def test_it_marks_the_answer_that_does_not_do(gift, sandbox, client, answers, field):
    session = gift()
    answer = sandbox.request("POST", f"/c/pay/{session.id}", {**FORM, **answers})
    assert (answer.status, f'id="field-{field}-error"' in answer.body) == (400, True)
    assert not client.charges.list().data


@pytest.mark.parametrize(
    ("kind", "text"),
    [("book", "Book for €5.00"), ("donate", "Give €5.00"), ("pay", "Pay €5.00"), ("auto", "Pay €5.00")],
)
def test_it_names_the_button(make_session, sandbox, kind, text):
    page = sandbox.request("GET", f"/c/pay/{make_session(mode='payment', submit_type=kind).id}").body
    assert text in page


def test_it_refuses_too_many_questions(make_session):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(mode="payment", custom_fields=[{**FIELDS[1], "key": f"q{n}"} for n in range(4)])
    assert caught.value.param == "custom_fields"
