"""A recall that arrives while no object can be fetched: what was wrong is nowhere, in view or not, in no engine."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.browser.bad_network import Fault, Pass, Refuse
from tests.browser.editing import recall
from tests.browser.engines import Chromium, Firefox, Launch, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.reading import assert_one_whole_release, blocks_shown, pages_of, status, texts
from tests.browser.servers import Server
from tests.fault.browser.fields import Field, visit, wait_for

INSTEAD = "Do not follow what stood here. Ask your clinic."
PAGE = "/guide/iv"
COST = "/guide/cost"
_COUNT = """
    const input = document.querySelectorAll(".estimator input")[argument];
    input.value = "1";
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
"""
_HEAR = "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: argument }))"
_SUM = "return document.querySelector('.estimator .sum').innerText"
_QUESTIONS = "return [...document.querySelectorAll('[data-fill=questions] p')].map((words) => words.innerText)"
_PRESS = "document.querySelector('[data-fill=questions] li:last-child button').click()"


@dataclass(frozen=True)
class InView:
    """Tabs that were open when the recall came: saved questions, the estimator, what a search found."""

    saved: Tab
    other: str
    """The words of a saved question that was not recalled, and was just removed."""
    cost: Tab
    both: str
    """What two rows of the estimator cost, one of which is recalled."""
    search: Tab


@dataclass(frozen=True)
class Recalled:
    """A phone that heard of a recall and could fetch nothing but the head."""

    field: Field
    sentence: str
    block: str
    open_before: str
    """What the page that was open meanwhile showed afterwards."""
    in_view: InView


@pytest.fixture(scope="module", params=ENGINES)
def recalled(
    request: pytest.FixtureRequest,
    launch: Launch,
    make_server: Callable[[], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Recalled]:
    field = visit(launch(request.param), make_server(), tmp_path_factory.mktemp("texts"))
    origin, saved = field.network.origin, field.engine.tab
    page, cost, search = (field.engine.new_tab() for _ in range(3))
    page.open(origin + PAGE)
    block, sentence = next((one, text) for one, text in blocks_shown(page).items() if "cannula" in text)
    other = _save_two_questions(saved, origin, block)
    cost.open(origin + COST)
    both, row = _add_up(cost)
    # A search index made before the recall holds the sentence: it must not show it afterwards.
    search.open(f"{origin}/search")
    search.type("#q", "cannula")
    search.wait_for("return document.querySelectorAll('#results a').length > 0")

    recall(field.server, PAGE, block.partition("-")[0], INSTEAD)
    recall(field.server, COST, row, INSTEAD)
    wait_for(lambda: INSTEAD in field.server.answer(COST).body.decode())

    def only_the_head(path: str) -> Fault:
        return Pass() if path in ("/c/head.json", "/sw.js") else Refuse()

    field.network.plan = only_the_head
    status(page, "check")
    page.wait_for("return document.body.innerText.includes(argument)", INSTEAD)
    open_before = page.run("return document.documentElement.textContent")
    page.close()
    yield Recalled(field, sentence, block, open_before, InView(saved, other, cost, both, search))
    field.engine.close()
    field.network.close()


def test_the_sentence_is_long_enough_to_look_for(recalled: Recalled) -> None:
    assert len(recalled.sentence) > 40


def test_the_page_that_was_open_was_covered_under_its_reader(recalled: Recalled) -> None:
    assert _plain(recalled.sentence) not in _plain(recalled.open_before)


def test_saved_questions_sums_and_results_that_are_in_view_go(recalled: Recalled) -> None:
    saved, cost, search = recalled.in_view.saved, recalled.in_view.cost, recalled.in_view.search
    saved.wait_for(
        f"const shown = await (async () => {{ {_QUESTIONS} }})(); return shown[0].endsWith(argument)", INSTEAD
    )
    assert saved.run(_QUESTIONS)[1] == recalled.in_view.other
    saved.run(_PRESS)
    assert saved.run("return JSON.parse(localStorage.questions).length") == 2
    cost.wait_for("return document.querySelector('.estimator [data-recalled]')")
    assert cost.run(_SUM) != recalled.in_view.both

    # Once the copy is known to be broken, nothing that was found in it may be believed.
    search.wait_for("return document.querySelectorAll('#results a').length > 0")
    search.run(_HEAR, status(search) | {"offline": "failed"})
    assert search.run("return document.querySelectorAll('#results a').length") == 0
    assert search.run("return document.querySelector('#found').innerText") == ""
    cost.close()
    search.close()


def test_no_page_answers_with_it(recalled: Recalled) -> None:
    field = recalled.field
    field.engine.tab.open(field.home)
    found = texts(field.engine.tab, pages_of(field.old[1]))
    assert [path for path, text in found.items() if _plain(recalled.sentence) in _plain(_words(text))] == []
    assert INSTEAD in found[PAGE]
    assert_one_whole_release(field.engine.tab, field.old, covered=[path for path in found if INSTEAD in found[path]])


def test_the_page_shows_what_stands_instead_and_when(recalled: Recalled) -> None:
    tab = recalled.field.engine.tab
    tab.open(recalled.field.network.origin + PAGE)
    shown = blocks_shown(tab)[recalled.block]
    assert shown.endswith(INSTEAD)
    assert shown.startswith("Recalled on ")


def test_a_link_to_the_passage_leads_to_the_words_instead(recalled: Recalled) -> None:
    tab = recalled.field.engine.tab
    tab.open(f"{recalled.field.network.origin}{PAGE}#{recalled.block}")
    assert INSTEAD in tab.run("return document.querySelector(':target').innerText")


def test_no_search_result_shows_it(recalled: Recalled) -> None:
    tab = recalled.field.engine.tab
    tab.open(f"{recalled.field.network.origin}/search")
    for words in ("cannula", recalled.sentence):
        tab.run("document.querySelector('#q').value = ''")
        tab.type("#q", words)
        tab.wait_for("return document.querySelector('#found').innerText.trim() !== ''")
        shown = tab.run("return document.querySelector('main').innerText")
        assert _plain(recalled.sentence) not in _plain(shown)


def test_neither_print_nor_screen_readers_get_it(recalled: Recalled) -> None:
    engine = recalled.field.engine
    if not isinstance(engine, Chromium | Firefox):
        pytest.skip("this driver shows neither print nor the accessibility tree")
    engine.tab.open(recalled.field.network.origin + PAGE)
    engine.page.emulate_media(media="print")
    assert _plain(recalled.sentence) not in _plain(engine.page.inner_text("body"))
    engine.page.emulate_media(media="screen")
    heard = engine.page.locator("body").aria_snapshot()
    assert INSTEAD in heard
    assert _plain(recalled.sentence) not in _plain(heard)


def test_no_bookmark_or_saved_question_shows_it(recalled: Recalled) -> None:
    tab = recalled.field.engine.tab
    tab.open(f"{recalled.field.network.origin}/phone")
    tab.wait_for("return document.querySelector('#saved').innerText.includes(argument)", INSTEAD[:20])
    assert _plain(recalled.sentence)[:30] not in _plain(tab.run("return document.documentElement.textContent"))


def test_a_killed_browser_without_network_still_covers_it(recalled: Recalled) -> None:
    field = recalled.field
    field.engine.kill()
    field.network.close()
    field.engine.start()
    field.engine.tab.open(field.network.origin + PAGE)
    assert blocks_shown(field.engine.tab)[recalled.block].endswith(INSTEAD)
    assert _plain(recalled.sentence) not in _plain(field.engine.tab.run("return document.documentElement.textContent"))
    field.network.open()


def test_a_reader_without_worker_is_covered_by_the_server(recalled: Recalled) -> None:
    server = recalled.field.server
    sentence = _plain(recalled.sentence)
    for path in [*pages_of(recalled.field.old[1]), "/search?q=cannula", "/feed.xml"]:
        assert sentence not in _plain(_words(server.answer(path).body.decode())), path
    assert INSTEAD in server.answer(PAGE).body.decode()


def _save_two_questions(tab: Tab, origin: str, block: str) -> str:
    """Have /phone list the passage, which is a bookmark too, and another that was just removed; that one's words."""
    tab.open(origin + PAGE)
    other = next(one for one, words in blocks_shown(tab).items() if one != block and 40 < len(words) < 150)
    tab.run(
        "localStorage.questions = JSON.stringify(argument); localStorage.bookmarks = JSON.stringify([argument[0]]);",
        [{"path": PAGE, "block": block}, {"path": PAGE, "block": other}],
    )
    tab.open(f"{origin}/phone")
    tab.wait_for(
        f"const shown = await (async () => {{ {_QUESTIONS} }})(); return shown.length === 2 && shown.every(Boolean)"
    )
    tab.run(_PRESS)
    assert tab.run("return JSON.parse(localStorage.questions).length") == 1
    return str(tab.run(_QUESTIONS)[1])


def _add_up(tab: Tab) -> tuple[str, str]:
    """Enter one of each of two rows of the estimator; the sum of both, and the block of the second row."""
    tab.wait_for("return document.documentElement.dataset.script === 'ready'")
    tab.run(_COUNT, 0)
    alone = tab.run(_SUM)
    tab.run(_COUNT, 1)
    both = tab.run(_SUM)
    assert alone != both
    return both, tab.run("return document.querySelectorAll('.estimator input')[1].closest('tr').id")


def _words(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def _plain(text: str) -> str:
    return re.sub(r"[\W\d]+", "", text).lower()
