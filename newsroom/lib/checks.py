"""System checks that say what to do."""

import re
from collections.abc import Collection
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection
from django_redis import get_redis_connection

from newsroom.oldest import OLDEST_POSTGRES, OLDEST_REDIS, is_postgres_too_old, is_redis_too_old
from newsroom.settings.environment import IS_PRODUCTION, NEWSROOM_MODE, env


@register()
def check_deployment(**kwargs: Any) -> list[CheckMessage]:
    """What a deployment must have set. In demo and test the launcher sets it."""
    found: list[CheckMessage] = []
    if NEWSROOM_MODE not in ("demo", "test", "production"):
        found.append(
            Error(f"NEWSROOM_MODE is “{NEWSROOM_MODE}”.", hint="Use demo, test or production.", id="newsroom.E001")
        )
    if not IS_PRODUCTION:
        return found
    has_provider = not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    for name, why in _REQUIRED.items():
        if name == "EMAIL_URL" and has_provider:
            continue
        if not env.str(name, ""):  # not the setting: an empty SECRET_KEY cannot even be read, others have a default
            found.append(Error(f"{name} is not set.", hint=why, id="newsroom.E002"))
    if settings.STRIPE_API_BASE:
        found.append(
            Error("STRIPE_API_BASE is for demo and test.", hint="Remove it to talk to Stripe.", id="newsroom.E003")
        )
    if settings.MAIL_INBOX_DIR:
        found.append(
            Error("MAIL_INBOX_DIR is for demo and test.", hint="Remove it; mail goes by EMAIL_URL.", id="newsroom.E005")
        )
    if not env.str("SUPPRESSION_KEY", ""):
        found.append(Warning("SUPPRESSION_KEY is not set.", hint=_SUPPRESSION_KEY, id="newsroom.W002"))
    if not settings.IS_HTTPS:
        found.append(Warning("SITE_URL is not https.", hint="Set SITE_URL=https://… behind TLS.", id="newsroom.W001"))
    return found


_SUPPRESSION_KEY = (
    "Set SUPPRESSION_KEY to a long random text that stays when SECRET_KEY changes. Until then SECRET_KEY stands in: "
    "name that one in SUPPRESSION_KEY_FALLBACKS, or those who asked not to be written to are forgotten."
)
_REQUIRED = {
    "SECRET_KEY": "Set SECRET_KEY to a long random text and keep it secret.",
    "SITE_URL": "Set SITE_URL to the address that readers type, for example https://news.example.org.",
    "DATABASE_URL": "Set DATABASE_URL, for example postgres://newsroom:password@127.0.0.1:5432/newsroom.",
    "REDIS_URL": "Set REDIS_URL, for example redis://:password@127.0.0.1:6379/0.",
    "EMAIL_URL": "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587.",
    "STRIPE_SECRET_KEY": "Set STRIPE_SECRET_KEY (a restricted key is enough; see docs/patronage.md).",
    "STRIPE_WEBHOOK_SECRET": "Set STRIPE_WEBHOOK_SECRET from the webhook endpoint in Stripe's dashboard.",
}


@register()
def check_languages(**kwargs: Any) -> list[CheckMessage]:
    wrong = [code for code in settings.LANGUAGE_CODES if not re.fullmatch(r"[a-z]{2,3}(-[a-z]+)?", code)]
    if not wrong:
        return []
    return [
        Error(
            f"LANGUAGES holds {wrong}.", hint="Use codes such as en,uk; the first is the main one.", id="newsroom.E004"
        )
    ]


@register(Tags.database)
def check_servers(databases: Collection[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """How old the servers are: asked by `migrate`, with which every release begins, and by `check --database default`.
    A Redis that is away or does not tell its version is not complained of here."""
    if not databases:
        return []
    found: list[CheckMessage] = []
    if is_postgres_too_old(connection.pg_version):  # type: ignore[attr-defined]
        older = f"The server of DATABASE_URL is PostgreSQL {connection.pg_version // 10000}."  # type: ignore[attr-defined]
        hint = f"Use PostgreSQL {OLDEST_POSTGRES} or later: upgrade that server or name another."
        found.append(Error(older, hint=hint, id="newsroom.E006"))
    if is_redis_too_old(version := _redis_version()):
        hint = f"Use Redis {OLDEST_REDIS} or later, or Valkey: upgrade that server or name another."
        found.append(Error(f"The server of REDIS_URL is Redis {version}.", hint=hint, id="newsroom.E007"))
    return found


def _redis_version() -> str:
    """Empty when it is not known."""
    try:
        return str(get_redis_connection().info("server").get("redis_version", ""))
    except (redis.RedisError, OSError):
        return ""
