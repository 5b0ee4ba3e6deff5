"""A recall that comes while its words are in view, saved, added up or found: they go without a page loading anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.bad_network import Fault, Pass, Refuse
from tests.browser.editing import recall
from tests.browser.engines import Launch, Name, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.reading import blocks_shown, status
from tests.browser.servers import Server
from tests.fault.browser.fields import visit, wait_for

INSTEAD = "Do not follow what stood here. Ask your clinic."
PAGE = "/guide/iv"
_COUNT = """
    const input = document.querySelectorAll(".estimator input")[argument];
    input.value = "1";
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
"""
_HEAR = "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: argument }))"
_SUM = "return document.querySelector('.estimator .sum').innerText"
_QUESTIONS = "return [...document.querySelectorAll('[data-fill=questions] p')].map((words) => words.innerText)"
_PRESS = "document.querySelector('[data-fill=questions] li:last-child button').click()"


@pytest.mark.parametrize("name", ENGINES)
def test_words_that_are_in_view_go_when_they_are_recalled(
    name: Name, launch: Launch, make_server: Callable[[], Server], tmp_path: Path
) -> None:
    field = visit(launch(name), make_server(), tmp_path)
    origin, saved = field.network.origin, field.engine.tab
    block, other = _save_two_questions(saved, origin)
    cost, search = field.engine.new_tab(), field.engine.new_tab()
    cost.open(f"{origin}/guide/cost")
    both, row = _add_up(cost)
    search.open(f"{origin}/search")
    search.type("#q", "cannula")
    search.wait_for("return document.querySelectorAll('#results a').length > 0")

    recall(field.server, PAGE, block.partition("-")[0], INSTEAD)
    recall(field.server, "/guide/cost", row, INSTEAD)
    wait_for(lambda: INSTEAD in field.server.answer("/guide/cost").body.decode())

    def only_the_head(path: str) -> Fault:
        return Pass() if path in ("/c/head.json", "/sw.js") else Refuse()

    field.network.plan = only_the_head
    status(saved, "check")

    saved.wait_for(
        f"const shown = await (async () => {{ {_QUESTIONS} }})(); return shown[0].endsWith(argument)", INSTEAD
    )
    assert saved.run(_QUESTIONS)[1] == other
    saved.run(_PRESS)
    assert saved.run("return JSON.parse(localStorage.questions).length") == 2
    cost.wait_for("return document.querySelector('.estimator [data-recalled]')")
    assert cost.run(_SUM) != both

    # Once the copy is known to be broken, nothing that was found in it may be believed.
    search.wait_for("return document.querySelectorAll('#results a').length > 0")
    search.run(_HEAR, status(search) | {"offline": "failed"})
    assert search.run("return document.querySelectorAll('#results a').length") == 0
    assert search.run("return document.querySelector('#found').innerText") == ""
    field.engine.close()
    field.network.close()


def _save_two_questions(tab: Tab, origin: str) -> tuple[str, str]:
    """Have /phone list a passage, and another that was just removed; the first one's block, the other's words."""
    tab.open(origin + PAGE)
    found = blocks_shown(tab)
    block = next(block for block, words in found.items() if "cannula" in words)
    other = next(one for one, words in found.items() if one != block and 40 < len(words) < 150)
    marks = [{"path": PAGE, "block": block}, {"path": PAGE, "block": other}]
    tab.run("localStorage.questions = JSON.stringify(argument)", marks)
    tab.open(f"{origin}/phone")
    tab.wait_for(
        f"const shown = await (async () => {{ {_QUESTIONS} }})(); return shown.length === 2 && shown.every(Boolean)"
    )
    tab.run(_PRESS)
    assert tab.run("return JSON.parse(localStorage.questions).length") == 1
    return block, tab.run(_QUESTIONS)[1]


def _add_up(tab: Tab) -> tuple[str, str]:
    """Enter one of each of two rows of the estimator; the sum of both, and the block of the second row."""
    tab.wait_for("return document.documentElement.dataset.script === 'ready'")
    tab.run(_COUNT, 0)
    alone = tab.run(_SUM)
    tab.run(_COUNT, 1)
    both = tab.run(_SUM)
    assert alone != both
    return both, tab.run("return document.querySelectorAll('.estimator input')[1].closest('tr').id")
