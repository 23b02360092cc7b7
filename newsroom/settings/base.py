"""Applications, middleware, database, cache, languages, files."""

import os
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

from newsroom.lib.postgres.watching import WatchedConnection
from newsroom.lib.redis_part import AskOnce
from newsroom.settings.environment import BASE_DIR, IS_PRODUCTION, env

DEBUG = False  # in every mode: what readers see is what is developed
SECRET_KEY = env.str("SECRET_KEY", "" if IS_PRODUCTION else "only-for-checks-and-never-served")
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [urlsplit(SITE_URL).hostname or "localhost"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)  # how many proxies of ours stand in front
IS_HTTPS = SITE_URL.startswith("https://")
IS_WEB = os.environ.get("NEWSROOM_PROCESS") == "web"  # where a person waits for the answer

INSTALLED_APPS = [
    "newsroom.site.apps.SiteConfig",
    "newsletters",
    "members",
    "articles",
    "newsroom.lib",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "csp",
    "django_htmx",
    "django_prose_editor",
    "django_structlog",
]

MIDDLEWARE = [
    "newsroom.lib.headers.SecurityHeadersMiddleware",
    "newsroom.lib.middleware.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "newsroom.lib.page_cache.PageCacheMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "newsroom.lib.middleware.ReadableRequestMiddleware",
    "newsroom.site.errors.CalmErrorsMiddleware",
    "newsroom.lib.languages.PathLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "newsroom.lib.headers.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.accounts.middleware.SignedInBrowserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.accounts.middleware.StaffSecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "members.Member"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "newsroom.site.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """DATABASE_URL as Django's settings. A pool in the web process only; nothing relies on a session, so that
    PgBouncer in transaction mode works: no server-side cursors, no prepared statements."""
    parts = urlsplit(url)
    options: dict[str, object] = {"connect_timeout": 2 if IS_WEB else 10, "prepare_threshold": None}
    settings: dict[str, object] = {
        "ENGINE": "newsroom.lib.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }
    if IS_WEB:
        options["pool"] = {
            "min_size": 2,
            "max_size": env.int("DATABASE_POOL_SIZE", 12),
            "timeout": 1.2,
            # Then the next request tries: psycopg's own pause would grow to minutes while the database is down.
            "reconnect_timeout": 1.5,
            "connection_class": WatchedConnection,
        }
    else:
        settings["CONN_MAX_AGE"] = None
        settings["CONN_HEALTH_CHECKS"] = True
    return settings


DATABASE_URL = env.str("DATABASE_URL", "postgres://newsroom@127.0.0.1:5432/newsroom")
DATABASES = {"default": _database(DATABASE_URL)}

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "newsroom",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 1,
            # Greeting takes one answer instead of four: a slow Redis makes each of them felt.
            "CONNECTION_POOL_KWARGS": {"max_connections": 64, "retry": AskOnce(), "protocol": 2, "driver_info": None},
        },
    }
}
# In the database alone: a copy in Redis would outlive a signing out that Redis did not hear.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_NAME = "session"
CSRF_FAILURE_VIEW = "newsroom.site.errors.csrf_failure"

# Languages: the first is the main one and has no prefix in addresses.
LANGUAGE_CODES: list[str] = env.list("LANGUAGES", ["en", "uk"])
LANGUAGE_CODE = LANGUAGE_CODES[0]
LANGUAGE_NAMES = {"en": "English", "uk": "Українська"}
LANGUAGES = [(code, LANGUAGE_NAMES.get(code, code)) for code in LANGUAGE_CODES]
LOCALE_PATHS = [BASE_DIR / "newsroom" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "newsroom.formats"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")

VAR_DIR = Path(env.str("NEWSROOM_VAR", str(BASE_DIR / "var")))
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "newsroom.lib.media_storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "newsroom.lib.static_files.HashedStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
FILE_UPLOAD_TEMP_DIR = gettempdir()  # settled now: Python looks for one by writing there, and a disk may be full later
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Where the parts that only demo and test start can be found; empty in production.
MAIL_INBOX_DIR = env.str("MAIL_INBOX_DIR", "")
# Backups: an age key (or a file that holds one), where they go, how many stay.
BACKUP_KEY = env.str("BACKUP_KEY", "")
BACKUP_KEY_FILE = env.str("BACKUP_KEY_FILE", "")
BACKUP_DIR = Path(env.str("BACKUP_DIR", str(VAR_DIR / "backups")))
BACKUP_KEEP = env.int("BACKUP_KEEP", 0)

__all__ = [name for name in dir() if name.isupper()]
