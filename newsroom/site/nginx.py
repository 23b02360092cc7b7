"""The proxy's configuration, filled in from what Django itself goes by: headers, languages, folders, kinds of files."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.template import Context, Engine
from whitenoise.media_types import MediaTypes

from newsroom.lib.header_policy import HSTS, SECURITY_HEADERS
from newsroom.site.error_pages import write_error_pages
from newsroom.site.media import DOWNLOAD, SHOWN

TEMPLATES = settings.BASE_DIR / "deploy" / "nginx"
COMPRESSED = (".gz", ".br")


class NotInFront(Exception):  # noqa: N818
    """The settings do not go with a proxy. The text can be shown to a person."""


@dataclass(frozen=True)
class Places:
    """Where nginx listens and finds things: `http` and `https` as in nginx's `listen`, `web` as host:port."""

    http: str
    https: str
    web: str
    certificates: Path
    acme: Path


def write_configuration(folder: Path, places: Places) -> None:
    """Writes nginx's files and the error pages into `folder`. Raises NotInFront when nobody would believe the proxy.
    The static files must have been collected."""
    if not settings.TRUSTED_PROXIES:
        raise NotInFront("TRUSTED_PROXIES is 0, so no proxy is believed: set it to 1, or to as many as stand in a row.")
    folder.mkdir(parents=True, exist_ok=True)
    engine, context = Engine(dirs=[TEMPLATES]), Context(_facts(folder, places), autoescape=False)
    for template in TEMPLATES.glob("*.conf"):
        (folder / template.name).write_text(engine.get_template(template.name).render(context), encoding="utf-8")
    (folder / "certificates-folder").write_text(f"{places.certificates}\n", encoding="utf-8")
    copyfile(TEMPLATES / "start.sh", folder / "start.sh")
    write_error_pages(folder / "pages")


def _facts(folder: Path, places: Places) -> dict[str, Any]:
    main, *others = settings.LANGUAGE_CODES
    static_types = _group(_static_types().items())
    return {
        **vars(places),
        "site_url": settings.SITE_URL,
        "is_outermost": settings.TRUSTED_PROXIES == 1,
        "main_language": main,
        "other_languages": others,
        "static_root": settings.STATIC_ROOT,
        "media_root": settings.MEDIA_ROOT,
        "pages": folder / "pages",
        "headers": _headers(),
        "policy": build_policy(),
        "static_types": static_types,
        # As WhiteNoise does; nginx itself names it for HTML, and minds being told twice.
        "types_with_charset": " ".join(
            kind for kind, _endings in static_types if kind.startswith("text/") and kind != "text/html"
        ),
        "media_types": _group(SHOWN.items()),
        "download_type": DOWNLOAD,
    }


def _headers() -> list[tuple[str, str]]:
    promised = [("Strict-Transport-Security", HSTS)] if settings.SECURE_HSTS_SECONDS else []
    return [*SECURITY_HEADERS.items(), *promised]


def _static_types() -> dict[str, str]:
    """Kinds of the endings that occur; pages of errors are HTML."""
    known = MediaTypes()
    endings = {path.suffix.lower() for path in Path(str(settings.STATIC_ROOT)).rglob("*.*")} - {*COMPRESSED, "."}
    return {ending: known.get_type(f"a{ending}") for ending in sorted(endings | {".html"})}


def _group(kinds: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """nginx's way round: each kind with its endings."""
    grouped = defaultdict(list)
    for ending, kind in kinds:
        grouped[kind].append(ending.removeprefix("."))
    return [(kind, " ".join(endings)) for kind, endings in sorted(grouped.items()) if kind != DOWNLOAD]
