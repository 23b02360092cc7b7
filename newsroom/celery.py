"""The Celery application: workers and the clock.

Queues go by urgency, so that a sign-in code waits neither behind a newsletter nor behind ten thousand events of
Stripe: `urgent` (codes, receipts), `events`, `default`, `bulk` (editions). A worker takes from its queues in turn.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks(
    [
        "newsroom.lib",
        "newsroom.site",
        "articles",
        "members.accounts",
        "members.patronage",
        "members.voting",
        "newsletters",
    ]
)
