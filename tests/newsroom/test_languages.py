import pytest
from django.utils import translation

from newsroom.lib.languages import language_of_path, main_language


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/", "en"), ("/uk/", "uk"), ("/uk", "uk"), ("/uk/feed/", "uk"), ("/ukraine/", "en"), ("/en/", "en"),
        ("/UK/", "en"), ("/2024/11/13/uk/", "en"), ("", "en"), ("uk/", "en"), ("//uk/", "en"), ("/de/", "en"),
    ],
)  # fmt: skip
def test_it_is_read_from_the_path_alone(path, language):
    assert language_of_path(path) == language


def test_the_first_is_the_main_one(settings):
    settings.LANGUAGE_CODES = ["uk", "en"]
    assert main_language() == "uk"
    assert language_of_path("/en/") == "en"


@pytest.mark.django_db
def test_a_page_says_its_language_and_the_next_request_is_not_touched(client):
    assert client.get("/uk/", headers={"Accept-Language": "en"}).headers["Content-Language"] == "uk"
    assert client.get("/", headers={"Accept-Language": "uk"}).headers["Content-Language"] == "en"
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_the_main_language_has_one_address_only(client):
    assert client.get("/en/").status_code == 404
