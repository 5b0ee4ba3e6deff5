"""A journal leaves one phone as an encrypted file and comes back on another, in every engine, the server stopped."""

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.browser.engines import Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import Person
from tests.browser.servers import ROOT, Server

# What a download would write to disk is read where it is made: WebKitGTK's driver cannot save files.
_CATCH = """
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (content) => { globalThis.caught = content; return make(content); };
"""
_CAUGHT = "return globalThis.caught ? await globalThis.caught.text() : ''"
_CHOOSE = """
    const files = new DataTransfer();
    files.items.add(new File([argument], "journal.kjb"));
    const input = document.querySelector("#screen [type=file]");
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
"""
_FORGET = """
    const deleted = indexedDB.deleteDatabase("kj");
    await new Promise((done, failed) => { deleted.onsuccess = done; deleted.onerror = deleted.onblocked = failed; });
"""
# Flips one bit of every record that lies on the phone; how many.
_DAMAGE = """
    const opening = indexedDB.open("kj");
    await new Promise((done, failed) => { opening.onsuccess = done; opening.onerror = failed; });
    const transaction = opening.result.transaction("records", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("records");
    const reading = store.getAll();
    await new Promise((done) => { reading.onsuccess = done; });
    for (const row of reading.result) { row.env[40] ^= 1; store.put(row); }
    await new Promise((done, failed) => { transaction.oncomplete = done; transaction.onabort = failed; });
    opening.result.close();
    return reading.result.length;
"""


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    specification = importlib.util.spec_from_file_location("kj_reader_for_backup", ROOT / "docs/reader/kj_reader.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ENGINES)
def test_a_backup_comes_back_whole_on_a_phone_that_has_nothing(
    name: Name, launch: Launch, make_server: Callable[[], Server], reader: ModuleType
) -> None:
    engine, server = launch(name), make_server()
    person = Person(engine.tab, server)
    person.opens()
    person.waits_for_the_copy()
    server.stop()
    person.writes("Blue light, and then the sea.")
    code, file = _backup(person)
    backup = reader.open_backup(file, code=code)
    assert [record["f"]["text"][0]["v"] for record in backup.records.values() if record["t"] == "reflection"] == [
        "Blue light, and then the sea."
    ]
    person.tab.open(f"{server.origin}/help-now")
    person.asks(_FORGET)
    person.opens()
    assert person.entries() == []
    _bring_in(person, file, code)
    person.taps("#screen [data-do=bring-in]")
    person.is_told("Saved.")
    assert person.entries() == ["Blue light, and then the sea."]
    _bring_in(person, file, code)
    person.reads("There is nothing to bring in.")
    engine.close()


def test_a_backup_brings_back_entries_that_were_damaged_on_the_phone(
    launch: Launch, make_server: Callable[[], Server]
) -> None:
    engine, server = launch("chromium"), make_server()
    person = Person(engine.tab, server)
    person.opens()
    for words in ("Blue light, and then the sea.", "A long corridor."):
        person.writes(words)
    code, file = _backup(person)
    damaged = person.asks(_DAMAGE)
    assert damaged >= 2
    person.opens()
    person.reads(f"{damaged} entries on this phone are damaged")
    person.writes("Written in the meantime.")
    assert person.entries() == ["Written in the meantime."]
    _bring_in(person, file, code)
    person.taps("#screen [data-do=bring-in]")
    person.is_told("Saved.")
    whole = ["A long corridor.", "Blue light, and then the sea.", "Written in the meantime."]
    assert sorted(person.entries()) == whole
    person.opens()
    assert sorted(person.entries()) == whole
    person.goes("#/settings")
    person.does("check")
    person.reads("Everything is there and opens")
    engine.close()


def _backup(person: Person) -> tuple[str, str]:
    """Makes a backup of a journal without a lock; its code and its text."""
    person.asks(_CATCH)
    person.goes("#/out")
    person.does("make")
    person.tab.wait_for("return !document.querySelector('#screen [data-part=made]').hidden")
    code = str(person.asks("return document.querySelector('#screen [data-part=code]').textContent"))
    person.does("save-backup")
    return code, str(person.tab.wait_for(_CAUGHT))


def _bring_in(person: Person, file: str, code: str) -> None:
    """Chooses the file and types the code."""
    person.goes("#/in")
    person.asks(_CHOOSE, file)
    person.tab.wait_for("return document.querySelector('#screen [name=code]')")
    person.fills({"code": code})
    person.sends()
    person.tab.wait_for("return document.querySelector('#screen [data-part=lines]')")
