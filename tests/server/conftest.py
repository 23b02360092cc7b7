import pytest
from django.conf import settings

from tests.newsletters.conftest import (  # noqa: F401  a newsletter on its way, and who carries it
    draft,
    make_reader,
    newsletter,
    post_office,
    readers,
    sending,
    story,
)
from tests.server.front import Application, Nginx
from tests.server.listening import Listener


@pytest.fixture(scope="module")
def application(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        running = Application()
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def front(application):
    """nginx before an application that runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "TRUSTED_PROXIES", 1)
        nginx = Nginx(application.port).start()
    yield nginx
    nginx.stop()


@pytest.fixture
def mortal(django_db_setup, transactional_db, settings):
    """An application that a test may kill, and nginx before it."""
    settings.TRUSTED_PROXIES = 1
    application = Application()
    application.start()
    nginx = Nginx(application.port).start()
    yield application, nginx
    if application.process.poll() is None:
        application.kill()
    nginx.stop()


@pytest.fixture
def orphan(settings):
    """nginx before nobody."""
    settings.TRUSTED_PROXIES = 1
    nginx = Nginx(1).start()
    yield nginx
    nginx.stop()


@pytest.fixture
def listener():
    listening = Listener()
    yield listening
    listening.close()
