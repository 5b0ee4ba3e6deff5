"""Help numbers by country: who checked which at its owner's page, and the forms to add, change and remove one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import Form, read_form
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, today, words
from pwa.content import facts
from pwa.content.facts import Facts, Number
from pwa.content.model import Refused

SOON = 14
"""Days before a check ends in which the screen says so."""


@dataclass(frozen=True)
class Light:
    """How a number's check stands: `good`, `hint` (ends soon) or `blocked`."""

    kind: str
    until: date | None


@requires()
async def show_all(request: Request) -> Response:
    """Every number, by country."""
    return await _list(request)


@requires("author")
async def check(request: Request) -> Response:
    """Note that this person saw the ticked numbers at their owners' pages today."""
    form = await read_form(request)
    ticked = form.many("checked", limit=2 * facts.LONGEST_FIELD + 50)
    seen = {key: name for key, _, name in (one.partition(" ") for one in ticked)}
    try:
        await facts.check_numbers(
            site(request).database, seen, on=today(request), by=staff_of(request).name, now=now(request)
        )
    except Refused as refusal:
        return await _list(request, ticked=seen, fault=str(refusal))
    return see_other(request, "help-numbers", message=words(request, "Noted in the draft."))


@requires("author")
async def show_new(request: Request) -> Response:
    """The form for another number."""
    return _form(request, await _read(request), None, dict.fromkeys(facts.FIELDS, ""))


@requires("author")
async def add(request: Request) -> Response:
    """Add a number to the draft."""
    form = await read_form(request)
    typed = _typed(form)
    try:
        await facts.add_number(
            site(request).database, typed, checked_on=_checked(request, form), by=staff_of(request).name,
            now=now(request),
        )  # fmt: skip
    except Refused as refusal:
        return _form(request, await _read(request), None, typed, fault=str(refusal))
    return see_other(request, "help-numbers", message=words(request, "Added to the draft."))


@requires("author")
async def show(request: Request) -> Response:
    """One number's form."""
    read = await _read(request)
    number = facts.number_of(read, request.path_params["key"])
    return _form(request, read, number, number.values)


@requires("author")
async def change(request: Request) -> Response:
    """Change a number in the draft."""
    form = await read_form(request)
    typed, key = _typed(form), request.path_params["key"]
    try:
        await facts.change_number(
            site(request).database, key, typed, checked_on=_checked(request, form), by=staff_of(request).name,
            now=now(request),
        )  # fmt: skip
    except Refused as refusal:
        read = await _read(request)
        number = next((one for one in facts.numbers_of(read) if one.key == key), None)
        return _form(request, read, number, typed, fault=str(refusal))
    return see_other(request, "help-numbers", message=words(request, "Changed in the draft."))


@requires("author")
async def remove(request: Request) -> Response:
    """Take a number out of the draft; nothing ever holds that back."""
    await facts.remove_number(
        site(request).database, request.path_params["key"], by=staff_of(request).name, now=now(request)
    )
    return see_other(request, "help-numbers", message=words(request, "Removed in the draft."))


async def _list(request: Request, *, ticked: Collection[str] = (), fault: str = "") -> Response:
    read = await _read(request)
    countries: dict[str, list[tuple[Number, Light]]] = {}
    for one in facts.numbers_of(read):
        countries.setdefault(one.values["country"], []).append((one, _light(one, today(request))))
    lights = [light for some in countries.values() for _, light in some]
    return answer(
        request,
        "admin/help_numbers.html",
        title=words(request, "Help numbers"),
        status=409 if fault else 200,
        read=read,
        countries=countries,
        to_check=sum(one.kind != "good" for one in lights),
        ticked=ticked,
        fault=fault,
    )


def _form(
    request: Request, read: Facts, number: Number | None, typed: Mapping[str, str], *, fault: str = ""
) -> Response:
    known = {one.values["country"]: one.values["code"] for one in facts.numbers_of(read)}
    return answer(
        request,
        "admin/help_number.html",
        title=number.values["service"] if number else words(request, "Another help number"),
        status=409 if fault else 200,
        number=number,
        typed=typed,
        checked=getattr(request.state, "form", Form(())).checked("checked"),
        kinds=facts.KINDS,
        known=known,
        fault=fault,
        longest=facts.LONGEST_FIELD,
    )


def _light(number: Number, day: date) -> Light:
    until = number.good_until()
    if until is None or until < day:
        return Light("blocked", until)
    return Light("hint" if until <= day + timedelta(days=SOON) else "good", until)


def _typed(form: Form) -> dict[str, str]:
    return {name: form.text(name, limit=10_000) for name in facts.FIELDS}


def _checked(request: Request, form: Form) -> date | None:
    return today(request) if form.checked("checked") else None


async def _read(request: Request) -> Facts:
    async with site(request).database.snapshot() as reader:
        return await facts.read_facts(reader, facts.NUMBERS)


ROUTES = (
    Route("/help-numbers", show_all, name="help-numbers"),
    Route("/help-numbers", add, methods=["POST"], name="help-numbers-add"),
    Route("/help-numbers/new", show_new, name="help-number-new"),
    Route("/help-numbers/checks", check, methods=["POST"], name="help-number-checks"),
    Route("/help-numbers/{key}", show, name="help-number"),
    Route("/help-numbers/{key}", change, methods=["POST"], name="help-number-change"),
    Route("/help-numbers/{key}/removal", remove, methods=["POST"], name="help-number-removal"),
)
