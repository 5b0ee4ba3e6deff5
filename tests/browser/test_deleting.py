"""Deleting everything on /phone: no other tab brings it back, and a page that is opened anew saves a new copy."""

import pytest

from tests.browser.engines import Launch, Name, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.reading import wait_until_saved
from tests.browser.servers import Server

_KEPT = """
    const caught = (await caches.keys()).filter((name) => name.startsWith("kc-"));
    return [...caught, ...Object.keys(localStorage)];
"""
_LOOK_AGAIN = """
    window.answers = 0;
    const hear = ({ data }) => { if (data?.type === "status") window.answers += 1; };
    navigator.serviceWorker.addEventListener("message", hear);
    document.dispatchEvent(new Event("visibilitychange"));
    // Even a page that never heard of it, an older one say, cannot ask the worker to save again.
    for (const type of ["check", "repair"]) window.worker.postMessage({ type });
    window.worker.postMessage({ type: "status" });
"""


@pytest.mark.parametrize("name", ENGINES)
def test_no_other_tab_undoes_deleting_and_a_page_opened_anew_saves_a_copy(
    name: Name, launch: Launch, server: Server
) -> None:
    engine = launch(name)
    others = [engine.tab, engine.new_tab()]
    for other, path in zip(others, ("/phone", "/guide/iv"), strict=True):
        other.open(server.origin + path)
        wait_until_saved(other)
        other.run("window.worker = (await navigator.serviceWorker.ready).active")
    tab = engine.new_tab()
    tab.open(f"{server.origin}/phone")
    _delete(tab)
    for other in others:
        other.wait_for("return document.documentElement.dataset.offline === 'none'")
        other.run(_LOOK_AGAIN)
        other.wait_for("return window.answers >= 3")
        other.run("scrollTo(0, 3 * innerHeight); await new Promise((settled) => setTimeout(settled, 600))")
        assert other.run("return document.documentElement.dataset.offline") == "none"
    assert tab.run(_KEPT) == []
    tab.open(f"{server.origin}/")
    assert wait_until_saved(tab) == server.manifest()[0]
    engine.close()


def _delete(tab: Tab) -> None:
    tab.wait_for("return !document.querySelector('[data-do=forget]').hidden")
    deleted = tab.run("return document.querySelector('[data-do=forget]').dataset.on")
    tab.run("document.querySelector('[data-do=forget]').click()")
    tab.wait_for("return document.querySelector('[data-do=forget]').textContent === argument", deleted)
