"""What every test shares: which tests must not run beside each other, and how the source tree is found."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases", "tests.seeded"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the source tree."""
    return ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that drive browsers in two processes, the guide's and the journal's: more starve each other.

    A test that names a group itself keeps it.
    """
    for item in items:
        folders = item.path.relative_to(ROOT / "tests").parts[:-1]
        if "browser" in folders and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("journal-browser" if "journal" in folders else "browser"))
