"""The fixed cast and what every test may use. PostgreSQL, Valkey, SMTP and the Stripe sandbox are real and given by
`make test` in the environment."""

from datetime import timedelta

import pytest
from django.core.cache import cache, caches
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from whitenoise import WhiteNoise

from newsroom.lib.mail_part import MAIL
from newsroom.lib.page_cache import near
from newsroom.lib.redis_part import REDIS
from tests.sign_in import sign_in

NOBODY = "redis://127.0.0.1:1/0"


def pytest_addoption(parser):
    parser.addoption("--brief", action="store_true", help="leave out the tests that are marked as thorough")


def pytest_collection_modifyitems(config, items):
    if config.option.brief:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database is kept between runs; one that was killed amid a test that commits has left its rows in it."""
    from articles.models import Article
    from members.accounts.models import Member

    with django_db_blocker.unblock():
        if Member.objects.exists() or Article.objects.exists():
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="session", autouse=True)
def _static_files_listed_once():
    """Each `Client()` has WhiteNoise list the static files anew, which took two thirds of the tests' time."""
    listed, plain = {}, WhiteNoise.update_files_dictionary

    def list_once(self, root, prefix):
        if (root, prefix) not in listed:
            plain(self, root, prefix)
            listed[root, prefix] = dict(self.files)
        self.files.update(listed[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", list_once)
        yield


@pytest.fixture(autouse=True)
def _fresh_cache(request):
    """Tests with a database start with an empty cache: pages, limits and settings of the one before are gone, and so is
    what it found out about Redis and the mail server."""
    REDIS.found_alive()
    MAIL.found_alive()
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        cache.clear()
        near.let_go()


@pytest.fixture
def make_member(db):
    from members.accounts.models import Member

    def make(email, **fields):
        fields.setdefault("proved_at", timezone.now())
        return Member.objects.create_user(email, **fields)

    return make


def _staff(make_member, email, role):
    from members.accounts import roles

    member = make_member(email, name=email.split("@")[0].title(), is_staff=True)
    roles.grant_role(user=None, member=member, role=role)
    return member


@pytest.fixture
def writer(make_member):
    from members.accounts import roles

    return _staff(make_member, "writer@example.org", roles.WRITER)


@pytest.fixture
def editor(make_member):
    from members.accounts import roles

    return _staff(make_member, "editor@example.org", roles.EDITOR)


@pytest.fixture
def publisher(make_member):
    from members.accounts import roles

    return _staff(make_member, "publisher@example.org", roles.PUBLISHER)


@pytest.fixture
def manager(make_member):
    from members.accounts import roles

    return _staff(make_member, "manager@example.org", roles.MEMBERSHIP_MANAGER)


@pytest.fixture
def member(make_member):
    return make_member("member@example.org", name="Free Member")


@pytest.fixture
def stranger(make_member):
    return make_member("stranger@example.org", name="A Stranger")


@pytest.fixture
def tier(db):
    from members.patronage.models import Tier

    return Tier.objects.create(key="lantern", name="Lantern", votes_per_round=3)


@pytest.fixture
def make_patron(make_member, tier):
    from members.patronage.models import Period

    def make(email, days=30, **fields):
        member = make_member(email, **fields)
        now = timezone.now()
        Period.objects.create(
            member=member, tier=tier, cause=Period.Cause.FREE,
            starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=days),
        )  # fmt: skip
        return member

    return make


@pytest.fixture
def patron(make_patron):
    return make_patron("patron@example.org", name="A Patron")


def _client_of(member):
    client = Client()
    sign_in(client, member)
    return client


@pytest.fixture
def writer_client(writer):
    return _client_of(writer)


@pytest.fixture
def editor_client(editor):
    return _client_of(editor)


@pytest.fixture
def publisher_client(publisher):
    return _client_of(publisher)


@pytest.fixture
def manager_client(manager):
    return _client_of(manager)


@pytest.fixture
def member_client(member):
    return _client_of(member)


@pytest.fixture
def patron_client(patron):
    return _client_of(patron)


@pytest.fixture
def stranger_client(stranger):
    return _client_of(stranger)


@pytest.fixture
def redis_down(settings):
    """The cache, the page store and the limits point at a port where nobody listens."""
    down = {**settings.CACHES["default"], "LOCATION": NOBODY}
    with override_settings(CACHES={"default": down}, REDIS_URL=NOBODY):
        _forget_caches()
        yield
    _forget_caches()


def _forget_caches():
    for alias in list(caches):
        if hasattr(caches._connections, alias):
            delattr(caches._connections, alias)
