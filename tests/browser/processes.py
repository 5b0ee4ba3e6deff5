"""Finds and kills whole process trees: a browser is many processes, and a killed one must leave none behind."""

import os
import signal
import time
from pathlib import Path


def tree_of(mark: str) -> set[int]:
    """Every process whose command line holds the mark (a profile's path, say), and all their descendants."""
    commands, parents = _processes()
    found = {pid for pid, command in commands.items() if mark in command}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def kill_tree(mark: str, seconds: float = 10) -> None:
    """SIGKILL the whole tree at once and wait until nothing of it runs; raises `TimeoutError`."""
    end = time.monotonic() + seconds
    # What a victim started before it died is found by looking again once all of them are gone.
    while victims := {pid for pid in tree_of(mark) if _is_running(pid)}:
        for pid in victims:
            _kill(pid)
        while alive := {pid for pid in victims if _is_running(pid)}:
            if time.monotonic() > end:
                raise TimeoutError(f"still running after SIGKILL: {sorted(alive)}")
            time.sleep(0.02)


def _processes() -> tuple[dict[int, str], dict[int, int]]:
    commands: dict[int, str] = {}
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            # The name in parentheses may hold spaces; the parent is the second field after it.
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return commands, parents


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
