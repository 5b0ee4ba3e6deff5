"""Trouble while writing: no room, an update, two tabs, older and newer versions; no word is lost, and all is said."""

from collections.abc import Callable

import pytest

from tests.browser.engines import Chromium, Launch, Name, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import Person, begin_anew
from tests.browser.reading import wait_until_saved
from tests.browser.servers import Server
from tests.fault.browser.fields import LITTLE_ROOM, visit

MEGABYTE = 1_000_000

# Another part of the site takes what room there is, to the last few bytes, and lets go of it again.
_FILL = """
    const folder = await navigator.storage.getDirectory();
    const fits = async (size, number) => {
      try {
        const file = await folder.getFileHandle(`${size}-${number}`, { create: true });
        const writer = await file.createWritable();
        await writer.write(new Uint8Array(size));
        await writer.close();
        return true;
      } catch (error) {
        if (error.name !== "QuotaExceededError") throw error;
        return false;
      }
    };
    for (let size = 1 << 20; size >= 1 << 9; size /= 2)
      for (let number = 0; number < 64 && (await fits(size, number)); number += 1);
"""
_EMPTY = """
    const folder = await navigator.storage.getDirectory();
    for await (const name of folder.keys()) await folder.removeEntry(name);
"""


@pytest.fixture(scope="module")
def shared(launch: Launch) -> Chromium:
    return launch("chromium")


@pytest.fixture
def chromium(shared: Chromium, server: Server) -> Chromium:
    """A phone whose journal has nothing in it."""
    begin_anew(shared, server.origin)
    return shared


@pytest.mark.parametrize("name", LITTLE_ROOM)
def test_words_stay_on_the_screen_when_there_is_no_room(name: Name, launch: Launch, server: Server) -> None:
    engine = launch(name, **LITTLE_ROOM[name])
    if isinstance(engine, Chromium):
        # Chromium asks only now and then how much room is left for a database: little must be left from the beginning.
        engine.limit_storage(server.origin, 5 * MEGABYTE)
    person = Person(engine.tab, server)
    person.opens()
    person.waits_for_the_copy()
    person.writes("Written while there was room.")
    person.tab.run(_FILL)
    words = "満" * 59_000  # as many bytes as one entry may have
    for number in range(60):
        person.goes("#/new/reflection")
        person.fills({"text": f"{number} {words}"})
        person.sends()
        outcome = person.tab.wait_for("""
            if (document.querySelector("#screen .wrong:not([hidden])")) return "refused";
            return document.querySelector("#screen > [data-screen=home]") && "saved";
        """)
        if outcome == "refused":
            break
    else:
        raise AssertionError("there was room for everything")
    assert "no room left" in person.is_refused()
    assert person.asks("return document.querySelector('#screen [name=text]').value") == f"{number} {words}"
    person.tab.run(_EMPTY)
    if isinstance(engine, Chromium):
        # Its entries alone filled what it was given.
        engine.limit_storage(server.origin, 50 * MEGABYTE)
    person.saves()
    person.opens()
    assert len(person.entries()) == number + 2
    engine.close()


