"""Playwright's driver, kept from one file of tests to the next: it takes most of a second to start."""

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

_DEAF = {"PLAYWRIGHT_DISABLE_SERVICE_WORKER_NETWORK": "1"}


class Driver:
    """The one driver of this process, or none."""

    def __init__(self) -> None:
        self._running: Playwright | None = None
        self._hears_workers = False
        self._stack = ExitStack()

    def start(self, *, hears_workers: bool) -> "Playwright":
        """A driver that does or does not hear what Chromium's workers ask for; the one that runs, if it is alike."""
        # Those who drive no browser do without it.
        from playwright.sync_api import sync_playwright  # noqa: PLC0415

        if self._hears_workers != hears_workers:
            self.stop()
        if self._running is None:
            self._hears_workers = hears_workers
            with patch.dict(os.environ, {} if hears_workers else _DEAF):
                self._running = self._stack.enter_context(sync_playwright())
        return self._running

    def stop(self) -> None:
        """End it: its event loop would be in the way of asynchronous tests."""
        self._stack.close()
        self._running = None


DRIVER = Driver()
