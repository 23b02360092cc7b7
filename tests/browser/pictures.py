"""`make pictures`: what a person sees, to be looked at: each page by day and by night, on a phone and wide, in both
languages. Single files and a sheet of each page go into var/pictures; what was there is replaced. What axe finds in any
of them is told at the end.

The demo that it starts is new and its own: a patron pays, an editor sends an edition, and the desk is seen in Ukrainian
as in a newsroom whose main language that is.
"""

import os
import re
import shutil
import sys
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET
from tests.browser.stack import ROOT, Stack
from tests.browser.test_accessibility import faults_of
from tests.browser.test_desk_pages import write_over_each_other
from tests.browser.walking import Inbox, pass_second_factor, pay, sign_in

TARGET = ROOT / "var" / "pictures"
WIDTHS = {"phone": (390, 844), "wide": (1280, 900)}
SCHEMES = ("light", "dark")
# What a reader would see by the time they come to it.
SHOW_ALL = """async () => {
  for (const image of document.images) image.loading = "eager"
  await Promise.all([document.fonts.ready, ...[...document.images].map(image => image.decode().catch(() => null))])
}"""
LONGEST = 6000  # pixels of a page that are shown
LOCALES = {"en": "en-GB", "uk": "uk-UA"}  # what the browser asks for; the checkout follows it
BUTTONS = {"en": "Go on to pay", "uk": "Перейти до оплати"}
EDITOR = "editor@example.org"
# Who reads and gives in each language; a confirmed reader of the demo's draft edition.
PATRONS = {"en": "pictured@example.org", "uk": "zobrazhena@example.org"}
READER = "ottilie@example.org"
RECEIPT = "Квитанція"  # the Ukrainian patron's letter
faults: list[str] = []  # what axe has found so far


def main():
    """0 when each page answered and axe found nothing."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with running_stack() as stack, sync_playwright() as playwright:
        program = os.environ["CHROMIUM"]
        with closing(playwright.chromium.launch(executable_path=program, args=QUIET)) as browser:
            desk = enter_desk(browser, stack)
            for language in ("en", "uk"):
                picture_site(browser, stack, language)
            picture_letter(browser, stack, desk)
            picture_desk(browser, stack, desk, "en")
            stack.restart(LANGUAGES="uk,en")
            picture_desk(browser, stack, desk, "uk")
    for page in sorted({path.name.partition("-")[0] for path in TARGET.glob("*.png")}):
        lay_out(page)
    print(*faults, f"{len(list(TARGET.glob('*-*.png')))} pictures and their sheets in {TARGET}.", sep="\n")
    return 1 if faults else 0


@contextmanager
def running_stack():
    stack = Stack()
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()
        stack.remove()


def open_page(browser, stack, state=None, language="en"):
    context = browser.new_context(
        base_url=stack.url, storage_state=state, reduced_motion="reduce", locale=LOCALES[language]
    )
    context.set_default_timeout(30_000)
    return context.new_page()


def enter_desk(browser, stack):
    """The cookies of the editor."""
    page = open_page(browser, stack)
    sign_in(page, EDITOR, "/admin/")
    pass_second_factor(page, EDITOR)
    return page.context.storage_state()


def picture_site(browser, stack, language):
    """What readers see, up to the account of a patron."""
    root = "/" if language == "en" else f"/{language}/"
    page = open_page(browser, stack, language=language)
    take(page, "home", language, root)
    lead = page.locator(".teaser--lead h3 a, .teaser--lead h2 a").first.get_attribute("href")
    take(page, "story", language, lead)
    for name in ("support", "topics", "newsletters"):
        take(page, name, language, f"{root}{name}/")
    take(page, "signin", language, f"{root}account/sign-in/")
    page.goto(f"{root}support/")
    page.get_by_role("button", name=BUTTONS[language]).click()
    page.wait_for_url("**/c/pay/**")
    take(page, "checkout", language, page.url)
    pay(page, PATRONS[language])
    take(page, "thanks", language, page.url)
    if language == "uk":
        picture_mail(Inbox(page), language, PATRONS[language], RECEIPT)
    sign_in(page, PATRONS[language])
    take(page, "account", language, f"{root}account/")
    take(page, "vote", language, f"{root}topics/vote/")


def picture_letter(browser, stack, desk):
    """The demo's draft edition, sent, as a reader finds it in the inbox."""
    page = open_page(browser, stack, desk)
    page.goto("/admin/newsletters/edition/?state__exact=draft")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.wait_for_url("**/change/**")
    subject = page.locator("#id_subject").input_value()
    page.goto(re.sub(r"change/.*$", "send/", page.url))
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_url("**/progress/")
    picture_mail(Inbox(page), "en", READER, subject)


def picture_mail(inbox, language, email, words):
    """In the inbox, and as it is."""
    address = inbox.open(email, words).url
    take(inbox.page, "inbox", language, address)
    take(inbox.page, "letter", language, f"{address}body/")


def picture_desk(browser, stack, desk, language):
    page = open_page(browser, stack, desk)
    take(page, "dashboard", language, "/admin/")
    take(page, "stories", language, "/admin/articles/article/")
    rows = page.locator("#result_list a[href*='/change/']")
    take(page, "editor", language, rows.first.get_attribute("href"))
    addresses = write_over_each_other(page, page.context.new_page())
    for name, address in (("queue", "queue"), ("conflict", "decide"), ("look", "wide")):
        take(page, name, language, addresses[address])
    page.goto(addresses["revisions"])
    page.locator(".saving-compare button").click()
    page.wait_for_url("**/compare/**")
    take(page, "compare", language, page.url)
    page.goto("/admin/articles/article/?state__exact=published")
    take(page, "date", language, re.sub(r"change/.*$", "date/", rows.first.get_attribute("href")))


def take(page, name, language, address):
    """All looks of one page, each from its top to its end."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for device, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            answer = page.goto(address)
            assert answer.ok, f"{address}: {answer.status}"
            page.evaluate(SHOW_ALL)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=TARGET / f"{name}-{language}-{device}-{scheme}.png", full_page=True)
            faults.extend(f"{device}, {scheme}: {fault}" for fault in faults_of(page))


def lay_out(name):
    """One sheet for each language: phone and wide, by day and by night, side by side."""
    for language in sorted({path.name.split("-")[1] for path in TARGET.glob(f"{name}-*.png")}):
        shown = [
            _shrunk(TARGET / f"{name}-{language}-{device}-{scheme}.png", 0.5 if device == "wide" else 1)
            for scheme in SCHEMES
            for device in WIDTHS
        ]
        sheet = Image.new("RGB", (sum(each.width + 20 for each in shown), max(each.height for each in shown)), "#888")
        left = 10
        for each in shown:
            sheet.paste(each, (left, 0))
            left += each.width + 20
        sheet.save(TARGET / f"{name}_{language}.png")


def _shrunk(path: Path, scale):
    with Image.open(path) as full:
        picture = full.convert("RGB").crop((0, 0, full.width, min(full.height, round(LONGEST * scale))))
    return picture.resize((round(picture.width * scale), round(picture.height * scale)))


if __name__ == "__main__":
    sys.exit(main())
