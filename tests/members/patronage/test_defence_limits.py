"""Limits before a checkout: per network, browser, address and for the whole site; what was typed is kept."""

import ast
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from members.patronage.defence import asking
from members.patronage.models import Checkout
from newsroom.lib.limits import (
    CHECKOUT,
    CHECKOUTS_OF_ADDRESS,
    CHECKOUTS_OF_BROWSER,
    CHECKOUTS_OF_NETWORK,
    TooMany,
    count_against,
    count_used,
)
from newsroom.lib.models import SiteSettings
from newsroom.lib.site_settings import site_settings
from tests.members.patronage.defending import MONTHLY, Sender

pytestmark = pytest.mark.django_db


def fill(limit, key, count=None):
    for _use in range(limit.count if count is None else count):
        count_against(limit, key)


def assert_waits(answer, *, minutes):
    """A page of its own, with when to come back and every field that was sent."""
    page = answer.content.decode()
    assert answer.status_code == 429 and "no-store" in answer["Cache-Control"]
    assert 0 < int(answer["Retry-After"]) <= minutes * 60 and f"come back in {minutes} minute" in page
    assert 'name="amount_once" value="500"' in page and not Checkout.objects.exists()


def test_it_asks_nothing_on_a_calm_day(prices, sandbox):
    answer = Sender().send()
    assert answer.status_code == 303 and "/c/pay/" in answer["Location"]
    assert Checkout.objects.get().state == Checkout.State.OPEN


def test_it_limits_a_network_and_no_other(prices, sandbox, monkeypatch):
    fill(CHECKOUTS_OF_NETWORK, "198.51.100.1")
    monkeypatch.setattr(asking, "WARY_FROM", 10**6)
    assert_waits(Sender().send(), minutes=10)
    assert Sender("198.51.100.2").send().status_code == 303


def test_it_limits_a_browser_that_changes_its_network(prices, sandbox):
    sender = Sender()
    assert sender.send().status_code == 303
    Checkout.objects.all().delete()
    fill(CHECKOUTS_OF_BROWSER, sender.client.cookies["checkout"].value)
    sender.network = "203.0.113.9"
    assert_waits(sender.send(), minutes=60)
    assert Sender("203.0.113.9").send().status_code == 303


def test_it_limits_the_address_of_who_is_signed_in(prices, sandbox, member, member_client):
    fill(CHECKOUTS_OF_ADDRESS, "member@example.org")
    assert_waits(Sender(client=member_client).send(), minutes=60)


def test_it_counts_an_address_whatever_stands_after_its_plus(rf):
    visitor = asking.Visitor(network="n", browser="b", is_known=False, address="")
    for tag in range(CHECKOUTS_OF_ADDRESS.count):
        address = asking.codes.plain_address(f"Reader+{tag}@example.org")
        asking.count_opening(asking.replace(visitor, network=str(tag), address=address))
    with pytest.raises(TooMany):
        asking.count_opening(asking.replace(visitor, network="other", address="reader@example.org"))


def test_it_asks_for_more_as_the_whole_site_fills():
    site_settings()
    SiteSettings.objects.update(checkouts_at_once=20)
    cache.clear()
    visitor = asking.Visitor(network="n", browser="b", is_known=False)
    levels = []
    for number in range(20):
        levels.append(asking.level_for(visitor))
        asking.count_opening(asking.replace(visitor, network=str(number)))
    assert levels == [0] * 10 + [1] * 5 + [2] * 5
    with pytest.raises(TooMany):
        asking.count_opening(asking.replace(visitor, network="the twenty-first"))


def test_it_counts_no_checkout_for_a_form_with_an_error(prices):
    Sender().send(amount_once="1")
    assert count_used(CHECKOUTS_OF_NETWORK, "198.51.100.1") == 0


def test_it_keeps_what_was_typed_however_hastily(prices):
    sender = Sender()
    answers = [sender.send(amount_once="1").status_code for _try in range(41)]
    assert answers[:40] == [422] * 40 and answers[40] == 429
    assert 'name="amount_once" value="1"' in sender.answer.content.decode()


