"""The web process: the only one that keeps a pool of database connections."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
os.environ.setdefault("NEWSROOM_PROCESS", "web")

from django.core.wsgi import get_wsgi_application

from newsroom.lib.wsgi import Utf8Request

application = get_wsgi_application()
application.request_class = Utf8Request
