"""Who may what at the desk, page by page and action by action: one table each. A page, an address or an action that the
desk has and no table names makes a test fail, so that none is opened to somebody by being forgotten."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from members.accounts import roles
from members.patronage.admin_reconcile import DECISIONS
from members.patronage.models import (
    Campaign,
    Checkout,
    CheckoutBreaker,
    Declaration,
    Dispute,
    Donation,
    Double,
    Drift,
    Gift,
    MemberNote,
    Payment,
    Period,
    Price,
    PriceMove,
    Reconciliation,
    Refund,
    RefundRequest,
    StripeCustomer,
    StripeEvent,
    Subscription,
    SupportChange,
)
from newsroom.lib.jobs import begin_job
from newsroom.lib.models import AuditEntry
from newsroom.site import member_page
from tests.mirrored import mirrored
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
NOBODY, LOOKING_AFTER = frozenset(), frozenset({roles.MEMBERSHIP_MANAGER, roles.PUBLISHER})
PUBLISHERS, WITH_OPERATOR = frozenset({roles.PUBLISHER}), LOOKING_AFTER | {roles.OPERATOR}

# model → who sees its list and its rows, who adds one by hand
PAGES = {
    "subscription": (LOOKING_AFTER, NOBODY), "payment": (LOOKING_AFTER, NOBODY), "donation": (LOOKING_AFTER, NOBODY),
    "checkout": (LOOKING_AFTER, NOBODY), "stripeevent": (WITH_OPERATOR, NOBODY),
    "period": (LOOKING_AFTER, LOOKING_AFTER), "supportchange": (LOOKING_AFTER, NOBODY),
    "checkoutbreaker": (LOOKING_AFTER, NOBODY), "double": (LOOKING_AFTER, NOBODY), "gift": (LOOKING_AFTER, NOBODY),
    "declaration": (LOOKING_AFTER, NOBODY), "refundrequest": (LOOKING_AFTER, NOBODY), "refund": (LOOKING_AFTER, NOBODY),
    "dispute": (LOOKING_AFTER, NOBODY), "tier": (LOOKING_AFTER, LOOKING_AFTER),
    "campaign": (LOOKING_AFTER, LOOKING_AFTER), "drift": (LOOKING_AFTER, NOBODY),
}  # fmt: skip
# what is chosen in a list and done with each
ACTIONS = {
    ("stripeevent", "replay"): LOOKING_AFTER, ("period", "revoke"): LOOKING_AFTER,
    ("supportchange", "ask_again"): LOOKING_AFTER, ("double", "repair"): LOOKING_AFTER,
    ("double", "keep"): LOOKING_AFTER, ("gift", "send_again"): LOOKING_AFTER,
    ("declaration", "carry_out_again"): LOOKING_AFTER, ("campaign", "run"): LOOKING_AFTER,
    ("campaign", "stop"): LOOKING_AFTER, ("campaign", "delete_selected"): LOOKING_AFTER,
}  # fmt: skip
# addresses of its own beside Django's
OWN_PAGES = {
    "members_payment_refund": ("payment", LOOKING_AFTER), "members_gift_letter": ("gift", LOOKING_AFTER),
    "members_tier_moves": ("tier", LOOKING_AFTER), "members_campaign_translations": (None, LOOKING_AFTER),
}  # fmt: skip
# buttons above a row; each leads to the page of its own
BUTTONS = {
    ("payment", "give_back"): LOOKING_AFTER, ("gift", "send_letter"): LOOKING_AFTER,
    ("tier", "move_running"): LOOKING_AFTER,
}  # fmt: skip
# what is posted to a page: address's name, of which model its row is, data, who may
DEEDS = {
    "open the breaker": ("admin:members_checkoutbreaker_changelist", None, {"open": "1"}, PUBLISHERS),
    "compare with Stripe": ("admin:members_drift_changelist", None, {}, LOOKING_AFTER),
    "mend one": ("admin:members_drift_changelist", None, {"drift": ""}, LOOKING_AFTER),
    "keep money": ("admin:members_drift_changelist", None, {"keep": "drift"}, LOOKING_AFTER),
    "write money off": ("admin:members_drift_changelist", None, {"write_off": "drift"}, LOOKING_AFTER),
    "mend all": ("admin:members_drift_changelist", None, {"all": "1"}, LOOKING_AFTER),
    "give back": ("admin:members_payment_refund", "payment", {"amount": "1", "reason": "duplicate"}, LOOKING_AFTER),
    "send a gift elsewhere": ("admin:members_gift_letter", "gift", {"email": "other@example.org"}, LOOKING_AFTER),
    "move support": ("admin:members_tier_moves", "tier", {"price": "1", "expected": "1"}, LOOKING_AFTER),
    "stop a move": ("admin:members_tier_moves", "tier", {"stop": "pricemove"}, LOOKING_AFTER),
    "note": ("desk-member", "member", {"do": "note", "text": "Called."}, LOOKING_AFTER),
    "free time": ("desk-member", "member", {"do": "free", "tier": "", "days": "30"}, LOOKING_AFTER),
    "end support": ("desk-member", "member", {"do": "end", "subscription": "", "when": "now"}, LOOKING_AFTER),
    "correct the address": (
        "desk-member", "member", {"do": "address", "email": "new@example.org", "why": "typed wrongly"}, LOOKING_AFTER,
    ),
    "leave the address": ("desk-member", "member", {"do": "withdraw_address"}, LOOKING_AFTER),
}  # fmt: skip
OURS = {
    model._meta.model_name: (model, desk)
    for model, desk in admin.site._registry.items()
    if model.__module__.startswith("members.patronage.")
}


@pytest.fixture
def clients(make_member):
    """One signed in for each role, and a member without any."""

    def enter(role):
        person = make_member(f"{role.replace(' ', '-')}@example.org")
        if role in roles.ROLES:
            roles.grant_role(user=None, member=person, role=role)
        sign_in(client := Client(), person)
        client.person = person
        return client

    return {role: enter(role) for role in (*roles.ROLES, "no role")}


def make_support(member, tier, number):
    customer = StripeCustomer.objects.create(member=member, stripe_id=f"cus_{number}")
    return Subscription.objects.create(
        member=member, customer=customer, tier=tier, status="active", amount=500, currency="eur", interval="month",
        current_period_end=timezone.now() + timedelta(days=9), **mirrored(f"sub_{number}"),
    )  # fmt: skip


@pytest.fixture
def rows(member, tier):
    """One of each, by the model's name."""
    now, money = timezone.now(), {"amount": 500, "currency": "eur"}
    first, second = make_support(member, tier, 1), make_support(member, tier, 2)
    payment = Payment.objects.create(
        member=member, subscription=first, kind="renewal", status="paid", paid_at=now, payment_intent_id="pi_1",
        **money, **mirrored("in_1"),
    )  # fmt: skip
    checkout = Checkout.objects.create(member=member, frequency="once", language="en", **money)
    price = Price.objects.create(tier=tier, interval="month", **money)
    job = begin_job("price-move", target_id=price.pk, total=1, user=member)
    made = [
        member, tier, first, payment, checkout,
        Donation.objects.create(payment=payment, member=member, given_at=now, **money),
        StripeEvent.objects.create(event_id="evt_1", type="invoice.paid", object_id="in_1", state="failed"),
        Period.objects.create(member=member, tier=tier, starts_at=now, ends_at=now + timedelta(days=9), cause="free"),
        SupportChange.objects.create(member=member, subscription=first, kind="end", state="asked"),
        CheckoutBreaker.objects.create(reason="hand", is_open=False, closed_at=now),
        Double.objects.create(first=first, second=second, why="member"),
        Gift.objects.create(
            checkout=checkout, payment=payment, giver=member, tier=tier, months=3, state="given", handed_over_at=now,
            recipient_email="friend@example.org",
        ),
        Declaration.objects.create(
            member=member, kind="end", carried_as="end", state="failed", given="x", language="en", token_hash="h",
            expires_at=now, confirmed_at=now,
        ),
        RefundRequest.objects.create(payment=payment, reason="duplicate", asked_by=member, **money),
        Refund.objects.create(payment=payment, status="succeeded", **money, **mirrored("re_1")),
        Dispute.objects.create(payment=payment, status="needs_response", **money, **mirrored("dp_1")),
        PriceMove.objects.create(price=price, job=job, started_by=member),
        Campaign.objects.create(language="en", name="Foot", lead="l", text="t", button_label="b", other_label="o"),
        Drift.objects.create(
            kind="invoice", stripe_id="in_1", found_in=Reconciliation.objects.create(state="done"),
            says={"row": ["missing", "there"], "amount": [None, 500]},
        ),
    ]  # fmt: skip
    return {row._meta.model_name: row for row in made}


