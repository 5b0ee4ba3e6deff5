"""A first visit that breaks off: the guide is read online, saving goes on at the next object, nothing is half there."""

from collections.abc import Callable

import pytest

from tests.browser.bad_network import BadNetwork, Hold, Refuse, on_request
from tests.browser.engines import Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.reading import assert_one_whole_release, objects_of, wait_until_saved
from tests.browser.servers import Server

HALF = 40


@pytest.mark.parametrize("name", ENGINES)
def test_a_first_visit_goes_on_at_the_next_object(
    name: Name, launch: Launch, make_server: Callable[[], Server]
) -> None:
    server = make_server()
    network = BadNetwork(server.port)
    release, manifest = server.manifest()
    objects = set(objects_of(manifest).values())
    assert len(objects) > HALF + 10
    engine = launch(name)
    held = Hold()
    network.plan = on_request(HALF, held, then=held)
    engine.tab.begin(f"{network.origin}/")
    assert held.reached.wait(30)
    engine.tab.wait_for("return document.documentElement.dataset.offline === 'saving'")
    engine.kill()
    network.close()
    # Nothing is shown from half a release: without a network there is no page yet, and nothing pretends to be one.
    engine.start()
    network.open()
    network.heal()
    engine.tab.open(f"{network.origin}/guide/iv")
    assert wait_until_saved(engine.tab, release) == release
    again = [name for name in network.objects_asked() if name in objects]
    assert len(again) < len(objects) - HALF // 2, "most of what had come was not asked for again"
    server.stop()
    network.plan = lambda _: Refuse()
    engine.tab.open(f"{network.origin}/")
    assert_one_whole_release(engine.tab, (release, manifest))
    engine.close()
    network.close()
