"""Fixtures of every test that drives a browser: engines and servers, alive as long as a module."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.browser.driver import DRIVER
from tests.browser.engines import Chromium, Engine, Firefox, Launch, Name, Screen, WebKit
from tests.browser.servers import Server
from tests.once import made_once

ENGINES: tuple[Name, ...] = ("chromium", "firefox", "webkit")


@pytest.fixture(scope="module")
def hears_workers() -> bool:
    """Whether Chromium tells what its workers ask for; a module that wants to know says so. It costs a fifth more."""
    return False


@pytest.fixture(scope="module")
def playwright(hears_workers: bool) -> Playwright:
    """Playwright's driver."""
    return DRIVER.start(hears_workers=hears_workers)


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """A screen nobody sees."""
    screen = Screen()
    yield screen
    screen.close()


@pytest.fixture(scope="module")
def used_firefox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of a Firefox that was started and closed: the first start of all takes half as long again."""

    def use(profile: Path) -> None:
        firefox = Firefox(playwright, profile)
        firefox.tab.open("data:text/html,")
        firefox.leave()
        firefox.close()

    return made_once(tmp_path_factory, "used-firefox", use)


@pytest.fixture(scope="module")
def launch(
    request: pytest.FixtureRequest, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launch]:
    """Start an engine on a profile of its own that has seen no site; all are closed at the end of the module."""
    started: list[Engine] = []

    def start(name: Name, **settings: Any) -> Any:
        profile = tmp_path_factory.mktemp(f"profile-{name}")
        engine: Engine
        match name:
            case "chromium":
                engine = Chromium(playwright, profile, **settings)
            case "firefox":
                used = request.getfixturevalue("used_firefox")
                # Its lock is a link to nothing.
                shutil.copytree(used, profile, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*lock"))
                engine = Firefox(playwright, profile, **settings)
            case "webkit":
                engine = WebKit(profile, request.getfixturevalue("screen").display, **settings)
        started.append(engine)
        return engine

    yield start
    for engine in started:
        engine.close()
        # Nobody looks into it, and it may lie in memory.
        shutil.rmtree(engine.profile, ignore_errors=True)


@pytest.fixture(scope="session")
def whole_guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a server that was started once on nothing: the whole guide, released."""

    def start_once(folder: Path) -> None:
        server = Server(folder)
        server.start()
        server.stop()

    return made_once(tmp_path_factory, "whole-guide", start_once)


@pytest.fixture(scope="module")
def make_server(whole_guide: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """Start a server of its own on a copy of the whole guide; all are killed at the end of the module."""
    started: list[Server] = []

    def start() -> Server:
        server = Server(tmp_path_factory.mktemp("server"))
        for file in whole_guide.glob("*.db*"):
            shutil.copy2(file, server.folder / file.name)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def server(make_server: Callable[[], Server]) -> Server:
    """One server for all tests of a module, which leave it as it is."""
    return make_server()
