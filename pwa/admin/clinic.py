"""Our clinic: its own answers as a form; what is left blank tells patients to ask."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import read_form
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, words
from pwa.content import facts
from pwa.content.model import Conflict, Refused

# Name, words, hint, and whether it takes more than a line; in the order patients read them.
QUESTIONS = (
    ("name", "Name of the clinic", "", False),
    ("phone", "Phone", "As patients should see it, with the country or area code.", False),
    ("after_hours", "At night and at the weekend", "A number, or what to do then.", False),
    ("address", "Address", "", True),
    ("eating_and_drinking", "Eating and drinking before a session", "From when on nothing, and what is allowed.", True),
    ("medicines", "Medicines on the day", "Which ones to take, which to leave out, whom to ask.", True),
    ("arrival", "When to arrive", "How long before, and what to bring.", True),
    ("going_home", "Going home", "Who may take them home, and how long to stay.", True),
    ("costs", "Costs", "", True),
)


@requires()
async def show(request: Request) -> Response:
    """The answers as they are now, drafts included."""
    read = await _read(request)
    return _form(request, read, facts.answers_of(read))


@requires("author")
async def save(request: Request) -> Response:
    """Keep the answers as a draft."""
    form = await read_form(request)
    typed = {name: form.text(name, limit=10_000) for name in facts.ANSWERS}
    before = form.text("replaces")
    try:
        revision = await facts.keep_answers(
            site(request).database, typed, replaces=before, by=staff_of(request).name, now=now(request)
        )
    except Refused as refusal:
        read = await _read(request)
        current = facts.answers_of(read) if isinstance(refusal, Conflict) else {}
        return _form(request, read, typed, fault=str(refusal), current=current, status=409)
    same = revision.sha256 == before
    message = "Nothing differs from before." if same else "Kept as a draft. Readers see it after the next release."
    return see_other(request, "clinic", message=words(request, message))


def _form(
    request: Request,
    read: facts.Facts,
    typed: Mapping[str, str],
    *,
    fault: str = "",
    current: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    questions = [
        {"name": name, "words": question, "hint": hint, "long": long, "answer": typed.get(name, ""),
         "now": (current or {}).get(name, typed.get(name, ""))}
        for name, question, hint, long in QUESTIONS
    ]  # fmt: skip
    return answer(
        request,
        "admin/clinic.html",
        title=words(request, "Our clinic"),
        status=status,
        read=read,
        questions=questions,
        fault=fault,
        longest=facts.LONGEST_ANSWER,
    )


async def _read(request: Request) -> facts.Facts:
    async with site(request).database.snapshot() as reader:
        return await facts.read_facts(reader, facts.CLINIC)


ROUTES = (
    Route("/clinic", show, name="clinic"),
    Route("/clinic", save, methods=["POST"], name="clinic-answers"),
)
