"""Going away from the journal while it writes: it opens again at once, and what was typed is there."""

import pytest

from tests.browser.engines import Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import Person
from tests.browser.servers import Server

# Its own transaction must be over too when the page is left.
_DRAFTS = """
    const database = await new Promise((resolve) => {
      indexedDB.open("kj").onsuccess = ({ target }) => resolve(target.result);
    });
    const found = await new Promise((resolve) => {
      const transaction = database.transaction("drafts");
      const asked = transaction.objectStore("drafts").getAll();
      transaction.oncomplete = () => resolve(asked.result.map(({ env }) => String(env)).join());
    });
    database.close();
"""
_LEAVE = "setTimeout(() => { location.href = 'about:blank'; }, argument);"
_SAVE_AND_LEAVE = f'document.querySelector("#screen form [type=submit]").click(); {_LEAVE}'


@pytest.mark.parametrize("name", ENGINES)
def test_going_away_in_mid_save_neither_loses_the_words_nor_shuts_the_journal(
    name: Name, launch: Launch, server: Server
) -> None:
    person = Person(launch(name).tab, server)
    person.opens()

    _types(person, "Not saved yet.")
    _leaves(person, _LEAVE, 0)
    person.opens("#/new/note")
    assert person.asks("return document.querySelector('#screen [name=text]').value") == "Not saved yet."

    # From before the first request to after the last: how long a save takes is the machine's affair.
    for milliseconds in (1, 3, 6, 10, 15, 20, 30):
        words = f"Left after {milliseconds} ms."
        _types(person, words)
        _leaves(person, _SAVE_AND_LEAVE, milliseconds)
        person.opens()
        assert words in person.said()


def _types(person: Person, words: str) -> None:
    """Types into a new note and waits for its draft."""
    person.goes("#/new/note", "new")
    before = person.asks(f"{_DRAFTS} return found;")
    person.fills({"text": words})
    person.tab.wait_for(f"{_DRAFTS} return found !== argument;", before)


def _leaves(person: Person, script: str, milliseconds: int) -> None:
    person.asks(script, milliseconds)
    person.tab.wait_for("return location.href === 'about:blank' && document.readyState === 'complete'")
