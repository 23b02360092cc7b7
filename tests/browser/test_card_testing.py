"""The check before a checkout, as a person meets it: by a script's proof, and by a code without any script."""

import re

import pytest

from tests.browser.test_accessibility import faults_of
from tests.browser.test_looks import OVERFLOW
from tests.browser.walking import Inbox, pay

pytestmark = [pytest.mark.browser, pytest.mark.stack]

OPEN = "from members.patronage.models import CheckoutBreaker as B; B.objects.create(reason='hand')"
CLOSE = (
    "from django.utils.timezone import now; from members.patronage.models import CheckoutBreaker as B;"
    "B.objects.filter(is_open=True).update(is_open=False, closed_at=now())"
)


@pytest.fixture(scope="module")
def besieged(stack):
    stack.manage("shell", "-c", OPEN)
    yield
    stack.manage("shell", "-c", CLOSE)


def begin(page, address="/support/"):
    page.goto(address)
    page.locator(".support-form button.btn").click()
    page.locator("[name=check_token]").first.wait_for(state="attached")


def assert_sound(page):
    """Nothing for axe, nothing wider than the page."""
    assert faults_of(page) == [] and page.evaluate(OVERFLOW) <= 0


def test_it_passes_by_the_work_of_the_browser(open_browser, besieged):
    page = open_browser(width=390, height=844)
    begin(page)
    page.get_by_role("button", name="Go on to pay").click()  # at once: the script holds it until the work is done
    page.wait_for_url("**/c/pay/**")
    pay(page, "proof.reader@example.org")
    assert "hank" in page.locator("h1").inner_text()


def test_it_says_when_the_work_is_done(open_browser, besieged):
    for mode in ({"width": 1280}, {"width": 390, "height": 844, "dark": True}):
        page = open_browser(**mode)
        begin(page)
        page.get_by_text("The check is done").wait_for()
        assert page.get_by_role("status").inner_text() == "The check is done. You can go on."
        assert_sound(page)
        begin(page, "/uk/support/")
        page.get_by_text("Перевірку пройдено").wait_for()
        assert_sound(page)


def test_it_passes_by_a_code_without_scripts(open_browser, besieged):
    page = open_browser(javascript=False)
    begin(page)
    assert page.get_by_role("button", name="Go on to pay").count() == 0
    page.get_by_label("E-mail address for a code").fill("code.reader@example.org")
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code", exact=True).wait_for()
    code = re.search(r"\b(\d{6})\b", Inbox(page).text("code.reader@example.org", "code")).group(1)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, "code.reader@example.org")
    assert "hank" in page.locator("h1").inner_text()
