import errno
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.template import Context, Template
from PIL import Image as Pillow

from articles import pictures
from articles.models import Image
from articles.pictures import (
    PictureError,
    add_image,
    make_renditions,
    picture_html,
    save_image_words,
    unrendered_images,
)
from articles.tasks import sweep_renditions
from tests.articles.written import make_image, picture_file, publish_story

pytestmark = pytest.mark.django_db


def stored(image):
    return Pillow.open(image.file.open("rb"))


def test_it_takes_a_picture_in_without_its_metadata():
    exif = Pillow.Exif()
    exif[0x0112], exif[0x8298] = 6, "Somebody"  # turned by 90 degrees; a name
    exif.get_ifd(0x8825)[1] = "N"
    image = make_image(kind="JPEG", name="ferry.jpg", size=(80, 40), exif=exif)
    assert (image.width, image.height) == (40, 80) == stored(image).size
    assert not stored(image).getexif() and b"Somebody" not in image.file.open("rb").read()


def test_it_keeps_a_picture_once():
    first = add_image(user=None, file=picture_file(), title="Ferry")
    assert add_image(user=None, file=picture_file(name="other.png"), title="Again") == first


def test_it_hides_a_picture_behind_a_random_name():
    image = make_image()
    assert "ferry" not in image.file.name and len(image.file.name) > 30


@pytest.mark.parametrize("data", [b"", b"<svg onload=x>", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_it_refuses_what_is_no_picture(data):
    with pytest.raises(PictureError, match="not a picture"):
        add_image(user=None, file=BytesIO(data), title="Broken")
    assert not Image.objects.exists()


def test_it_refuses_a_bomb_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    with pytest.raises(PictureError, match="40 million"):
        add_image(user=None, file=picture_file(), title="Large")


def test_it_refuses_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 20)
    with pytest.raises(PictureError, match="30 MB"):
        add_image(user=None, file=picture_file(), title="Large")


def test_it_refuses_one_without_the_right(member):
    with pytest.raises(PermissionDenied):
        add_image(user=member, file=picture_file(), title="Ferry")


def test_it_makes_each_width_in_each_format_once():
    image = make_image(size=(1000, 500))
    assert make_renditions(image.pk) == 6 and make_renditions(image.pk) == 0
    made = set(image.renditions.values_list("format", "width", "height"))
    assert made == {(kind, w, w // 2) for kind in ("avif", "webp") for w in (480, 800, 1000)}


def test_it_never_enlarges():
    image = make_image(size=(300, 200))
    make_renditions(image.pk)
    assert {row.width for row in image.renditions.all()} == {300}


def test_it_sweeps_past_a_broken_file():
    broken, whole = make_image(), make_image(colour="red")
    broken.file.storage.delete(broken.file.name)
    sweep_renditions()
    assert unrendered_images() == [broken.pk] and whole.renditions.exists()


def test_it_keeps_none_of_its_sizes_when_the_disk_fills_up_on_the_way(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = str(tmp_path)
    image, render = make_image(size=(1000, 500)), pictures._render

    def until_it_is_full(row):
        yield from islice(render(row), 2)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pictures, "_render", until_it_is_full)
    sweep_renditions()
    assert [path.name for path in tmp_path.rglob("*.*")] == [Path(image.file.name).name]
    assert unrendered_images() == [image.pk]
    monkeypatch.setattr(pictures, "_render", render)
    sweep_renditions()
    assert len(list(tmp_path.glob("renditions/*"))) == 6


def test_it_shows_the_original_until_there_is_more():
    image = make_image()
    html = picture_html(image)
    assert f'src="{image.file.url}" width="64" height="40"' in html and "<source" not in html


def test_it_offers_the_small_formats_first():
    image = make_image(size=(1000, 500))
    make_renditions(image.pk)
    html = picture_html(image, sizes="50vw")
    assert html.index("image/avif") < html.index("image/webp") < html.index("<img")
    assert html.count(" 480w") == 2 and 'sizes="50vw"' in html


def test_it_escapes_every_word():
    image = make_image(alt='"><script>x</script>')
    page = Template('{% load pictures %}{% picture image class="a" eager=True %}').render(Context({"image": image}))
    assert "<script>" not in page and 'class="a"' in page and 'fetchpriority="high"' in page


def test_it_shows_nothing_for_no_picture():
    assert Template("{% load pictures %}{% picture image %}").render(Context({"image": None})) == ""


def test_it_keeps_the_focal_point_without_inline_style():
    image = make_image()
    image.focal_x, image.focal_y = 20, 70
    html = picture_html(image)
    assert 'class="focal-x2 focal-y7"' in html and "style" not in html


def test_it_purges_the_stories_that_show_a_picture(editor):
    image = make_image()
    story = publish_story(lead_image_id=image.pk)
    assert pictures.keys_of_image(image) == {image.page_key, story.page_key}
    image.alt = "A ferry by day"
    assert save_image_words(user=editor, image=image).alt == Image.objects.get().alt
