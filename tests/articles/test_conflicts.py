import pytest

from articles.conflicts import Undecided, find_choices, put_together
from articles.content import PageContent
from tests.articles.written import make_content

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = "<p>One.</p>", "<p>Two.</p>", "<p>Three.</p>"


def proposals(base, theirs, mine):
    fields = find_choices(base=base, theirs=theirs, mine=mine)
    return {choice.name: choice.proposed for field in fields for choice in field.choices}


def body(base, theirs, mine):
    return proposals(make_content(body=base), make_content(body=theirs), make_content(body=mine))


def test_it_asks_only_where_the_two_differ():
    content = make_content()
    assert proposals(content, make_content(deck="Same"), make_content(deck="Same")) == {}


def test_it_proposes_whoever_changed_a_field():
    base = make_content(deck="Base", headline="Base")
    assert proposals(base, make_content(deck="Hers", headline="Base"), make_content(deck="Base", headline="Mine")) == {
        "headline": "mine", "deck": "theirs",
    }  # fmt: skip


def test_it_proposes_nothing_where_both_changed():
    assert proposals(make_content(deck="Base"), make_content(deck="Hers"), make_content(deck="Mine")) == {"deck": ""}


def test_it_asks_paragraph_by_paragraph():
    assert body(ONE + TWO + THREE, "<p>Hers.</p>" + TWO + THREE, ONE + TWO + "<p>Mine.</p>") == {
        "body-0": "theirs", "body-1": "mine",
    }  # fmt: skip


def test_it_proposes_what_was_added_or_taken_out():
    assert body(ONE, ONE + TWO, ONE) == {"body-0": "theirs"}
    assert body(ONE, ONE, ONE + TWO) == {"body-0": "mine"}
    assert body(ONE + TWO, ONE, ONE + TWO) == {"body-0": "theirs"}
    assert body(ONE + TWO, ONE, ONE + TWO + THREE) == {"body-0": ""}


def test_it_puts_the_decisions_together():
    base = make_content(body=ONE + TWO + THREE, deck="Base")
    theirs = make_content(body="<p>Hers.</p>" + TWO + THREE, deck="Hers")
    mine = make_content(body=ONE + TWO + "<p>Mine.</p>", deck="Mine")
    decided = {"deck": "mine", "body-0": "theirs", "body-1": "both"}
    made = put_together(base=base, theirs=theirs, mine=mine, decided=decided)
    assert (made.deck, made.body) == ("Mine", "<p>Hers.</p>" + TWO + THREE + "<p>Mine.</p>")


def test_it_decides_nothing_by_itself():
    two = make_content(deck="Hers"), make_content(deck="Mine")
    for decided in ({}, {"deck": ""}, {"deck": "whatever"}, {"deck": "both"}):
        with pytest.raises(Undecided):
            put_together(base=None, theirs=two[0], mine=two[1], decided=decided)


def test_it_joins_lists():
    theirs, mine = make_content(tag_ids=[1, 2]), make_content(tag_ids=[1, 3], new_tags=["New"])
    made = put_together(base=None, theirs=theirs, mine=mine, decided={"tags": "both"})
    assert (made.tag_ids, made.new_tags) == ([1, 2, 3], ["New"])


def test_it_gives_either_side_whole():
    theirs = make_content(body=ONE + TWO, deck="Hers", kind="feature")
    mine = make_content(body=THREE, deck="Mine", is_front_lead=True)
    names = proposals(None, theirs, mine)
    for side, whole in (("theirs", theirs), ("mine", mine)):
        assert put_together(base=None, theirs=theirs, mine=mine, decided=dict.fromkeys(names, side)) == whole


def test_it_decides_on_pages():
    theirs, mine = PageContent(headline="Hers"), PageContent(headline="Mine")
    assert put_together(base=None, theirs=theirs, mine=mine, decided={"headline": "mine"}) == mine
