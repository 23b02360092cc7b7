"""The Celery application: workers and the clock.

Queues go by urgency, so that a sign-in code never waits behind a newsletter: `urgent` (codes, receipts, webhooks),
`default`, `bulk` (editions).
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
