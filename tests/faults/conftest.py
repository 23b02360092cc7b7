"""One newsroom on parts of its own for all tests of this folder; after each test all of its parts run again."""

import pytest

from tests.faults.newsroom import Newsroom


@pytest.fixture(scope="package")
def _newsroom():
    newsroom = Newsroom()
    try:
        newsroom.open()
        yield newsroom
    finally:
        newsroom.stop()


@pytest.fixture
def newsroom(_newsroom):
    """Well when the test begins."""
    _newsroom.heal()
    _newsroom.wait_until_well()
    yield _newsroom
    _newsroom.heal()
