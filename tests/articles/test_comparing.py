from dataclasses import fields

import pytest

from articles.blocks import Names, split_blocks, words_in
from articles.comparing import PAGE_PARTS, STORY_PARTS, compare
from articles.content import BylineEntry, PageContent, StoryContent
from articles.differing import diff_bodies, diff_words
from articles.models import Tag
from tests.articles.written import make_author, make_content, make_image, publish_story

RICH = (
    "<h2>A</h2><p>One &amp; two <strong>bold</strong><br>x</p><ul><li>a<ul><li>b</li></ul></li></ul><hr>"
    '<figure class="image" data-image="3"><figcaption>c</figcaption></figure>tail'
)


def marked(pieces):
    signs = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(signs[piece.mark].format(piece.text) for piece in pieces)


def words(old, new):
    return marked(diff_words(words_in(old), words_in(new)))


def body(old, new):
    return [(block.mark, marked(block.pieces)) for block in diff_bodies(old, new, Names())]


def changed(old, new):
    return {
        difference.part.name: marked(difference.pieces) for difference in compare(old, new) if difference.is_changed
    }


def test_it_marks_words():
    assert words("The night ferry sailed", "The last ferry sailed") == "The [-night-][+last+] ferry sailed"
    assert words("", "Нічний пором") == "[+Нічний пором+]" and words("a", "a") == "a"


def test_it_marks_a_sentence_that_was_written_anew_as_one():
    assert words("So nine nights went.", "So nobody heard it.") == "So [-nine nights went-][+nobody heard it+]."


def test_it_splits_a_body_without_losing_a_sign():
    blocks = split_blocks(RICH)
    assert "".join(blocks) == RICH and len(blocks) == 6


def test_it_marks_what_came_and_went_by_paragraph():
    old, new = "<p>One stays.</p><p>Two goes.</p>", "<p>One stays.</p><p>Quite another thing, here</p>"
    assert body(old, new) == [
        ("same", "One stays."), ("added", "[+Quite another thing, here+]"), ("removed", "[-Two goes.-]"),
    ]  # fmt: skip


def test_it_marks_words_within_a_paragraph():
    old, new = "<p>It sailed at nine in the dark.</p>", "<p>It sailed at ten in the dark.</p>"
    assert body(old, new) == [("changed", "It sailed at [-nine-][+ten+] in the dark.")]


def test_it_marks_words_that_are_set_otherwise_or_lead_elsewhere():
    assert body("<p>so it is</p>", "<p>so <em>it</em> is</p>") == [("changed", "so [-it-][+it+] is")]
    old, new = '<p>a <a href="https://a.example">b</a></p>', '<p>a <a href="https://b.example">b</a></p>'
    assert body(old, new) == [("changed", "a [-b-][+b+]")]


def test_it_shows_two_endless_texts_whole():
    long, other = "a " * 3000, "b " * 3000
    assert words(long, other) == f"[-{long}-][+{other}+]"


@pytest.mark.django_db
def test_it_names_tags_authors_and_stories():
    tags = [Tag.objects.create(name=name, slug=name, language="en") for name in ("Ferries", "Safety")]
    other = publish_story(headline="Salt")
    old = make_content(tag_ids=[tags[0].pk])
    new = make_content(
        tag_ids=[tag.pk for tag in tags], related_ids=[other.pk], kind="feature",
        bylines=[BylineEntry(author_id=make_author("Olena Marsh").pk, role="photos")],
    )  # fmt: skip
    assert changed(old, new) == {
        "tags": "Ferries; [+Safety; +]", "related": "[+Salt; +]", "kind": "[-News-][+Feature+]",
        "bylines": "[-by Tobin Aldercott; -][+photos by Olena Marsh; +]",
    }  # fmt: skip


@pytest.mark.django_db
def test_it_names_pictures_and_keeps_their_ids():
    image = make_image()
    (lead,) = [item for item in compare(make_content(), make_content(lead_image_id=image.pk)) if item.is_changed]
    assert marked(lead.pieces) == "[+Ferry+]" and lead.pieces[0].word.image_id == image.pk
    new = make_content(body=f'<figure class="image" data-image="{image.pk}"></figure>')
    (block,) = [block for item in compare(make_content(body=""), new) for block in item.blocks]
    assert marked(block.pieces) == "[+picture: Ferry+]"


@pytest.mark.django_db
def test_it_reads_in_a_query_for_each_kind_of_name(django_assert_max_num_queries):
    tags = [Tag.objects.create(name=f"{number}", slug=f"t{number}", language="en") for number in range(5)]
    content = make_content(tag_ids=[tag.pk for tag in tags], lead_image_id=make_image().pk)
    with django_assert_max_num_queries(6):
        compare(make_content(), content)


@pytest.mark.parametrize(("content", "parts"), [(StoryContent, STORY_PARTS), (PageContent, PAGE_PARTS)])
def test_every_field_of_a_snapshot_is_compared(content, parts):
    held = [name for part in parts for name in part.holds]
    assert sorted(held) == sorted(field.name for field in fields(content))


@pytest.mark.django_db
def test_it_compares_pages():
    assert changed(PageContent(headline="About"), PageContent(headline="About us")) == {"headline": "About[+ us+]"}
