"""/account/newsletters/: the member's own, at once and nobody else's."""

import pytest
from django.test import Client
from django.urls import include, path

from newsletters.models import Newsletter, Signup
from newsletters.signing_up import SignupError, set_signups
from newsroom.lib.limits import CHOOSE_NEWSLETTERS, count_against
from newsroom.urls import handler404  # noqa: F401
from newsroom.urls import urlpatterns as house

PAGE = "/account/newsletters/"
urlpatterns = [path("account/newsletters/", include("newsletters.urls_account")), *house]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def weekend(db):
    return Newsletter.objects.create(language="uk", slug="weekend", name="Вихідні")


def held(member):
    return {row.newsletter.slug: str(row.state) for row in Signup.objects.filter(member=member)}


def test_it_signs_up_at_once(member_client, member, newsletter, weekend):
    answer = member_client.post(PAGE, {"newsletters": [newsletter.pk, weekend.pk]})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert held(member) == {"briefing": "confirmed", "weekend": "confirmed"}
    assert Signup.objects.filter(source=PAGE, confirmed_at__isnull=False).count() == 2


def test_it_shows_what_comes(member_client, member, newsletter, weekend):
    set_signups(member=member, newsletters=[weekend])
    page = member_client.get(PAGE)
    assert page.content.decode().count(" checked") == 1 and "no-store" in page["Cache-Control"]


def test_it_leaves_what_is_unticked(member_client, member, newsletter, weekend):
    set_signups(member=member, newsletters=[newsletter, weekend])
    member_client.post(PAGE, {"newsletters": [weekend.pk]})
    assert held(member) == {"briefing": "left", "weekend": "confirmed"}
    member_client.post(PAGE, {"newsletters": [newsletter.pk]})
    assert held(member) == {"briefing": "confirmed", "weekend": "left"}


def test_it_does_not_touch_what_is_no_longer_offered(member, newsletter, weekend):
    set_signups(member=member, newsletters=[newsletter])
    Newsletter.objects.filter(pk=newsletter.pk).update(is_active=False)
    set_signups(member=member, newsletters=[])
    assert held(member) == {"briefing": "confirmed"}


def test_it_confirms_what_was_asked_and_never_answered(member, newsletter):
    Signup.objects.create(member=member, newsletter=newsletter)
    set_signups(member=member, newsletters=[newsletter])
    assert held(member) == {"briefing": "confirmed"}


def test_it_changes_nobody_elses(member_client, member, stranger, newsletter):
    set_signups(member=stranger, newsletters=[newsletter])
    member_client.post(PAGE, {"newsletters": []})
    assert held(stranger) == {"briefing": "confirmed"}


def test_it_asks_an_address_to_prove_itself_first(make_member, newsletter):
    with pytest.raises(SignupError, match="not proved"):
        set_signups(member=make_member("new@example.org", proved_at=None), newsletters=[newsletter])


def test_it_refuses_what_is_not_offered(member_client, member):
    assert member_client.post(PAGE, {"newsletters": ["12345"]}).status_code == 422


def test_it_is_for_the_signed_in(newsletter):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(PAGE)
        assert answer.status_code == 302 and "/account/sign-in/" in answer["Location"]


def test_it_wants_djangos_token(member, newsletter):
    from tests.sign_in import sign_in

    client = Client(enforce_csrf_checks=True)
    sign_in(client, member)
    assert client.post(PAGE, {"newsletters": [newsletter.pk]}).status_code == 403


def test_it_does_the_same_for_two_clicks(member, newsletter):
    for _click in range(2):
        set_signups(member=member, newsletters=[newsletter])
    assert held(member) == {"briefing": "confirmed"}


def test_it_counts_how_often_a_member_chooses(member_client, member, editor_client, newsletter):
    for _time in range(CHOOSE_NEWSLETTERS.count):
        count_against(CHOOSE_NEWSLETTERS, f"member:{member.pk}")
    assert member_client.post(PAGE, {"newsletters": [newsletter.pk]}).status_code == 429
    assert held(member) == {}
    assert editor_client.post(PAGE, {"newsletters": [newsletter.pk]}).status_code == 302


def test_it_works_while_nothing_can_be_counted(member_client, member, newsletter, redis_down):
    assert member_client.post(PAGE, {"newsletters": [newsletter.pk]}).status_code == 302
    assert held(member) == {"briefing": "confirmed"}
