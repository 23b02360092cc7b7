"""What a person does: reading mail, signing in, paying. Everything is found by the words on the page."""

import re
import time
from functools import partial

PATIENCE_SECONDS = 40


def wait_for(condition, what, seconds=PATIENCE_SECONDS):
    """The first true answer; no fixed sleep stands for an event."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not come in time"
        time.sleep(0.25)
    return answer


class Inbox:
    """The demo's inbox, in a tab of its own."""

    def __init__(self, page):
        self.page = page.context.new_page()

    def subjects(self, email):
        self.page.goto(f"/inbox/?to={email}")
        return self.page.locator(".inbox-list a").all_text_contents()

    def open(self, email, words):
        """Opens the newest mail to the address whose subject holds the words, once it is there."""

        def find():
            self.page.goto(f"/inbox/?to={email}")
            found = self.page.locator(".inbox-list a", has_text=words)
            return found.first if found.count() else None

        wait_for(find, f"A mail “{words}”").click()
        self.page.wait_for_load_state()
        return self.page

    def text(self, email, words):
        return self.open(email, words).locator(".inbox-text").text_content()

    def code_from_app(self, email):
        self.page.goto("/inbox/")
        return self.page.locator(f"[data-code-of='{email}']").text_content()


def sign_in(page, email, start="/account/sign-in/"):
    """By the code that comes by mail; staff by their second factor as well."""
    inbox = Inbox(page)
    page.goto(start)
    known = len(inbox.subjects(email))
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me the code").click()
    page.wait_for_url("**/code/**")
    wait_for(lambda: len(inbox.subjects(email)) > known, "The code")
    code = re.search(r"\b(\d{6})\b", inbox.text(email, "code")).group(1)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def pass_second_factor(page, email):
    """With the next code when somebody has used this one a moment ago: each is taken once."""
    inbox = Inbox(page)
    code = inbox.code_from_app(email)
    while not _takes(page, code):
        code = wait_for(partial(_code_after, inbox, email, code), "The next code")
    page.locator("button[value=skip]").click()
    page.wait_for_load_state()


def _takes(page, code):
    page.locator("input[name=code]").fill(code)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return "/device/" in page.url


def _code_after(inbox, email, used):
    code = inbox.code_from_app(email)
    return code if code != used else None


def pay(page, email, name=""):
    """On the checkout's page, with the card that is filled in: of whoever is named on it. Who paid before has the
    address there already."""
    address = page.get_by_label(re.compile("e-mail|пошта", re.IGNORECASE))
    if address.is_editable():
        address.fill(email)
    page.get_by_label(re.compile("name|ім’я", re.IGNORECASE)).fill(name or email.partition("@")[0])
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/support/thanks/**")


def become_a_patron(page, email):
    """Every month, the amount that is offered first, by a card; nobody is signed in by it."""
    begin_to_pay(page)
    pay(page, email)


def begin_to_pay(page, amount=None):
    page.goto("/support/")
    if amount:
        page.locator("fieldset[data-frequency=month] label", has_text=amount).first.click()
    go_on_to_pay(page)


def go_on_to_pay(page):
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")


def text_of(page):
    """What stands in the page's main part, on one line."""
    return " ".join(page.locator("main").inner_text().split())


def link_in(letter, part):
    """The address in the letter's text that has this part."""
    return re.search(rf"http\S+{part}\S*", letter).group(0)
