"""An update cut at every object and at every step of the flip, by killing worker, browser or server.

After each cut the reader has one whole release, and in the end the newest one.
"""

from collections.abc import Callable

import pytest

from tests.browser.bad_network import Fault, Hold, Pass, Plan, Refuse
from tests.browser.engines import Chromium
from tests.browser.reading import objects_of
from tests.fault.browser.fields import EDITED, Field


def test_the_browser_is_killed_at_every_object(field: Field) -> None:
    def cut() -> None:
        field.engine.kill()
        field.network.close()
        field.network.open()
        field.restart()

    _cut_at_every_object(field, cut)


def test_the_worker_is_killed_at_every_object(field: Field) -> None:
    engine = field.engine
    if not isinstance(engine, Chromium):
        pytest.skip("only Chromium's driver can stop a worker that is at work")
    _cut_at_every_object(field, engine.kill_workers)


def test_the_server_is_killed_at_every_object(field: Field) -> None:
    def cut() -> None:
        field.server.kill()
        # What the network held is lost with the server.
        field.network.close()
        field.network.open()

    _cut_at_every_object(field, cut, field.server.start)


def test_the_phone_is_whole_after_all_of_it(field: Field) -> None:
    assert field.assert_whole(field.old) == field.old[0]


def _cut_at_every_object(field: Field, cut: Callable[[], None], mend: Callable[[], None] = lambda: None) -> None:
    # The other engines start slowly: they get the smaller update.
    old, new = field.old, field.publish(EDITED if isinstance(field.engine, Chromium) else EDITED[:2])
    missing = set(objects_of(new[1]).values()) - set(objects_of(old[1]).values())
    assert len(missing) >= 2
    for count in range(len(missing)):
        field.network.heal()
        held, field.network.plan = _hold_after(1 if count else 0)
        field.engine.tab.begin(field.home)
        assert held.reached.wait(30), f"after {count} objects nobody asked for another"
        if count:
            _wait_until_kept(field, count, missing)
        # Before anything is let go: what the worker asks for once more must not be held as well.
        field.network.plan = lambda _: Refuse()
        cut()
        assert field.assert_one(old, new) == old[0]
        assert field.check() == "network"
        mend()
    assert field.assert_whole(old, new) == old[0]
    field.finish(new)


def _hold_after(count: int) -> tuple[Hold, Plan]:
    """Let so many objects pass and hold all others; the one hold tells when the first of them was asked for."""
    hold = Hold()
    passed: list[str] = []

    def plan(path: str) -> Fault:
        if not path.startswith("/c/o/"):
            return Pass()
        if len(passed) < count:
            passed.append(path)
            return Pass()
        return hold

    return hold, plan


def _wait_until_kept(field: Field, count: int, missing: set[str]) -> None:
    """Wait until so many of the missing objects are on the phone."""
    field.engine.tab.wait_for(
        """
        const caches_of_ours = (await caches.keys()).filter((name) => name.startsWith("kc-"));
        const kept = new Set();
        for (const name of caches_of_ours)
          for (const request of await (await caches.open(name)).keys()) kept.add(request.url.slice(-64));
        return argument.missing.filter((object) => kept.has(object)).length >= argument.count;
        """,
        {"missing": sorted(missing), "count": count},
    )
