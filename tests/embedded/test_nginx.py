"""Finding nginx: what is named is used or refused in one sentence."""

import pytest

from newsroom.embedded.nginx import find_nginx
from newsroom.embedded.refusal import Refusal


@pytest.fixture
def without(monkeypatch, tmp_path):
    """A machine that has no nginx and no apt-get."""
    monkeypatch.setattr("newsroom.embedded.nginx.ELSEWHERE", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    return {"NEWSROOM_VAR": str(tmp_path)}


def test_it_uses_the_one_that_is_named(tmp_path):
    program = tmp_path / "nginx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_nginx({"NGINX_PROGRAM": str(program)}) == str(program)


def test_it_refuses_one_that_does_not_start():
    with pytest.raises(Refusal, match="correct it, or unset it"):
        find_nginx({"NGINX_PROGRAM": "/nowhere/nginx"})


def test_it_says_what_to_do_when_there_is_none(without):
    with pytest.raises(Refusal, match="install it, or name one in NGINX_PROGRAM"):
        find_nginx(without)


def test_it_says_why_it_could_not_be_fetched(without, tmp_path):
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: no route to host' >&2\nexit 100\n")
    apt.chmod(0o755)
    with pytest.raises(Refusal, match="E: no route to host"):
        find_nginx(without)
