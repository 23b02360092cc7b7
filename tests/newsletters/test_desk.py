"""The desk: editors compose, look, send and watch; writers do not."""

import re

import pytest
from django.urls import reverse

from newsletters.models import Delivery, Edition, EditionItem, Newsletter
from newsroom.lib.models import AuditEntry, Letter
from tests.articles import making

PAGES = ["changelist", "add", "change", "preview", "mail", "send", "progress", "bar"]


def page(name, edition=None):
    args = [edition.pk] if edition and name not in ("changelist", "add") else []
    return reverse(f"admin:newsletters_edition_{name}", args=args)


def form_of(newsletter, *stories, **fields):
    data = {"newsletter": newsletter.pk, "subject": "Late ferries", "preheader": "", "intro": "Good morning."}
    rows = {"items-TOTAL_FORMS": len(stories), "items-INITIAL_FORMS": 0, "items-MIN_NUM_FORMS": 0}
    for number, story in enumerate(stories):
        rows |= {f"items-{number}-article": story.pk, f"items-{number}-position": number, f"items-{number}-blurb": ""}
    return data | rows | fields


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_to_an_editor(editor_client, draft, readers, name):
    assert editor_client.get(page(name, draft)).status_code == 200


@pytest.mark.parametrize("name", ["change", "preview", "mail", "send", "progress", "bar"])
def test_it_opens_when_the_edition_is_on_its_way(editor_client, sending, name):
    assert editor_client.get(page(name, sending)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, "test"])
def test_it_is_refused_to_a_writer(writer_client, draft, name):
    assert writer_client.get(page(name, draft)).status_code in (403, 405)
    assert writer_client.post(page(name, draft)).status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize(
    "name", ["newsletter_changelist", "newsletter_add", "newsletter_change", "delivery_changelist"]
)
def test_it_opens_the_newsletters_to_an_editor_only(editor_client, writer_client, newsletter, sending, name):
    address = reverse(f"admin:newsletters_{name}", args=[newsletter.pk] if name.endswith("change") else [])
    assert editor_client.get(address).status_code == 200
    assert writer_client.get(address).status_code == 403


def test_it_saves_an_edition_with_its_stories(editor_client, editor, newsletter, story):
    answer = editor_client.post(page("add"), form_of(newsletter, story))
    assert answer.status_code == 302, answer.context["errors"]
    edition = Edition.objects.get()
    assert (edition.created_by, edition.items.get().article) == (editor, story)
    assert AuditEntry.objects.filter(action="edition.saved").exists()


def test_it_takes_published_stories_only(editor_client, newsletter):
    answer = editor_client.post(page("add"), form_of(newsletter, making.draft()))
    assert answer.status_code == 200 and "Readers cannot open this story" in answer.content.decode()


@pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning")
def test_it_offers_published_stories_only(editor_client, story):
    making.draft(headline="The ferry nobody may see")
    query = {"app_label": "newsletters", "model_name": "editionitem", "field_name": "article", "term": "ferry"}
    found = editor_client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["id"] for row in found] == [str(story.pk)]


def test_it_does_not_write_an_edition_that_was_sent_meanwhile(editor_client, sending, newsletter):
    item = EditionItem.objects.get()
    data = form_of(newsletter, subject="Changed") | {
        "items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 1, "items-0-id": item.pk, "items-0-article": item.article_id,
    }  # fmt: skip
    assert editor_client.post(page("change", sending), data).status_code == 403
    assert Edition.objects.get().subject == "Late ferries"


def test_it_says_how_many_will_get_it(editor_client, draft, readers, make_reader):
    make_reader("pending@example.org", state="pending")
    EditionItem.objects.create(edition=draft, article=making.draft(headline="Hidden"))
    text = editor_client.get(page("send", draft)).content.decode()
    assert "3 readers will get it" in text and "will be left out" in text and "Hidden" not in text


def test_it_sends_on_a_click(editor_client, draft, readers):
    answer = editor_client.post(page("send", draft))
    assert answer["Location"] == page("progress", draft)
    assert Delivery.objects.count() == 3
    assert "Watch it go out" in editor_client.get(page("send", draft)).content.decode()


