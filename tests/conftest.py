"""What every test shares: databases, and how the source tree is found."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases", "tests.seeded"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the source tree."""
    return ROOT
