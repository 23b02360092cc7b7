"""The thank-you list: off at first, names alone, gone as soon as its owner takes it off."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_redis import get_redis_connection

from members.accounts.models import Member
from members.patronage.models import Period
from newsroom.lib.models import AuditEntry
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST, MINE = reverse("members:thank-you"), reverse("members:display-name")


def listed():
    return Client().get(LIST).content.decode()


def choose(client, name):
    return client.post(MINE, {"display_name": name})


def test_it_names_nobody_who_has_not_asked(patron):
    assert "A Patron" not in listed()


def test_it_names_a_patron_who_asked_and_forgets_her_at_once(patron, patron_client):
    assert choose(patron_client, "  Nadia   of the Lighthouse ").status_code == 302
    assert "Nadia of the Lighthouse" in listed()
    patron_client.post(MINE, {"display_name": "Nadia of the Lighthouse", "off": "1"})
    assert "Nadia" not in listed() and Member.objects.get(pk=patron.pk).display_name == ""


@pytest.mark.parametrize("name", ["О.Шевченко", "J. R. Hartley", "J.Fox", "Anna & Ben"])
def test_it_takes_names_with_initials(patron_client, name):
    assert choose(patron_client, name).status_code == 302


@pytest.mark.parametrize("name", ["www.pay", "best-shop.example", "t.me", "me@example", "https://x", "магазин.укр"])
def test_it_takes_no_addresses(patron_client, name):
    assert choose(patron_client, name).status_code != 302


def test_it_is_asked_for_each_time_by_browsers_and_kept_half_a_minute_by_whoever_is_between(patron_client):
    choose(patron_client, "Nadia")
    for _rendered_and_stored in range(2):
        answer = Client().get(LIST)
        assert answer["Cache-Control"] == "public, max-age=0, s-maxage=30, must-revalidate"
        assert answer["X-Accel-Expires"] == "0"


def test_it_shows_names_and_nothing_else(patron, patron_client):
    choose(patron_client, "Nadia")
    page = listed()
    assert patron.email not in page and "A Patron" not in page and "Lantern" not in page


def test_it_names_no_member_who_is_no_patron_any_more(patron, patron_client, member_client):
    choose(member_client, "Only a Member")
    Member.objects.filter(pk=patron.pk).update(display_name="Was a Patron")
    Period.objects.filter(member=patron).update(ends_at=timezone.now())
    assert "Only a Member" not in listed() and "Was a Patron" not in listed()


def test_it_is_stored_for_less_than_a_minute_since_support_ends_by_the_clock(patron, patron_client):
    choose(patron_client, "Nadia")
    for address in (LIST, "/uk" + LIST):
        assert "Nadia" in Client().get(address).content.decode()
        stored = get_redis_connection().keys(f"*{address}[?]")
        assert len(stored) == 1 and 0 < get_redis_connection().ttl(stored[0]) <= 30


def test_it_says_whether_the_list_shows_the_name_now(patron_client, member_client):
    said = [client.post(MINE, {"display_name": "Nadia"}, follow=True) for client in (patron_client, member_client)]
    patrons_page, members_page = (answer.content.decode() for answer in said)
    assert "The list shows your name." in patrons_page
    assert "The list shows it while you are a patron." in members_page and "shows your name" not in members_page


def test_it_sorts_as_the_alphabet_does(make_patron):
    for number, name in enumerate(["Ярина", "Єва", "Іван", "Адам", "ґанок"]):
        make_patron(f"p{number}@example.org", display_name=name)
    page = Client().get("/uk" + LIST).content.decode()
    places = [page.index(name) for name in ["Адам", "ґанок", "Єва", "Іван", "Ярина"]]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["me@example.org", "see http://x.example", "www.shop", "buy.example", "a\u202eb"])
def test_it_takes_no_address_link_or_hidden_sign(patron_client, name):
    answer = choose(patron_client, name)
    assert answer.status_code == 422 and not Member.objects.filter(display_name=name).exists()


def test_it_escapes_what_was_written(patron_client):
    choose(patron_client, "<b>Nadia</b>")
    assert "<b>Nadia" not in listed() and "&lt;b&gt;Nadia" in listed()


def test_it_is_the_same_bytes_for_everybody(patron, patron_client):
    choose(patron_client, "Nadia")
    assert patron_client.get(LIST).content == Client().get(LIST).content


def test_it_asks_whoever_is_not_signed_in_to_sign_in():
    assert Client().get(MINE).status_code == Client().post(MINE).status_code == 302


def test_it_keeps_the_name_out_of_the_audit(patron_client):
    choose(patron_client, "Nadia")
    entry = AuditEntry.objects.get(action="member.thanked_by_name")
    assert "Nadia" not in f"{entry.details}{entry.target_label}{entry.actor_label}"


def test_the_desk_takes_a_name_off_the_stored_page_too(patron, manager, patron_client):
    choose(patron_client, "A Bad Word")
    assert "A Bad Word" in listed()
    desk = Client()
    sign_in(desk, manager)
    data = {"name": patron.name, "display_name": "", "language": "en", "time_zone": ""}
    assert desk.post(reverse("admin:members_member_change", args=[patron.pk]), data).status_code == 302
    assert "A Bad Word" not in listed()


def test_the_support_page_leads_to_the_list(client, prices):
    assert reverse("members:thank-you") in client.get(reverse("members:support")).content.decode()
