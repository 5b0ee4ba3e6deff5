"""Locks and the ways back, in Chromium: wrong and forgotten passphrase, passkey, notes while locked, nothing left."""

import pytest

from tests.browser.bad_network import BadNetwork, Pass, Stall
from tests.browser.engines import Chromium, Launch, Name
from tests.browser.journal.person import PASSPHRASE, Person, begin_anew
from tests.browser.reading import sheets_of
from tests.browser.servers import Server

AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "hasPrf": True,
}


@pytest.fixture(scope="module")
def chromium(launch: Launch) -> Chromium:
    return launch("chromium", device_scale_factor=1)


@pytest.fixture
def person(chromium: Chromium, server: Server) -> Person:
    """Someone whose journal has one entry."""
    begin_anew(chromium, server.origin)
    return _with_an_entry(chromium, server)


def _with_an_entry(chromium: Chromium, server: Server) -> Person:
    person = Person(chromium.tab, server)
    person.opens()
    person.writes("The walls were breathing.")
    return person


def test_a_wrong_passphrase_is_met_calmly_and_the_right_one_opens(person: Person) -> None:
    person.chooses_a_lock()
    person.locks()
    for wrong in ("quiet amber lantern draft", PASSPHRASE.upper()):
        person.fills({"passphrase": wrong})
        person.sends()
        assert "Nothing is lost" in person.is_refused()
        assert "walls" not in person.said("body")
    person.unlocks(f"  {PASSPHRASE}  ")
    assert person.entries() == ["The walls were breathing."]


def test_a_journal_is_locked_and_opened_while_the_sheets_of_its_page_have_not_come(
    chromium: Chromium, server: Server
) -> None:
    sheets = sheets_of(server.manifest()[1])
    network = BadNetwork(server.port)
    network.plan = lambda path: Stall() if path == sheets else Pass()
    person = Person(chromium.tab, server)
    person.journal = f"{network.origin}/journal/"
    person.opens()
    person.writes("The walls were breathing.")
    person.chooses_a_lock()
    person.locks()
    person.unlocks()
    assert person.entries() == ["The walls were breathing."]
    network.close()


def test_a_forgotten_passphrase_is_replaced_with_the_code_and_neither_old_one_opens_any_more(person: Person) -> None:
    code = person.chooses_a_lock()
    person.locks()
    person.goes("#/code")
    person.fills({"code": code[:-1] + ("A" if code[-1] != "A" else "B")})
    person.sends()
    assert "typing mistake" in person.is_refused()
    person.fills({"code": code.lower().replace("-", " ")})
    person.sends()
    person.tab.wait_for("return document.querySelector('#screen [name=again]')")
    person.fills({"passphrase": "entirely new words", "again": "entirely new words"})
    person.sends()
    fresh = person.takes_the_sheet()
    assert fresh != code
    assert person.entries() == ["The walls were breathing."]
    person.locks()
    person.fills({"passphrase": PASSPHRASE})
    person.sends()
    person.is_refused()
    person.goes("#/code")
    person.fills({"code": code})
    person.sends()
    assert "Nothing is lost" in person.is_refused()
    person.goes("#/", "unlock")
    person.unlocks("entirely new words")
    assert person.entries() == ["The walls were breathing."]


def test_a_passkey_opens_the_journal_beside_the_passphrase(chromium: Chromium, person: Person) -> None:
    devtools = chromium.devtools()
    devtools.send("WebAuthn.enable", {"enableUI": False})
    authenticator = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
    person.chooses_a_lock()
    person.goes("#/lock/passkey", "lock")
    person.fills({"proof": PASSPHRASE})
    person.sends()
    person.is_told("The passkey works")
    person.locks()
    person.does("passkey")
    person.sees("home")
    assert person.entries() == ["The walls were breathing."]
    person.locks()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    person.does("passkey")
    person.is_told("This passkey cannot be used")
    assert "walls" not in person.said("body")
    person.unlocks()
    person.goes("#/lock/passkey", "lock")
    person.does("drop-passkey")
    person.is_told("The passkey no longer")
    person.locks()
    assert person.asks("return document.querySelector('#screen [data-do=passkey]').hidden")
    person.unlocks()


def test_notes_are_added_while_locked_and_read_after_unlocking(person: Person) -> None:
    person.chooses_a_lock()
    person.locks()
    person.goes("#/new/note", "new")
    person.types("Added in the dark.")
    person.saves()
    assert "Added in the dark." not in person.said("body")
    person.opens()
    assert "Added in the dark." not in person.asks("return document.documentElement.outerHTML")
    person.unlocks()
    assert sorted(person.entries()) == ["Added in the dark.", "The walls were breathing."]


def test_the_journal_locks_by_itself_and_keeps_what_was_being_typed(launch: Launch, server: Server) -> None:
    # Its clock would stay set for all tabs of a phone.
    chromium = launch("chromium", device_scale_factor=1)
    person = _with_an_entry(chromium, server)
    person.chooses_a_lock()
    chromium.page.clock.install()
    person.opens("#/new/reflection", "unlock")
    person.unlocks()
    person.sees("new")
    person.types("Half a thou")
    chromium.page.clock.run_for(4 * 60_000)
    person.sees("new")
    chromium.page.clock.run_for(70_000)
    person.sees("unlock")
    assert "Half a thou" not in person.asks("return document.documentElement.outerHTML")
    person.unlocks()
    person.sees("new")
    assert person.tab.wait_for("return document.querySelector('#screen [name=text]')?.value") == "Half a thou"


def test_quick_exit_leaves_an_empty_page_and_a_locked_journal(chromium: Chromium, person: Person) -> None:
    person.chooses_a_lock()
    for _ in range(3):
        chromium.page.keyboard.press("Escape")
    person.tab.wait_for("return location.href === 'about:blank' && document.body.childElementCount === 0")
    person.tab.open(person.journal)
    assert person.sees("home", "unlock") == "unlock"


def test_removing_the_lock_opens_without_a_passphrase(person: Person) -> None:
    person.chooses_a_lock()
    person.goes("#/lock/remove", "lock")
    person.fills({"proof": PASSPHRASE})
    person.saves()
    person.opens()
    assert person.entries() == ["The walls were breathing."]


@pytest.mark.parametrize("name", ["chromium", "firefox", "webkit"])
def test_deleting_everything_leaves_nothing(name: Name, launch: Launch, server: Server) -> None:
    engine = launch(name)
    person = Person(engine.tab, server)
    person.opens()
    person.writes("The walls were breathing.")
    person.waits_for_the_copy()
    person.tab.run("localStorage.setItem('bookmarks', '[]'); document.cookie = 'old=1; path=/'")
    person.goes("#/erase", "erase")
    person.sends()
    person.reads("Yes, delete it all now")
    person.sends()
    person.reads("were deleted from this phone")
    left = """
        const databases = await (indexedDB.databases?.() ?? []);
        return {
          databases: databases.map(({ name }) => name),
          caches: await caches.keys(),
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
        };
    """
    assert person.asks(left) == {"databases": [], "caches": [], "workers": 0, "local": [], "session": [], "cookies": ""}
    person.opens()
    person.reads("Write first.")
    engine.close()


def test_a_session_day_asks_for_the_word_before_everything_goes(person: Person) -> None:
    person.goes("#/new/session")
    person.fills({"intention": "Rest"})
    person.saves()
    person.does("begin-day")
    person.sees("day")
    person.goes("#/erase")
    person.sends()
    assert "Type the word" in person.is_refused()
    person.goes("#/lock/set", "lock")
    person.reads("Tomorrow is better")
    assert "The walls were breathing." in person.entries()
