from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from articles.lending import lend_publishing, take_back
from articles.models import PublishingLoan
from articles.moving import PublishingError
from articles.publishing import publish
from articles.revising import save_revision
from tests.articles.written import make_content, write_story

pytestmark = pytest.mark.django_db


def day(number):
    return timezone.localdate() + timedelta(days=number)


@pytest.fixture
def loan(publisher, writer):
    return lend_publishing(user=publisher, writer=writer, from_on=day(0), until_on=day(2))


def test_it_lets_the_writer_publish_their_own_and_go_on_changing_it(loan, writer):
    article = publish(user=writer, article=write_story(writer))
    save_revision(user=writer, article=article, content=make_content(deck="Changed"))
    assert publish(user=writer, article=article).deck == "Changed"


def test_it_opens_no_other_story(loan, writer):
    with pytest.raises(PermissionDenied):
        publish(user=writer, article=write_story())


@pytest.mark.parametrize(("begins", "ends"), [(1, 3), (-3, -1)])
def test_it_holds_on_its_days_only(publisher, writer, begins, ends):
    PublishingLoan.objects.create(writer=writer, from_on=day(begins), until_on=day(ends), lent_by=publisher)
    with pytest.raises(PermissionDenied):
        publish(user=writer, article=write_story(writer))


def test_it_is_taken_back_at_once(loan, publisher, writer):
    take_back(user=publisher, loan=loan)
    take_back(user=publisher, loan=loan)
    with pytest.raises(PermissionDenied):
        publish(user=writer, article=write_story(writer))


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [(2, 1, "before the first"), (-4, -2, "are over"), (0, 31, "a month at most")],
)
def test_it_says_which_days_cannot_be(publisher, writer, begins, ends, sentence):
    with pytest.raises(PublishingError, match=sentence):
        lend_publishing(user=publisher, writer=writer, from_on=day(begins), until_on=day(ends))


def test_it_is_lent_to_those_who_write(publisher, manager):
    with pytest.raises(PublishingError, match="who writes here"):
        lend_publishing(user=publisher, writer=manager, from_on=day(0), until_on=day(0))


def test_a_publisher_lends_and_takes_back_at_the_desk(publisher_client, writer):
    values = {"writer": writer.pk, "from_on": day(0), "until_on": day(1)}
    publisher_client.post(reverse("admin:articles_publishingloan_add"), values)
    loan = PublishingLoan.objects.running().get(writer=writer)
    act = {"action": "take_back", "_selected_action": [loan.pk]}
    publisher_client.post(reverse("admin:articles_publishingloan_changelist"), act)
    assert not PublishingLoan.objects.running().exists()


def test_the_desk_says_what_cannot_be_lent(publisher_client, writer):
    values = {"writer": writer.pk, "from_on": day(1), "until_on": day(0)}
    answer = publisher_client.post(reverse("admin:articles_publishingloan_add"), values)
    assert "before the first" in answer.content.decode() and not PublishingLoan.objects.exists()


def test_an_editor_lends_nothing(editor_client):
    assert editor_client.get(reverse("admin:articles_publishingloan_add")).status_code == 403


def test_the_desk_gives_the_writer_the_button(loan, writer_client, writer):
    article = write_story(writer)
    page = writer_client.get(reverse("admin:articles_article_change", args=[article.pk])).content.decode()
    assert 'value="publish"' in page and 'value="schedule"' not in page
