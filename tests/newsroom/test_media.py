"""Files by their unguessable names, and nothing else of the machine."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "media-other").mkdir()
    (tmp_path / "media-other" / "a.png").write_bytes(b"secret")
    folder = Path(settings.MEDIA_ROOT)
    (folder / "pictures").mkdir(parents=True)
    return folder


def body_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def put(media, name, content=b"bytes"):
    (media / "pictures" / name).write_bytes(content)
    return f"/media/pictures/{name}"


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secret.png", "/media/%2e%2e/secret.png", "/media/..%2fsecret.png",
        "/media/pictures/../../secret.png",
        "/media//etc/passwd", "/media/%2fetc/passwd", "/media/../media-other/a.png", "/media/pictures/",
        "/media/pictures", "/media/.hidden.png", "/media/pictures/.hidden.png", "/media/..\\secret.png",
        "/media/%00.png", f"/media/{'a' * 300}.png",
    ],
)  # fmt: skip
def test_it_gives_nothing_outside_the_folder_and_nothing_hidden(client, media, path):
    for folder in (media, media / "pictures"):
        (folder / ".hidden.png").write_bytes(b"secret")
    response = client.get(path)
    assert response.status_code in (400, 404)
    assert b"secret" not in body_of(response)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "image/jpeg"), ("a.JPEG", "image/jpeg"), ("a.webp", "image/webp"), ("a.avif", "image/avif"),
     ("a.pdf", "application/pdf")],
)  # fmt: skip
def test_it_shows_pictures_and_documents(client, media, name, kind):
    response = client.get(put(media, name))
    assert response.headers["Content-Type"] == kind
    assert "immutable" in response.headers["Cache-Control"]
    assert "Content-Disposition" not in response.headers
    assert body_of(response) == b"bytes"


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "a.xml", "a", "a.png.html", "a.pdf.gz", "a.xhtml"])
def test_it_sends_everything_else_as_a_download(client, media, name):
    response = client.get(put(media, name))
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in response.headers


def test_it_answers_a_range_with_the_whole(client, media):
    response = client.get(put(media, "a.png", b"0123456789"), headers={"Range": "bytes=2-3"})
    assert (response.status_code, body_of(response)) == (200, b"0123456789")


def test_it_answers_that_nothing_changed(client, media):
    path = put(media, "a.png")
    changed = client.get(path).headers["Last-Modified"]
    assert client.get(path, headers={"If-Modified-Since": changed}).status_code == 304


def test_it_sets_no_cookie_and_takes_no_post(client, media):
    path = put(media, "a.png")
    assert not client.get(path).cookies
    assert client.post(path).status_code == 405
