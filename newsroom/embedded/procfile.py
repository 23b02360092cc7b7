"""Reads the Procfile: the processes of the application itself, in production as in the demo."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from string import Template

from newsroom.embedded.children import Child
from newsroom.embedded.datafolder import CHECKOUT, DataFolder
from newsroom.embedded.refusal import Refusal

LINE = re.compile(r"^(?P<name>[a-z][a-z0-9_-]*):\s*(?P<command>\S.*)$")


def read_procfile(path: Path = CHECKOUT / "Procfile") -> dict[str, str]:
    """Commands by name, as written."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    found = [LINE.match(line) for line in lines if line and not line.startswith("#")]
    if not found or None in found:
        raise Refusal(f"{path} has a line that is not `name: command`: mend it, or restore it from git.")
    return {match["name"]: match["command"] for match in found if match}


def make_children(folder: DataFolder, environ: Mapping[str, str]) -> list[Child]:
    """Variables are filled in here rather than by a shell, so that a child's process is the command itself."""
    return [Child(name, _fill_in(name, command, environ), folder, environ) for name, command in read_procfile().items()]


def _fill_in(name: str, command: str, environ: Mapping[str, str]) -> list[str]:
    try:
        words = [Template(word).substitute(environ) for word in shlex.split(command)]
    except (KeyError, ValueError) as error:
        raise Refusal(f"The Procfile's line `{name}` cannot be read ({error}): mend it or set the variable.") from error
    words[0] = _find_program(words[0], environ.get("PATH", os.defpath))
    return words


def _find_program(name: str, path: str) -> str:
    for folder in path.split(os.pathsep):
        candidate = Path(folder) / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    raise Refusal(f"The program `{name}` of the Procfile is not installed: run `make run`, which installs it.")
