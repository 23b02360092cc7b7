"""What readers see of the newsletters: the list, one with its archive, an edition on the web."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from articles.publishing import unpublish
from newsletters.models import Edition, Newsletter
from newsletters.sending import stop_sending


def read(address):
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_it_lists_what_is_offered_in_the_language(newsletter):
    Newsletter.objects.create(language="uk", slug="ohliad", name="Огляд")
    Newsletter.objects.create(language="en", slug="old", name="An Old One", is_active=False)
    page = read("/newsletters/")
    assert "The Briefing" in page and "Огляд" not in page and "An Old One" not in page
    assert " checked" not in page  # consent is an act
    assert "Огляд" in read("/uk/newsletters/")


def test_it_shows_the_archive_without_drafts(sending, newsletter):
    Edition.objects.create(newsletter=newsletter, subject="A draft", intro="Not yet")
    page = read("/newsletters/briefing/")
    assert "Late ferries" in page and sending.get_absolute_url() in page and "A draft" not in page


def test_it_shows_a_new_edition_at_once(newsletter, editor, draft, readers, django_capture_on_commit_callbacks):
    from newsletters.sending import start_sending

    assert "Late ferries" not in read("/newsletters/briefing/")
    with django_capture_on_commit_callbacks(execute=True):
        start_sending(user=editor, edition=draft)
    assert "Late ferries" in read("/newsletters/briefing/")


def test_it_shows_an_edition_on_the_web(sending, story):
    page = read(sending.get_absolute_url())
    assert "Good morning." in page and story.get_absolute_url() in page and "unsubscribe" not in page


def test_an_edition_asks_to_sign_up_for_its_own_newsletter(sending, newsletter):
    Newsletter.objects.create(language="en", slug="first", name="The First One", position=0)
    page = read(sending.get_absolute_url())
    assert 'action="/newsletters/briefing/"' in page and "The First One" not in page


def test_it_forgets_a_story_that_was_taken_down(sending, story, editor, django_capture_on_commit_callbacks):
    assert "The ferry is late" in read(sending.get_absolute_url())
    with django_capture_on_commit_callbacks(execute=True):
        unpublish(user=editor, article=story)
    assert "The ferry is late" not in read(sending.get_absolute_url())


def test_it_keeps_the_address_of_a_stopped_edition(sending, editor):
    stop_sending(user=editor, edition=sending)
    read(sending.get_absolute_url())


@pytest.mark.parametrize("address", ["nothing/", "briefing/2024-02-31-1/", "briefing/2024-02-01-99999999999999999999/"])
def test_it_knows_no_other_address(newsletter, address):
    assert Client().get(f"/newsletters/{address}").status_code == 404


def test_it_does_not_show_a_draft_by_its_address(draft):
    assert draft.get_absolute_url() == ""


def test_it_takes_no_slug_that_means_something_else():
    with pytest.raises(ValidationError):
        Newsletter(slug="confirm", name="Confirm").full_clean(validate_unique=False, validate_constraints=False)


@pytest.mark.parametrize("address", ["/newsletters/", "/newsletters/briefing/", "edition"])
def test_it_asks_little_of_the_database(sending, address, django_assert_max_num_queries):
    address = sending.get_absolute_url() if address == "edition" else address
    read(address + "?warm")
    with django_assert_max_num_queries(8):
        read(address)


def test_it_stands_under_a_story(newsletter, story):
    page = read(story.get_absolute_url())
    assert 'action="/newsletters/briefing/"' in page
