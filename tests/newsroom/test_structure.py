from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "newsroom/settings/", "newsroom/lib/", "newsroom/site/", "newsroom/embedded/", "articles/", "members/accounts/",
    "members/patronage/", "members/voting/", "newsletters/", "stripe_sandbox/", "templates/", "tests/",
)  # fmt: skip


def test_it_names_every_room_on_the_map():
    page = (ROOT / "docs" / "structure.md").read_text()
    assert [room for room in ROOMS if f"`{room}`" not in page] == []


def test_it_names_only_files_that_exist():
    """The third column says where to begin."""
    page = (ROOT / "docs" / "structure.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    for _, room, _what, begin, _end in rows:
        folder = ROOT / room.strip(" `")
        names = [part.strip(" `") for part in begin.split(",") if "`" in part]
        assert [name for name in names if not ((folder / name).exists() or (ROOT / name).exists())] == []


def test_it_keeps_every_file_of_the_apps_under_500_lines():
    paths = [path for room in ROOMS[:10] for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]
    assert [f"{path}: {n}" for path in paths if (n := path.read_text().count("\n")) > 500] == []
