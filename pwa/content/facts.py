"""The clinic's own answers and the help numbers, changed by forms; every change is a draft like any other."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from pwa.content import front_matter, store
from pwa.content.check import NUMBERS_GOOD_FOR
from pwa.content.drafts import current_revision, hold_published, keep_draft
from pwa.content.markdown import normalise, parse
from pwa.content.model import Clinic, ContentError, HelpNumber, Refused
from pwa.content.store import Page, Revision
from pwa.database import Database, Reader
from pwa.staff import audit

CLINIC = "/our-clinic"
NUMBERS = "/help-now"
ANSWERS = tuple(Clinic.__struct_fields__)
LONGEST_ANSWER = 400
LONGEST_FIELD = 200
KINDS = ("emergency", "crisis", "poison", "support")
FIELDS = (
    "country",
    "code",
    "service",
    "kind",
    "call",
    "dial",
    "text",
    "word",
    "press",
    "web",
    "for",
    "hours",
    "source_url",
)
"""What a number is, by the keys of the text; who checked it and when is apart."""

_REACHED_BY = ("country", "service", "call", "dial", "text", "word", "press", "web")
_NOTES = {CLINIC: "The clinic's own answers.", NUMBERS: "The numbers to call."}
_CHANGES = {CLINIC: "meaning", NUMBERS: "safety"}

Changed = tuple[Mapping[str, Any], str]
"""What the front matter says from now on, and what that is about, for the audit log."""


@dataclass(frozen=True)
class Facts:
    """A page whose front matter a form shows, as it is now."""

    page: Page
    revision: Revision
    values: Mapping[str, Any]

    @property
    def is_draft(self) -> bool:
        """Whether this is not yet what readers have."""
        return self.page.draft_id is not None


@dataclass(frozen=True)
class Number:
    """One help number; `key` names it by what it says, so that a change by someone else makes it another one."""

    key: str
    values: Mapping[str, str]
    checked_by: str
    checked_on: date | None

    @property
    def name(self) -> str:
        """What people call it."""
        return _name(self.values)

    def good_until(self) -> date | None:
        """The last day on which its check still counts; None when nobody checked it."""
        if not self.checked_by or self.checked_on is None:
            return None
        return self.checked_on + timedelta(days=NUMBERS_GOOD_FOR)


async def read_facts(reader: Reader, path: str) -> Facts:
    """The draft of a page, or else its live text, with its front matter; Refused when it cannot be read as a form."""
    page = await store.page_at(reader, path)
    current = await current_revision(reader, page) if page else None
    if page is None or current is None:
        raise Refused(f"There is no page {path} to fill in.")
    try:
        return Facts(page, current, front_matter.read(current.text))
    except ContentError as error:
        raise Refused(f"The draft of {path} has a fault that hides this form: {error}. Edit its text first.") from None


def answers_of(facts: Facts) -> dict[str, str]:
    """The clinic's answers, "" where patients read "Ask your clinic"."""
    written = facts.values.get("clinic") or {}
    return {name: str(written.get(name, "")) for name in ANSWERS}


async def keep_answers(database: Database, answers: Mapping[str, str], *, replaces: str, by: str, now: int) -> Revision:
    """Keep the clinic's answers as a draft of `/our-clinic`; `replaces` is the SHA-256 of the text they stood in."""
    wanted = {name: normalise(answers.get(name, "")) for name in ANSWERS}
    if long := [name for name, value in wanted.items() if len(value) > LONGEST_ANSWER]:
        raise Refused(f"An answer is longer than {LONGEST_ANSWER} characters ({long[0]}). Say it shorter.")

    def change(facts: Facts) -> Changed:
        return {"clinic": {**(facts.values.get("clinic") or {}), **wanted}}, "the clinic's answers"

    return await _keep(database, CLINIC, change, "clinic.answer", replaces, by, now)


def numbers_of(facts: Facts) -> list[Number]:
    """Every help number in the order of the page."""
    found: list[Number] = []
    for one in facts.values.get("numbers") or []:
        values = {name: str(one.get(name, "")) for name in FIELDS}
        on = one.get("checked_on")
        key = _key(one, [other.key for other in found])
        found.append(Number(key, values, str(one.get("checked_by") or ""), on if isinstance(on, date) else None))
    return found


def number_of(facts: Facts, key: str) -> Number:
    """The number of this key; Refused when someone changed or removed it since."""
    found = next((one for one in numbers_of(facts) if one.key == key), None)
    if found is None:
        raise Refused("This number was changed or removed by someone else meanwhile. Look at the list again.")
    return found


async def add_number(
    database: Database, values: Mapping[str, str], *, checked_on: date | None, by: str, now: int
) -> Revision:
    """Add a number, after the last one of its country; `checked_on` when `by` looked at its owner's site that day."""
    written = _written(values, by, checked_on)

    def change(facts: Facts) -> Changed:
        numbers = list(facts.values.get("numbers") or [])
        same = [place for place, one in enumerate(numbers) if one.get("code") == written["code"]]
        numbers.insert(same[-1] + 1 if same else len(numbers), written)
        return {"numbers": numbers}, _name(written)

    return await _keep(database, NUMBERS, change, "number.add", None, by, now)


