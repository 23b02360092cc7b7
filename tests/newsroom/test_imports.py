"""Each arrow of the design is a contract of import-linter: an import against it, planted among all that there are, is
found. That none is there is what `make lint` says."""

import tomllib
from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter.configuration import configure
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
KINDS = {"forbidden": ForbiddenContract, "layers": LayersContract}
AGAINST = [
    # newsroom.site → newsletters → members → articles → newsroom.lib
    ("newsroom.lib.money", "articles.models.articles"),
    ("newsroom.lib.money", "members.accounts.models"),
    ("newsroom.lib.money", "newsroom.site.home"),
    ("articles.publishing", "members.accounts.models"),
    ("articles.publishing", "newsletters.models"),
    ("members.accounts.models", "newsletters.models"),
    ("newsletters.models", "newsroom.site.home"),
    ("newsroom.site.home", "newsroom.urls"),
    ("articles.publishing", "newsroom.wsgi"),
    # voting → patronage → accounts, and what gathers them above
    ("members.accounts.models", "members.patronage.rights"),
    ("members.accounts.models", "members.voting.ballots"),
    ("members.patronage.rights", "members.voting.ballots"),
    ("members.voting.ballots", "members.admin"),
    ("members.accounts.models", "members.urls"),
    ("members.patronage.rights", "members.models"),
    # only patronage imports stripe
    *((module, "stripe") for module in (
        "members.accounts.models", "members.voting.ballots", "members.admin", "members.apps", "members.models",
        "members.management.commands.reconcile", "members.templatetags.patronage", "members.urls",
        "articles.publishing", "newsletters.models", "newsroom.lib.money", "newsroom.site.home",
        "newsroom.settings.base", "newsroom.celery", "newsroom.urls", "newsroom.embedded.demo", "stripe_sandbox.core",
    )),
    # the sandbox imports nothing of ours, and nobody the sandbox
    *(("stripe_sandbox.core", module) for module in (
        "newsroom.lib.money", "articles.models", "members.models", "newsletters.models", "django",
    )),
    *((module, "stripe_sandbox.core") for module in (
        "members.patronage.client", "newsroom.site.home", "articles.publishing", "newsletters.models",
        "newsroom.embedded.peers",
    )),
    # the launcher never imports Django, and is imported by nothing that Django starts
    *(("newsroom.embedded.demo", module) for module in ("django", "newsroom.settings.base", "newsroom.lib.money")),
    *((module, "newsroom.embedded.demo") for module in (
        "articles.publishing", "members.patronage.client", "newsletters.models", "newsroom.lib.money",
        "newsroom.site.home", "newsroom.settings.base", "newsroom.celery", "newsroom.urls", "newsroom.wsgi",
    )),
    ("newsroom.settings.base", "newsroom.site.home"),
    ("newsroom.settings.base", "articles.models"),
    ("newsroom.lib.money", "bench"),
    ("members.patronage.client", "tests"),
]  # fmt: skip


@pytest.fixture(scope="module")
def imports():
    configure()
    return grimp.build_graph(*OPTIONS["root_packages"], include_external_packages=True, cache_dir=None)


def as_read(options):
    """import-linter takes no booleans, only their words."""
    return {name: str(value) if isinstance(value, bool) else value for name, value in options.items()}


def broken(graph, importer, imported):
    """Names of the contracts that the planted import breaks."""
    planted = deepcopy(graph)
    if imported not in planted.modules:
        assert "." not in imported, f"there is no {imported}"
        planted.add_module(imported, is_squashed=True)
    assert importer in planted.modules
    planted.add_import(importer=importer, imported=imported)
    session = as_read({name: OPTIONS[name] for name in ("root_packages", "include_external_packages")})
    return [
        options["name"]
        for options in map(as_read, OPTIONS["contracts"])
        if not KINDS[options["type"]](options["name"], session, options).check(deepcopy(planted), verbose=False).kept
    ]


@pytest.mark.parametrize(("importer", "imported"), AGAINST)
def test_an_import_against_an_arrow_is_found(imports, importer, imported):
    assert broken(imports, importer, imported)


@pytest.mark.parametrize(("importer", "imported"), [
    ("newsroom.site.home", "newsletters.models"), ("newsletters.models", "members.accounts.models"),
    ("members.voting.ballots", "members.patronage.rights"), ("members.patronage.rights", "articles.models"),
    ("members.patronage.tiers", "stripe"), ("articles.publishing", "newsroom.lib.money"),
])  # fmt: skip
def test_an_import_along_an_arrow_is_fine(imports, importer, imported):
    assert broken(imports, importer, imported) == []
