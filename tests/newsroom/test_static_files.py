"""What a browser is sent of our stylesheets."""

import os
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
    settings.STATIC_ROOT, settings.STATICFILES_DIRS = tmp_path, [settings.BASE_DIR / "newsroom" / "site" / "static"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)  # as at the next release
    hashed = list((tmp_path / "newsroom/css").glob("base.????????????.css"))
    assert len(hashed) == 1
    css = hashed[0].read_text()
    assert "/*" not in css and css.startswith("@layer")
    fonts = re.findall(r'url\("\.\./fonts/([^"]+)"\)', css)
    assert fonts and all((tmp_path / "newsroom/fonts" / name).exists() for name in fonts)
    assert hashed[0].with_suffix(".css.br").exists()


@pytest.fixture
def release(tmp_path, settings):
    """Collects a script that says so: the texts of all that there are under hashed names, each with its compressed
    forms."""
    source = tmp_path / "source" / "read.js"
    source.parent.mkdir()
    settings.STATIC_ROOT, settings.STATICFILES_DIRS = tmp_path / "static", [source.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    def collect(word):
        source.write_text(f"{word}();\n" * 100)
        call_command("collectstatic", interactive=False, verbosity=0)
        found = list(settings.STATIC_ROOT.glob("read.????????????.js"))
        packed = list(settings.STATIC_ROOT.glob("read.????????????.js.*"))
        assert len(packed) == 2 * len(found)
        return {path.read_text().partition("(")[0] for path in found}

    return collect


def pass_days(folder, days):
    """For every file there."""
    for path in folder.rglob("*"):
        then = path.stat().st_mtime - days * 24 * 3600
        os.utime(path, (then, then))


def test_the_next_release_leaves_the_files_of_the_one_before(release):
    """Pages that were kept before it still ask for them."""
    assert release("one") == {"one"}
    assert release("two") == {"one", "two"}


def test_it_lets_go_of_what_no_release_has_named_for_thirty_days(release, settings):
    """Counted from the release that replaced it, however long it stood."""
    release("one")
    pass_days(settings.STATIC_ROOT, 90)
    assert release("two") == {"one", "two"}
    pass_days(settings.STATIC_ROOT, 29)
    assert release("two") == {"one", "two"}
    pass_days(settings.STATIC_ROOT, 2)
    assert release("two") == {"two"}
    assert release("three") == {"two", "three"}


def test_a_release_that_comes_back_has_its_files(release, settings):
    release("one")
    pass_days(settings.STATIC_ROOT, 90)
    release("two")
    pass_days(settings.STATIC_ROOT, 29)
    assert release("one") == {"one", "two"}
    pass_days(settings.STATIC_ROOT, 29)
    assert release("one") == {"one", "two"}
    pass_days(settings.STATIC_ROOT, 2)
    assert release("one") == {"one"}


def test_what_it_did_not_make_stays(release, settings):
    """Whoever lays something beside our files, or names the wrong folder, loses nothing."""
    strangers = [settings.STATIC_ROOT / name for name in ("verify.html", "old/photo.1234.jpg")]
    for path in strangers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs")
    pass_days(settings.STATIC_ROOT, 400)
    release("one")
    assert all(path.exists() for path in strangers)
