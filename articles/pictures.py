"""Pictures: taking them in safely, making renditions, and the markup that shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import PurePath
from typing import IO, Any

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps, UnidentifiedImageError, features

from articles.acting import Actor, check_may
from articles.models import Image, Rendition
from newsroom.lib.audit import record
from newsroom.lib.media_storage import is_disk_full
from newsroom.lib.page_cache import purge
from newsroom.lib.waking import wake

logger = structlog.get_logger(__name__)

MAX_BYTES = 30 * 1024 * 1024
MAX_PIXELS = 40_000_000
ACCEPTED = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "png",
    "AVIF": "jpg",
    "MPO": "jpg",
}  # MPO: a JPEG of some telephones
WIDTHS = (480, 800, 1280, 1920)
RENDER_TASK = "articles.tasks.render_picture"
# Speed 8: a twelfth of the time of speed 6 for about the same size.
ENCODERS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 60, "speed": 8},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
}


class PictureError(Exception):
    """The file cannot be taken. The text can be shown to a person."""


def add_image(*, user: Actor, file: IO[bytes], title: str = "", **words: Any) -> Image:
    """Takes a picture into the library: checked, turned upright, in sRGB, without metadata (a place, a camera's
    owner). The same picture again is the one that stands. `words`: alt, caption, credit, focal_x, focal_y. Raises
    PictureError, PermissionDenied."""
    check_may(user, "add_image")
    data, suffix, size = _normalise(file)
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        known = Image.objects.filter(sha256=digest).order_by("pk").first()
        if known is not None:
            return known
        image = Image(title=(title or _title_of(file))[:200], sha256=digest, created_by=user, **words)
        _keep_file(image, f"picture.{suffix}", data)
        image.width, image.height = size
        image.save()
        record("image.added", actor=user, target=image)
        wake(RENDER_TASK, image.pk)
    return image


def _keep_file(image: Image, name: str, data: bytes) -> None:
    try:
        image.file.save(name, ContentFile(data), save=False)
    except OSError as error:
        if not is_disk_full(error):
            raise
        logger.error("disk_full", file=name)
        raise PictureError(
            _("The disk is full: the picture was not kept, the text is safe. Please tell whoever runs this site.")
        ) from error


def save_image_words(*, user: Actor, image: Image) -> Image:
    """Writes an Image's changed words and focal point; every page that shows it is drawn anew."""
    check_may(user, "change_image")
    with transaction.atomic():
        image.save(update_fields=["title", "alt", "caption", "credit", "focal_x", "focal_y"])
        record("image.changed", actor=user, target=image)
        purge(keys_of_image(image))
    return image


def keys_of_image(image: Image) -> set[str]:
    """The page keys of what shows the picture."""
    keys = {image.page_key}
    keys |= {f"story:{pk}" for pk in image.leads.values_list("pk", flat=True)}
    for story, page in image.used_in.values_list("article_id", "page_id"):
        keys.add(f"story:{story}" if story else f"page:{page}")
    return keys


def make_renditions(image_id: int) -> int:
    """Makes the picture's widths and formats; how many. Safe to run twice and at once: the row's lock claims it and
    `rendered_at` says that it is done. Raises OSError when the file cannot be read or the disk is full, and keeps no
    file then; the sweep tries again."""
    with transaction.atomic(), ExitStack() as unless_whole:
        image = Image.objects.select_for_update(skip_locked=True).filter(pk=image_id, rendered_at=None).first()
        if image is None:
            return 0
        image.renditions.all().delete()
        count = 0
        for rendition, data in _render(image):
            rendition.file.save(f"picture.{rendition.format}", ContentFile(data), save=False)
            unless_whole.callback(rendition.file.delete, save=False)
            rendition.save()
            count += 1
        Image.objects.filter(pk=image.pk).update(rendered_at=timezone.now())
        purge(keys_of_image(image))
        unless_whole.pop_all()
    return count


def unrendered_images(limit: int = 20) -> list[int]:
    return list(Image.objects.filter(rendered_at=None).order_by("pk").values_list("pk", flat=True)[:limit])


