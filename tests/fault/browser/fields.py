"""A phone that has one release, the network before its server, and the means to bring the next release about."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.bad_network import BadNetwork, Hold
from tests.browser.editing import add_sentence
from tests.browser.engines import Engine, Name
from tests.browser.reading import (
    Manifest,
    assert_one_release,
    assert_one_whole_release,
    objects_of,
    status,
    wait_for_check,
    wait_until_saved,
)
from tests.browser.servers import Server

Release = tuple[str, Manifest]
LITTLE_ROOM: dict[Name, dict[str, Any]] = {
    "chromium": {},  # told while it runs, by `limit_storage`
    "firefox": {"preferences": {"dom.quotaManager.temporaryStorage.fixedLimit": 12 * 1024}},
}
"""Settings of phones on which little can be stored; WebKitGTK has none for it."""
HEAD = "/c/head.json"
EDITED = ("/guide/iv", "/guide/cost", "/faq/driving-and-work")
_NUMBERS = itertools.count(1)


@dataclass
class Field:
    """Browser, network and server; `old` is on the phone, and after `publish` the server has a newer one."""

    engine: Engine
    network: BadNetwork
    server: Server
    folder: Path
    old: Release
    sentence: str = ""

    @property
    def home(self) -> str:
        """The guide's first page, through the network."""
        return f"{self.network.origin}/"

    def publish(self, paths: tuple[str, ...] = EDITED) -> Release:
        """Have the server release one more paragraph on each of these pages."""
        # In letters, for a figure would need a source.
        letters = str(next(_NUMBERS)).translate(str.maketrans("0123456789", "abcdefghij"))
        before = self.server.manifest()[0]
        self.sentence = f"This sentence came with change {letters} of the test."
        add_sentence(self.server, self.folder, paths, self.sentence)
        wait_for(lambda: self.server.manifest()[0] != before)
        return self.server.manifest()

    def check(self) -> str | None:
        """Have the worker look for updates to the end; why the newest release is not on the phone, or None."""
        tab, gate = self.engine.tab, Hold()
        self.network.gates[HEAD] = gate
        status(tab, "check")
        assert gate.reached.wait(30), "the worker never asked for the head"
        # Checks come one after the other: if a page had begun one before, that is over now.
        before = status(tab)["checkedAt"]
        del self.network.gates[HEAD]
        gate.go.set()
        reason = wait_for_check(tab, before)["reason"]
        return None if reason is None else str(reason)

    def assert_whole(self, *releases: Release) -> str:
        """A reader who opens the guide now sees one of these releases and nothing of another; its name.

        For before anything is mended, and for the end of all.
        """
        self.engine.tab.open(self.home)
        return assert_one_whole_release(self.engine.tab, *releases)

    def assert_one(self, *releases: Release) -> str:
        """The same of the paths in which they differ, quickly, for after each of many faults and after mending."""
        self.engine.tab.open(self.home)
        objects = [objects_of(manifest).items() for _, manifest in releases]
        differing = {path for one in objects for other in objects for path, _ in one - other}
        return assert_one_release(self.engine.tab, differing, *releases)

    def restart(self) -> None:
        """Start the killed browser again."""
        self.engine.start()

    def finish(self, release: Release) -> None:
        """With everything mended, the phone comes to the newest release by itself when a page is opened."""
        self.network.heal()
        # A check that began while things were broken must be over: a page opened meanwhile would wait for that one.
        self.check()
        self.engine.tab.open(self.home)
        wait_until_saved(self.engine.tab, release[0])
        assert self.assert_one(self.old, release) == release[0]
        self.old = release


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something comes true that is to happen at once; raises `AssertionError`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not true after {seconds:.0f} s"
        time.sleep(0.02)


def visit(engine: Engine, server: Server, folder: Path) -> Field:
    """Open the guide through a network and wait until it is on the phone."""
    network = BadNetwork(server.port)
    engine.tab.open(f"{network.origin}/")
    release = server.manifest()
    wait_until_saved(engine.tab, release[0])
    return Field(engine, network, server, folder, release)
