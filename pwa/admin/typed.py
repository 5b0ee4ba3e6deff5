"""The editor's form and the text it stands for: front matter as fields, and the words below it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pwa.admin.forms import FORM_BYTES, Form, whole_number
from pwa.content import front_matter
from pwa.content.markdown import UNREADABLE, normalise
from pwa.content.model import ContentError

NEW_PAGE_REVIEW = 180
"""Days until someone must look at a new page again, unless its writer says otherwise."""

NEW_SLUG = re.compile(r"[^a-z0-9]+")
"""What a title loses on its way to an address."""

_ABOVE = re.compile(r"---\n(?:.*\n)*?---(?:\n+|\Z)")


@dataclass(frozen=True)
class Field:
    """A key of the front matter as people fill it in."""

    key: str
    label: str
    kind: Literal["line", "words", "number", "date", "choice", "box", "list"]
    hint: str = ""
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ("guide", "faq", "site")


GUIDE_PARTS = (
    ("basics", "The basics"), ("ways", "Ways it is given"), ("before", "Before you start"),
    ("session", "The session and after"), ("risks", "Risks"),
)  # fmt: skip
FAQ_PARTS = (
    ("about", "About ketamine"), ("suitable", "Is it for me?"), ("treatment", "The treatment"),
    ("after", "Afterwards and long term"), ("money", "Money and access"),
)  # fmt: skip
FIELDS = (
    Field("title", "Title", "line", "A short name; of a question, the question as a person would ask it."),
    Field("summary", "Summary", "words", "One or two plain sentences; of a question, the short answer."),
    Field("part", "Part", "choice", choices=(("", "Choose one"), *GUIDE_PARTS), only=("guide",)),
    Field("part", "Part", "choice", choices=(("", "Choose one"), *FAQ_PARTS), only=("faq",)),
    Field("place", "Place in its part", "number", "Pages stand in the order of these numbers.", only=("guide", "faq")),
    Field(
        "change", "What this changes", "choice", "Meaning and safety need a second person.", "wording",
        (("wording", "Wording only"), ("meaning", "Meaning"), ("safety", "Safety")),
    ),
    Field("note", "What changed, in words for readers", "line", "Stands in “Updated: …”."),
    Field(
        "risk", "Risk", "choice", "High: a wrong sentence could hurt someone. Every figure then needs a source.",
        "ordinary", (("ordinary", "Ordinary"), ("high", "High")),
    ),
    Field("ask_clinic", "Print “Ask your clinic before deciding” at the top", "box"),
    Field("review_due", "To be reviewed by", "date", "At most 12 months ahead; at high risk, 6."),
    Field("region", "Whom it speaks about", "line", "A country, or “Any country”.", "United States"),
    Field("author", "Author", "line"),
    Field("reviewed_by", "Clinical reviewer", "line", "Left empty, the page says that no clinician has reviewed it."),
    Field("reviewed_role", "Their role", "line"),
    Field("reviewed_on", "Reviewed on", "date"),
    Field("see_also", "See also", "list", "One address a line, as /guide/iv."),
)  # fmt: skip

LABELS = {field.key: field.label for field in FIELDS}
"""What people call the keys of the front matter."""


@dataclass(frozen=True)
class Typed:
    """A text taken apart for the editor. Where its front matter cannot be read, all of it is `body`."""

    head: str
    """The lines above the words, to the blank one after them."""
    body: str
    values: Mapping[str, str]
    """What stands in each field; "" and "true" for a box."""

    @property
    def first_line(self) -> int:
        """The line of the whole text at which `body` begins."""
        return self.head.count("\n") + 1


def take_apart(text: str, kind: str, *, whole: bool = False) -> Typed:
    """A text as the editor shows it; `whole` leaves the front matter among the words."""
    try:
        values = {} if whole else front_matter.read(text)
    except ContentError:
        whole = True
        values = {}
    if whole:
        return Typed("", text, {})
    text = text.replace("\r\n", "\n")
    above = _ABOVE.match(text)
    assert above is not None  # noqa: S101  its keys were read just now
    end = above.end()
    shown = {field.key: _shown(field, values.get(field.key)) for field in fields_of(kind)}
    return Typed(text[:end], text[end:], shown)


def typed_text(form: Form, kind: str) -> str:
    """The text that a filled-in form stands for. Only fields that say something else than before are written.

    Never refuses: what does not fit a field is kept as words, and the checks name it with its line.
    """
    head, body = form.raw("head", limit=FORM_BYTES), form.raw("body", limit=FORM_BYTES)
    text = head + body
    if not head or not form.checked("fields"):
        return text
    try:
        before = front_matter.read(text)
        changes = {}
        for field in fields_of(kind):
            posted = _posted(form, field)
            if posted != _shown(field, before.get(field.key)):
                changes[field.key] = _value(field, posted)
        return front_matter.write(text, changes) if changes else text
    except ContentError:
        return text


def fields_of(kind: str) -> Sequence[Field]:
    """The fields of a page of this kind."""
    return [field for field in FIELDS if kind in field.only]


def new_text(title: str, kind: str, part: str, *, author: str, today: date) -> str:
    """The first text of a page: everything that the format asks for, and no words yet."""
    front: dict[str, front_matter.Value | None] = {
        "title": title,
        "summary": "To be written.",
        **({"part": part, "place": 0} if kind in ("guide", "faq") else {}),
        "author": author,
        "review_due": today + timedelta(days=NEW_PAGE_REVIEW),
        "change": "meaning",
        "note": "New page.",
    }
    return front_matter.write("---\n---\n\n", front)


def _shown(field: Field, value: Any) -> str:
    if field.kind == "box":
        return "true" if value is True else ""
    if value is None:
        return field.default
    if field.kind == "list" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _posted(form: Form, field: Field) -> str:
    if field.kind == "box":
        return "true" if form.checked(field.key) else ""
    posted = UNREADABLE.sub("", form.raw(field.key, limit=FORM_BYTES))
    if field.kind == "list":
        return "\n".join(line.strip() for line in posted.split("\n") if line.strip())
    return normalise(posted) if field.kind == "words" else posted.strip()


def _value(field: Field, posted: str) -> "front_matter.Value | None":
    if field.kind == "box":
        return posted == "true"
    if not posted:
        return None
    if field.kind == "number" and (number := whole_number(posted)) is not None:
        return number
    if field.kind == "list":
        return posted.split("\n")
    if field.kind == "date":
        try:
            return date.fromisoformat(posted)
        except ValueError:
            return posted
    return posted
