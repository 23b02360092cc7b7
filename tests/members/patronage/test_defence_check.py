"""The step before a checkout: its token, the proof, the code by mail. Each is good for one checkout."""

import pytest
from django.core import signing

from members.patronage.defence import asking, tokens
from members.patronage.models import Checkout, CheckoutBreaker, SpentToken
from newsroom.lib.limits import CHECKOUT_CODES, CHECKOUTS_OF_NETWORK, count_against
from newsroom.lib.models import Letter
from tests.members.patronage.defending import GIFT, MONTHLY, Sender, mailed_code, pass_time, proves

pytestmark = pytest.mark.django_db


@pytest.fixture
def wary(monkeypatch):
    monkeypatch.setattr(asking, "WARY_FROM", 0)


@pytest.fixture
def besieged(db, monkeypatch):
    """The breaker is open; the proof is made light, so that Python finds it quickly."""
    monkeypatch.setattr(asking, "EASIEST", 8)
    return CheckoutBreaker.objects.create(reason="declines", count=20)


def is_paying(answer):
    return answer.status_code == 303 and "/c/pay/" in answer["Location"]


def test_it_asks_for_one_more_press_and_keeps_all(prices, sandbox, wary, monkeypatch):
    sender = Sender()
    page = sender.send(MONTHLY, story="").content.decode()
    assert sender.answer.status_code == 200 and "One more press" in page and "€5 · monthly" in page
    assert not Checkout.objects.exists() and "no-store" in sender.answer["Cache-Control"]
    pass_time(monkeypatch, 3)
    assert is_paying(sender.press())
    row = Checkout.objects.get()
    assert (row.amount, row.frequency) == (500, "month")


def test_it_sets_no_token_and_no_cookie_on_the_public_page(prices, wary):
    page = Sender().client.get("/support/")
    assert not page.cookies and "check_token" not in page.content.decode()


def test_it_marks_the_browser_with_a_cookie_that_scripts_cannot_read(prices, wary):
    sender = Sender()
    sender.send()
    cookie = sender.client.cookies["checkout"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 3 * 3600


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(0, "That was very quick"), (3 * 3600 + 60, "open for a long time"), (-3600, "open for a long time")],
)
def test_it_refuses_a_token_of_the_wrong_age_and_gives_a_fresh_one(
    prices, sandbox, wary, monkeypatch, seconds, sentence
):
    sender = Sender()
    sender.send()
    first = sender.answer.context["token"]
    pass_time(monkeypatch, seconds)
    answer = sender.press()
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Checkout.objects.exists() and answer.context["token"] != first
    assert sender.fields()["amount_once"] == "500"
    pass_time(monkeypatch, 3)
    assert is_paying(sender.press())


def test_it_takes_a_token_once(prices, sandbox, wary, monkeypatch):
    sender = Sender()
    sender.send()
    fields = sender.fields()
    pass_time(monkeypatch, 3)
    assert is_paying(sender.send(fields))
    assert "has been sent before" in sender.send(fields).content.decode()
    assert Checkout.objects.count() == SpentToken.objects.count() == 1


def test_it_takes_a_token_from_the_browser_that_got_it(prices, sandbox, wary, monkeypatch):
    sender, thief, bare = Sender(), Sender(), Sender()
    sender.send()
    thief.send()
    pass_time(monkeypatch, 3)
    for other in (thief, bare):
        answer = other.send(sender.fields())
        assert answer.status_code == 422 and "cookie" in answer.content.decode()
    assert not Checkout.objects.exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", signing.dumps({"key": "k"}), signing.dumps({}, salt=tokens.SALT)])
def test_it_refuses_a_token_that_is_not_ours(prices, wary, token):
    sender = Sender()
    sender.send()
    answer = sender.press(check_token=token)
    assert answer.status_code == 422 and "could not be read" in answer.content.decode()


def test_it_keeps_an_unspent_token_over_a_limit(prices, sandbox, wary, monkeypatch):
    """Whoever has done the check and must wait does not do it again."""
    sender = Sender()
    sender.send()
    pass_time(monkeypatch, 3)
    monkeypatch.setattr(asking, "CHECKOUTS_OF_NETWORK", limit := asking.replace(CHECKOUTS_OF_NETWORK, count=1))
    count_against(limit, sender.network)
    assert sender.press().status_code == 429
    monkeypatch.setattr(asking, "CHECKOUTS_OF_NETWORK", CHECKOUTS_OF_NETWORK)
    assert is_paying(sender.press())


