"""Words typed anywhere in the journal lie nowhere on the disk but encrypted: canaries in every field, then a search.

The search is put to the proof: scripts injected by the driver leak on purpose, one way each, and every one is found.
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.engines import Chromium, Engine, Firefox, Name
from tests.browser.fixtures import ENGINES
from tests.browser.journal.person import Person
from tests.browser.journal.traces import canary, traces
from tests.browser.servers import Server

FORMS = ("reflection", "checkin", "note", "effect", "lookback", "medicine", "person", "question", "outside_score")
CARD = "xkvwqjhz"
"""What the sitter card says stands in the clear, so it has a word of its own."""
PASSPHRASE = f"{canary('passphrase')} amber lantern"

# Fields for words, by a selector each; the rest of the form is opened, and every choice and scale is answered.
_FIELDS = """
    const form = document.querySelector("#screen form");
    if (!form) return [];
    for (const details of document.querySelectorAll("#screen details")) details.open = true;
    for (const chip of form.querySelectorAll("input[type=checkbox], input[type=radio]:first-of-type"))
      if (!chip.checked) chip.click();
    for (const scale of form.querySelectorAll("input[type=range]")) scale.click();
    const words = form.querySelectorAll("textarea, input:is([type=text], [type=tel], [type=search], :not([type]))");
    return [...words].filter((one) => one.checkVisibility())
      .map((one, index) => {
        one.dataset.word = String(index);
        const name = one.name || Object.keys(one.dataset).join("");
        return [`#screen [data-word="${index}"]`, name.replace(/[^a-z]/gi, "").toLowerCase()];
      });
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

# Firefox compresses what it stores, and takes by far the longest to search through.
BOUNDED = [pytest.param(name, marks=pytest.mark.soak) if name == "firefox" else name for name in ENGINES]


@pytest.fixture(scope="module")
def server(make_server: Callable[[], Server]) -> Server:
    return make_server()


@pytest.fixture
def start(
    launch: Callable[[Name], Engine], playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Name], Engine]:
    """Start an engine; Firefox writes its open tabs down every second instead of every fifteen."""

    def begin(name: Name) -> Engine:
        if name != "firefox":
            return launch(name)
        return Firefox(playwright, tmp_path_factory.mktemp("firefox"), {"browser.sessionstore.interval": 1000})

    return begin


@pytest.mark.parametrize("name", BOUNDED)
def test_no_word_lies_on_the_disk(name: Name, start: Callable[[Name], Engine], server: Server, tmp_path: Path) -> None:
    engine = start(name)
    person = Person(engine.tab, server)
    person.opens()
    person.waits_for_the_copy()
    typed = _fill_all(person, FORMS if name == "chromium" else FORMS[:3])
    person.goes("#/", "home")
    person.types(canary("search"), "#screen [data-part=search]")
    person.tab.wait_for("return document.querySelector('[data-part=found]').textContent !== ''")
    if isinstance(engine, Chromium):
        _add_picture(engine, person, tmp_path)
    code = person.chooses_a_lock(PASSPHRASE)
    _show_card(person)
    person.goes("#/new/reflection")
    person.types(canary("draft"))
    person.tab.wait_for("return new Promise((done) => setTimeout(done, 2500, true))")
    engine.kill()
    assert traces(engine.profile) == [], "killed while open"

    engine.start()
    person = Person(engine.tab, server)
    person.opens()
    person.fills({"passphrase": canary("wrong")})
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
    person.locks()
    assert person.asks("return document.cookie") == ""
    engine.leave()
    engine.close()
    assert traces(engine.profile) == [], "left while locked"
    assert traces(engine.profile, code.replace("-", "").lower()) == traces(engine.profile, code) == []
    assert traces(engine.profile, CARD), "what stands in the clear is found, so the search reads this browser's store"
    assert traces(server.folder) == []
    assert typed > (30 if name == "chromium" else 15)


@pytest.mark.parametrize("name", BOUNDED)
def test_every_leak_on_purpose_is_found(name: Name, start: Callable[[Name], Engine], server: Server) -> None:
    engine = start(name)
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


def _fill_all(person: Person, forms: tuple[str, ...]) -> int:
    """Types a word into every field of every form there is and saves; how many."""
    typed = 0
    person.goes("#/new/session")
    typed += _fill(person, "session")
    person.saves()
    session = person.asks("return location.hash.split('/').at(-1)")
    person.goes(f"#/new/vital/{session}")
    person.fills({"systolic": "121", "diastolic": "82"})
    person.saves()
    for form in forms:
        if not person.asks("return document.getElementById(`form-${argument}`) !== null", form):
            continue
        parent = f"/{session}" if form in ("note", "effect", "lookback") else ""
        person.goes(f"#/new/{form}{parent}")
        typed += _fill(person, form)
        person.saves()
    return typed


def _fill(person: Person, form: str) -> int:
    fields = person.asks(_FIELDS)
    for selector, name in fields:
        person.types(canary(form + name), selector)
        for press in ("add-tag", "add-phrase"):
            if person.asks(
                "return document.querySelector(argument[0]).parentElement.querySelector(argument[1]) !== null",
                [selector, f"[data-do={press}]"],
            ):
                person.does(press)
    return len(fields)


def _show_card(person: Person) -> None:
    person.goes("#/card")
    person.fills({"name": f"{CARD}name", "text": f"{CARD}text"})
    person.saves()


def _add_picture(engine: Chromium, person: Person, folder: Path) -> None:
    """A picture with a word for its name and another one inside."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    picture = folder / f"{canary('file')}.png"
    picture.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0" + canary("insidepicture").encode())
        + chunk(b"IDAT", zlib.compress(bytes(9 * 8)))
        + chunk(b"IEND", b"")
    )
    person.goes("#/", "home")
    person.fills({"[data-part=search]": ""})
    person.tab.run("document.querySelector('[data-part=entries] a').click()")
    person.sees("entry")
    engine.page.locator("[data-part=picture]").set_input_files(picture)
    person.tab.wait_for("return document.querySelectorAll('#screen .files li').length === 1")
