"""Gives the tests of this folder the browsers' fixtures."""

from tests.browser.fixtures import (
    hears_workers,
    launch,
    make_server,
    playwright,
    screen,
    server,
    used_firefox,
    whole_guide,
)

__all__ = ["hears_workers", "launch", "make_server", "playwright", "screen", "server", "used_firefox", "whole_guide"]
