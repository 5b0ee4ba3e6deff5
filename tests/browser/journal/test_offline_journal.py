"""The whole life of a journal with no server at all: write, lock, die, reopen, back up, restore on another phone."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.engines import Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import PASSPHRASE, Person, begin_anew
from tests.browser.reading import wait_until_saved
from tests.browser.servers import ROOT, Server

# Keeps the file that the page hands over, as the person's download folder does.
_KEEP_FILE = """
    const make = URL.createObjectURL;
    URL.createObjectURL = (content) => {
      document.lastSaved = content;
      return make.call(URL, content);
    };
"""
_FILE = """
    if (!document.lastSaved) return null;
    const bytes = new Uint8Array(await document.lastSaved.arrayBuffer());
    return btoa([...bytes].map((byte) => String.fromCharCode(byte)).join(""));
"""
_CHOOSE_FILE = """
    const bytes = Uint8Array.from(atob(argument.content), (letter) => letter.charCodeAt(0));
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], "journal-2026-11-22.kjb"));
    const input = document.querySelector(argument.selector);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
"""


@pytest.mark.parametrize("name", ENGINES)
def test_a_journal_lives_without_a_server(
    name: Name, launch: Launch, make_server: Callable[[], Server], tmp_path: Path
) -> None:
    server = make_server()
    engine = launch(name)
    engine.tab.open(f"{server.origin}/")
    wait_until_saved(engine.tab)
    server.stop()

    person = Person(engine.tab, server)
    person.opens()
    _write_and_have_a_session(person)
    code = _lock_on_the_day_after(person)
    person.locks()

    engine.kill()
    engine.start()
    person = Person(engine.tab, server)
    person.opens()
    person.fills({"passphrase": "not this one at all"})
    person.sends()
    assert "Nothing is lost" in person.is_refused()
    person.goes("#/new/note", "new")
    person.types("Added in the dark.")
    person.saves()
    person.goes("#/", "unlock")
    person.unlocks()
    entries = person.entries()
    assert len(entries) == 4
    assert {"Written with nobody there.", "Added in the dark."} <= set(entries)
    for part in ("measures", "trends", "plan", "questions", "summary", "in"):
        person.goes(f"#/{part}")

    content = _back_up(person, code)
    assert _words_in(content, code, tmp_path) >= {
        "Written with nobody there.",
        "Slept well.",
        "Calm",
        "Added in the dark.",
    }

    # To the journal, a phone that has the guide alone is another phone.
    begin_anew(engine, server.origin)
    person = Person(engine.tab, server)
    person.opens("#/in")
    person.tab.run(_CHOOSE_FILE, {"selector": "#screen [type=file]", "content": content})
    person.tab.wait_for("return document.querySelector('#screen [name=code]')")
    person.fills({"code": code})
    person.sends()
    person.tab.wait_for("return document.querySelector('#screen [data-do=bring-in]')?.checkVisibility()")
    person.does("bring-in")
    person.tab.wait_for("return document.querySelector('#told [role=status]').textContent !== ''")
    assert person.entries() == entries
    engine.kill()
    engine.start()
    person = Person(engine.tab, server)
    person.opens()
    person.unlocks(PASSPHRASE)
    assert person.entries() == entries


def _write_and_have_a_session(person: Person) -> None:
    person.goes("#/new/reflection")
    person.types("Written with nobody there.")
    person.saves()
    person.writes("Slept well.", "#/new/checkin")
    person.goes("#/new/session")
    person.fills({"intention": "To rest."})
    person.saves()
    person.does("begin-day")
    person.sees("day")
    person.taps("#screen [data-note=Calm]")
    person.reads("Saved", ".day-told")
    person.does("began")
    person.does("ended")
    session = person.asks("return location.hash.split('/').at(-1)")
    person.goes(f"#/entry/{session}")
    person.reads("Calm")
    person.does("finish")


def _lock_on_the_day_after(person: Person) -> str:
    """The journal asks for no lasting choice on a session's day: the clock is put on, for this page alone."""
    person.opens()
    person.tab.run("const now = Date.now; Date.now = () => now() + 2 * 24 * 60 * 60 * 1000")
    return person.chooses_a_lock()


def _back_up(person: Person, code: str) -> str:
    """Makes a backup, tests it with the code, and gives it as base64."""
    person.goes("#/out")
    person.tab.run(_KEEP_FILE)
    person.does("make")
    person.tab.wait_for("return document.querySelector('#screen [data-do=save-backup]')?.checkVisibility()")
    person.does("save-backup")
    content = str(person.tab.wait_for(_FILE))
    person.tab.run(_CHOOSE_FILE, {"selector": "#screen [data-part=test] [type=file]", "content": content})
    person.fills({"#screen [data-part=test] [name=code]": code})
    person.taps("#screen [data-part=test] [type=submit]")
    person.tab.wait_for("return document.querySelectorAll('#screen [data-part=tested] p').length >= 3")
    return content


def _words_in(content: str, code: str, folder: Path) -> set[str]:
    """The texts that the independent reader finds in the file."""
    file = folder / "journal.kjb"
    file.write_bytes(base64.b64decode(content))
    # getpass reads from the terminal; without one it falls back to what is handed over.
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "docs/reader/kj_reader.py"), str(file), "--json"],
        input=f"{code}\n",
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    ).stdout
    found: set[str] = set()
    _gather(json.loads(printed), found)
    return found


def _gather(value: object, into: set[str]) -> None:
    if isinstance(value, str):
        into.add(value)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _gather(one, into)
