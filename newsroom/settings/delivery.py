"""What leaves the building: Celery, mail, Stripe."""

from typing import Any
from urllib.parse import unquote, urlsplit

from celery.schedules import crontab

from newsroom.settings.base import IS_WEB, REDIS_URL, SECRET_KEY, SITE_URL, TIME_ZONE
from newsroom.settings.environment import env

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "newsroom.lib.clock:SteadyScheduler"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for Redis as long as it takes
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # also for one that refuses to write, its disk or memory being full
# Redis gives again what is unacknowledged for an hour; no task of ours runs that long, and each is safe to run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 1 if IS_WEB else 5,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "newsroom.lib.tasks.send_urgent_letter": {"queue": "urgent"},
    "members.patronage.tasks.work_off_events": {"queue": "events"},
    "members.patronage.tasks.*": {"queue": "urgent"},
    "newsletters.tasks.deliver_*": {"queue": "bulk"},
}
# Every line is a sweep: what a lost wake-up left behind is found again in the database.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-letters": {"task": "newsroom.lib.tasks.sweep_letters", "schedule": 20.0},
    "sweep-outbox": {"task": "newsroom.site.tasks.sweep_outbox", "schedule": 20.0},
    "sweep-stripe-events": {"task": "members.patronage.tasks.sweep_events", "schedule": 20.0},
    "sweep-checkouts": {"task": "members.patronage.tasks.sweep_checkouts", "schedule": 120.0},
    "sweep-changes": {"task": "members.patronage.tasks.sweep_changes", "schedule": 60.0},
    "sweep-erased": {"task": "members.patronage.tasks.sweep_erased", "schedule": 60.0},
    "sweep-catalogue": {"task": "members.patronage.tasks.sweep_catalogue", "schedule": 120.0},
    "sweep-refunds": {"task": "members.patronage.tasks.sweep_refunds", "schedule": 60.0},
    "sweep-declarations": {"task": "members.patronage.tasks.sweep_declarations", "schedule": 60.0},
    "sweep-renewals": {"task": "members.patronage.tasks.sweep_renewals", "schedule": 3600.0},
    "sweep-reconciling": {"task": "members.patronage.tasks.sweep_reconciling", "schedule": 20.0},
    "watch-webhooks": {"task": "members.patronage.tasks.watch_webhooks", "schedule": 300.0},
    "watch-checkouts": {"task": "members.patronage.tasks.watch_checkouts", "schedule": 30.0},
    "reconcile": {"task": "members.patronage.tasks.reconcile", "schedule": crontab(hour=2, minute=20)},
    "sweep-doubles": {"task": "members.patronage.tasks.sweep_doubles", "schedule": 300.0},
    "sweep-dunning": {"task": "members.patronage.tasks.sweep_dunning", "schedule": 1800.0},
    "sweep-moves": {"task": "members.patronage.tasks.sweep_moves", "schedule": 60.0},
    "sweep-gifts": {"task": "members.patronage.tasks.sweep_gifts", "schedule": 120.0},
    "sweep-editions": {"task": "newsletters.tasks.sweep_editions", "schedule": 20.0},
    "sweep-schedules": {"task": "articles.tasks.publish_due", "schedule": 10.0},
    "sweep-renditions": {"task": "articles.tasks.sweep_renditions", "schedule": 60.0},
    "sweep-rounds": {"task": "members.voting.tasks.close_due_rounds", "schedule": 60.0},
    "purge-personal-data": {"task": "newsroom.site.tasks.purge_personal_data", "schedule": crontab(hour=3, minute=40)},
    "thin-autosaves": {"task": "articles.tasks.thin_autosaves", "schedule": crontab(hour=4, minute=10)},
    "turn-the-day": {"task": "newsroom.site.tasks.turn_the_day", "schedule": crontab(hour=0, minute=0)},
    "watch-backups": {"task": "newsroom.site.tasks.watch_backups", "schedule": 600.0},
    "heartbeat": {"task": "newsroom.lib.tasks.beat_heartbeat", "schedule": 10.0},
    "heartbeat-of-bulk": {
        "task": "newsroom.lib.tasks.beat_heartbeat",
        "schedule": 10.0,
        "args": ("bulk",),
        "options": {"queue": "bulk"},
    },
}
CELERY_BEAT_SYNC_EVERY = 1  # the clock's file is written with each task: it shows that the clock turns
for _line in CELERY_BEAT_SCHEDULE.values():
    if isinstance(_line["schedule"], float):  # while no worker runs, sweeps must not heap up: the next one does it all
        _line["options"] = {**_line.get("options", {}), "expires": max(30.0, _line["schedule"])}


def _mail(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


EMAIL_URL = env.str("EMAIL_URL", "smtp://localhost:25")
_parsed_mail = _mail(EMAIL_URL)
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = _parsed_mail["EMAIL_HOST"]
EMAIL_PORT = _parsed_mail["EMAIL_PORT"]
EMAIL_HOST_USER = _parsed_mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _parsed_mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _parsed_mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _parsed_mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"newsroom@{urlsplit(SITE_URL).hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Of the hashes that outlive everything else; what was hashed under an earlier key is found by the fallbacks.
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", "") or SECRET_KEY
SUPPRESSION_KEY_FALLBACKS: list[str] = env.list("SUPPRESSION_KEY_FALLBACKS", [])

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")  # empty: Stripe itself
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))

__all__ = [name for name in dir() if name.isupper()]
