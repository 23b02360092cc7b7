"""`python -m newsroom.embedded run | test | with | clean`: see the Makefile, which calls it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Newsroom needs Python 3.11 or later: install a newer one, then delete .venv and run make again.")

import argparse

from newsroom.embedded.refusal import Refusal
from newsroom.embedded.terminal import complain


def main(words: list[str]) -> int:
    """Run one command; a Refusal becomes one line on stderr and status 1."""
    arguments = _make_parser().parse_args(words)
    try:
        return _run(arguments)
    except Refusal as refusal:
        complain(str(refusal))
        return 1


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m newsroom.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start the demo and stay until Ctrl-C")
    test = commands.add_parser("test", help="run a command on services made for tests")
    test.add_argument("--with-static", action="store_true", help="collect the static files first")
    test.add_argument("words", nargs="+", metavar="command")
    guest = commands.add_parser("with", help="run a command on the demo's services")
    guest.add_argument("--or-production", action="store_true", help="in production, as it is on the site's own servers")
    guest.add_argument("words", nargs="+", metavar="command")
    clean = commands.add_parser("clean", help="delete the demo's data")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    """Each command is imported when it is wanted: a missing wheel is then that command's to explain."""
    from newsroom.embedded.environment import read_environment

    environ = read_environment()
    if arguments.command == "run":
        from newsroom.embedded.demo import run_demo

        return run_demo(environ)
    if arguments.command == "clean":
        from newsroom.embedded.cleaning import clean_demo

        return clean_demo(environ, is_sure=arguments.yes)
    from newsroom.embedded.guest import run_on_own_servers, run_test, run_with

    if arguments.command == "test":
        return run_test(environ, arguments.words, with_static=arguments.with_static)
    if arguments.or_production and environ.get("NEWSROOM_MODE") == "production":
        return run_on_own_servers(environ, arguments.words)
    return run_with(environ, arguments.words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
