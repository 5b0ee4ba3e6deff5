"""Visit once, then the server is really stopped: every page, the search, deep links and a reload read the same.

At last everything is deleted and the server is back: nothing is kept until a page is opened anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.engines import Chromium, Engine, Firefox, Launch, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.reading import (
    Manifest,
    assert_one_whole_release,
    blocks_sent,
    blocks_shown,
    headers,
    objects_of,
    pages_of,
    sha256,
    wait_until_saved,
)
from tests.browser.servers import Answer, Server, refuses
from tests.browser.test_quiet import assert_tells_nobody

# Added by the transport, so they differ between a server and a phone.
TRANSPORT = {"connection", "content-encoding", "content-length", "date", "keep-alive", "link", "server", "vary"}
UNKNOWN = "/guide/no-such-page"
# Other bytes than the release's, with the headers of a page, as a phone may have them that died at a bad moment.
_LEAVE = """
    const [path, words] = argument;
    const recent = await caches.open("kc-recent");
    const { headers } = await recent.match("/guide/iv");
    await recent.put(path, new Response(`<!DOCTYPE html><main><p id=a>${words}</p></main>`, { headers }));
"""

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


@dataclass(frozen=True)
class Online:
    """What the guide was while the server answered."""

    name: str
    manifest: Manifest
    answers: dict[str, Answer]


@dataclass(frozen=True)
class Phone:
    """A browser that has visited the guide, whose server has stopped since."""

    engine: Engine
    server: Server
    online: Online


@pytest.fixture(scope="module")
def hears_workers() -> bool:
    return True


@pytest.fixture(scope="module", params=ENGINES)
def phone(request: pytest.FixtureRequest, launch: Launch, make_server: Callable[[], Server]) -> Iterator[Phone]:
    server = make_server()
    engine = launch(request.param)
    name, manifest = server.manifest()
    answers = {entry["path"]: server.answer(entry["path"]) for entry in manifest["entries"]}
    assert {path: sha256(answer.body) for path, answer in answers.items()} == objects_of(manifest)
    assert server.answer(UNKNOWN).status == 404
    online = Online(name, manifest, answers)
    engine.tab.open(f"{server.origin}/")
    assert wait_until_saved(engine.tab, name) == name
    server.stop()
    assert refuses(server.port)
    yield Phone(engine, server, online)
    engine.close()


def test_every_path_answers_with_the_bytes_of_the_release(phone: Phone) -> None:
    phone.engine.tab.open(f"{phone.server.origin}/")
    assert_one_whole_release(phone.engine.tab, (phone.online.name, phone.online.manifest))


def test_every_path_has_the_headers_it_had_online(phone: Phone) -> None:
    phone.engine.tab.open(f"{phone.server.origin}/")
    offline = headers(phone.engine.tab, phone.online.answers)
    assert {path: (status, _own(found)) for path, (status, found) in offline.items()} == {
        path: (answer.status, _own(answer.headers)) for path, answer in phone.online.answers.items()
    }


def test_every_page_opens_with_the_words_it_had_online(phone: Phone) -> None:
    tab = phone.engine.tab
    wrong: dict[str, Any] = {}
    for path in pages_of(phone.online.manifest):
        tab.open(phone.server.origin + path)
        shown = blocks_shown(tab)
        # Scripts add to some blocks, a column to enter numbers in, say; the words that were sent stay.
        missing = {block: words for block, words in blocks_sent(tab, path).items() if words not in shown.get(block, "")}
        if missing:
            wrong[path] = missing
        assert tab.run("return document.documentElement.lang") == "en", path
    assert not wrong


def test_the_search_finds_words_while_they_are_typed(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/search")
    tab.type("#q", "bladder pain")
    hit = "return [...document.querySelectorAll('#results a')].some((link) => link.pathname === argument);"
    tab.wait_for(hit, "/guide/long-term")
    assert tab.run("return document.querySelectorAll('#results mark').length") > 0


def test_the_search_forgives_a_typing_mistake(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/search?q=esketamin")
    hit = "return [...document.querySelectorAll('#results a')].some((link) => link.pathname === argument);"
    tab.wait_for(hit, "/guide/esketamine")


def test_the_search_knows_names_that_the_guide_does_not_use(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/search?q=klonopin")
    hit = "return [...document.querySelectorAll('#results a')].some((link) => link.pathname === argument);"
    tab.wait_for(hit, "/guide/medicines")


def test_a_deep_link_opens_at_its_block(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/guide/iv")
    block = list(blocks_shown(tab))[-1]
    tab.open(f"{phone.server.origin}/#elsewhere")
    tab.open(f"{phone.server.origin}/guide/iv#{block}")
    assert tab.run("return document.querySelector(':target')?.id") == block
    tab.wait_for(
        """
        const { top, bottom } = document.getElementById(argument).getBoundingClientRect();
        return top < innerHeight && bottom > 0;
        """,
        block,
    )


def test_a_reload_shows_the_same_page(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/faq/")
    before = tab.run("return document.querySelector('main').innerText")
    tab.reload()
    assert tab.run("return document.querySelector('main').innerText") == before


def test_a_query_of_a_page_changes_nothing(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(f"{phone.server.origin}/guide/iv?from=a-leaflet")
    assert blocks_shown(tab) == blocks_sent(tab, "/guide/iv")


def test_a_redirect_leads_where_it_led(phone: Phone) -> None:
    phone.engine.tab.open(f"{phone.server.origin}/guide")
    assert phone.engine.tab.run("return location.pathname") == "/guide/"


def test_an_unknown_address_says_so_and_shows_the_way(phone: Phone) -> None:
    tab = phone.engine.tab
    tab.open(phone.server.origin + UNKNOWN)
    assert "not here" in tab.run("return document.querySelector('h1').innerText")
    assert tab.run("return document.querySelector('main a[href=\"/guide/\"]') !== null")
    assert tab.run("return performance.getEntriesByType('navigation')[0].responseStatus ?? 404") == 404


def test_a_killed_browser_opens_the_guide_again(phone: Phone) -> None:
    phone.engine.kill()
    phone.engine.start()
    phone.engine.tab.open(f"{phone.server.origin}/help-now")
    assert len(blocks_shown(phone.engine.tab)) > 10
    assert wait_until_saved(phone.engine.tab) == phone.online.name


def test_what_was_opened_before_comes_again_only_as_it_is_now(phone: Phone) -> None:
    engine = phone.engine
    for path, words, now in (("/guide/iv", "Damaged words.", "/guide/iv"), ("/guide", "A page that moved.", "/guide/")):
        engine.tab.open(f"{phone.server.origin}/guide/iv")
        assert engine.tab.wait_for("return caches.match('/guide/iv', { cacheName: 'kc-recent' }).then(Boolean)")
        engine.tab.run(_LEAVE, [path, words])
        engine.kill()
        engine.start()
        engine.tab.open(f"{phone.server.origin}{path}?from=a-leaflet")
        # A page that loads itself again is loaded twice, and read when the second time is over.
        engine.tab.wait_for(
            """
            const isThere = document.readyState === "complete" && document.querySelector("main") !== null;
            return isThere && location.pathname === argument;
            """,
            now,
        )
        assert blocks_shown(engine.tab) == blocks_sent(engine.tab, now)
        assert words not in engine.tab.run("return document.body.innerText")


def test_nothing_went_wrong_in_the_console(phone: Phone) -> None:
    wrong = [line for line in phone.engine.complaints if not _is_about_the_stopped_server(line)]
    assert wrong == []


def test_nobody_else_was_asked_and_no_cookie_left(phone: Phone) -> None:
    if not isinstance(phone.engine, Chromium | Firefox):
        pytest.skip("this driver tells of no request")
    assert_tells_nobody(phone.engine, phone.server)


def test_deleting_it_all_is_said_when_it_is_done_and_no_other_tab_undoes_it(phone: Phone) -> None:
    engine, origin = phone.engine, phone.server.origin
    others = [engine.tab, engine.new_tab()]
    for other, path in zip(others, ("/phone", "/guide/iv"), strict=True):
        other.open(origin + path)
        assert wait_until_saved(other) == phone.online.name
        other.run("window.worker = (await navigator.serviceWorker.ready).active")
    tab = engine.new_tab()
    tab.open(f"{origin}/phone")
    _delete_it_all(tab)
    # Whatever could save a copy again has the server to do it with.
    phone.server.start()
    for other in others:
        other.wait_for("return document.documentElement.dataset.offline === 'none'")
        other.run(_LOOK_AGAIN)
        other.wait_for("return window.answers >= 3")
        other.run("scrollTo(0, 3 * innerHeight); await new Promise((settled) => setTimeout(settled, 600))")
        assert other.run("return document.documentElement.dataset.offline") == "none"
    assert tab.run(_KEPT) == []


def test_a_page_that_is_opened_after_deleting_saves_a_new_copy(phone: Phone) -> None:
    phone.engine.tab.open(f"{phone.server.origin}/")
    assert wait_until_saved(phone.engine.tab) == phone.online.name


def _delete_it_all(tab: Tab) -> None:
    # The place where it is said comes after the buttons.
    tab.wait_for("return document.documentElement.dataset.script === 'ready'")
    deleted = tab.run("return document.querySelector('[data-do=forget]').dataset.on")
    tab.run("""
        window.heard = [];
        const said = document.getElementById("said");
        new MutationObserver(() => window.heard.push(said.textContent)).observe(said, { childList: true });
        document.querySelector("[data-do=forget]").click();
    """)
    tab.wait_for("return document.querySelector('[data-do=forget]').textContent === argument", deleted)
    assert tab.wait_for("return window.heard.length > 0 && window.heard") == [deleted]


def _own(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name not in TRANSPORT}


def _is_about_the_stopped_server(line: str) -> bool:
    """The worker looks for updates; that nobody answers is what this test is about."""
    return "ERR_CONNECTION_REFUSED" in line or "NetworkError" in line or "404" in line
