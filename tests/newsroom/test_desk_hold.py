"""While a restored newsroom is on hold, every page of the desk says so."""

import pytest

from newsroom.lib.models import Hold

PAGES = ("/admin/", "/admin/articles/article/", "/admin/articles/article/add/", "/admin/newsletters/edition/")


@pytest.mark.parametrize("path", PAGES)
def test_each_page_says_that_nothing_leaves(path, editor_client):
    assert "Nothing leaves the house" not in editor_client.get(path).content.decode()
    Hold.objects.create(pk=1, reason="restored")
    page = editor_client.get(path).content.decode()
    assert "Nothing leaves the house" in page
    assert "manage.py release_restored" in page


def test_who_is_not_of_the_house_reads_nothing_of_it(client, db):
    Hold.objects.create(pk=1, reason="restored")
    assert "Nothing leaves" not in client.get("/admin/", follow=True).content.decode()
