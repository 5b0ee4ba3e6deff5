"""What makes reading easier, on pages as a reader uses them: the way back to where one was, and what is kept of it."""

from collections.abc import Callable

import pytest

from tests.browser.engines import Engine, Name, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.servers import Server

_OFFER = """
    const offer = document.getElementById("back");
    return offer.checkVisibility() && offer.querySelector("a").hash;
"""


def _open(tab: Tab, address: str) -> None:
    tab.open(address)
    tab.wait_for("return document.documentElement.dataset.script === 'ready'")


@pytest.mark.parametrize("name", ENGINES)
def test_a_page_that_was_left_halfway_offers_the_way_back(
    name: Name, launch: Callable[[Name], Engine], make_server: Callable[[], Server]
) -> None:
    server, tab = make_server(), launch(name).tab
    _open(tab, f"{server.origin}/guide/iv")
    assert not tab.run(_OFFER)
    tab.run("scrollTo(0, 3 * innerHeight)")
    kept = tab.wait_for("return JSON.parse(localStorage.places ?? '[]')[0]?.[1]")
    _open(tab, f"{server.origin}/guide/im")
    assert not tab.run(_OFFER)
    _open(tab, f"{server.origin}/guide/iv")
    assert tab.wait_for(_OFFER) == f"#{kept}"
    tab.run("document.querySelector('#back a').click()")
    tab.wait_for(f"return Math.abs(document.getElementById('{kept}').getBoundingClientRect().top) < innerHeight / 2")
    assert not tab.run(_OFFER)
    # Whoever follows a link to a passage is where they wanted to be.
    _open(tab, f"{server.origin}/guide/im")
    _open(tab, f"{server.origin}/guide/iv#{kept}")
    assert not tab.run(_OFFER)
