"""What every test shares: which tests run in one process, and how the source tree is found."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases", "tests.seeded"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the source tree."""
    return ROOT


@pytest.hookimpl(tryfirst=True)  # before xdist, which writes the groups into the names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests of one file in one process, where they share a server and a browser.

    A test that names a group itself keeps it.
    """
    for item in items:
        file = item.path.relative_to(ROOT / "tests")
        if "browser" in file.parts and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(file)))
