"""Those who look after patrons, by hand at the desk: money given back in part and whole, with rights that follow it;
free time, a note, the end; what differs from the payment company, found and mended; and who has no business there."""

import re

import pytest

from tests.browser.test_accessibility import both_ways, turn
from tests.browser.test_looks import OVERFLOW
from tests.browser.walking import Inbox, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATRON, LOST = "desk.patron@example.org", "desk.lost@example.org"
READER = "desk.reader@example.org"
WHAT_PATRONS_GIVE = ("payment", "member", "drift")  # each address of the desk: `test_desk_roles`


def test_it_looks_after_a_patron_and_the_money(open_browser, membership_state, stack):
    support = stack.sell(PATRON)
    desk, reader = open_browser(state=membership_state), open_browser(width=390, height=844, dark=True)
    sign_in(reader, PATRON)
    give_back(desk, "1,50", left="€4")
    assert reads_on_the_receipt(reader, "€1.50") and may_vote(reader)
    give_back(desk, "", left="€2.50")
    assert reads_on_the_receipt(reader, "€4") and not may_vote(reader)
    page_of(desk, PATRON)
    assert "not a patron" in content(desk)
    assert_sound(desk)
    give_free_time(desk)
    assert may_vote(reader)
    write_a_note(desk)
    end_it(desk, "End it when the paid time is over")
    desk.get_by_text(re.compile(r"Ends on \d+ \w+ \d{4}\.")).wait_for()
    assert "Your support ends on" in support_of(reader)
    end_it(desk, "End it now")
    assert stack.ask_stripe(f"/v1/subscriptions/{support}")["status"] == "canceled"
    assert "Your support ended on" in support_of(reader)
    assert_told_in_order(desk)


def content(page):
    return " ".join(page.locator("#content").inner_text().split())


def assert_sound(page):
    """By day at a desk, and by night on a telephone, on which nothing is wider than the page."""
    assert both_ways(page) == [] and page.evaluate(OVERFLOW) <= 0
    turn(page, "light")
    page.set_viewport_size({"width": 1280, "height": 900})


def find(page, kind, words):
    """The first row of the desk's list that is found by the words, opened."""
    page.goto(f"/admin/members/{kind}/?q={words}")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.wait_for_load_state()


def page_of(page, email):
    find(page, "member", email)
    page.get_by_role("link", name="Timeline").click()
    page.locator("#member-life").wait_for()


def give_back(page, amount, left):
    """That much, or all that is left where no amount is said."""
    find(page, "payment", PATRON)
    page.get_by_role("link", name="Give money back").click()
    assert f"{left} of it can be given back." in content(page)
    if amount:
        page.get_by_label("Amount").fill("5")
        page.get_by_role("button", name="Give it back").click()
        assert page.get_by_label("Amount").input_value() == "5" and "can be given back" in content(page)
        assert_sound(page)
        page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name="Give it back").click()
    page.get_by_text(f"€{amount.replace(',', '.')} is on its way" if amount else f"{left} is on its way").wait_for()


def reads_on_the_receipt(page, money):
    page.goto("/account/receipts/")
    page.locator("main table a").first.click()
    page.wait_for_load_state()
    return f"Given back {money}" in text_of(page)


def may_vote(page):
    page.goto("/topics/vote/")
    return page.get_by_role("button", name="Cast my votes").count() == 1


def support_of(page):
    page.goto("/account/support/")
    return text_of(page)


def give_free_time(page):
    page.get_by_label("Tier").select_option(label="Pilot")
    page.get_by_label("Days").fill("10")
    page.get_by_role("button", name="Give it").click()
    page.get_by_text(re.compile(r"patron, Pilot, until \d+ \w+ \d{4}")).wait_for()


def write_a_note(page):
    page.get_by_label("For those who look after members").fill("She rang about the eel.")
    page.get_by_role("button", name="Write it down").click()
    page.locator(".desk-list li", has_text="She rang about the eel.").wait_for()


def end_it(page, button):
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def assert_told_in_order(page):
    """The page is one timeline, newest first; what happened has its cause beside it."""
    page.reload()
    told = " ".join(page.locator(".desk-list").inner_text().split())
    last_to_first = ("She rang about the eel.", "Refund: €2.50", "Refund: €1.50", "You are a patron")
    places = [told.index(words) for words in last_to_first]
    assert places == sorted(places)
    assert "Receipt for €4" in told and "the money went back" in told and "caused by" in told


def test_it_finds_and_mends_what_never_arrived(open_browser, membership_state, stack, hold_events):
    support = stack.sell(LOST)
    desk, inbox = open_browser(state=membership_state), Inbox(open_browser())
    inbox.open(LOST, "You are a patron")
    let_go = hold_events()
    invoice = stack.ask_stripe(f"/_sandbox/subscriptions/{support}/renew", {})["latest_invoice"]
    compare(desk)
    for one in (support, invoice):
        assert row_of(desk, one).count() == 1
    assert re.search(r"running period to .*\d", " ".join(row_of(desk, support).inner_text().split()))
    assert_sound(desk)
    desk.get_by_role("button", name=f"Mend {support}").click()
    wait_for(lambda: is_gone(desk, support), "The mended subscription")
    desk.get_by_role("button", name="Mend all").click()
    wait_for(lambda: is_gone(desk, invoice), "The mended payment")
    assert find_receipts(inbox) == 2
    let_go()
    page_of(desk, LOST)
    assert desk.locator(".desk-list").get_by_text("a repair").count()
    assert find_receipts(inbox) == 2


def compare(page):
    page.goto("/admin/members/drift/")
    page.get_by_role("button", name="Compare now").click()
    wait_for(lambda: page.reload() and page.locator("strong", has_text="Done").count(), "The end of the comparison")


def row_of(page, stripe_id):
    return page.locator("tbody", has=page.get_by_text(stripe_id, exact=True))


def is_gone(page, stripe_id):
    page.goto("/admin/members/drift/")
    return row_of(page, stripe_id).count() == 0


def find_receipts(inbox):
    return len([subject for subject in inbox.subjects(LOST) if "Receipt" in subject])


def test_it_lets_in_nobody_else(open_browser, editor_state):
    """An editor has the desk and no patrons; a reader and a stranger have no desk."""
    editor, reader, stranger = open_browser(state=editor_state), open_browser(), open_browser()
    sign_in(reader, READER)
    editor.goto("/admin/")
    assert editor.locator("a[href*='/admin/members/payment/']").count() == 0
    for kind in WHAT_PATRONS_GIVE:
        address = f"/admin/members/{kind}/"
        assert editor.request.get(address).status == 403
        for page in (reader, stranger):
            led_to = page.request.get(address).url
            assert "/admin/members/" not in led_to.partition("?")[0], led_to
