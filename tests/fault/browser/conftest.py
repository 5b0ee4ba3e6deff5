"""Gives the tests of this folder the browsers' fixtures, and a phone in each engine for all tests of a file."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.engines import Launch
from tests.browser.fixtures import (
    ENGINES,
    hears_workers,
    launch,
    make_server,
    playwright,
    screen,
    server,
    used_firefox,
    whole_guide,
)
from tests.browser.servers import Server
from tests.fault.browser.fields import Field, visit

__all__ = ["hears_workers", "launch", "make_server", "playwright", "screen", "server", "used_firefox", "whole_guide"]


@pytest.fixture(scope="module", params=ENGINES)
def field(
    request: pytest.FixtureRequest,
    launch: Launch,
    make_server: Callable[[], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Field]:
    """A phone that has the guide; each test leaves it with the newest release."""
    field = visit(launch(request.param), make_server(), tmp_path_factory.mktemp("texts"))
    yield field
    field.engine.close()
    field.network.close()