def test_it_says_why_it_does_not_send(editor_client, draft):
    answer = editor_client.post(page("send", draft), follow=True)
    assert "Nobody is signed up" in answer.content.decode()


def test_it_lets_the_clock_send(editor_client, draft, readers):
    editor_client.post(page("send", draft), {"schedule": "on", "send_at": "2124-11-13T08:30"})
    draft.refresh_from_db()
    assert draft.send_at.isoformat() == "2124-11-13T08:30:00+00:00"
    assert "13 November 2124" in editor_client.get(page("send", draft)).content.decode()
    editor_client.post(page("send", draft), {"schedule": "off"})
    draft.refresh_from_db()
    assert draft.send_at is None and draft.state == "draft"


@pytest.mark.parametrize("time", ["soon", "2000-01-01T00:00"])
def test_it_takes_a_later_time_only(editor_client, draft, time):
    editor_client.post(page("send", draft), {"schedule": "on", "send_at": time})
    draft.refresh_from_db()
    assert draft.send_at is None


def test_it_stops_on_a_click(editor_client, sending):
    editor_client.post(page("progress", sending))
    sending.refresh_from_db()
    assert sending.state == "stopped"
    assert "hx-get" not in editor_client.get(page("bar", sending)).content.decode()


def test_it_shows_a_bar_and_what_wants_a_person(editor_client, sending):
    rows = list(Delivery.objects.order_by("pk"))
    Delivery.objects.filter(pk=rows[0].pk).update(state="unknown", error="The worker died")
    Delivery.objects.filter(pk=rows[1].pk).update(state="failed", error="refused with 550")
    Delivery.objects.filter(pk=rows[2].pk).update(error="ConnectionRefusedError")
    text = editor_client.get(page("bar", sending)).content.decode()
    assert re.search(r'<progress value="0" max="3">', text) and "hx-get" in text
    for words in ("nobody knows", "1 was refused", "1 waits", "The worker died", "refused with 550"):
        assert words in text


def test_it_sends_a_test_by_post_only(editor_client, draft):
    assert editor_client.get(page("test", draft)).status_code == 405
    editor_client.post(page("test", draft))
    assert Letter.objects.get().to_email == "editor@example.org"


def test_it_frames_the_mail(editor_client, draft):
    mail = editor_client.get(page("mail", draft))
    assert mail["X-Frame-Options"] == "SAMEORIGIN" and "The ferry is late" in mail.content.decode()
    assert page("mail", draft) in editor_client.get(page("preview", draft)).content.decode()


def test_it_keeps_the_address_of_a_newsletter(editor_client, newsletter):
    address = reverse("admin:newsletters_newsletter_change", args=[newsletter.pk])
    data = {
        "name": "New name",
        "slug": "other",
        "language": "uk",
        "description": "",
        "schedule": "",
        "sender_name": "",
        "position": 0,
        "is_active": "on",
    }
    editor_client.post(address, data)
    newsletter.refresh_from_db()
    assert (newsletter.name, newsletter.slug, newsletter.language) == ("New name", "briefing", "en")


def test_it_makes_a_newsletter(editor_client):
    data = {
        "name": "Weekend",
        "slug": "weekend",
        "language": "uk",
        "description": "",
        "schedule": "",
        "sender_name": "",
        "position": 0,
        "is_active": "on",
    }
    editor_client.post(reverse("admin:newsletters_newsletter_add"), data)
    assert Newsletter.objects.get().language == "uk"


@pytest.mark.parametrize("name", ["edition_changelist", "newsletter_changelist", "delivery_changelist"])
def test_it_asks_the_same_for_long_lists(editor_client, sending, make_reader, newsletter, name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse(f"admin:newsletters_{name}")
    editor_client.get(address)
    with CaptureQueriesContext(connection) as few:
        editor_client.get(address)
    for number in range(5):
        Newsletter.objects.create(language="en", slug=f"other-{number}", name=f"Other {number}")
        Edition.objects.create(newsletter=newsletter, subject=f"Other {number}")
        Delivery.objects.create(edition=sending, signup=make_reader(f"more{number}@example.org"))
    with CaptureQueriesContext(connection) as many:
        editor_client.get(address)
    assert len(many) == len(few)
