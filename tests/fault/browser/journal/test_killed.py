"""A browser that dies by SIGKILL: what was called saved is there, and at most 1.5 seconds of typing are not."""

import random
import time
from dataclasses import dataclass

import pytest

from tests.browser.engines import Engine, Launch
from tests.browser.journal.person import PASSPHRASE, Person, begin_anew
from tests.browser.servers import Server

LOSS = 1.5
"""Seconds of typing that may be lost."""
SEED = 20261122

# Presses Save and answers in the moment the page says "Saved".
_SAVE = """
    const told = document.querySelector("#told [role=status]");
    told.textContent = "";
    const saved = new Promise((resolve) => new MutationObserver(() => {
      if (told.textContent.startsWith("Saved")) resolve(true);
    }).observe(told, { childList: true, characterData: true, subtree: true }));
    document.querySelector("#screen form [type=submit]").click();
    return await saved;
"""

# Firefox and WebKitGTK write, lock and reopen elsewhere too; Chromium dies most often.
TIMES = [("chromium", 3), pytest.param(("firefox", 2), marks=pytest.mark.soak), ("webkit", 2)]


@dataclass(frozen=True)
class Mortal:
    """A phone, and how often it is to die."""

    engine: Engine
    times: int


@pytest.fixture(scope="module", params=TIMES, ids=lambda param: param[0])
def mortal(request: pytest.FixtureRequest, launch: Launch) -> Mortal:
    name, times = request.param
    return Mortal(launch(name), times)


def test_what_was_called_saved_outlives_a_kill(mortal: Mortal, server: Server) -> None:
    _kill_after_saving(mortal.engine, server, mortal.times)


def test_at_most_a_second_and_a_half_of_typing_is_lost(mortal: Mortal, server: Server) -> None:
    begin_anew(mortal.engine, server.origin)
    _kill_while_typing(mortal.engine, server, mortal.times)


@pytest.mark.soak
def test_a_hundred_kills(launch: Launch, server: Server) -> None:
    _kill_after_saving(launch("chromium"), server, 100)
    _kill_while_typing(launch("chromium"), server, 100)


def _kill_after_saving(engine: Engine, server: Server, times: int) -> None:
    person = Person(engine.tab, server)
    person.opens()
    person.writes("First.")
    person.chooses_a_lock()
    written = ["First."]
    for number in range(times):
        person.goes("#/new/reflection")
        written.append(f"Saved before kill {number}.")
        person.fills({"text": written[-1]})
        assert person.tab.run(_SAVE)
        person = _die_and_come_back(engine, server)
        assert sorted(person.entries()) == sorted(written[-50:])


def _kill_while_typing(engine: Engine, server: Server, times: int) -> None:
    chance = random.Random(SEED)
    person = Person(engine.tab, server)
    person.opens()
    lost = []
    for _ in range(times):
        person.goes("#/new/reflection")
        typed: list[tuple[str, float]] = []
        end = time.monotonic() + chance.uniform(1.0, 3.0)
        while time.monotonic() < end:
            letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
            person.types(letter)
            typed.append((letter, time.monotonic()))
        killed = time.monotonic()
        person = _die_and_come_back(engine, server)
        person.goes("#/new/reflection")
        kept = person.asks("return document.querySelector('#screen [name=text]').value")
        assert "".join(letter for letter, _ in typed).startswith(kept)
        lost.append(killed - typed[len(kept)][1] if len(kept) < len(typed) else 0.0)
        if kept:
            person.does("discard")
            person.is_told("Thrown away")
    print(f"{engine.name}: seconds of typing lost, most {max(lost):.2f} of {times} kills")
    assert max(lost) <= LOSS


def _die_and_come_back(engine: Engine, server: Server) -> Person:
    engine.kill()
    engine.start()
    person = Person(engine.tab, server)
    person.opens()
    if person.sees("home", "unlock") == "unlock":
        person.unlocks(PASSPHRASE)
    return person
