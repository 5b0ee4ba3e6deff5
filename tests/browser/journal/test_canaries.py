"""Words typed anywhere in the journal lie nowhere on the disk but encrypted: canaries in every field, then a search.

The search is put to the proof: scripts injected by the driver leak on purpose, one way each, and every one is found.
"""

import base64
import struct
import zlib
from typing import Any

import pytest

from tests.browser.engines import CHROMIUM, Launch, Name
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import Person
from tests.browser.journal.traces import canary, traces
from tests.browser.servers import Server

CARD = "xkvwqjhz"
"""What the sitter card says stands in the clear, so it has a word of its own."""
PASSPHRASE = f"{canary('passphrase')} amber lantern"

# Marks every control for words and files in every template with what it is, `form-note text`, so that its copies on the
# screen bear the mark; all of them. A field that is added to any screen is in this list.
_MARK = """
    const all = [];
    for (const template of document.querySelectorAll("template[id]"))
      for (const control of template.content.querySelectorAll("textarea, input")) {
        if (!["textarea", "text", "tel", "search", "password", "file"].includes(control.type)) continue;
        control.dataset.mark = [template.id, control.name || control.dataset.part || Object.keys(control.dataset)[0]
          || control.type].join(" ");
        all.push(control.dataset.mark);
      }
    return all;
"""
# Those that are seen, once all is unfolded and every choice and scale answered.
_SEEN = """
    for (const details of document.querySelectorAll("#screen details")) details.open = true;
    for (const chip of document.querySelectorAll("#screen form input:is([type=checkbox], [type=radio]:first-of-type)"))
      if (!chip.checked) chip.click();
    for (const scale of document.querySelectorAll("#screen form input[type=range]")) scale.click();
    return [...document.querySelectorAll("#screen [data-mark]")]
      .filter((one) => one.type !== "file" && one.checkVisibility()).map(({ dataset }) => dataset.mark);
"""
# Chooses a file, as far as a page can tell one: WebKitGTK's driver cannot.
_CHOOSE = """
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.from(atob(argument.content), (sign) => sign.charCodeAt(0))], argument.name));
    const input = document.querySelector(`#screen [data-mark="${argument.mark}"]`);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
"""

# Each keeps what is typed in one place where no word may lie. No cookie among them, for Chromium encrypts those itself:
# that there is none is asked of the page.
LEAKS = {
    "local": "localStorage.setItem('last', text)",
    "session": "sessionStorage.setItem('last', text)",
    "database": """
        const opening = indexedDB.open("leak");
        opening.onupgradeneeded = () => opening.result.createObjectStore("words");
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("words", "readwrite", { durability: "strict" });
          // Long and dull, so that it is packed.
          transaction.objectStore("words").put({ index: [...Array(4000).keys()].join(" "), text }, "last");
        };
    """,
    "cache": "(await caches.open('leak')).put('/leak', new Response(text.padEnd(200_000, 'dull ')))",
    "address": "history.pushState(null, '', '#/' + text)",
    "title": "document.title = text",
    "base": "localStorage.setItem('coded', btoa(`ab${text}`))",
}

# Browsers as they keep most: whole, with a history, open tabs written down every second instead of every fifteen.
KEEPING: dict[Name, dict[str, Any]] = {
    "chromium": {"program": CHROMIUM},
    "firefox": {"preferences": {"browser.sessionstore.interval": 1000}},
    "webkit": {},
}
# Firefox compresses what it stores, and takes by far the longest to search through.
BOUNDED = [pytest.param(name, marks=pytest.mark.soak) if name == "firefox" else name for name in ENGINES]


