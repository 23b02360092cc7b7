import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"""env\.(?:str|int|bool|list)\(\s*["']([A-Z_]+)["']""")


def test_it_names_every_variable_in_the_example():
    sources = [path.read_text() for path in (ROOT / "newsroom" / "settings").glob("*.py")]
    read = {name for source in sources for name in READ.findall(source)}
    read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == example


def read_settings(*names, **environ):
    """Those of these names as a process with this environment reads them."""
    code = (
        "import json; from newsroom import settings; "
        f"print(json.dumps([getattr(settings, name) for name in {names}], default=str))"
    )
    environment = {
        "PATH": os.environ["PATH"], "NEWSROOM_MODE": "test", "DATABASE_URL": "postgres://a:b@127.0.0.1/c", **environ,
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("process", ["web", "worker", ""])
def test_only_the_web_process_has_a_pool_and_none_relies_on_a_session(process):
    database = read_settings("DATABASES", NEWSROOM_PROCESS=process, DATABASE_POOL_SIZE="7")[0]["default"]
    options = database["OPTIONS"]
    if process == "web":
        assert (options["pool"]["max_size"], "CONN_MAX_AGE" in database) == (7, False)  # Django allows one or the other
    else:
        assert ("pool" in options, database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (False, None, True)
    assert (options["prepare_threshold"], database["DISABLE_SERVER_SIDE_CURSORS"]) == (None, True)


@pytest.mark.parametrize(("scheme", "is_secure", "seconds"), [("http", False, 0), ("https", True, 31_536_000)])
def test_secure_cookies_and_the_promise_of_https_follow_the_sites_address(scheme, is_secure, seconds):
    names = "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"
    assert read_settings(*names, SITE_URL=f"{scheme}://news.example.org") == [is_secure, is_secure, seconds]
