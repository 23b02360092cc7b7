"""What the page "Stripe says, we say, mend" says of a difference, in people's words."""

import ast
import inspect

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from members.patronage import comparing, fetching, missing
from members.patronage.drift_words import FIELDS, WORDS, About, look_up, say_rows
from members.patronage.models import Drift, Payment, Price, Subscription
from tests.members.patronage.test_reconcile import clean, compare  # noqa: F401  (a fixture, and a verb)


def said(about=None, **says):
    with timezone.override("UTC"):
        return say_rows(Drift(kind="subscription", stripe_id="sub_1", says=says), about or About())


@pytest.mark.parametrize(("name", "values", "words"), [
    ("current_period_end", ["2027-01-27T16:18:04+00:00", None], ("running period to", "27 January 2027, 16:18", "–")),
    ("status", ["active", "past_due"], ("status", "running", "a payment did not go through")),
    ("is_collecting", [True, False], ("bills are collected", "yes", "no")),
    ("interval", ["month", "year"], ("rhythm", "monthly", "yearly")),
    ("state", ["paid", "open"], ("state", "paid", "at the checkout")),
    ("row", ["there", "missing"], ("the whole of it", "there", "missing")),
    ("period", ["granted", "missing"], ("rights for what was paid", "given", "missing")),
    ("percent_off", ["20.00", None], ("taken off by a code, per cent", "20", "–")),
    ("customer", ["cus_1", "cus_2"], ("customer at Stripe", "cus_1", "cus_2")),
    ("tier", ["lantern", "gone"], ("tier", "Lantern", "gone")),
    ("currency", ["eur", "jpy"], ("currency", "EUR", "JPY")),
    ("unheard_of", ["To be", "2027-01-27T16:18"], ("unheard_of", "To be", "2027-01-27T16:18")),
])  # fmt: skip
def test_it_says_each_field_as_people_do(name, values, words):
    assert said(About(tiers={"lantern": "Lantern"}), **{name: values}) == [words]


@pytest.mark.parametrize(("currency", "words"), [
    ("eur", ("amount", "€5", "€4.50")), ("jpy", ("amount", "¥500", "¥450")),
    ("kwd", ("amount", "0.500 KWD", "0.450 KWD")),
])  # fmt: skip
def test_it_writes_amounts_in_the_currency_of_our_row(currency, words):
    (row,) = said(About(currencies={"sub_1": currency}), amount=[500, 450])
    assert tuple(part.replace("\u00a0", " ") for part in row) == words


def test_it_writes_each_side_in_its_own_currency():
    rows = said(About(currencies={"sub_1": "jpy"}), amount=[500, 500], currency=["eur", "jpy"])
    assert rows[0] == ("amount", "€5", "¥500")


def test_it_leaves_an_amount_of_which_nobody_knows_the_currency():
    assert said(amount=[500, 450]) == [("amount", "500", "450")]


def names_compared():
    """Each field that a comparison may name: the keys of the dictionaries that say what Stripe says."""
    sources = [inspect.getsource(part) for part in (comparing, fetching.discount_of, missing.what_it_says)]
    for tree in map(ast.parse, sources):
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                yield from (key.value for key in node.keys if isinstance(key, ast.Constant))
            elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "theirs":
                yield node.slice.value


def test_it_has_a_name_for_every_field_that_is_compared():
    found = set(names_compared())
    assert {"status", "period", "paid_at", "percent_off", "row"} <= found and found - FIELDS.keys() == set()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES if code != "en"])
def test_it_says_it_in_each_language(language):
    with translation.override("en"):
        english = {name: str(words) for name, words in {**FIELDS, **WORDS}.items()}
    with translation.override(language):
        assert [name for name, words in {**FIELDS, **WORDS}.items() if str(words) == english[name]] == []


@pytest.mark.django_db
def test_the_page_says_it_with_few_queries(clean, bought, manager_client, django_assert_max_num_queries):  # noqa: F811
    bought("month")
    bought("once", 900)
    Subscription.objects.update(amount=1, currency="eur")
    Payment.objects.update(amount=1250)
    compare()
    with django_assert_max_num_queries(24):
        page = manager_client.get(reverse("admin:members_drift_changelist")).content.decode()
    for words in ("<td>amount</td><td>€5</td><td>€0.01</td>", "<td>€9</td><td>€12.50</td>"):
        assert words in page
    assert Subscription.objects.get().stripe_id in page


@pytest.mark.django_db
def test_it_asks_of_each_kind_of_row_once(bought, django_assert_num_queries):
    bought("month")
    ids = [Subscription.objects.get().stripe_id, *(f"sub_{number}" for number in range(9))]
    drifts = [Drift(kind="subscription", stripe_id=one, says={"amount": [1, 2], "tier": ["a", "b"]}) for one in ids]
    with django_assert_num_queries(2):
        about = look_up(drifts)
    assert about.currencies == {ids[0]: "eur"} and about.tiers == {Price.objects.first().tier.key: "Lantern"}
