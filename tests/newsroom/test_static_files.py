"""What a browser is sent of our stylesheets."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from newsroom.lib.static_files import lighten


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/* One. */\n.a {\n  color: red;  /* Two. */\n}\n", ".a {\ncolor: red;\n}\n"),
        (".a{margin:0 1px}", ".a{margin:0 1px}"),
        ("@media (min-width: 1px) {\n\n  .b { x: y }\n}", "@media (min-width: 1px) {\n.b { x: y }\n}"),
    ],
)
def test_it_leaves_out_what_is_for_people(written, sent):
    assert lighten(written) == sent


def test_no_comment_hides_in_what_is_quoted():
    """`lighten` takes every `/* */` for a comment."""
    for name in ("base", "story", "front", "forms", "topics", "desk", "inbox"):
        with open(finders.find(f"newsroom/css/{name}.css")) as file:
            assert not re.search(r"""["'][^"'\n]*/\*[^"'\n]*["']""", file.read()), name


def test_it_is_lightened_before_it_is_hashed(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)  # as at the next release
    hashed = list((tmp_path / "newsroom/css").glob("base.????????????.css"))
    assert len(hashed) == 1
    css = hashed[0].read_text()
    assert "/*" not in css and css.startswith("@layer")
    fonts = re.findall(r'url\("\.\./fonts/([^"]+)"\)', css)
    assert fonts and all((tmp_path / "newsroom/fonts" / name).exists() for name in fonts)
    assert hashed[0].with_suffix(".css.br").exists()


def test_the_next_release_leaves_the_files_of_the_one_before(tmp_path, settings):
    """Pages that were baked before it still ask for them."""
    source = tmp_path / "source" / "read.js"
    source.parent.mkdir()
    settings.STATIC_ROOT, settings.STATICFILES_DIRS = tmp_path / "static", [source.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    releases = []
    for text in ("one()", "two()"):
        source.write_text(text)
        call_command("collectstatic", interactive=False, verbosity=0)
        releases.append({path.name: path.read_text() for path in settings.STATIC_ROOT.glob("read.????????????.js")})
    before, after = releases
    assert len(before) == 1 and len(after) == 2
    assert before.items() <= after.items()
    assert set(after.values()) == {"one()", "two()"}
