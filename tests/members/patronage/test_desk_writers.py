"""Writers never see patrons: each address that the desk has, found by its own list of them, is asked for by a writer,
with rows of a patron behind it. A page that is added later is asked for as well."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import NoReverseMatch, reverse

from articles.models import Article
from members.accounts.models import SignedInBrowser
from members.patronage.models import MemberNote
from members.voting.models import Topic, TopicText
from newsletters.models import Delivery, Edition, Newsletter, Signup
from newsroom.lib.audit import record
from newsroom.lib.models import Letter
from newsroom.lib.site_settings import site_settings
from tests.members.patronage.test_desk_roles import rows  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

PATRON, NAME, FRIEND, NOTE = "member@example.org", "Free Member", "friend@example.org", "Rang about the eel"
MARKS = tuple(mark.encode() for mark in (PATRON, NAME, FRIEND, NOTE))
SEARCHES = ({}, {"q": "member@"}, {"q": "Free"})  # a page repeats what was looked for
OF_PEOPLE = ("members", "newsletters")
OF_A_STORY = "/admin/newsletters/edition/story/"  # beside the editor: a draft of her own as it would stand in a letter


@pytest.fixture
def life(rows, member, writer, manager):  # noqa: F811
    """All that stands about one patron, in each room."""
    newsletter = Newsletter.objects.create(name="The Morning", slug="morning", language="en")
    edition = Edition.objects.create(newsletter=newsletter, subject="Eels")
    signup = Signup.objects.create(newsletter=newsletter, member=member)
    Delivery.objects.create(edition=edition, signup=signup)
    MemberNote.objects.create(member=member, text=NOTE, written_by=manager)
    SignedInBrowser.objects.create(member=member, session_key="k", browser="Firefox", system="Linux")
    topic = Topic.objects.create(slug="eels", language="en", suggested_by=member)
    TopicText.objects.create(topic=topic, language="en", question="Where are the eels?")
    record("member.noted", actor=member, target=member)
    Letter.objects.create(kind="members/receipt", cause="receipt:1", to_email=PATRON, member=member, subject=NAME)
    LogEntry.objects.log_actions(manager.pk, [member], CHANGE, single_object=True)
    Article.objects.create(language="en", headline="What the eels cost", created_by=writer)
    site_settings()  # made where there is none
    return member


def addresses_of(desk):
    """Each with a row of the patron's in it, where it wants one."""
    row = desk.model._default_manager.first()
    for pattern in desk.get_urls():
        for args in ([], [row.pk if row else 1], [row.pk if row else 1, 1]):
            try:
                yield reverse(f"admin:{pattern.name}", args=args)
                break
            except NoReverseMatch:
                continue


def all_addresses():
    for model, desk in admin.site._registry.items():
        for address in addresses_of(desk):
            yield model, address


def completions():
    """What a select that looks up as one types would be asked, for each field of each model."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created:
                label, name = model._meta.label_lower.split(".")
                yield {"app_label": label, "model_name": name, "field_name": field.name}


def content(answer):
    return b"".join(answer) if answer.streaming else answer.content


def seen_by(client):
    """Addresses at which something of the patron's can be read; whatever else the desk answers."""
    found = set()
    others = [reverse("admin:index"), *(f"/admin/{app.label}/" for app in apps.get_app_configs())]
    for address in [*(address for _model, address in all_addresses()), *others]:
        for asked in SEARCHES:
            if any(mark in content(client.get(address, asked)) for mark in MARKS):
                found.add(address)
    for asked in completions():
        answer = client.get(reverse("admin:autocomplete"), {**asked, "term": "member"})
        if any(mark in answer.content for mark in MARKS):
            found.add(str(asked))
    return found


def test_no_address_of_the_desk_opens_to_a_writer_that_is_about_people(life, writer_client):
    mine = {model._meta.label: address for model, address in all_addresses() if model._meta.app_label in OF_PEOPLE}
    assert len(mine) > 20
    for model, address in all_addresses():
        if model._meta.app_label in OF_PEOPLE and not address.startswith(OF_A_STORY):
            for answer in (writer_client.get(address), writer_client.post(address, {"post": "yes"})):
                is_back = answer.status_code == 302 and answer["Location"] == reverse("admin:index")  # no such row
                assert is_back or answer.status_code in (403, 404, 405), address
    assert writer_client.get(reverse("desk-member", args=[life.pk])).status_code == 403


@pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning")
def test_a_writer_reads_of_no_patron_anywhere_at_the_desk(life, writer_client):
    assert seen_by(writer_client) == set()


@pytest.mark.filterwarnings("ignore::django.core.paginator.UnorderedObjectListWarning")
def test_who_looks_after_patrons_reads_of_them_at_the_same_addresses(life, manager_client):
    """So that the test before this one cannot pass by asking where nothing is."""
    found = seen_by(manager_client)
    for model in ("member", "subscription", "payment", "donation", "checkout", "gift", "period"):
        assert reverse(f"admin:members_{model}_changelist") in found, model
    assert [one for one in found if "field_name" in one]


def test_the_desks_own_search_finds_a_writer_no_patron(life, writer_client):
    for term in (PATRON, "Free", "payment", "member"):
        answer = writer_client.get(reverse("admin:search"), {"s": term})
        assert not [mark for mark in (*MARKS, b"/admin/members/") if mark in answer.content], term
