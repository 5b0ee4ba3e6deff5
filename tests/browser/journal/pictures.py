"""Walks every screen of the journal as one person would in a morning, and has a picture taken of each."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.browser.engines import Chromium
from tests.browser.journal.person import Person
from tests.browser.journal.story import NOW, ZONE, identity, story
from tests.browser.reading import wait_until_settled
from tests.browser.servers import Server

LOOK: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 1,
    "locale": "en-GB",
    "timezone_id": ZONE,
}
"""The phone on which the walk is taken."""
PASSPHRASE = "amber lantern orchard river meadow"
TABLE = "Date;Slept (h);Mood;Remarks\n21/11/2026;6.5;4;A slow day\n22/11/2026;7;5;Saw my sister\n"
Take = Callable[[str], None]
"""Takes a picture under this name."""


class Walk:
    """One person, one browser, and a clock that stands where the story wants it."""

    def __init__(self, browser: Chromium, server: Server, take: Take) -> None:
        self.browser = browser
        self.page = browser.page
        self.person = Person(browser.tab, server)
        self._take = take
        self._now = NOW
        self.page.clock.set_fixed_time(NOW)

    def sets_the_clock(self, hour: int, minute: int, days_later: int = 0) -> None:
        """From now on it is that time of the day."""
        self._now = (NOW + timedelta(days=days_later)).replace(hour=hour, minute=minute)
        self.page.clock.set_fixed_time(self._now)

    def passes(self, minutes: int) -> None:
        """Time goes by with a touch now and then, so that the journal stays open."""
        for _ in range(0, minutes, 4):
            self._now += timedelta(minutes=4)
            self.page.clock.set_fixed_time(self._now)
            self.page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")

    def takes(self, name: str, *, at: str = "", told: bool = False) -> None:
        """Takes a picture, scrolled to what the selector finds; `told`: with the message of the step before."""
        # A little later than the step before, so that its message is over where a person has gone on.
        self._now += timedelta(seconds=2)
        self.page.clock.set_fixed_time(self._now)
        if not told:
            self.page.evaluate(
                "const close = document.querySelector('#told[data-shown] .quiet'); if (close) close.click();"
            )
        self.page.evaluate(
            "at => { const to = at && document.querySelector(at); document.activeElement?.blur();"
            "if (to) to.scrollIntoView({ block: 'start' }); else scrollTo(0, 0);"
            "if (to) scrollBy(0, -72); }",
            at,
        )
        wait_until_settled(self.browser.tab)
        self._take(name)

    def shows(self, place: str, screen: str | None = None, *, at: str = "") -> None:
        """Goes to a place and takes its picture, named after the place."""
        self.person.goes(f"#/{place}", screen)
        self.takes(place.replace("/", "-").split("-" + 8 * "0")[0], at=at)

    def dims(self, theme: str = "dim") -> None:
        """Shows everything in these colours."""
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)

    def unfolds(self, selector: str = "#screen details") -> None:
        """Opens what is folded."""
        self.page.evaluate(
            "selector => { for (const one of document.querySelectorAll(selector)) one.open = true; }", selector
        )

    def moves(self, **scales: int) -> None:
        """Answers scales."""
        for name, value in scales.items():
            self.page.locator(f"#screen [name={name}]").fill(str(value))


def walk(browser: Chromium, server: Server, folder: Path, take: Take) -> None:
    """The whole walk; `folder` takes the files that are brought in."""
    walker = Walk(browser, server, take)
    begins(walker)
    brings_in(walker, folder)
    looks_around(walker)
    writes(walker, folder)
    measures(walker)
    plans(walker)
    hands_over(walker)
    locks(walker)
    has_a_session(walker)
    meets_trouble(walker)


def begins(walker: Walk) -> None:
    """The very first words."""
    person = walker.person
    person.opens()
    walker.takes("first")
    person.goes("#/new/reflection")
    person.fills({"text": "They said to bring something soft to wear. I am nervous, and a little glad."})
    walker.takes("write")
    walker.unfolds()
    walker.takes("write-prompts", at="#screen [name='prompt:carry']")
    person.saves()
    person.sees("home")
    walker.takes("first-saved", told=True)


def brings_in(walker: Walk, folder: Path) -> None:
    """What another phone or another app wrote."""
    person, page = walker.person, walker.page
    walker.shows("in")
    table, backup, copy = folder / "days.csv", folder / "journal.kjb", folder / "journal.json"
    table.write_text(TABLE, "utf-8")
    backup.write_text('{"fmt":"kj-backup/1"}\n', "utf-8")
    copy.write_text(story(), "utf-8")
    for name, file, awaited in (
        ("in-table", table, "[data-part=columns] li"),
        ("in-backup", backup, "[name=journal-id]"),
        ("in-copy", copy, "[data-do=bring-in]"),
    ):
        page.locator("#screen [type=file]").set_input_files([])
        page.locator("#screen [type=file]").set_input_files(file)
        page.locator(f"#screen {awaited}").first.wait_for()
        walker.takes(name, at="" if name == "in-copy" else "#screen [data-part=step]")
    person.does("bring-in")
    person.sees("home")
    walker.takes("brought-in", told=True)


def looks_around(walker: Walk) -> None:
    """Home and what it leads to."""
    person, page = walker.person, walker.page
    person.does("not-now")
    page.locator("[data-part=offer]").wait_for(state="hidden")
    walker.takes("home")
    person.fills({"[data-part=search]": "harbour"})
    walker.takes("search", at="#screen .find-row")
    person.fills({"[data-part=search]": ""})
    person.does("calendar")
    walker.takes("calendar", at="#screen .find-row")
    person.does("calendar")
    person.goes(f"#/entry/{identity('morning')}")
    walker.takes("entry")
    person.goes(f"#/entry/{identity('two places')}")
    walker.takes("entry-two-versions")
    person.goes(f"#/entry/{identity('session 5')}")
    walker.takes("session-planned")
    person.goes(f"#/entry/{identity('session 4')}")
    walker.takes("session-done")
    walker.takes("session-done-values", at="#screen [data-part=scores]")
    for place in ("more", "nowhere"):
        walker.shows(place)


def writes(walker: Walk, folder: Path) -> None:
    """Every form, filled in as far as a person would, and left again."""
    person, page = walker.person, walker.page
    person.goes("#/new/checkin")
    walker.moves(mood=6, anxiety=3, energy=5)
    walker.takes("check-in")
    walker.unfolds()
    walker.takes("check-in-bladder", at="#screen [name=craving]")
    person.goes("#/new/session")
    person.fills({"companion": "Sam", "companion_phone": "+44 20 7946 0018", "intention": "To rest."})
    walker.takes("plan-a-session")
    walker.unfolds("#screen [data-part=more-fields]")
    walker.takes("plan-a-session-clinic", at="#screen [data-part=more-fields]")
    person.goes(f"#/edit/{identity('session 4')}")
    walker.unfolds("#screen [data-part=afterwards]")
    walker.takes("session-afterwards", at="#screen [data-part=afterwards]")
    person.goes("#/new/note")
    person.fills({"text": "Ask about the blanket."})
    walker.takes("note")
    person.goes("#/new/effect")
    person.fills({"name": "Headache"})
    walker.takes("side-effect")
    person.goes("#/new/vital")
    person.fills({"systolic": "128", "diastolic": "81", "pulse": "70"})
    walker.takes("blood-pressure")
    person.goes(f"#/new/lookback/{identity('session 4')}")
    person.fills({"text": "The mornings are easier."})
    walker.takes("look-back")
    person.goes(f"#/scores/{identity('session 4')}")
    walker.moves(mood=7, anxiety=2)
    walker.takes("own-values")
    picture = folder / "picture.png"
    picture.write_bytes(_drawn(walker))
    person.goes(f"#/entry/{identity('morning')}")
    page.locator("[data-part=picture]").set_input_files(picture)
    page.locator("#screen .files li").wait_for()
    person.does("open-file")
    page.locator("#screen .files img").wait_for()
    person.does("voice")
    page.locator("#screen .voice").wait_for()
    walker.takes("picture-and-voice", at="#screen [data-part=files]")
    person.taps("#screen .voice [data-do=cancel]")
    person.taps("#screen .files [data-part=describe]")
    person.sees("edit")
    person.fills({"description": "The harbour in the morning."})
    walker.takes("describe-a-file")
    person.saves()


def _drawn(walker: Walk) -> bytes:
    """A picture of a morning sky over water, drawn by the browser."""
    drawn = walker.page.evaluate("""async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
        const pen = canvas.getContext("2d");
        const sky = pen.createLinearGradient(0, 0, 0, 260);
        sky.addColorStop(0, "#8fb4d9");
        sky.addColorStop(1, "#f6d9b0");
        pen.fillStyle = sky;
        pen.fillRect(0, 0, 640, 260);
        pen.fillStyle = "#f9ecc8";
        pen.arc(420, 230, 46, 0, 7);
        pen.fill();
        pen.fillStyle = "#3f6680";
        pen.fillRect(0, 260, 640, 140);
        pen.fillStyle = "#f2d3a0";
        for (let line = 0; line < 9; line += 1) pen.fillRect(380 - 6 * line, 272 + 13 * line, 80 + 12 * line, 3);
        const picture = await new Promise((done) => canvas.toBlob(done, "image/png"));
        return [...new Uint8Array(await picture.arrayBuffer())];
    }""")
    return bytes(drawn)


def measures(walker: Walk) -> None:
    """Questionnaires, results and what they show over time."""
    person, page = walker.person, walker.page
    person.goes("#/measures")
    page.locator("#screen [name=who5]").check()
    page.locator("#screen [name=pcl5]").check()
    page.get_by_role("link", name="Fill in PCL-5").wait_for()
    walker.takes("questionnaires")
    walker.takes("questionnaires-more", at="#screen [data-part=outside]")
    person.goes("#/fill/pcl5", "fill")
    walker.takes("questionnaire-warning")
    person.does("begin")
    walker.takes("questionnaire-pcl5")
    person.goes("#/fill/phq9", "fill")
    _answers(walker, (1, 1, 1, 0, 0, 1, 0, 0))
    walker.takes("questionnaire-phq9")
    _answers(walker, (1, 1, 1, 0, 0, 1, 0, 0, 1))
    walker.takes("questionnaire-phq9-end", at="#screen .likert:last-child")
    person.saves()
    person.sees("result")
    walker.takes("help-before-the-score")
    page.locator("#screen [data-part=numbers] summary, #screen [data-part=numbers] a").first.wait_for()
    walker.takes("help-before-the-score-people", at="#screen [data-part=numbers]")
    person.does("continue")
    walker.takes("score-after-help", at="#screen [data-part=score]")
    person.goes(f"#/result/{identity('gad7 3')}", "result")
    walker.takes("result")
    person.goes(f"#/answers/{identity('gad7 3')}", "answers")
    walker.takes("questionnaire-changed")
    person.goes("#/new/outside_score")
    person.fills({"name": "MADRS", "value": "18"})
    walker.takes("score-from-the-clinic")
    person.goes("#/trends")
    page.locator("#screen .trend svg").first.wait_for()
    walker.takes("trends")
    for place, name in enumerate(page.locator("#screen .trend h2").all_inner_texts()):
        if name in ("PHQ-9 by days since a session", "Mood before, during and after sessions", "Side effects"):
            walker.unfolds(f"#screen .trend:nth-of-type({place + 1}) details")
            walker.takes(
                "trends-" + name.split(" ")[-1].lower(), at=f"#screen [data-part=blocks] > :nth-child({place + 1})"
            )


def _answers(walker: Walk, values: tuple[int, ...]) -> None:
    for item, value in enumerate(values, 1):
        walker.page.locator(f"#screen [name='item:{item}'][value='{value}']").check()


def plans(walker: Walk) -> None:
    """The own plan and the lists beside it."""
    person = walker.person
    person.goes("#/plan")
    walker.takes("plan-empty")
    person.goes("#/plan/edit", "plan")
    person.fills(
        {
            "reasons": "My brother. The garden in spring.",
            "signs": "I stop answering messages. I lie awake after four.",
            "coping": "Cold water on my wrists. The radio, low. A walk to the corner.",
            "places": "The library. Noor’s kitchen.",
            "people": "Sam: come over, do not ask much.",
            "professionals": "Dr Ellery at Harbour Clinic.",
            "safer": "Sam keeps the spare tablets.",
        }
    )
    walker.takes("plan-writing")
    person.saves()
    person.goes("#/plan")
    walker.takes("plan")
    for place in ("medicines", "people", "questions"):
        walker.shows(place)
    for kind, fields in (
        ("medicine", {"name": "Sertraline", "dose": "as on the packet", "taken": "mornings"}),
        ("person", {"name": "Noor", "phone": "+44 20 7946 0102", "relation": "a friend, up late"}),
        ("question", {"text": "May I swim the day after?"}),
    ):
        person.goes(f"#/new/{kind}")
        person.fills(fields)
        walker.takes(f"{kind}-writing")


def hands_over(walker: Walk) -> None:
    """What leaves the phone, and how the journal is kept."""
    person, page = walker.person, walker.page
    walker.shows("out")
    person.does("make")
    page.locator("#screen [data-part=made]").wait_for()
    walker.takes("out-backup-made", at="#screen [data-part=made]")
    walker.takes("out-copies", at="#screen .copies")
    walker.takes("out-calendar", at="#screen [data-part=calendar]")
    person.goes("#/summary")
    page.locator("#screen [data-do=all]").click()
    walker.takes("page-for-the-clinic")
    walker.takes("page-for-the-clinic-sheet", at="#screen [data-part=sheet]")
    person.goes("#/settings")
    person.does("check")
    page.locator("#screen [data-part=found]:not(:empty)").wait_for()
    walker.takes("settings")
    person.goes(f"#/entry/{identity('dream')}")
    person.does("remove")
    person.sees("home")
    walker.shows("bin")
    walker.shows("erase")
    person.goes("#/card")
    person.fills(
        {
            "name": "Alex", "companion": "Sam", "companion_phone": "+44 20 7946 0018", "clinic": "Harbour Clinic",
            "clinic_phone": "+44 20 7946 0555", "text": "A hand on the shoulder helps. No questions, please.",
        }
    )  # fmt: skip
    walker.takes("sitter-card")
    person.sends()
    person.is_told("Saved")


def locks(walker: Walk) -> None:
    """Choosing a lock, and being locked."""
    person, page = walker.person, walker.page
    walker.shows("lock")
    walker.shows("lock/set", "lock")
    person.fills({"passphrase": PASSPHRASE, "again": PASSPHRASE})
    person.sends()
    page.locator("#screen [data-part=code]").wait_for()
    walker.takes("recovery-sheet")
    walker.takes("recovery-sheet-typed-back", at="#screen .sheet dl")
    person.takes_the_sheet()
    person.goes("#/lock")
    walker.takes("lock-chosen")
    for place in ("passphrase", "sheet", "passkey", "renew", "remove"):
        walker.shows(f"lock/{place}", "lock")
    person.locks()
    walker.takes("locked")
    person.fills({"passphrase": "amber lantern orchard river meadows"})
    person.sends()
    person.is_refused()
    walker.takes("locked-wrong-passphrase")
    walker.takes("locked-sitter-card", at="#screen [data-part=card]")
    walker.shows("code")
    person.goes("#/new/note", "new")
    walker.takes("locked-note")
    person.goes("#/", "unlock")
    person.unlocks(PASSPHRASE)


def has_a_session(walker: Walk) -> None:
    """The day itself, dim."""
    person = walker.person
    walker.sets_the_clock(10, 50, days_later=1)
    session = identity("session 5")
    person.opens(f"#/entry/{session}", "unlock")
    person.unlocks(PASSPHRASE)
    walker.dims()
    walker.takes("session-planned-dim")
    person.does("begin-day")
    person.sees("day")
    walker.takes("session-day-before", told=True)
    person.does("began")
    walker.passes(28)
    person.taps("#screen [data-note='Like water']")
    person.tab.wait_for("return document.querySelector('.day-told').textContent.includes('Like water')")
    walker.takes("session-day-during")
    walker.takes("session-day-during-below", at="#screen .day-tools")
    person.does("voice")
    walker.takes("session-day-voice", at="#screen [data-part=voice]")
    person.taps("#screen .voice [data-do=cancel]")
    person.does("down")
    walker.takes("session-day-down")
    person.taps("#screen .down")
    person.does("ended")
    walker.passes(12)
    person.taps("#screen [data-note='Calm']")
    walker.takes("session-day-rest")
    for name, place in (
        ("note-dim", f"new/note/{session}"),
        ("side-effect-dim", f"new/effect/{session}"),
        ("blood-pressure-dim", f"new/vital/{session}"),
        ("own-values-dim", f"scores/{session}"),
        ("session-today-dim", f"entry/{session}"),
        ("home-on-the-day-dim", ""),
    ):
        person.goes(f"#/{place}", place.split("/")[0] or "home")
        walker.dims()
        walker.takes(name)
    walker.dims("light")
    person.goes("#/lock/set", "lock")
    walker.takes("tomorrow-is-better")
    person.goes("#/erase")
    walker.takes("erase-on-the-day")
    person.goes("#/", "home")
    person.locks()
    person.goes(f"#/day/{session}", "day")
    walker.takes("session-day-locked")


def meets_trouble(walker: Walk) -> None:
    """A journal that a newer version wrote, then nothing at all."""
    person, page = walker.person, walker.page
    person.opens("#/erase", "erase")
    person.fills({"typed": "delete"})
    person.sends()
    person.sends()
    person.reads("were deleted from this phone")
    walker.takes("erased")
    person.opens()
    person.writes("One more.")
    person.tab.open(person.journal.replace("/journal/", "/privacy"))
    page.evaluate("""() => new Promise((resolve) => {
        const opening = indexedDB.open("kj", 99);
        opening.onsuccess = () => { opening.result.close(); resolve(); };
    })""")
    person.tab.open(person.journal)
    person.sees("trouble")
    walker.takes("trouble")
