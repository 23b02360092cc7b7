"""No room on the disk for media and logs: an editor reads what happened, nothing is half stored, the text is saved."""

import json
import os
from io import BytesIO

import pytest
from PIL import Image

from tests.faults.parts import wait_until
from tests.faults.visiting import form_of

ADDRESS = "/admin/articles/image/upload/"


def noise(side):
    """A picture that cannot be made smaller: three bytes a pixel."""
    out = BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def media(newsroom):
    """The names of the files that are stored now."""
    folder = newsroom.folder.path / "media"
    return lambda: sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("side", "status"), [(200, 422), (1000, 507)], ids=["in memory", "laid down on the way"])
def test_an_editor_reads_that_the_picture_was_not_kept(newsroom, media, side, status):
    before, rows = media(), newsroom.value("SELECT count(*) FROM articles_image")
    with newsroom.processes["web"].without_room():
        answer = newsroom.editor.upload(ADDRESS, noise(side), alt="A boat")
    assert answer.is_fine(status).headers["Content-Type"]
    assert "disk is full" in answer.text
    assert "Traceback" not in answer.text
    assert media() == before
    assert newsroom.value("SELECT count(*) FROM articles_image") == rows


def test_the_text_is_saved_and_readers_read_while_there_is_no_room(newsroom):
    desk, address = newsroom.editor, f"/admin/articles/article/{newsroom.scene.draft}/change/"
    form = form_of(desk.get(address).is_fine().text)
    with newsroom.processes["web"].without_room():
        desk.post(address, {**form, "headline": "Without room", "verb": "save"}).is_fine(302)
        newsroom.reader.get(newsroom.scene.other_story).is_fine()
        newsroom.reader.get("/nothing/here/").is_fine(404)  # which is logged, were there room
        assert newsroom.health()["media"] == "down: its disk is full"
        newsroom.reader.get("/livez/").is_fine()
    assert "Without room" in desk.get(address).text


def test_the_picture_is_taken_when_there_is_room_again(newsroom, media):
    before, picture = media(), noise(100)
    with newsroom.processes["web"].without_room():
        newsroom.editor.upload(ADDRESS, picture, alt="A boat").is_fine(422)
    newsroom.editor.upload(ADDRESS, picture, alt="A boat").is_fine()
    assert len(media()) > len(before)


def test_a_picture_waits_for_its_sizes_while_a_worker_has_no_room(newsroom, media):
    """A code that is asked for after it still goes out."""
    address, rendered = "sizes@example.org", "SELECT rendered_at IS NOT NULL FROM articles_image WHERE id = %s"
    with newsroom.processes["worker"].without_room():
        image = json.loads(newsroom.editor.upload(ADDRESS, noise(90), alt="A boat").is_fine().text)["id"]
        before = media()
        newsroom.wake("articles.tasks.sweep_renditions")
        newsroom.reader.post("/account/sign-in/", {"email": address}).is_fine(302)
        wait_until(lambda: newsroom.code_sent_to(address))
        assert (newsroom.value(rendered, image), media()) == (False, before)
    newsroom.wake("articles.tasks.sweep_renditions")
    newsroom.wait_for_value(True, rendered, image)
    assert len(media()) > len(before)
