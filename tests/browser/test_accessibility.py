"""axe on the pages that people use, by day at a desk and by night on a phone; on the chief ones in Ukrainian by night
at a desk and by day on a phone. `make pictures` lets it look at the chief ones in every way, in both languages."""

import json
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.walking import Inbox, pay, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PATRON = "axe.patron@example.org"
MISSING = "/nothing/here/"
PUBLIC = (
    "/", "/section/life/", "/search/?q=ferry", "/search/?q=zzzz", "/about/", "/corrections/", "/support/",
    "/support/other-ways/", "/support/gift/", "/support/thank-you/", "/support/end/", "/support/withdraw/",
    "/support/asked/",
    "/topics/", "/topics/board/", "/topics/rounds/1/", "/newsletters/",
    "/newsletters/weekday-briefing/", "/account/sign-in/", "/inbox/", MISSING, "/uk/", "/uk/topics/", "/uk/support/",
    "/uk/newsletters/", "/uk/account/sign-in/", "/uk/nothing/here/",
)  # fmt: skip
OWN = (
    "/account/", "/account/support/", f"/account/giving/{date.today().year}/", "/topics/vote/", "/topics/suggest/",
    "/account/receipts/", "/account/newsletters/", "/uk/account/", "/uk/account/support/", "/uk/topics/vote/",
)  # fmt: skip
DESK = (
    "/admin/", "/admin/articles/article/", "/admin/articles/article/add/", "/admin/articles/image/",
    "/admin/members/topic/", "/admin/members/round/", "/admin/members/commission/", "/admin/newsletters/edition/",
    "/admin/members/member/", "/admin/members/subscription/", "/admin/members/payment/", "/admin/members/drift/",
    "/admin/members/checkoutbreaker/", "/admin/members/gift/", "/admin/members/dispute/",
)  # fmt: skip
MODES = ({"width": 1280}, {"width": 390, "height": 844, "dark": True})
CHIEF = ("", "topics/", "newsletters/", "support/")  # besides a story, the checkout's page and an edition
BUTTONS = {"/": "Go on to pay", "/uk/": "Перейти до оплати"}


@pytest.mark.parametrize("root", BUTTONS)
def test_it_finds_nothing_on_the_chief_pages(open_browser, root):
    page, look = (open_browser(), both_ways) if root == "/" else (open_browser(locale="uk-UA"), other_ways)
    page.goto(lead_story(page, root))
    faults = look(page)
    for name in CHIEF:
        page.goto(f"{root}{name}")
        faults += look(page)
    page.get_by_role("button", name=BUTTONS[root]).click()
    page.wait_for_url("**/c/pay/**")
    assert faults + look(page) == []


@pytest.mark.parametrize(("mode", "first"), [(MODES[0], 0), (MODES[1], 1)], ids=("day", "night"))
def test_it_finds_nothing_on_other_public_pages(open_browser, mode, first):
    """Every other one by day at a desk, those between by night on a phone."""
    chief = {f"{root}{name}" for root in BUTTONS for name in CHIEF}
    others = [address for address in PUBLIC if address not in chief]
    assert find_faults(open_browser(**mode), others[first::2]) == []


def test_it_finds_nothing_on_a_patrons_pages(open_browser):
    page = open_browser(width=390, height=844, dark=True)
    become_patron(page, PATRON)
    assert find_faults(page, OWN) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert find_faults(page, OWN) == []


def test_it_finds_nothing_at_the_desk(open_browser, publisher_state):
    """A story's own pages are looked at in `test_desk_pages`."""
    page, faults = open_browser(state=publisher_state), []
    for number, address in enumerate(DESK):
        assert page.goto(address).ok, address
        faults += one_way(page, number)
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("mode", [pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]], ids=("day", "night"))
def test_it_finds_nothing_on_the_way_to_a_letter(open_browser, mode):
    """The checkout's page, the thanks, and what comes by mail: the receipt and an edition."""
    page, reader = open_browser(**mode), f"axe.{mode['width']}@example.org"
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    faults = faults_of(page)
    pay(page, reader)
    faults += faults_of(page)
    inbox = Inbox(page)
    inbox.open(reader, "eceipt")
    faults += faults_of(inbox.page)
    faults += find_faults(inbox.page, [f"{inbox.page.url}body/", newest_edition(page)])
    assert faults == []


def newest_edition(page):
    page.goto("/newsletters/weekday-briefing/")
    return page.locator("main a[href*='/newsletters/weekday-briefing/']").first.get_attribute("href")


def find_faults(page, addresses):
    faults = []
    for address in addresses:
        answer = page.goto(address)
        assert answer.ok or address.endswith(MISSING), f"{address}: {answer.status}"
        faults += faults_of(page)
    return faults


def faults_of(page):
    """What axe says of the page, as short lines that name the page, the rule and the first element."""
    if "/admin/" in page.url:
        page.wait_for_load_state("networkidle")  # the editor and the lists draw themselves
    return [
        f"{page.url}: {rule['id']} at {json.dumps(rule['nodes'][0]['target'])}: {rule['nodes'][0]['failureSummary']}"
        for rule in Axe().run(page).response["violations"]
    ]


def turn(page, scheme):
    """The day or the night; the desk looks for it when a page is opened, and here is told."""
    page.emulate_media(color_scheme=scheme)
    if "/admin/" in page.url:
        page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")  # of colours on their way


def both_ways(page):
    """What axe finds in the page by day at a desk and by night on a phone."""
    return _faults_in(page, (("light", 1280), ("dark", 390)))


def one_way(page, number):
    """The one or the other of both, in turn."""
    return _faults_in(page, [(("light", 1280), ("dark", 390))[number % 2]])


def other_ways(page):
    """By night at a desk and by day on a phone."""
    return _faults_in(page, (("dark", 1280), ("light", 390)))


def _faults_in(page, ways):
    found = []
    for scheme, width in ways:
        turn(page, scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found += faults_of(page)
    return found


def lead_story(page, front):
    page.goto(front)
    return page.locator(".teaser--lead h3 a, .teaser--lead h2 a").first.get_attribute("href")


def become_patron(page, email):
    page.goto("/support/")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, email)
    sign_in(page, email)
