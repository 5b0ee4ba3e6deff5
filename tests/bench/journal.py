"""A long journal: unlocking, typing and searching with 100 to 10,000 entries, plain and four times slower."""

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Playwright, sync_playwright

from tests.bench.answers import ask
from tests.bench.site import seeded
from tests.bench.table import Aim, Table, median
from tests.browser.engines import CHROMIUM, Chromium
from tests.browser.journal.person import PASSPHRASE, Person
from tests.browser.processes import tree_of
from tests.browser.servers import Server

SIZES = (100, 1_000, 10_000)
SLOWED = 4
UNLOCKED, PAINTED, FOUND, LOADED = 1500, 50, 100, 60_000
SEARCHED = "mountain river"
TYPED = "the walls were breathing and"
WORDS = (
    "calm", "river", "mountain", "light", "heavy", "floating", "music", "breath", "window", "garden", "morning",
    "rain", "letter", "train", "forest", "silver", "harbour", "amber", "quiet", "kitchen", "stairs", "shoulder",
    "sleep", "worry", "bridge", "engine", "summer", "winter", "orchard", "candle",
)  # fmt: skip

# When the worker that stretches the passphrase answers, and when the list stands on the screen.
_WATCH_UNLOCKING = """
    const Own = Worker;
    window.Worker = class extends Own {
      constructor(...all) {
        super(...all);
        this.addEventListener("message", () => { window.stretched = performance.now(); });
      }
    };
    const listed = () => document.querySelector("[data-part=entries] li")
      ? requestAnimationFrame(() => setTimeout(() => { window.listed = performance.now(); }))
      : requestAnimationFrame(listed);
    requestAnimationFrame(listed);
"""
# From a key's event to the paint that shows it, as the browser itself measures it, in steps of 8 ms from 16 ms on.
_WATCH_KEYS = """
    window.keys = [];
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "keydown") window.keys.push(duration);
    }).observe({ type: "event", durationThreshold: 16 });
"""


def measure() -> Table:
    """Each size in a journal of its own, opened plain and slowed; then what a first entry loads."""
    rows: list[list[str | float]] = []
    aims: list[Aim] = []
    with seeded() as folder, sync_playwright() as playwright:
        server = Server(folder)
        server.start()
        try:
            for size in SIZES:
                for slowed in (1, SLOWED):
                    unlock, keys, search = _look(playwright, server, size, slowed)
                    rows.append([f"{size:,}", f"{slowed}×", f"{unlock:.0f}", _usual(keys), _usual(search)])
                    if size == max(SIZES):
                        where = f"{size:,} entries" + ("" if slowed == 1 else f", slowed {slowed} times")
                        aims += [
                            _aim(f"unlocked and listed, {where}", UNLOCKED, unlock),
                            _aim(f"keystroke to paint, {where}", PAINTED, median(keys)),
                            _aim(f"search as you type, {where}", FOUND, median(search)),
                        ]
            loaded, missing = _loaded_for_a_first_entry(playwright, server)
        finally:
            server.stop()
    aims += [
        Aim("script for a first entry, Brotli bytes", f"at most {LOADED:,}", f"{loaded:,}", loaded <= LOADED),
        Aim("of it outside the offline set", "nothing", ", ".join(missing) or "nothing", not missing),
    ]
    return Table(
        "journal",
        "A journal opened with its passphrase, milliseconds",
        ("entries", "slower", "unlocked and listed, beyond Argon2id", "keystroke to paint", "search"),
        rows,
        aims,
        (
            "slower: the page's process stands still for three quarters of every 12 ms, its workers and threads too",
            "keystrokes: the median, and in parentheses what 95 of a hundred stay below; the aims are for the median",
            "keystroke to paint is the browser's own Event Timing, rounded by it to 8 ms; 16 ms or less counts as 16",
            "unlocked: from the answer of the worker that stretches to the list on the screen; median of 3",
        ),
    )


def _aim(what: str, most: float, measured: float) -> Aim:
    return Aim(what, f"at most {most:.0f} ms", f"{measured:.0f} ms", measured <= most)