def asked_by(client, **data):
    request = RequestFactory().get("/admin/", data)
    request.user = type(client.person).objects.get(pk=client.person.pk)
    return request


def names_of(desk):
    """Of the addresses that are the page's own."""
    usual = {f"members_{desk.model._meta.model_name}_{name}" for name in ("changelist", "add", "history", "delete")}
    usual |= {f"members_{desk.model._meta.model_name}_{name}" for name in ("change", "view", "autocomplete")}
    buttons = {f"members_{desk.model._meta.model_name}_{name}" for name in desk.actions_detail or ()}
    return {pattern.name for pattern in desk.get_urls() if pattern.name} - usual - buttons


def test_each_page_address_action_and_button_of_the_desk_stands_in_a_table():
    assert set(PAGES) == set(OURS)
    assert {(name, action) for name, (_model, desk) in OURS.items() for action in desk.actions} | {
        ("campaign", "delete_selected")
    } == set(ACTIONS)
    assert {(name, button) for name, (_model, desk) in OURS.items() for button in desk.actions_detail} == set(BUTTONS)
    assert set().union(*(names_of(desk) for _model, desk in OURS.values())) == set(OWN_PAGES)
    for kind in ("actions_list", "actions_row", "actions_submit_line"):
        assert not [name for name, (_model, desk) in OURS.items() if getattr(desk, kind)], kind


