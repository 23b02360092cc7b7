"""Makes `.venv` and installs a list of requirements into it; does nothing when that is done already.

Run with the system's Python before anything is installed: `python3 …/bootstrap.py requirements-demo.txt`.
A stamp with the checksum of the lists is written last, and a mark lies there while pip works: what was interrupted is
begun anew instead of trusted.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
UNFINISHED = VENV / ".unfinished"
LISTS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")  # each holds the one before
# pip's words for it; it knows of no version at all when the index does not answer.
NO_NETWORK = ("NewConnectionError", "NameResolutionError", "Temporary failure", "Max retries", "from versions: none")


def main(wanted: str) -> None:
    """Leave with one line and status 1 when the environment cannot be made."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    with (CHECKOUT / LISTS[0]).open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two makes at once: the second finds the work done
        try:
            _bring_up_to_date(wanted)
        except OSError as error:
            sys.exit(
                f"The folder {VENV} cannot be used ({error.strerror}: {error.filename}): delete it and make again."
            )


def _bring_up_to_date(wanted: str) -> None:
    if UNFINISHED.exists() or (VENV.exists() and not _is_usable()):
        shutil.rmtree(VENV)
    if not _is_installed(wanted):
        _install(wanted)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _is_usable() -> bool:
    """Its Python starts: it does not after the system's was upgraded or the checkout was moved."""
    try:
        command = [str(VENV / "bin" / "python"), "-c", "import sys, pip; print(sys.prefix)"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and Path(answer.stdout.strip()) == VENV


def _stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def _checksum(name: str) -> str:
    contents = [(CHECKOUT / each).read_bytes() for each in LISTS[: LISTS.index(name) + 1]]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def _is_installed(wanted: str) -> bool:
    """A longer list that is installed whole holds the wanted one."""
    return any(_read(_stamp(name)) == _checksum(name) for name in LISTS[LISTS.index(wanted) :])


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _install(wanted: str) -> None:
    is_new = not VENV.exists()
    try:
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        if is_new:
            _make_venv()
        for name in LISTS:
            _stamp(name).unlink(missing_ok=True)
        print(f"Installing {wanted} into .venv (a minute or two the first time) …", flush=True)
        failure = _run_pip(wanted)
        # pip has ended by itself: what it found installed, it left usable.
        UNFINISHED.unlink()
        if failure:
            sys.exit(failure)
        _stamp(wanted).write_text(_checksum(wanted))
    except BaseException:
        if is_new:
            shutil.rmtree(VENV, ignore_errors=True)
        raise


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401 (Debian leaves it out of its python3 package)
        import venv
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"This Python cannot make a virtual environment: apt install python{version}-venv (or python3-venv).")
    try:
        venv.create(VENV, with_pip=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"The virtual environment {VENV} cannot be made ({error}): free some space, then run make again.")


def _run_pip(wanted: str) -> str | None:
    """None, or the sentence that says why it failed."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environ = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    pip = subprocess.Popen(
        [*command, "-r", wanted], cwd=CHECKOUT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said, _ = pip.communicate()
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()
    return _explain(wanted, said) if pip.returncode != 0 else None


def _explain(wanted: str, said: str) -> str:
    errors = [line.strip() for line in said.splitlines() if line.strip().upper().startswith("ERROR")]
    if any(sign in said for sign in NO_NETWORK):
        return (
            f"What {wanted} names cannot be fetched, the package index does not answer: connect to the network, or "
            "set HTTPS_PROXY or PIP_INDEX_URL, then run make again."
        )
    if "No space left" in said:
        return f"The disk is full while installing {wanted}: free 1 GB, then run make again."
    reason = errors[-1].partition(":")[2].strip() if errors else "pip gave no reason"
    return f"What {wanted} names cannot be installed ({reason}): mend that, then run make again."


if __name__ == "__main__":
    main(sys.argv[1])
