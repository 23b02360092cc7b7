"""One running demo and one browser for all tests of this folder, and gone with its last test: while Playwright runs it
holds an event loop open in this thread, in which Django refuses to speak to the database."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.stack import Stack
from tests.browser.walking import pass_second_factor, sign_in, wait_for

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HERE = Path(__file__).parent
EDITOR, PUBLISHER, MEMBERSHIP = "editor@example.org", "publisher@example.org", "membership@example.org"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    """The demo is stopped last."""
    ours = [item for item in items if item.path.parent == HERE]
    places = [place for place, item in enumerate(items) if item.path.parent == HERE]
    for place, item in zip(places, sorted(ours, key=lambda item: item.path.name == "test_stack.py"), strict=True):
        items[place] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure says what the newsroom itself had to say."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and stack is not None:
        report.sections.append(("the newsroom's own log", stack.troubles()))
    return report


@pytest.fixture(scope="package")
def stack():
    running = Stack()
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()
        running.remove()


@pytest.fixture(scope="package")
def chromium():
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "No Chromium was found: run the tests with `make test`, which gets one."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def editor_state(chromium, stack):
    yield from _state_of(EDITOR, chromium, stack)


@pytest.fixture(scope="package")
def publisher_state(chromium, stack):
    yield from _state_of(PUBLISHER, chromium, stack)


@pytest.fixture(scope="package")
def membership_state(chromium, stack):
    yield from _state_of(MEMBERSHIP, chromium, stack)


def _state_of(email, chromium, stack):
    """The cookies of somebody at the desk who signed in once: the same second code is refused twice."""
    context = chromium.new_context(base_url=stack.url)
    page = context.new_page()
    sign_in(page, email, "/admin/")
    pass_second_factor(page, email)
    yield context.storage_state()
    context.close()


@pytest.fixture
def hold_events(stack):
    """`let_go = hold_events()`: from then on the payment company's events wait; `let_go()` sees them all done."""
    yield lambda: _hold(stack)
    stack.ask_stripe("/_sandbox/webhooks/resume", {})


def _hold(stack):
    stack.ask_stripe("/_sandbox/webhooks/pause", {})

    def let_go():
        stack.ask_stripe("/_sandbox/webhooks/resume", {})
        wait_for(stack.has_worked_off_events, "The last event")

    return let_go


@pytest.fixture
def open_browser(chromium, stack):
    """A fresh person at a fresh machine: `open_browser(width=390, dark=True)` gives a page of the running demo. Any
    error in the page's own scripts, and any request that leaves the machine, but for `strangers`, fails the test."""
    contexts, troubles = [], []
    stack.forget_limits()

    def open_page(width=1280, height=900, dark=False, javascript=True, locale="en-GB", state=None, strangers=()):
        context = chromium.new_context(
            base_url=stack.url, viewport={"width": width, "height": height}, java_script_enabled=javascript,
            color_scheme="dark" if dark else "light", locale=locale, storage_state=state,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("request", lambda request: _note_stranger(request, troubles, strangers))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def _note_stranger(request, troubles, known):
    if not request.url.startswith((*known, "http://localhost:", "http://127.0.0.1:", "data:", "blob:", "about:")):
        troubles.append(f"asked a third party: {request.url}")
