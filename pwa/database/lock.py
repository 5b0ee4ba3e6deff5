"""The lock of whoever serves from a SQLite file: one process at a time, let go by the system if it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pwa.database.errors import Locked, NotWritable


@contextmanager
def hold(database: Path) -> Iterator[None]:
    """Hold the file for this process until the block ends; raises Locked if another process has it.

    The lock lies on a file of its own beside the database, because SQLite gives up its own locks on a file when
    the process closes any other handle to it. That file stays: removing it would let two processes in.
    """
    path = database.with_name(database.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotWritable(
            f"{path} cannot be opened ({error.strerror}). Nothing was changed. "
            "Check that its folder exists and that this user may write there."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            raise Locked(
                f"{database} is in use by another process (number {holder}). Nothing was changed. "
                "Stop that process first, or send what you want to do to the running server."
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
