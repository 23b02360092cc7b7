"""The servers that the figures are measured on can draw a page: their settings have fewer parts than ours."""

import os
import subprocess
import sys

import pytest

from newsroom.embedded.datafolder import CHECKOUT

DRAW = (
    "import django; django.setup(); from django.template.loader import get_template; from django.urls import resolve; "
    "get_template('{template}'); resolve('/story/a/' if '{template}'.startswith('bench') else '/')"
)


@pytest.mark.parametrize(("settings", "template"), [
    ("bench.settings", "bench/story.html"), ("bench.uncached", "articles/article.html"),
])  # fmt: skip
def test_its_templates_and_addresses_are_found(settings, template):
    done = subprocess.run(
        [sys.executable, "-c", DRAW.format(template=template)], cwd=CHECKOUT, capture_output=True, text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
