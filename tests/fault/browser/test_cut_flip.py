"""An update whose worker freezes right before one change of storage, whereupon the whole browser is killed.

Every put, delete and write transaction from the fetch of a head to the end of the clean-up is such a step: the head is
accepted, the manifest kept, an object stored, the pointer turned, the old object removed. Each cut starts from a copy
of the same profile, which has the old release.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.engines import Launch
from tests.browser.fixtures import ENGINES
from tests.browser.reading import last_check, wait_until_saved
from tests.browser.servers import Server
from tests.fault.browser.fields import Field, Release, visit, wait_for


@dataclass(frozen=True)
class Update:
    """A server with the new release, a kept profile with the old one, and the steps that lead from one to the other."""

    field: Field
    profile: Path
    old: Release
    new: Release
    steps: dict[int, str]


@pytest.fixture(scope="module", params=ENGINES)
def update(
    request: pytest.FixtureRequest,
    launch: Launch,
    make_server: Callable[[], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Update]:
    engine = launch(request.param)
    field = visit(engine, make_server(), tmp_path_factory.mktemp("texts"))
    old = field.old
    engine.leave()
    engine.kill()
    kept = tmp_path_factory.mktemp("kept") / "profile"
    shutil.copytree(engine.profile, kept, symlinks=True)
    new = field.publish(("/guide/iv",))
    engine.start()
    field.network.halt_at = 0
    engine.tab.open(field.home)
    wait_until_saved(engine.tab, new[0])
    _wait_for_checks(field, 1)
    # The next look for updates, by a page that was served from the new release, cleans up after the old one.
    engine.tab.open(field.home)
    _wait_for_checks(field, 2)
    yield Update(field, kept, old, new, dict(field.network.steps))
    engine.close()
    field.network.close()


def test_the_steps_of_an_update_are_seen(update: Update) -> None:
    names = " ".join(update.steps.values())
    assert len(update.steps) > 8
    for step in ("put state head", "put manifests", "put kc-pages", "put state release", "delete kc-pages"):
        assert step in names, update.steps


def test_the_browser_is_killed_around_the_flip(update: Update) -> None:
    flip = next(number for number, name in update.steps.items() if name.startswith("put state release"))
    assert [_cut(update, number) for number in (flip, flip + 1)] == [update.old[0], update.new[0]]
    assert update.field.assert_whole(update.new) == update.new[0]


@pytest.mark.soak
def test_the_browser_is_killed_at_every_step(update: Update) -> None:
    seen = [_cut(update, number) for number in sorted(update.steps)]
    assert seen == sorted(seen, key=[update.old[0], update.new[0]].index), "once new, never old again"


def _cut(update: Update, number: int) -> str:
    """Kill the browser right before that step; the release that a reader without network sees afterwards."""
    field = update.field
    field.engine.kill()
    shutil.rmtree(field.engine.profile)
    shutil.copytree(update.profile, field.engine.profile, symlinks=True)
    field.old = update.old
    field.network.heal()
    field.restart()
    field.network.halt_at = number
    field.engine.tab.begin(field.home)
    _wait_until_frozen(update)
    field.engine.kill()
    field.network.close()
    field.restart()
    shown = field.assert_whole(update.old, update.new)
    field.network.open()
    field.finish(update.new)
    return shown


def _wait_until_frozen(update: Update) -> None:
    field = update.field
    end = time.monotonic() + 60
    began = time.time() * 1000
    again = False
    while not field.network.halted.wait(0.05):
        assert time.monotonic() < end, "the worker never came to the step"
        if not again and (last_check(field.engine.tab) or 0) > began:
            again = True
            field.engine.tab.begin(field.home)


def _wait_for_checks(field: Field, count: int) -> None:
    """Wait until the worker has told of so many checks that it wrote down: a check's last step."""
    wait_for(lambda: list(field.network.steps.values()).count("put state check") >= count)