def test_there_is_one_row_of_each_to_try_it_on(rows):
    assert set(PAGES) <= set(rows)


@pytest.mark.parametrize("name", PAGES)
def test_it_shows_lists_and_rows_to_those_roles_alone(clients, rows, name):
    seeing, adding = PAGES[name]
    pk = rows[name].pk
    wanted = {
        reverse(f"admin:members_{name}_changelist"): seeing, reverse(f"admin:members_{name}_change", args=[pk]): seeing,
        reverse(f"admin:members_{name}_history", args=[pk]): seeing, reverse(f"admin:members_{name}_add"): adding,
    }  # fmt: skip
    for address, allowed in wanted.items():
        answers = {role: clients[role].get(address).status_code for role in roles.ROLES}
        assert answers == {role: 200 if role in allowed else 403 for role in roles.ROLES}, address
        assert clients["no role"].get(address).status_code == 302, address
        assert Client().get(address).status_code == 302, address


def test_nobody_changes_or_deletes_a_ledgers_row_by_hand(clients, rows):
    for name in set(PAGES) - {"tier", "campaign"}:
        before = type(rows[name]).objects.filter(pk=rows[name].pk).values().get()
        for role in roles.ROLES:
            for kind in ("change", "delete"):
                address = reverse(f"admin:members_{name}_{kind}", args=[rows[name].pk])
                assert clients[role].post(address, {"post": "yes"}).status_code == 403, (role, address)
        assert type(rows[name]).objects.filter(pk=rows[name].pk).values().get() == before


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_it_offers_an_action_to_those_roles_alone_and_does_it_for_no_other(clients, rows, name, action):
    _model, desk = OURS[name]
    offered = {role for role in roles.ROLES if action in desk.get_actions(asked_by(clients[role]))}
    assert offered == set(ACTIONS[name, action])
    before, audited = type(rows[name]).objects.values().get(pk=rows[name].pk), AuditEntry.objects.count()
    data = {"action": action, "_selected_action": [rows[name].pk], "post": "yes"}
    for role in {*roles.ROLES, "no role"} - offered:
        clients[role].post(reverse(f"admin:members_{name}_changelist"), data)
    assert type(rows[name]).objects.values().get(pk=rows[name].pk) == before
    assert AuditEntry.objects.count() == audited


