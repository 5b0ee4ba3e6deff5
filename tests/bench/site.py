"""A site to measure: databases that hold the whole guide, made once per run."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.bench.peers import our_server
from tests.bench.table import BUILD


@contextmanager
def seeded() -> Iterator[Path]:
    """A folder of its own with the databases of a site that was started before, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for file in _template().glob("*.db"):
            shutil.copy2(file, folder)
        yield Path(folder)


@cache
def _template() -> Path:
    folder = BUILD / "bench-site"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for _ in range(2):  # the second start leaves what a warm one finds
        with our_server(folder, pinned=False):
            pass
    return folder
