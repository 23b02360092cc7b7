from django.test import Client

from members.voting.models import Topic
from tests.members.voting.making import make_topic

PATH = "/topics/suggest/"
QUESTION = "Why is the water of the canal brown?"


def test_anonymous_is_sent_to_sign_in(db):
    assert Client().get(PATH)["Location"].endswith(f"?next={PATH}")
    assert Client().post(PATH, {"question": QUESTION}).status_code == 302
    assert not Topic.objects.exists()


def test_a_member_suggests_and_finds_it_on_the_account(member_client, member):
    response = member_client.post(PATH, {"question": QUESTION, "why": "It smells."}, follow=True)
    assert response.redirect_chain == [("/account/", 302)]
    assert QUESTION in response.content.decode()
    assert Topic.objects.get().suggested_by == member


def test_it_keeps_the_language_of_the_page(member_client):
    member_client.post("/uk" + PATH, {"question": "Чому вода в каналі така бура?"})
    assert Topic.objects.get().texts.get().language == "uk"


def test_it_shows_what_stands_already_and_keeps_what_was_typed(member_client):
    standing = make_topic("Why is the canal's water brown?")
    response = member_client.post(PATH, {"question": QUESTION, "why": "It smells."})
    page = response.content.decode()
    assert response.status_code == 422
    for text in (standing.get_absolute_url(), "is_another", QUESTION, "It smells."):
        assert text in page
    assert Topic.objects.count() == 1


def test_it_takes_another_one_when_told_so(member_client):
    make_topic("Why is the canal's water brown?")
    response = member_client.post(PATH, {"question": QUESTION, "is_another": "on"})
    assert response.status_code == 302
    assert Topic.objects.count() == 2


def test_it_says_what_is_missing(member_client):
    response = member_client.post(PATH, {"question": "Why?", "why": "Because."})
    assert response.status_code == 422
    assert "Because." in response.content.decode()
    assert not Topic.objects.exists()


def test_it_says_when_markup_leaves_no_question(member_client):
    response = member_client.post(PATH, {"question": "<b><i><u>Why?</u></i></b>"})
    assert response.status_code == 422
    assert "Please write the question out" in response.content.decode()


def test_it_is_limited_per_member(member_client, stranger_client):
    answers = [
        member_client.post(PATH, {"question": f"Why is the canal number {n} brown?", "is_another": "on"}).status_code
        for n in range(7)
    ]
    assert (answers[5], answers[6]) == (302, 429)
    assert stranger_client.post(PATH, {"question": QUESTION, "is_another": "on"}).status_code == 302


def test_it_is_never_stored(member_client):
    assert "no-store" in member_client.get(PATH)["Cache-Control"]
