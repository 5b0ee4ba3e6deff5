"""What every test shares: databases, and how the source tree is found."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases", "tests.seeded"]

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives browsers comes first: it takes longest, and what is quick fills the last minutes of every process."""
    items.sort(key=lambda item: "browser" not in item.path.relative_to(ROOT).parts)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the source tree."""
    return ROOT
