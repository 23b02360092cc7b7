import pytest

from newsroom.lib import outbox
from newsroom.lib.models import Outbox
from newsroom.site import followups
from newsroom.site.followups import follow_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(monkeypatch):
    """The table of follow-ups with one kind of ours."""

    def use(*effects):
        monkeypatch.setattr(followups, "FOLLOW_UPS", {"test.happened": effects})

    return use


def owed(kind="test.happened", **payload):
    return outbox.owe(kind, 1, **payload)


def read(row):
    row.refresh_from_db()
    return str(row.state), row.error


def test_it_carries_out_each_effect_once_however_often_it_is_asked(table):
    done = []
    table(lambda article_id: done.append(article_id), lambda article_id: done.append(-article_id))
    row = owed(article_id=7)
    follow_up(row.pk)
    follow_up(row.pk)
    assert done == [7, -7]
    assert read(row) == ("done", "")


def test_a_kind_that_nobody_knows_fails_and_is_shown():
    row = owed("nobody.knows")
    follow_up(row.pk)
    assert read(row) == ("waiting", "Nobody follows up “nobody.knows”.")
    Outbox.objects.update(attempts=outbox.GIVE_UP_AFTER - 1, next_attempt_at="2020-01-01T00:00Z")
    follow_up(row.pk)
    assert read(row) == ("failed", "Nobody follows up “nobody.knows”.")


def test_what_breaks_inside_is_not_mistaken_for_an_unknown_kind(table):
    def broken():
        raise KeyError("colour")

    table(broken)
    row = owed()
    with pytest.raises(KeyError):
        follow_up(row.pk)
    assert read(row) == ("waiting", "KeyError: 'colour'")


def test_it_is_carried_out_later_when_it_broke(table):
    table(lambda: 1 / 0)
    row = owed()
    with pytest.raises(ZeroDivisionError):
        follow_up(row.pk)
    table(lambda: None)
    Outbox.objects.update(next_attempt_at="2020-01-01T00:00Z")
    follow_up(row.pk)
    assert read(row) == ("done", "")


def test_every_kind_that_is_owed_is_followed_up():
    """What is written in the code as owed has a line in the table."""
    from articles.publishing import PUBLISHED
    from members.accounts.correcting import MOVED
    from members.patronage.credit import CREDIT
    from newsroom.lib.page_cache import STALE
    from newsroom.site.erasing import ERASE

    assert {PUBLISHED, STALE, ERASE, MOVED, CREDIT, "commission.published"} == set(followups.FOLLOW_UPS)
