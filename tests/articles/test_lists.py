"""Lists: a section, a tag, a series, an author, the corrections."""

from datetime import timedelta

import pytest

from articles.listing import PER_PAGE, Cursor
from articles.models import Article
from articles.publishing import add_correction
from tests.articles import making

pytestmark = pytest.mark.usefixtures("db")


def shown(response):
    return [row.pk for row in response.context["page"].object_list]


def walk(client, path, key):
    """The rows of every page from `path` on, following its link to the `key` page; and the last page."""
    rows, query = [], ""
    while True:
        page = client.get(path + query).context["page"]
        rows.append([row.pk for row in page.object_list])
        if not getattr(page, f"has_{key}"):
            return rows, page
        query = f"?page={getattr(page, f'{key}_page_number')}"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/section/city/", {}),
        ("/tag/ferries/", {"tag_ids": lambda: [making.tag().pk]}),
        ("/series/the-port/", {"series_id": lambda: making.series().pk}),
        ("/author/olena-marsh/", {}),
    ],
)
def test_it_lists_its_own_stories_newest_first(client, path, fields):
    other = {"section_id": making.section("sea").pk, "bylines": [making.by(making.author("tobin-alder"))]}
    making.story(**other)
    own = making.stories(2, **{name: make() for name, make in fields.items()})
    assert shown(client.get(path)) == [story.pk for story in own]


def test_it_lists_an_author_with_two_roles_once(client):
    writer = making.author()
    story = making.story(bylines=[making.by(writer), making.by(writer, "photos")])
    assert shown(client.get("/author/olena-marsh/")) == [story.pk]


def test_it_lists_stories_of_its_own_language(client):
    making.story()
    other = making.story("uk", bylines=[making.by(making.author())])
    assert shown(client.get("/uk/author/olena-marsh/")) == [other.pk]


def test_it_walks_all_pages_without_a_gap_or_a_double(client):
    first = making.stories(1)[0]
    _copies_of(first, 2 * PER_PAGE + 5)
    everything = list(Article.objects.order_by("-published_at", "-id").values_list("pk", flat=True))
    pages, _last = walk(client, "/section/city/", "next")
    assert [len(page) for page in pages] == [20, 20, 6]
    assert [pk for page in pages for pk in page] == everything


def test_it_walks_back_to_the_first_pages_own_address(client):
    _copies_of(making.story(), 2 * PER_PAGE)
    _pages, page = walk(client, "/section/city/", "next")
    page = client.get(f"/section/city/?page={page.previous_page_number}").context["page"]
    response = client.get(f"/section/city/?page={page.previous_page_number}")
    assert (response.status_code, response.url) == (302, "/section/city/")


def _copies_of(story, number):
    """Rows as like as can be: all were published at the same moment, or one second before."""
    columns = [column.attname for column in Article._meta.concrete_fields if not column.primary_key]
    values = Article.objects.values(*columns).get(pk=story.pk)
    Article.objects.bulk_create(
        Article(**{
            **values, "slug": f"copy-{count}", "translation_key": f"00000000-0000-4000-8000-{count:012}",
            "published_at": values["published_at"] - timedelta(seconds=count % 2),
        })
        for count in range(number)
    )  # fmt: skip


@pytest.mark.parametrize("asked", ["0", "before-1", "before-x-1", "before-1-1;", "after-99999999999999999999-1"])
def test_it_knows_no_page_that_it_never_named(client, asked):
    making.story()
    assert client.get(f"/section/city/?page={asked}").status_code == 404


def test_its_place_survives_being_written_down():
    story = making.story()
    cursor = Cursor("before", story.published_at, story.pk)
    assert Cursor.read(str(cursor)) == cursor


@pytest.mark.parametrize(
    "path", ["/section/none/", "/tag/none/", "/series/none/", "/author/none/", "/uk/section/city/"]
)
def test_it_is_not_found_under_an_unknown_name(client, path):
    making.story()
    assert client.get(path).status_code == 404


def test_it_offers_the_same_list_in_the_other_language(client):
    key = making.section().translation_key
    making.section("misto", "uk", translation_key=key)
    assert 'href="/uk/section/misto/"' in client.get("/section/city/").content.decode()


def test_it_lists_corrections_of_published_stories(client):
    story = making.story(headline="The ferry")
    correction = add_correction(user=None, article=story, text="It was Tuesday.")
    response = client.get("/corrections/")
    assert shown(response) == [correction.pk]
    assert story.get_absolute_url() in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/section/city/", "/tag/ferries/", "/series/the-port/", "/author/olena-marsh/", "/corrections/"]
)
def test_it_takes_few_queries_however_many_stories(client, path, django_assert_max_num_queries):
    for story in making.stories(
        4, tag_ids=[making.tag().pk], series_id=making.series().pk, lead_image_id=making.picture().pk
    ):
        add_correction(user=None, article=story, text="x")
    client.get("/search/")  # settings are kept in the cache from here on
    with django_assert_max_num_queries(5):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/section/city/", "/tag/ferries/", "/author/olena-marsh/"])
def test_it_notes_what_it_lists(client, path):
    making.story(tag_ids=[making.tag().pk])
    keys = client.get(path).page_keys
    assert keys & {making.section().page_key, making.tag().page_key, making.author().page_key}
