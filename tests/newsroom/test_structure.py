import subprocess
from pathlib import Path, PurePath

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "structure.md"
HOUSES = ("newsroom", "members")  # each of their folders is a room
# What Django looks for under these names in any app, and texts for it.
DJANGOS = {"formats", "locale", "management", "migrations", "models", "static", "templatetags"}
APPS = ("newsroom", "articles", "members", "newsletters", "stripe_sandbox", "bench")


def tracked():
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [PurePath(name) for name in answer.split("\0") if name]


def rooms_of(paths):
    """Each folder at the top, and of what is no room but a house each of its rooms."""
    top = {f"{path.parts[0]}/" for path in paths if len(path.parts) > 1 and path.parts[0] not in HOUSES}
    inner = {path.parts[:2] for path in paths if len(path.parts) > 2 and path.parts[0] in HOUSES}
    return top | {f"{house}/{room}/" for house, room in inner if room not in DJANGOS}


def missing_on(page, rooms):
    return sorted(room for room in rooms if f"`{room}" not in page)


def test_it_names_every_room_on_the_map():
    assert missing_on(MAP.read_text(), rooms_of(tracked())) == []


def test_it_finds_rooms_that_are_new():
    paths = [*tracked(), PurePath("press/a.py"), PurePath("members/lending/a.py"), PurePath(".hooks/a")]
    assert missing_on(MAP.read_text(), rooms_of(paths)) == [".hooks/", "members/lending/", "press/"]


def test_it_names_only_files_that_exist():
    """The third column says where to begin."""
    rows = [line.split("|") for line in MAP.read_text().splitlines() if line.startswith("| `")]
    for _, room, _what, begin, _end in rows:
        folder = ROOT / room.strip(" `")
        assert folder.is_dir(), room
        names = [part.strip(" `") for part in begin.split(",") if "`" in part]
        assert [name for name in names if not ((folder / name).exists() or (ROOT / name).exists())] == []


@pytest.mark.parametrize("app", APPS)
def test_it_keeps_every_file_of_the_apps_under_500_lines(app):
    paths = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert paths
    assert [f"{path}: {n}" for path in paths if (n := path.read_text().count("\n")) > 500] == []