@pytest.mark.parametrize(("name", "button"), BUTTONS)
def test_it_offers_a_button_to_those_roles_alone(clients, rows, name, button):
    _model, desk = OURS[name]
    pk = rows[name].pk
    for role in roles.ROLES:
        shown = [each.action_name for each in desk.get_actions_detail(asked_by(clients[role]), pk)]
        assert any(button in each for each in shown) == (role in BUTTONS[name, button]), role


@pytest.mark.parametrize("address", [*OWN_PAGES, "desk-member"])
def test_it_opens_its_own_pages_to_those_roles_alone(clients, rows, address):
    name, allowed = OWN_PAGES.get(address, ("member", LOOKING_AFTER))
    full = address if address == "desk-member" else f"admin:{address}"
    path = reverse(full, args=[rows[name].pk] if name else [])
    answers = {role: clients[role].get(path).status_code for role in roles.ROLES}
    assert answers == {role: 200 if role in allowed else 403 for role in roles.ROLES}
    assert clients["no role"].get(path).status_code == 302 and Client().get(path).status_code == 302


def counted():
    """All that a deed below would leave behind."""
    models = (AuditEntry, RefundRequest, MemberNote, PriceMove, Reconciliation, Period, SupportChange)
    return [*(model.objects.count() for model in models), CheckoutBreaker.objects.filter(is_open=True).count()]


def filled(data, rows):
    """With the key of a row where the row's name stands, or nothing and the field's name says it."""
    return {key: rows[value or key].pk if (value or key) in rows else value for key, value in data.items()}


def test_each_decision_about_a_difference_and_each_deed_of_a_members_page_is_tried():
    tried = {pair for _address, _name, data, _allowed in DEEDS.values() for pair in data.items()}
    assert set(DECISIONS) <= {key for key, _value in tried}
    assert set(member_page.DEEDS) == {value for key, value in tried if key == "do"}


@pytest.mark.parametrize("deed", DEEDS)
def test_it_does_nothing_for_any_other_role(clients, rows, deed):
    address, name, data, allowed = DEEDS[deed]
    path = reverse(address, args=[rows[name].pk] if name else [])
    data = filled(data, rows)
    before = counted()
    for role in {*roles.ROLES, "no role"} - allowed:
        assert clients[role].post(path, data).status_code in (302, 403), role
    assert counted() == before


def test_it_closes_the_breaker_for_publishers_alone(clients, rows):
    CheckoutBreaker.objects.create(reason="hand")
    for role, client in sorted(clients.items(), key=lambda pair: pair[0] in PUBLISHERS):
        client.post(reverse("admin:members_checkoutbreaker_changelist"), {"close": "1"})
        assert CheckoutBreaker.objects.filter(is_open=True).exists() == (role not in PUBLISHERS), role


@pytest.mark.parametrize("deed", ["open the breaker", "send a gift elsewhere", "note", "free time", "stop a move"])
def test_it_does_it_for_each_role_that_may(clients, rows, deed):
    """So that the test before this one cannot pass by posting what nobody could do."""
    address, name, data, allowed = DEEDS[deed]
    path = reverse(address, args=[rows[name].pk] if name else [])
    data = filled(data, rows)
    for role in allowed:
        before = counted()
        clients[role].post(path, data)
        assert counted() != before, role