def test_it_asks_for_a_proof_while_the_breaker_is_open(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    page = sender.send().content.decode()
    assert "short check" in page and 'data-bits="8"' in page and not Checkout.objects.exists()
    pass_time(monkeypatch, 3)
    assert is_paying(sender.prove())


@pytest.mark.parametrize("proof", ["", "0", "1" * 30, "٣", "nonsense"])
def test_it_refuses_what_is_no_proof(prices, sandbox, besieged, monkeypatch, proof):
    monkeypatch.setattr(asking, "EASIEST", 17)
    sender = Sender()
    sender.send()
    pass_time(monkeypatch, 3)
    answer = sender.press(check_proof=proof)
    assert answer.status_code == 422 and "did not finish" in answer.content.decode()
    assert not Checkout.objects.exists()


def test_it_takes_no_proof_made_for_another_token(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    proof = sender.proof()
    sender.send()
    while proves(proof, sender.answer.context["key"], sender.answer.context["bits"]):  # one token in 256
        sender.send()
    pass_time(monkeypatch, 3)
    assert sender.press(check_proof=proof).status_code == 422


def test_it_takes_no_token_without_work_once_the_breaker_is_open(prices, sandbox, wary, monkeypatch):
    """A token hoarded on a calm day."""
    sender = Sender()
    sender.send()
    CheckoutBreaker.objects.create(reason="declines", count=20)
    pass_time(monkeypatch, 3)
    answer = sender.press(check_proof="0")
    assert answer.status_code == 422 and answer.context["bits"] == asking.EASIEST


def test_it_makes_each_further_checkout_of_a_network_harder(prices, besieged):
    sender = Sender()
    bits = []
    for _opened in range(5):
        bits.append(sender.send().context["bits"])
        count_against(CHECKOUTS_OF_NETWORK, sender.network)
    assert bits == [8, 9, 10, 11, 12]


def test_it_passes_by_a_code_by_mail_without_any_script(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send(GIFT)
    page = sender.ask_code().content.decode()
    letter = Letter.objects.get(kind="members/checkout_code")
    assert "reader@example.org" in page and letter.to_email == "reader@example.org" and letter.is_urgent
    assert mailed_code() not in page
    pass_time(monkeypatch, 3)
    assert is_paying(sender.press(check_code=f" {mailed_code()} "))
    assert not Letter.objects.filter(kind="members/checkout_code", member__isnull=False).exists()


def test_it_keeps_the_page_after_a_wrong_code(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    sender.ask_code()
    pass_time(monkeypatch, 3)
    wrong = f"{(int(mailed_code()) + 1) % 10**6:06}"
    answer = sender.press(check_code=wrong)
    assert answer.status_code == 422 and "wrong or too old" in answer.content.decode()
    assert is_paying(sender.press(check_code=mailed_code()))


def test_it_gives_five_tries_to_a_code(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    sender.ask_code()
    pass_time(monkeypatch, 3)
    right = mailed_code()
    wrong = f"{(int(right) + 1) % 10**6:06}"
    statuses = [sender.press(check_code=wrong).status_code for _try in range(5)]
    assert statuses == [422] * 5
    assert sender.press(check_code=right).status_code == 429 and not Checkout.objects.exists()


def test_it_takes_a_code_for_its_address_and_quarter_of_an_hour(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    sender.ask_code()
    pass_time(monkeypatch, 3)
    assert sender.press(check_code=mailed_code(), check_email="other@example.org").status_code == 422
    pass_time(monkeypatch, 900)
    assert sender.press(check_code=mailed_code(), check_email="reader@example.org").status_code == 422


def test_it_takes_the_newest_code_alone(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    sender.ask_code()
    first = mailed_code()
    sender.press(check_step="mail")
    pass_time(monkeypatch, 3)
    assert sender.press(check_code=first).status_code == 422 or first == mailed_code()
    assert is_paying(sender.press(check_code=mailed_code()))


def test_it_takes_a_code_once(prices, sandbox, besieged, monkeypatch):
    sender = Sender()
    sender.send()
    sender.ask_code()
    pass_time(monkeypatch, 3)
    fields = {**sender.fields(), "check_code": mailed_code()}
    assert is_paying(sender.send(fields)) and sender.send(fields).status_code == 422
    assert Checkout.objects.count() == 1


def test_it_goes_on_with_a_fresh_page_after_a_code_that_was_used(prices, sandbox, besieged, monkeypatch):
    """Back from Stripe's page by the browser's button: what stands there is spent, however good its code is."""
    sender = Sender()
    sender.send()
    sender.ask_code()
    fields = {**sender.fields(), "check_code": mailed_code()}
    assert is_paying(sender.send(fields)) and "sent before" in sender.send(fields).content.decode()
    assert sender.answer.context["is_code_sent"] is False
    pass_time(monkeypatch, 3)
    assert is_paying(sender.prove()) and Checkout.objects.count() == 2


def test_it_calls_nobody_hasty_whose_page_was_made_by_a_clock_that_is_ahead(prices, sandbox, wary, monkeypatch):
    sender = Sender()
    sender.send()
    pass_time(monkeypatch, -30)
    assert is_paying(sender.press())


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.example\nBcc: c@d.example"])
def test_it_says_what_is_wrong_with_an_address(prices, besieged, email):
    sender = Sender()
    sender.send()
    answer = sender.ask_code(email)
    assert answer.status_code == 422 and 'aria-describedby="check_email_hint check_email_error"' in (
        answer.content.decode()
    )
    assert not Letter.objects.exists()


def test_it_mails_an_address_four_times_an_hour_at_most(prices, besieged):
    for number in range(CHECKOUT_CODES.count):
        sender = Sender(f"198.51.100.{number}")
        sender.send()
        assert sender.ask_code(f"reader+{number}@example.org").status_code == 200
    sender = Sender("198.51.100.99")
    sender.send()
    answer = sender.ask_code("reader@example.org")
    assert answer.status_code == 429 and Letter.objects.count() == CHECKOUT_CODES.count


def test_it_asks_for_nothing_once_the_breaker_has_closed(prices, sandbox, besieged):
    sender = Sender()
    sender.send()
    besieged.delete()
    assert is_paying(sender.press())


def test_it_speaks_ukrainian_in_page_and_mail(prices, besieged):
    sender = Sender()
    page = sender.send(GIFT, "/uk/support/").content.decode()
    assert 'action="/uk/support/"' in page and "перевірка" in page.lower()
    sender.ask_code()
    assert Letter.objects.get(kind="members/checkout_code").language == "uk"


def test_it_forgets_spent_tokens_after_two_days(prices):
    from datetime import timedelta

    from django.utils import timezone

    tokens.spend(tokens.new_token("b"))
    SpentToken.objects.update(spent_at=timezone.now() - timedelta(days=1))
    tokens.forget_spent()
    assert SpentToken.objects.count() == 1
    SpentToken.objects.update(spent_at=timezone.now() - timedelta(days=3))
    tokens.forget_spent()
    assert not SpentToken.objects.exists()