async def change_number(
    database: Database, key: str, values: Mapping[str, str], *, checked_on: date | None, by: str, now: int
) -> Revision:
    """Change a number. When it is reached in another way than before, an earlier check does not count any more."""
    written = _written(values, by, checked_on)

    def change(facts: Facts) -> Changed:
        numbers, place = _numbers_and_place(facts, key)
        old = numbers[place]
        if checked_on is None and all(old.get(name, "") == written.get(name, "") for name in _REACHED_BY):
            written.update({name: old[name] for name in ("checked_by", "checked_on") if name in old})
        numbers[place] = written
        return {"numbers": numbers}, _name(written)

    return await _keep(database, NUMBERS, change, "number.change", None, by, now)


async def remove_number(database: Database, key: str, *, by: str, now: int) -> Revision:
    """Take a number away."""

    def change(facts: Facts) -> Changed:
        numbers, place = _numbers_and_place(facts, key)
        gone = numbers.pop(place)
        return {"numbers": numbers or None}, _name(gone)

    return await _keep(database, NUMBERS, change, "number.remove", None, by, now)


async def check_numbers(database: Database, seen: Mapping[str, str], *, on: date, by: str, now: int) -> Revision:
    """Note that `by` saw each of these numbers at its owner's site on that day; all of them, or none.

    `seen` has their names as they were shown, by key: Refused, by these names, when one is another number by now.
    """
    if not seen:
        raise Refused("Nothing is ticked. Tick each number that you saw at its owner's page today.")

    def change(facts: Facts) -> Changed:
        numbers = [dict(one) for one in facts.values.get("numbers") or []]
        there = dict(zip([one.key for one in numbers_of(facts)], numbers, strict=True))
        if gone := [name for key, name in seen.items() if key not in there]:
            raise Refused(
                f"Changed or removed by someone else meanwhile: {', '.join(gone)}. Nothing was noted. "
                "Look for it in the list once more; what else you ticked is still ticked."
            )
        for key in seen:
            there[key].update(checked_by=by, checked_on=on)
        return {"numbers": numbers}, ", ".join(_name(there[key]) for key in seen)

    return await _keep(database, NUMBERS, change, "number.check", None, by, now)


async def _keep(
    database: Database,
    path: str,
    change: Callable[[Facts], Changed],
    action: str,
    replaces: str | None,
    by: str,
    now: int,
) -> Revision:
    """One change of a page's front matter, as a draft that says what kind of change it is."""
    async with database.transaction() as transaction:
        await hold_published(transaction)
        facts = await read_facts(transaction, path)
        values, subject = change(facts)
        if all(facts.values.get(name) == value for name, value in values.items()):
            return facts.revision
        if not facts.is_draft:
            values = {**values, "change": _CHANGES[path], "note": _NOTES[path]}
        try:
            text = front_matter.write(facts.revision.text, values)
            parse(text)
        except ContentError as error:
            raise Refused(f"This cannot be kept: {error}.") from None
        revision = await keep_draft(transaction, facts.page, text, by=by, now=now, replaces=replaces)
        await audit.record(transaction, by=by, action=action, subject=subject, now=now, draft=revision.sha256[:12])
    return revision


def _numbers_and_place(facts: Facts, key: str) -> tuple[list[dict[str, Any]], int]:
    numbers = [dict(one) for one in facts.values.get("numbers") or []]
    return numbers, [one.key for one in numbers_of(facts)].index(number_of(facts, key).key)


def _written(values: Mapping[str, str], by: str, checked_on: date | None) -> dict[str, Any]:
    """A number as it stands in the text; Refused, naming what is wrong, when it could not stand there."""
    given = {name: normalise(values.get(name, "")) for name in FIELDS}
    for name, value in given.items():
        if len(value) > LONGEST_FIELD:
            raise Refused(f"{name}: this is longer than {LONGEST_FIELD} characters.")
    for name, words in (
        ("country", "the country"),
        ("code", "the country's two letters"),
        ("service", "the service's name"),
    ):
        if not given[name]:
            raise Refused(f"Fill in {words}.")
    if not any(given[name] for name in ("call", "text", "web")):
        raise Refused("Fill in a number to call, a number to text, or a web address.")
    if given["call"] and not given["dial"]:
        given["dial"] = re.sub(r"(?!^\+)[^0-9]", "", given["call"])
    given["web"] = re.sub(r"^https?://", "", given["web"]).rstrip("/")
    written: dict[str, Any] = {name: value for name, value in given.items() if value}
    if checked_on is not None:
        written |= {"checked_by": by, "checked_on": checked_on}
    try:
        msgspec.convert(written, HelpNumber)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].rstrip("`")
        raise Refused(
            f"{_WRONG.get(name, 'One of the fields')} cannot be used like this. {_RIGHT.get(name, '')}".strip()
        ) from None
    return written


_WRONG = {
    "code": "The country's letters",
    "kind": "The kind of help",
    "dial": "What the phone dials",
    "web": "The web address",
    "source_url": "The owner's page",
}
_RIGHT = {
    "code": "Write two capital letters, like US.",
    "dial": "Write digits only, perhaps with a + before them.",
    "web": "Write it like example.org/help.",
    "source_url": "Write it like https://example.org/help.",
}


def _name(number: Mapping[str, Any]) -> str:
    return f"{number.get('service', '')} ({number.get('country', '')})"


def _key(number: Mapping[str, Any], taken: Sequence[str]) -> str:
    said = {name: value for name, value in number.items() if name not in ("checked_by", "checked_on")}
    key = store.sha256(json.dumps(said, sort_keys=True, default=str))[:12]
    return key if key not in taken else f"{key}-{sum(one.partition('-')[0] == key for one in taken) + 1}"