def _look(playwright: Playwright, server: Server, size: int, slowed: int) -> tuple[float, list[float], list[float]]:
    with tempfile.TemporaryDirectory(prefix="bench-journal-") as profile:
        browser = Chromium(playwright, Path(profile), CHROMIUM)
        try:
            person = Person(browser.tab, server)
            _fill(browser, person, size, Path(profile))
            _put_first(browser.profile)
            with _slowed(browser.profile, slowed):
                unlocked = median([_unlock(person) for _ in range(3)])
                person.goes("#/new/reflection")
                keys = _type(browser, "#screen [name=text]", TYPED)
                person.goes("#/", "home")
                search = _type(browser, "#screen [data-part=search]", SEARCHED)
        finally:
            browser.close()
    return unlocked, keys, search


def _fill(browser: Chromium, person: Person, size: int, folder: Path) -> None:
    """Bring so many entries in and lock the journal."""
    chance = random.Random(size)
    start = 1_750_000_000_000
    records = []
    for number in range(size):
        at = start + number * 3_600_000
        fields = {"at": at, "text": " ".join(chance.choices(WORDS, k=60))}
        values = {name: [{"v": value, "at": at, "by": "00112233445566aa"}] for name, value in fields.items()}
        records.append(
            {"id": chance.randbytes(16).hex(), "v": 1, "t": "reflection", "f": values, "del": False, "created": at}
        )
    copy = folder / "copy.json"
    copy.write_text(json.dumps({"format": "kj-json/1", "journal_id": None, "made": start, "records": records}))
    person.opens()
    person.goes("#/in")
    browser.page.locator("#screen [type=file]").set_input_files(copy)
    person.does("bring-in")
    person.sees("home")
    person.chooses_a_lock()


def _unlock(person: Person) -> float:
    person.opens()
    person.tab.run(_WATCH_UNLOCKING)
    person.unlocks(PASSPHRASE)
    person.tab.wait_for("return window.listed !== undefined", seconds=120)
    return float(person.tab.run("return window.listed - window.stretched"))


def _type(browser: Chromium, field: str, text: str) -> list[float]:
    """Milliseconds that each keystroke took."""
    browser.tab.run(_WATCH_KEYS)
    browser.page.locator(field).focus()
    for letter in text:
        browser.page.keyboard.press(letter if letter != " " else "Space")
        browser.page.wait_for_timeout(60)
    browser.page.wait_for_timeout(300)
    durations = [float(one) for one in browser.tab.run("return window.keys")]
    # Shorter ones are not told.
    return durations + [16.0] * max(0, len(text) - len(durations))


def _usual(values: Sequence[float]) -> str:
    high = sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]
    return f"{median(values):.0f} ({high:.0f})"


def _loaded_for_a_first_entry(playwright: Playwright, server: Server) -> tuple[int, list[str]]:
    """Compressed bytes of every script from a cold start to "Saved", and those that are not in the offline set."""
    stored = {entry["path"] for entry in server.manifest()[1]["entries"]} | {"/sw.js"}
    with tempfile.TemporaryDirectory(prefix="bench-journal-") as profile:
        browser = Chromium(playwright, Path(profile), CHROMIUM)
        try:
            scripts: set[str] = set()
            browser.context.on(
                "request",
                lambda request: scripts.add(urlsplit(request.url).path) if request.resource_type == "script" else None,
            )
            person = Person(browser.tab, server)
            person.opens()
            person.writes("First.")
        finally:
            browser.close()
    # The worker keeps the copy; it writes no entry.
    scripts.discard("/sw.js")
    sizes = [len(ask(server.port, path, {"accept-encoding": "br"}).body) for path in scripts]
    return sum(sizes), sorted(scripts - stored)


def _put_first(profile: Path) -> None:
    """Let the browser go before other work of the machine, where that may be asked for: milliseconds count here."""
    for pid in tree_of(str(profile)) | {os.getpid()}:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, -20)
            Path(f"/proc/{pid}/autogroup").write_text("-20")


@contextmanager
def _slowed(profile: Path, times: int) -> Iterator[None]:
    """Let the processes that show pages run one part in so many, threads and workers with them."""
    if times == 1:
        yield
        return
    ended = threading.Event()

    def hold() -> None:
        looked, pages = 0.0, list[int]()
        while not ended.is_set():
            # A page that is opened anew may get another process.
            if time.monotonic() > looked + 1:
                looked = time.monotonic()
                pages = [pid for pid in tree_of(str(profile)) if "--type=renderer" in _command(pid)]
            for number, share in ((signal.SIGSTOP, (times - 1) / times), (signal.SIGCONT, 1 / times)):
                for pid in pages:
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                time.sleep(0.012 * share)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    measure().show()
