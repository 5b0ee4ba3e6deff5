"""What every test shares: databases, and how the source tree is found."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.browser.driver import DRIVER

pytest_plugins = ["tests.databases", "tests.seeded"]

ROOT = Path(__file__).parents[1]
MEMORY = Path("/dev/shm")
ROOM = 6_000_000_000
"""What all databases and browsers' profiles of a whole run take, and half as much again, in bytes."""


def pytest_configure() -> None:
    """Keep databases and profiles in memory where there is room: each test makes files by the hundred.

    Processes are killed in these tests, machines are not: what the system has taken is as good as on disk.
    """
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def _has_room() -> bool:
    if not MEMORY.is_dir():
        return False
    free = shutil.disk_usage(MEMORY).free
    available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    # Browsers and servers need the other half.
    return available is not None and min(free, int(available[1]) * 1024 // 2) >= ROOM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files come first, so that what is quick fills the last minute of every process."""
    items.sort(key=lambda item: _place(item.path.relative_to(ROOT).parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """End the browsers' driver before asynchronous tests, which come after all tests of browsers."""
    if "browser" not in item.path.parts:
        DRIVER.stop()


def pytest_sessionfinish() -> None:
    """Leave no driver running."""
    DRIVER.stop()


def _place(parts: tuple[str, ...]) -> int:
    if "browser" in parts:
        return 0
    # Whole programs are started by the fault tests, and by files that stand above the folders of one part of ours.
    return 1 if "fault" in parts or len(parts) == 3 else 2


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the source tree."""
    return ROOT