def test_an_update_leaves_a_half_written_entry_alone(
    launch: Launch, make_server: Callable[[], Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    field = visit(launch("chromium"), make_server(), tmp_path_factory.mktemp("texts"))
    person = Person(field.engine.tab, field.server)
    person.journal = f"{field.network.origin}/journal/"
    person.opens()
    person.writes("Before the update.")
    person.goes("#/new/reflection")
    person.types("Half a thou")
    new = field.publish()
    assert field.check() is None
    wait_until_saved(field.engine.tab, new[0])
    assert person.sees("new") == "new"
    person.types("ght.")
    person.saves()
    assert person.entries() == ["Half a thought.", "Before the update."]
    person.goes("#/new/reflection")
    person.types("And half of the nex")
    person.tab.wait_for("return new Promise((done) => setTimeout(done, 1500, true))")
    person.opens("#/new/reflection")
    assert person.asks("return document.querySelector('#screen [name=text]').value") == "And half of the nex"
    field.network.close()


def test_two_tabs_write_side_by_side(chromium: Chromium, server: Server) -> None:
    one, two = Person(chromium.tab, server), Person(chromium.new_tab(), server)
    for person in (one, two):
        person.opens()
    one.writes("From one tab.")
    _lists(two.tab, "From one tab.")
    # The same new form in both keeps two drafts, and both are saved.
    for person, words in ((one, "Left hand."), (two, "Right hand.")):
        person.goes("#/new/reflection")
        person.types(words)
    one.saves()
    two.saves()
    assert sorted(one.entries()) == sorted(two.entries()) == ["From one tab.", "Left hand.", "Right hand."]
    # One entry changed in both, neither having seen the other: both versions stay, and the person decides.
    place = one.asks("""
        const link = [...document.querySelectorAll("[data-part=entries] a")].find((one) =>
          one.textContent.includes("From one tab."));
        return link.getAttribute("href").replace("entry", "edit");
    """)
    for person in (one, two):
        person.goes(place)
    one.fills({"text": "Changed here."})
    two.fills({"text": "Changed there."})
    one.saves()
    two.saves()
    two.goes(place.replace("edit", "entry"))
    assert {"Changed here.", "Changed there."} <= set(two.said().split("\n"))
    # A lock in one locks the other, and what was drawn there is gone.
    one.chooses_a_lock()
    two.tab.wait_for(
        "return ['unlock', 'home', 'entry'].includes(document.querySelector('#screen > *')?.dataset.screen)"
    )
    one.locks()
    two.sees("unlock")
    assert "Changed" not in two.asks("return document.documentElement.outerHTML")
    two.tab.close()


def test_what_two_tabs_were_writing_comes_back_one_after_the_other(chromium: Chromium, server: Server) -> None:
    one, two = Person(chromium.tab, server), Person(chromium.new_tab(), server)
    for person, words in ((one, "Left hand."), (two, "Right hand.")):
        person.opens("#/new/reflection")
        person.types(words)
        person.tab.wait_for("return new Promise((done) => setTimeout(done, 1500, true))")
    chromium.kill()
    chromium.start()
    person = Person(chromium.tab, server)
    person.opens()
    for _ in range(2):
        person.goes("#/new/reflection")
        assert person.asks("return document.querySelector('#screen [name=text]').value") != ""
        person.saves()
        person.sees("home")
    assert sorted(person.entries()) == ["Left hand.", "Right hand."]


def test_a_store_of_a_newer_version_is_refused_kindly_and_left_alone(chromium: Chromium, server: Server) -> None:
    person = Person(chromium.tab, server)
    person.opens()
    person.writes("Written before.")
    upgrade = """
        return await new Promise((resolve, reject) => {
          const opening = indexedDB.open("kj", argument);
          opening.onsuccess = () => { opening.result.close(); resolve(opening.result.objectStoreNames.length); };
          opening.onerror = () => reject(opening.error);
        });
    """
    person.tab.open(f"{server.origin}/privacy")
    stores = person.tab.run(upgrade, 99)
    person.tab.open(person.journal)
    person.reads("written by a newer version of this app. Nothing is lost.")
    person.tab.open(f"{server.origin}/privacy")
    assert person.tab.run(upgrade, 99) == stores


def test_a_window_that_does_not_let_go_is_named_when_everything_is_deleted(chromium: Chromium, server: Server) -> None:
    person = Person(chromium.tab, server)
    person.opens()
    person.writes("Written before.")
    holder = chromium.new_tab()
    holder.open(f"{server.origin}/privacy")
    # It does what no version of ours does: it keeps the store open when it is asked to let go.
    holder.run("""
        await new Promise((resolve) => {
          const opening = indexedDB.open("kj");
          opening.onsuccess = () => { window.held = opening.result; resolve(); };
        });
    """)
    person.goes("#/erase")
    person.sends()
    person.reads("Yes, delete it all now")
    person.sends()
    assert "Close other windows" in person.is_refused()
    holder.close()


@pytest.mark.parametrize("name", ENGINES)
def test_a_journal_whose_store_is_busy_says_so_and_opens_as_soon_as_it_can(
    name: Name, launch: Launch, server: Server
) -> None:
    engine = launch(name)
    person = Person(engine.tab, server)
    person.opens()
    person.writes("Written before.")
    person.tab.open("about:blank")
    holder = engine.new_tab()
    holder.open(f"{server.origin}/privacy")
    # An upgrade that never ends, and is undone when its page goes.
    holder.run("""
        await new Promise((resolve) => {
          const opening = indexedDB.open("kj", 99);
          opening.onupgradeneeded = () => {
            const store = opening.transaction.objectStore("meta");
            const hold = () => { store.get("nothing").onsuccess = hold; };
            hold();
            resolve();
          };
        });
    """)
    person.tab.open(person.journal)
    person.reads("If it does not, close the app and open it again. Nothing is lost.")
    holder.close()
    person.sees("home")
    assert person.entries() == ["Written before."]
    engine.close()


def _lists(tab: Tab, words: str) -> None:
    tab.wait_for("return document.querySelector('[data-part=entries]')?.innerText.includes(argument)", words)