def picture_html(
    image: Image, *, sizes: str = "100vw", css_class: str = "", alt: str | None = None, is_eager: bool = False
) -> SafeString:
    """`<picture>` with every rendition there is, and the original where there is none yet. Reads
    `image.renditions.all()`: prefetch it where several pictures are shown."""
    renditions = sorted(image.renditions.all(), key=lambda rendition: rendition.width)
    sources = format_html_join(
        "",
        '<source type="image/{}" srcset="{}" sizes="{}">',
        (
            (kind, ", ".join(f"{row.file.url} {row.width}w" for row in rows), sizes)
            for kind in ENCODERS
            if (rows := [row for row in renditions if row.format == kind])
        ),
    )
    plain = _fallback(renditions)
    return format_html(
        '<picture>{}<img src="{}" width="{}" height="{}" alt="{}"{}{}></picture>',
        sources,
        plain.file.url if plain else image.file.url,
        image.width,
        image.height,
        image.alt if alt is None else alt,
        format_html(' class="{}"', classes) if (classes := _classes(image, css_class)) else "",
        SafeString(' fetchpriority="high"' if is_eager else ' loading="lazy" decoding="async"'),
    )


def thumbnail_url(image: Image) -> str:
    """The smallest there is; needs `renditions` prefetched in lists."""
    small = [row for row in image.renditions.all() if row.format == "webp"]
    return min(small, key=lambda row: row.width).file.url if small else image.file.url


def _fallback(renditions: list[Rendition]) -> Rendition | None:
    """What a browser without AVIF gets: WebP of about 1280."""
    fitting = [row for row in renditions if row.format == "webp" and row.width <= 1280]
    return fitting[-1] if fitting else None


def _classes(image: Image, css_class: str) -> str:
    """The point that must stay in view, in tenths, as classes: no inline style is allowed on the public site."""
    focal = ""
    if (image.focal_x, image.focal_y) != (50, 50):
        focal = f"focal-x{round(image.focal_x / 10)} focal-y{round(image.focal_y / 10)}"
    return " ".join(part for part in (css_class, focal) if part)


def _title_of(file: IO[bytes]) -> str:
    stem = PurePath(str(getattr(file, "name", "") or "")).stem
    return stem.replace("-", " ").replace("_", " ").strip() or _("Untitled picture")


def _normalise(file: IO[bytes]) -> tuple[bytes, str, tuple[int, int]]:
    """The picture's own bytes, made anew, the suffix of their format, and width and height."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PictureError(_("The file is larger than 30 MB: save the picture smaller and try again."))
    picture = _open(data)
    suffix = ACCEPTED[picture.format or ""]
    upright = ImageOps.exif_transpose(_to_srgb(picture))
    out = BytesIO()
    if suffix == "png":
        upright.save(out, "PNG", optimize=True)
    elif suffix == "webp":
        upright.save(out, "WEBP", quality=92, method=4, exif=b"", icc_profile=None)
    else:
        upright.convert("RGB").save(out, "JPEG", quality=92, optimize=True, exif=b"", icc_profile=None)
    return out.getvalue(), suffix, upright.size


def _open(data: bytes) -> Pillow.Image:
    try:
        picture = Pillow.open(BytesIO(data), formats=[name for name in ACCEPTED if name != "MPO"])
        # The size stands in the header: what would fill the memory is refused before it is unpacked.
        if picture.width * picture.height > MAX_PIXELS:
            raise PictureError(_("The picture has more than 40 million pixels: save it smaller and try again."))
        picture.load()
    except (UnidentifiedImageError, Pillow.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise PictureError(_("This is not a picture that can be read: use JPEG, PNG, WebP, AVIF or GIF.")) from error
    return picture


def _to_srgb(picture: Pillow.Image) -> Pillow.Image:
    profile = picture.info.get("icc_profile")
    wanted = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
    if not profile:
        return picture if picture.mode in ("P", "L", "RGB", "RGBA") else picture.convert(wanted)
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        made = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError:
        made = picture.convert(wanted)  # a broken profile: the bare numbers are the best there is
    if made is None:
        return picture
    made.info.pop("icc_profile", None)
    made.info["exif"] = picture.info.get("exif", b"")
    return made


def _render(image: Image) -> Iterator[tuple[Rendition, bytes]]:
    with image.file.open("rb") as stored, Pillow.open(stored) as opened:
        picture = opened.convert("RGBA" if "A" in opened.getbands() or "transparency" in opened.info else "RGB")
    for width in _widths(picture.width):
        height = max(1, round(picture.height * width / picture.width))
        small = picture if width == picture.width else picture.resize((width, height), Pillow.Resampling.LANCZOS)
        for name, options in ENCODERS.items():
            if not features.check(name):
                continue
            out = BytesIO()
            small.save(out, **options)
            yield Rendition(image=image, width=width, height=height, format=name), out.getvalue()


def _widths(width: int) -> list[int]:
    """Those that are smaller, and the original's own when it is not much larger than the last."""
    smaller = [wanted for wanted in WIDTHS if wanted < width]
    return smaller if len(smaller) == len(WIDTHS) else [*smaller, width]
