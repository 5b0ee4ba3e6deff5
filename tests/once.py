"""Makes what many tests start from once, for all processes of a run."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process to ask for it `make`s, while the others wait; nobody changes it afterwards."""
    base = factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own inside that of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / name
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            begun = factory.mktemp(name)
            make(begun)
            begun.rename(folder)
    return folder
