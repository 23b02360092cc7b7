"""`clean`: gives the demo's data up."""

import shutil
import sys
from collections.abc import Mapping

from newsroom.embedded.datafolder import DataFolder, FolderLock, locate_folder
from newsroom.embedded.pghome import remove_outside_home
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.stale import end_stale_processes
from newsroom.embedded.terminal import say


def clean_demo(environ: Mapping[str, str], *, is_sure: bool) -> int:
    """Delete the data folder after asking. Raises Refusal while a launcher works in it or when nobody can answer."""
    folder = locate_folder(environ)
    if not folder.path.exists():
        say(f"There is nothing to delete: {folder.path} does not exist.")
        return 0
    if not (folder.run.exists() and folder.log.exists()):
        raise Refusal(f"{folder.path} was not made by this launcher: delete it by hand if you mean it.")
    if not is_sure and not _ask(f"Delete all stories, members and settings of the demo in {folder.path}? [y/N] "):
        say("Nothing was deleted.")
        return 1
    with FolderLock(folder, "clean"):
        end_stale_processes(folder)
        for place in (folder, *(DataFolder(path) for path in folder.path.glob("test*"))):
            remove_outside_home(place)
        shutil.rmtree(folder.path)
    say(f"{folder.path} is deleted.")
    return 0


def _ask(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Refusal("Deleting the demo needs an answer: run `make clean-demo` at a terminal.")
    return input(question).strip().lower() in ("y", "yes")