class Typist:
    """Types a word of its own into every control of the journal, and knows which ones are left."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.left: set[str] = set()
        self.starts()

    def starts(self) -> None:
        """Loads the journal anew; what is shown before the marks are set is shown again."""
        self.person.opens()
        marks = self.person.asks(_MARK)
        self.person.goes("#/", self.person.sees("home", "unlock"))
        assert len(marks) == len(set(marks)) > 50
        self.left = self.left or set(marks)

    def types(self, word: str | None = None) -> None:
        """Types into every field on the screen, its last letter by key; what adds a tag or words is pressed."""
        for mark in self.person.asks(_SEEN):
            selector = f'#screen [data-mark="{mark}"]'
            typed = word or canary("".join(letter for letter in mark.lower() if letter.isalpha()))
            self.person.fills({selector: typed[:-1]})
            self.person.types(typed[-1], selector)
            self.left.discard(mark)
            for press in ("add-tag", "add-phrase"):
                if self.person.asks(
                    "return document.querySelector(argument[0]).parentElement.querySelector(argument[1]) !== null",
                    [selector, f"[data-do={press}]"],
                ):
                    self.person.does(press)

    def writes(self, place: str, screen: str | None = None) -> None:
        """Fills a form in and saves it."""
        self.person.goes(place, screen)
        self.types()
        self.person.saves()

    def tries(self, place: str, screen: str | None = None) -> None:
        """Types into what keeps nothing, and goes on."""
        self.person.goes(place, screen)
        self.types()

    def chooses(self, mark: str, name: str, content: bytes) -> None:
        """Chooses a file with a word in its name."""
        file = {"mark": mark, "name": f"{canary('file')}{name}", "content": base64.b64encode(content).decode()}
        self.person.tab.run(_CHOOSE, file)
        self.left.discard(mark)


@pytest.mark.parametrize("name", BOUNDED)
def test_no_word_lies_on_the_disk(name: Name, launch: Launch, server: Server) -> None:
    engine = launch(name, **KEEPING[name])
    person = Person(engine.tab, server)
    typist = Typist(person)
    person.waits_for_the_copy()
    _write_everything(typist)
    _try_everything(typist)
    code = person.chooses_a_lock(PASSPHRASE)
    # Typed by it: the passphrase twice, and two groups of the code.
    typist.left -= {"screen-set passphrase", "screen-set again", "screen-sheet a", "screen-sheet b"}
    typist.tries("#/lock/passphrase", "lock")
    typist.tries("#/lock/sheet", "lock")
    person.goes("#/card")
    typist.types(f"{CARD}card")
    person.saves()
    person.goes("#/new/reflection")
    person.types(canary("draft"))
    person.tab.wait_for("return new Promise((done) => setTimeout(done, 2500, true))")
    engine.kill()
    assert traces(engine.profile) == [], "killed while open"

    engine.start()
    typist.person = person = Person(engine.tab, server)
    _come_back(typist)
    fresh = _use_the_code(person, code)
    assert person.asks("return document.cookie") == ""
    engine.leave()
    engine.close()
    assert typist.left == set(), "fields into which no word was typed"
    assert traces(engine.profile) == [], "left while locked"
    for secret in (code, fresh):
        assert traces(engine.profile, secret.replace("-", "").lower()) == traces(engine.profile, secret) == []
    assert traces(engine.profile, CARD), "what stands in the clear is found, so the search reads this browser's store"
    assert traces(server.folder) == []


def _come_back(typist: Typist) -> None:
    """Types what does not open, adds a note to the locked journal, opens it, and locks it over half an entry."""
    person = typist.person
    typist.starts()
    typist.types()
    person.sends()
    person.is_refused()
    for place in ("#/code", "#/erase"):
        typist.tries(place)
        person.sends()
        person.is_refused()
    person.goes("#/new/note", "new")
    person.types(canary("locked"))
    person.saves()
    person.opens()
    person.unlocks(PASSPHRASE)
    person.goes("#/new/reflection")
    assert person.asks("return document.querySelector('#screen [name=text]').value") == canary("draft")
    assert canary("locked") in person.entries()
    # Browsers write most of what they keep when they are left.
    person.goes("#/new/reflection")
    person.types(canary("half"))
    person.locks()


def _use_the_code(person: Person, code: str) -> str:
    """Opens with the code and chooses a passphrase right after, as a login follows a name; the new code."""
    person.goes("#/code")
    person.types(code, "#screen [name=code]")
    person.sends()
    person.tab.wait_for("return document.querySelector('#screen [name=again]')")
    for name in ("passphrase", "again"):
        person.types(f"{PASSPHRASE} again", f"#screen [name={name}]")
    person.sends()
    fresh = person.takes_the_sheet()
    person.locks()
    return fresh


def _write_everything(typist: Typist) -> None:
    """Every form there is, filled in and saved; the last entry has a picture with a name and words inside."""
    person = typist.person
    typist.writes("#/new/session")
    session = person.asks("return location.hash.split('/').at(-1)")
    person.goes(f"#/new/vital/{session}")
    person.fills({"systolic": "121", "diastolic": "82"})
    person.saves()
    for place in (
        f"#/new/note/{session}", f"#/new/effect/{session}", f"#/new/lookback/{session}", "#/new/checkin",
        "#/new/medicine", "#/new/person", "#/new/question", "#/new/outside_score", "#/new/reflection",
    ):  # fmt: skip
        typist.writes(place)
    typist.writes("#/plan/edit", "plan")
    typist.writes("#/fill/phq9", "fill")
    person.goes("#/", "home")
    person.tab.run("document.querySelector('[data-part=entries] a[href*=entry]').click()")
    person.sees("entry")
    typist.chooses("screen-entry picture", ".png", _picture())
    person.taps("#screen .files [data-part=describe]")
    person.sees("edit")
    typist.types()
    person.saves()


def _try_everything(typist: Typist) -> None:
    """Fields that keep nothing: searching, codes for files, what files and pages are called."""
    person = typist.person
    typist.tries("#/", "home")
    person.tab.wait_for("return document.querySelector('[data-part=found]').textContent !== ''")
    person.fills({"[data-part=search]": ""})
    person.goes("#/in")
    for name, content, awaited in (
        (".csv", f"Date;Remarks\n21/11/2026;{canary('cell')}\n", "[data-part=columns] li"),
        (".kjb", '{"fmt":"kj-backup/1"}\n', "[name=journal-id]"),
    ):
        typist.chooses("screen-in file", name, content.encode())
        person.tab.wait_for("return document.querySelector(argument) !== null", f"#screen {awaited}")
    typist.types()
    typist.tries("#/out")
    typist.chooses("screen-out file", ".kjb", canary("insidebackup").encode())
    person.goes("#/summary")
    person.does("all")
    typist.types()


@pytest.mark.parametrize("name", BOUNDED)
def test_every_leak_on_purpose_is_found(name: Name, launch: Launch, server: Server) -> None:
    engine = launch(name, **KEEPING[name])
    person = Person(engine.tab, server)
    person.opens("#/new/reflection")
    # Each way has a word of its own, made from the one that is typed.
    ways = [f"await (async (text) => {{ {leak} }})(typed.replace('way', '{kind}'));" for kind, leak in LEAKS.items()]
    person.tab.run(
        "document.addEventListener('input', ({ target }) => {"
        f"const leak = async (typed) => {{ {''.join(ways)} }};"
        "if (target.value.endsWith('.')) void leak(target.value); })"
    )
    person.types(f"{canary('way')}.")
    person.saves()
    # Browsers write some of this only now and then, and some only until they are left.
    person.tab.wait_for("return new Promise((done) => setTimeout(done, 3000, true))")
    unseen = [kind for kind in LEAKS if not traces(engine.profile, canary(kind))]
    engine.leave()
    engine.close()
    unseen = [kind for kind in unseen if not traces(engine.profile, canary(kind))]
    # WebKitGTK keeps neither a session nor a history of its own: an app around it would.
    assert unseen == (["session", "address", "title"] if name == "webkit" else [])


def _picture() -> bytes:
    """A picture with a word inside, as cameras write their names."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0" + canary("insidepicture").encode())
        + chunk(b"IDAT", zlib.compress(bytes(9 * 8)))
        + chunk(b"IEND", b"")
    )
