import pytest
from django.utils import timezone

from articles.content import StoryContent
from articles.models import Article
from articles.publishing import publish, unpublish
from articles.revising import save_revision
from members.accounts.models import Member
from members.voting import commissioning, telling
from members.voting.models import Commission, Topic
from newsroom.lib import outbox
from newsroom.lib.models import Letter, Outbox
from newsroom.site.followups import follow_up
from tests.articles.making import draft, story
from tests.members.voting.making import cast, held, say


@pytest.fixture
def voters(make_patron, open_round, bridge, ferry):
    people = [make_patron("one@example.org", name="One"), make_patron("two@example.org", language="uk")]
    for person in people:
        cast(person, open_round, {bridge: 2})
    cast(make_patron("three@example.org"), open_round, {ferry: 1})
    return people


@pytest.fixture
def commission(voters, editor, bridge):
    return commissioning.commission_topic(user=editor, topic=bridge)


def link(editor, commission, article):
    commissioning.link_story(user=editor, commission=commission, article=article)
    return article


def told():
    return set(Letter.objects.values_list("to_email", flat=True))


def test_it_tells_each_voter_and_nobody_else(editor, commission, bridge):
    article = link(editor, commission, story())
    telling.tell_voters(article_id=article.pk)
    assert told() == {"one@example.org", "two@example.org"}
    assert (held(commission).state, held(bridge).state) == (Commission.State.PUBLISHED, Topic.State.PUBLISHED)


def test_it_tells_each_once_however_often_it_runs(editor, commission):
    article = link(editor, commission, story())
    for _ in range(3):
        telling.tell_voters(article_id=article.pk)
        telling.tell_voters_of_commission(commission_id=commission.pk)
    assert Letter.objects.count() == 2


def test_it_goes_on_where_a_crash_left_it(editor, commission, monkeypatch):
    article = link(editor, commission, story())
    monkeypatch.setattr(telling, "BATCH", 1)
    telling.tell_voters(article_id=article.pk)
    Letter.objects.filter(to_email="two@example.org").delete()
    telling.tell_voters(article_id=article.pk)
    assert told() == {"one@example.org", "two@example.org"}


def test_it_tells_nothing_of_a_story_that_is_not_out(editor, commission):
    article = link(editor, commission, draft())
    telling.tell_voters(article_id=article.pk)
    assert (told(), held(commission).state) == (set(), Commission.State.PROMISED)


def test_it_tells_nothing_of_a_promise_taken_back(editor, commission):
    article = link(editor, commission, story())
    commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": "No."})
    telling.tell_voters(article_id=article.pk)
    telling.tell_voters_of_commission(commission_id=commission.pk)
    assert (told(), held(commission).state) == (set(), Commission.State.WITHDRAWN)


def test_it_skips_the_erased_and_the_inactive(editor, commission, voters):
    Member.objects.filter(pk=voters[0].pk).update(erased_at=timezone.now(), email=None)
    Member.objects.filter(pk=voters[1].pk).update(is_active=False)
    telling.tell_voters(article_id=link(editor, commission, story()).pk)
    assert told() == set()
    assert held(commission).state == Commission.State.PUBLISHED


def test_the_letter_names_the_question_and_the_story(editor, commission, settings):
    article = link(editor, commission, story(headline="Ten past eight", deck="The keeper's watch."))
    telling.tell_voters(article_id=article.pk)
    letter = Letter.objects.get(to_email="one@example.org")
    assert "Ten past eight" in letter.subject
    for text in ("Dear One", "Why does the bridge open", "2 patrons", settings.SITE_URL + article.get_absolute_url()):
        assert text in letter.text
    assert article.get_absolute_url() in letter.html


def test_it_writes_in_the_voters_language_and_links_the_translation(editor, commission, bridge):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?")
    article = link(editor, commission, story())
    translated = story("uk", translation_of=article, headline="Десять по восьмій")
    telling.tell_voters(article_id=article.pk)
    letter = Letter.objects.get(to_email="two@example.org")
    assert letter.language == "uk"
    for text in ("Чому міст", "Десять по восьмій", translated.get_absolute_url()):
        assert text in letter.text


def test_it_asks_little_for_each_letter(editor, commission, django_assert_max_num_queries):
    article = link(editor, commission, story())
    with django_assert_max_num_queries(18 + 2 * 6):  # each letter's own; nothing for its question or story
        telling.tell_voters(article_id=article.pk)


def test_publishing_tells_through_the_outbox(editor, commission):
    article = link(editor, commission, draft())
    publish(user=editor, article=article)
    follow_up(Outbox.objects.get(kind="article.published").pk)
    assert told() == {"one@example.org", "two@example.org"}


@pytest.mark.parametrize("linked_first", [True, False])
def test_it_tells_once_in_either_order_and_never_again(editor, commission, linked_first):
    """Linked as a draft and published after, or published and linked after; then changed and published again, taken
    down and brought back."""
    article = draft()
    steps = [lambda: link(editor, commission, article), lambda: publish(user=editor, article=fresh(article))]
    for step in steps if linked_first else reversed(steps):
        carry_out_all()
        assert told() == set()
        step()
    carry_out_all()
    assert sorted(Letter.objects.values_list("to_email", flat=True)) == ["one@example.org", "two@example.org"]
    change(editor, article)
    publish(user=editor, article=fresh(article))
    carry_out_all()
    unpublish(user=editor, article=fresh(article))
    publish(user=editor, article=fresh(article))
    carry_out_all()
    assert Letter.objects.filter(kind="members/story_out").count() == 2


def carry_out_all():
    """As the worker and the clock do."""
    telling.owe_late_letters()
    for row in outbox.open_rows():
        follow_up(row)
    assert not Outbox.objects.exclude(state=Outbox.State.DONE).exists()


def fresh(article):
    return Article.objects.get(pk=article.pk)


def change(editor, article):
    """What is written is another deck than what is live."""
    content = StoryContent.from_json({**fresh(article).latest_revision.content, "deck": "Changed since."})
    save_revision(user=editor, article=fresh(article), content=content)


def test_linking_a_story_that_is_out_tells_through_the_outbox(editor, commission):
    link(editor, commission, story())
    follow_up(Outbox.objects.get(kind="commission.published").pk)
    assert told() == {"one@example.org", "two@example.org"}
    assert Outbox.objects.get(kind="commission.published").state == Outbox.State.DONE


def test_the_clock_owes_what_was_published_again_behind_its_back(editor, commission):
    article = story()
    unpublish(user=editor, article=article)
    link(editor, commission, article)
    publish(user=editor, article=article)
    for _ in range(2):
        telling.owe_late_letters()
    follow_up(Outbox.objects.get(kind="commission.published").pk)
    assert told() == {"one@example.org", "two@example.org"}
    telling.owe_late_letters()
    assert Outbox.objects.filter(kind="commission.published").count() == 1
