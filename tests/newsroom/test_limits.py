import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_redis import get_redis_connection

from newsroom.lib.limits import Limit, TooMany, Unavailable, count_against, limited

THREE = Limit("three", 3, 600)
pytestmark = pytest.mark.django_db


@limited(THREE)
def view(request):
    return HttpResponse("done")


def post(address="192.0.2.1", method="post"):
    return view(getattr(RequestFactory(), method)("/", REMOTE_ADDR=address))


def test_it_counts_posts_only():
    for _time in range(5):
        post(method="get")
    for _time in range(3):
        post()
    with pytest.raises(TooMany):
        post()


def test_it_counts_each_client_for_itself():
    for number in range(5):
        post(f"192.0.2.{number}")


def test_it_counts_a_household_of_ipv6_as_one():
    for number in range(3):
        post(f"2001:db8:1:2::{number}")
    with pytest.raises(TooMany):
        post("2001:db8:1:2:ffff::9")
    post("2001:db8:1:3::1")


def test_it_forgets_when_the_time_is_over_and_keeps_no_address():
    count_against(THREE, "reader@example.org")
    count_against(THREE, "reader@example.org")
    connection = get_redis_connection()
    (name,) = connection.scan_iter(match="*limit:three:*")
    assert b"reader" not in name
    assert 0 < connection.ttl(name) <= 600
    connection.delete(name)
    for _time in range(3):
        count_against(THREE, "reader@example.org")


def test_no_count_is_without_an_end_even_of_one_that_lost_it():
    count_against(THREE, "a")
    (name,) = get_redis_connection().scan_iter(match="*limit:three:*")
    get_redis_connection().delete(name)
    count_against(THREE, "a")
    assert get_redis_connection().ttl(name) > 0


def test_what_costs_waits_while_nothing_can_be_counted(redis_down):
    with pytest.raises(Unavailable):
        post()


def test_it_shows_a_page(client, monkeypatch):
    monkeypatch.setattr("newsletters.views.SIGN_UP", THREE)
    ours = {"Sec-Fetch-Site": "same-origin"}
    answers = [client.post("/newsletters/", {"email": "x"}, headers=ours).status_code for _time in range(12)]
    assert answers[-1] == 429
