"""What comes as a row's key: read where it is one, and nothing else; whatever it is, no page falls over it."""

import pytest

from newsroom.lib.row_keys import read_key, read_keys
from tests.articles.written import publish_story

HUGE = "9" * 5000
NO_KEYS = ("", "-1", "1.0", "٣", "²", " 1", "9" * 19, HUGE, None)


def test_it_reads_a_key():
    assert (read_key("17"), read_key(17), read_keys("3, 1,x,,2")) == (17, 17, [3, 1, 2])


@pytest.mark.parametrize("sent", NO_KEYS)
def test_it_reads_no_other_thing(sent):
    assert read_key(sent) is None


@pytest.mark.parametrize("sent", [HUGE, "٣", "9" * 18])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/articles/article/?section={}", 200), ("/admin/articles/article/add/?translation_of={}", 200),
        ("/admin/articles/article/{}/change/", 404), ("/admin/articles/article/{}/compare/?old=1&new=2", 404),
        ("/support/?story={}", 200),
    ],
)  # fmt: skip
def test_an_address_with_any_number_is_answered(publisher_client, path, status, sent):
    assert publisher_client.get(path.format(sent)).status_code == status


def test_a_form_with_any_number_is_answered(publisher_client, publisher):
    article = publish_story(publisher)
    address = f"/admin/articles/article/{article.pk}/"
    assert publisher_client.get(address + f"compare/?old={HUGE}&new={HUGE}").status_code == 404
    assert publisher_client.get(address + f"revisions/?before={HUGE}").status_code == 200
    assert publisher_client.post(address + "restore/", {"revision": HUGE, "based_on": HUGE}).status_code == 404
    assert publisher_client.post("/admin/members/drift/", {"drift": HUGE}).status_code == 404
    assert publisher_client.post("/admin/articles/article/queue/", {"story": HUGE}).status_code == 404
