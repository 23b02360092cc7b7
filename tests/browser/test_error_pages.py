"""The pages for what went wrong, as the application and the proxy show them, in both languages, by day at a desk and by
night on a phone: axe finds nothing, nothing is wider than the page, and what they need is there."""

import pytest
from django.utils import translation

from newsroom.site.error_pages import NOBODY_ANSWERS, PAGES, render_error
from tests.browser.test_accessibility import MODES, faults_of
from tests.browser.test_looks import OVERFLOW

pytestmark = [pytest.mark.browser, pytest.mark.stack]
STATUSES = [*PAGES.items(), (503, NOBODY_ANSWERS)]
GONE = "from articles.models import Redirect; print(Redirect.objects.exclude(gone_note='').first().old_path)"
DAY, NIGHT = MODES
DRESSES = [
    pytest.param(DAY, "en", id="en-day"), pytest.param(NIGHT, "uk", id="uk-night"),
    pytest.param(NIGHT, "en", id="en-night", marks=pytest.mark.thorough),
    pytest.param(DAY, "uk", id="uk-day", marks=pytest.mark.thorough),
]  # fmt: skip
LOST = "() => [...document.images].filter(image => !image.naturalWidth).map(image => image.src)"


def show_errors(page, language):
    """Each in turn, in the place of what the demo would answer; its styles and picture are the demo's own."""
    said_now = {}
    page.route("**/wrong/", lambda route: route.fulfill(content_type="text/html; charset=utf-8", **said_now))
    for status, said in STATUSES:
        with translation.override(language):
            said_now.update(status=status, body=render_error(status, said))
        page.goto("/wrong/")
        yield str(status)


@pytest.mark.parametrize(("mode", "language"), DRESSES)
def test_error_pages_hold_together(open_browser, mode, language):
    page = open_browser(**mode)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    for status in show_errors(page, language):
        assert faults_of(page) == [], status
        assert page.evaluate(OVERFLOW) <= 0, status
        assert page.evaluate(LOST) == [], status
        assert page.locator("html").get_attribute("lang") == language
    assert [answer.url for answer in answers if answer.status >= 400 and not answer.url.endswith("/wrong/")] == []


@pytest.mark.parametrize("mode", [pytest.param(MODES[0], marks=pytest.mark.thorough), MODES[1]], ids=("day", "night"))
def test_the_page_of_a_story_that_was_taken_down_holds_together(stack, open_browser, mode):
    page = open_browser(**mode)
    answer = page.goto(stack.manage("shell", "--no-imports", "--command", GONE).strip())
    assert answer.status == 410
    assert "The opening was called off" in page.locator("main").inner_text()
    assert faults_of(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(LOST) == []
