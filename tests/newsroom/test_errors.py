"""Pages for what went wrong: one sentence that says what to do, in the language of the address."""

import errno

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.test import Client, override_settings
from django.urls import path
from django.utils import translation
from django.utils.html import escape
from redis.exceptions import ConnectionError as RedisGone

from articles.publishing import unpublish
from newsroom.lib.limits import SIGN_UP, TooMany, Unavailable
from newsroom.site.error_pages import NOBODY_ANSWERS, PAGES, write_error_pages
from newsroom.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401  Django's handlers
from tests.articles import making

SENTENCES = {status: page.sentence for status, page in PAGES.items()} | {503: NOBODY_ANSWERS.sentence}
FAULTS = {
    "too-many": TooMany("Please wait."), "unavailable": Unavailable("Resting."), "redis": RedisGone("gone"),
    "database": OperationalError("gone"), "closed": InterfaceError("connection already closed"),
    "bug": ZeroDivisionError("secret words"), "denied": PermissionDenied("internal words"),
    "odd": SuspiciousOperation("odd"), "full": OSError(errno.ENOSPC, "secret words"),
}  # fmt: skip


def fail(request, fault):
    raise FAULTS[fault]


urlpatterns = [path("fail/<str:fault>", fail), path("uk/fail/<str:fault>", fail), *urlpatterns]


class BrokenMiddleware:
    """Breaks where no view and no `process_exception` sees it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        raise FAULTS[request.path.rpartition("/")[2]]


@pytest.fixture
def visitor(db):
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("fault", "status", "words", "in_ukrainian"),
    [
        ("too-many", 429, "Please wait.", "Please wait."),
        ("unavailable", 503, "resting", "тимчасово не працює"),
        ("redis", 503, "resting", "тимчасово не працює"),
        ("database", 503, "resting", "тимчасово не працює"),
        ("closed", 503, "resting", "тимчасово не працює"),
        ("bug", 500, "Something broke", "щось зламалося"),
        ("denied", 403, "not open to you", "вам недоступна"),
        ("odd", 400, "could not read", "не змогли цього прочитати"),
        ("full", 507, "no room for this file", "немає місця"),
    ],
)
def test_it_shows_a_page_in_both_languages(visitor, fault, status, words, in_ukrainian):
    english, ukrainian = visitor.get(f"/fail/{fault}"), visitor.get(f"/uk/fail/{fault}")
    assert english.status_code == ukrainian.status_code == status
    assert words in english.content.decode()
    assert in_ukrainian in ukrainian.content.decode()
    assert '<html lang="uk">' in ukrainian.content.decode()
    for answer in (english, ukrainian):
        assert "secret words" not in answer.content.decode()
        assert "internal words" not in answer.content.decode()
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_not_open_leads_to_the_door_and_a_form_that_was_refused_does_not(visitor, member):
    door = 'href="/uk/account/sign-in/"'
    assert door in visitor.get("/uk/fail/denied").content.decode()
    elsewhere = visitor.post("/uk/newsletters/", {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403 and door not in elsewhere.content.decode()


@pytest.mark.parametrize(("start", "words"), [("", "A little slower, please"), ("/uk", "Трохи повільніше, будь ласка")])
def test_a_real_limit_speaks_the_language_of_the_path(visitor, start, words):
    cache.clear()
    send = {"headers": {"Sec-Fetch-Site": "same-origin"}}
    answers = [visitor.post(f"{start}/newsletters/", {}, **send) for _time in range(SIGN_UP.count + 1)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [422] * SIGN_UP.count + [429]
    page = answers[-1].content.decode()
    assert words in page and f'<html lang="{start.strip("/") or "en"}">' in page
    waiting = "Зачекайте кілька хвилин" if start else "Please wait a few minutes"
    assert waiting in page and 0 < int(answers[-1].headers["Retry-After"]) <= SIGN_UP.seconds


@pytest.mark.parametrize(("start", "words"), [("", "This form has expired"), ("/uk", "Ця форма застаріла")])
def test_a_form_that_has_expired_says_so_in_the_language_of_the_path(member, start, words):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(f"{start}/account/newsletters/", {})
    assert response.status_code == 403 and words in response.content.decode()
    assert "/sign-in/" not in response.content.decode()


@pytest.mark.parametrize(("fault", "status"), [("redis", 503), ("database", 503), ("bug", 500)])
def test_what_a_middleware_raises_is_a_calm_page_too(visitor, settings, fault, status):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.BrokenMiddleware"]
    response = Client(raise_request_exception=False).get(f"/uk/fail/{fault}")
    assert response.status_code == status
    assert '<html lang="uk">' in response.content.decode()
    if status == 503:
        assert response.headers["Retry-After"] == "60"


def test_nothing_is_found_in_both_languages(visitor):
    english, ukrainian = visitor.get("/nothing-here/"), visitor.get("/uk/nothing-here/")
    assert english.status_code == ukrainian.status_code == 404
    assert "nothing at this address" in english.content.decode()
    assert "За цією адресою нічого немає" in ukrainian.content.decode()
    assert 'href="/uk/"' in ukrainian.content.decode()
    assert "session" not in english.cookies


def test_a_host_that_is_not_ours_gets_the_page_in_the_language_of_the_path(visitor):
    response = visitor.get("/uk/", headers={"Host": "evil.example.com"})
    assert response.status_code == 400
    assert '<html lang="uk">' in response.content.decode()


def test_a_form_without_its_token_says_that_nothing_changed(member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post("/account/newsletters/", {})
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_an_error_page_asks_nothing_of_the_database(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert visitor.get("/fail/bug").status_code == 500


def test_each_page_is_in_both_languages_and_asks_nobody_else(tmp_path):
    write_error_pages(tmp_path)
    for status in PAGES:
        english, ukrainian = ((tmp_path / language / f"{status}.html").read_text() for language in ("en", "uk"))
        assert f"Error {status}" in english
        assert f"Помилка {status}" in ukrainian
        for words in (PAGES[status].title, SENTENCES[status]):
            assert escape(str(words)) in english
            with translation.override("uk"):
                assert escape(str(words)) in ukrainian
        assert str(PAGES[status].title) not in ukrainian
        for html in (english, ukrainian):
            assert "<script" not in html
            assert "//" not in html.replace("<!doctype html>", "")


def test_a_story_that_was_taken_down_says_so_in_both_languages(visitor):
    for language, words in (("en", "This story was taken down"), ("uk", "Цей матеріал знято")):
        story = making.story(language=language)
        unpublish(user=None, article=story, note="")
        response = visitor.get(story.get_absolute_url())
        assert response.status_code == 410
        assert words in response.content.decode()