def test_it_waits_with_a_page_of_its_own_while_nothing_can_be_counted(prices, monkeypatch):
    monkeypatch.setattr(asking, "count_against", _rest)
    answer = Sender().send()
    assert answer.status_code == 503 and answer["Retry-After"] == "60"
    assert "resting" in answer.content.decode() and 'value="500"' in answer.content.decode()


def _rest(limit, key):
    raise asking.Unavailable("Part of the site is resting.")


def test_it_escapes_what_it_keeps(prices):
    fill(CHECKOUT, "198.51.100.1")
    answer = Sender().send(story='"><script>alert(1)</script>', other_amount="x" * 5000)
    page = answer.content.decode()
    assert answer.status_code == 429 and "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page and "x" * 3000 not in page


def test_it_admits_exactly_as_many_as_the_limit_of_many_at_once():
    visitor = asking.Visitor(network="198.51.100.77", browser="b", is_known=False)

    def open_one(_number):
        try:
            asking.count_opening(visitor)
        except TooMany:
            return 0
        return 1

    site_settings()
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(open_one, range(64))) == CHECKOUTS_OF_NETWORK.count


def test_it_stands_before_every_view_that_opens_a_checkout():
    """Found by reading the code: whatever asks Stripe for a page to pay on is called in a view after `ask_first`, and
    the view that leads there is guarded."""
    room = [_functions(path) for path in Path(settings.BASE_DIR, "members", "patronage").glob("*.py")]
    openers = {name for module in room for name, body in module.items() if _calls(body, "ask_for_page")}
    openers = {name for name in openers if not name.startswith("_")}
    assert openers == {"open_checkout", "begin_gift"}
    called = set()
    for module in room:
        for name, body in module.items():
            for opener in openers & {called for called, _line in _all_calls(body)} if _takes_request(body) else ():
                called.add(opener)
                asked = _calls(body, "ask_first")
                assert asked and min(asked) < min(_calls(body, opener)), name
                doors = _leading_to(name, module)
                assert doors and all("guarded_checkout" in _decorators(module[door]) for door in doors), name
    assert called == openers


def _functions(path):
    return {node.name: node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def _all_calls(body):
    """Also what is handed on uncalled: names, with their lines."""
    found = [node for node in ast.walk(body) if isinstance(node, ast.Name | ast.Attribute)]
    return [(getattr(node, "id", getattr(node, "attr", "")), node.lineno) for node in found]


def _calls(body, name):
    return [line for called, line in _all_calls(body) if called == name]


def _takes_request(body):
    return bool(body.args.args) and body.args.args[0].arg == "request"


def _decorators(body):
    return {name for each in body.decorator_list for name, _line in _all_calls(each)}


def _leading_to(name, module):
    """The views: the functions of the module without an underscore from which `name` is reached."""
    reached, grown = set(), {name}
    while grown - reached:
        reached |= grown
        grown = {other for other, body in module.items() if any(_calls(body, each) for each in reached)}
    return {each for each in reached if not each.startswith("_")}


@pytest.mark.parametrize("frequency", ["once", "month", "year"])
@pytest.mark.parametrize("amount", ["0", "1", "49", "-500", "0.01", "5e2", "４９", "500 ", "1" * 30])
def test_it_takes_no_tampered_amount_below_the_least(prices, sandbox, frequency, amount):
    """As a radio's value and as what was typed beside it."""
    answers = [
        Sender().send({"frequency": frequency, "currency": "eur", f"amount_{frequency}": amount}).status_code,
        Sender().send({**MONTHLY, "frequency": frequency, f"amount_{frequency}": "other", "other_amount": amount}),
    ]
    cache.clear()
    assert answers[0] == 422 or amount == "500 "
    least = {"once": 50, "month": 500, "year": 5000}
    assert all(row.amount >= least[row.frequency] for row in Checkout.objects.all())
