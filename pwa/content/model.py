"""The words of the guide: pages, texts, blocks, releases, notices and what a build is made of."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

import msgspec


@dataclass(frozen=True, order=True)
class Problem:
    """Something in a text that cannot stay, and the line it stands on (0 when it is about the whole text)."""

    line: int
    message: str


class ContentError(Exception):
    """A text or a publication cannot go on; `problems` says why, line by line when it is about a text."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.message}" if one.line else one.message for one in problems))
        self.problems = problems


class Refused(Exception):
    """What was asked is against the rules; nothing was changed, and the message says what to do."""


class Conflict(Refused):
    """Someone else was faster; nothing was changed."""


PageKind = Literal["guide", "faq", "site"]
Part = Literal[
    "basics",
    "ways",
    "before",
    "session",
    "risks",
    "about",
    "suitable",
    "treatment",
    "after",
    "money",
]
Risk = Literal["ordinary", "high"]
Change = Literal["wording", "meaning", "safety"]


# They become links; anything else would be a link that runs something, or one that leads nowhere.
WebAddress = Annotated[str, msgspec.Meta(pattern=r"^(?:https?://[^\s\"'<>\\]+)?\Z")]
WebPlace = Annotated[str, msgspec.Meta(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?:/[^\s\"'<>\\]*)?)?\Z")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]*\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+\Z")]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source that statements cite by key; `seen` says what the editors had before them."""

    title: str
    publisher: str
    year: int | None = None
    authors: str = ""
    url: WebAddress = ""
    kind: Literal["trial", "review", "guideline", "label", "regulator", "law", "price", "history", "other"] = "other"
    seen: Literal["original", "copy", "citation"] = "citation"


class HelpNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number on the help page; unchecked until a named person confirmed it at its owner's site."""

    country: str
    code: Code
    service: str
    kind: Literal["emergency", "crisis", "poison", "support"]
    call: str = ""
    dial: Digits = ""
    text: str = ""
    word: str = ""
    web: WebPlace = ""
    press: str = ""
    for_: str = msgspec.field(name="for", default="")
    hours: str = ""
    source_url: WebAddress = ""
    checked_by: str = ""
    checked_on: date | None = None


class Clinic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clinic's own answers; a blank prints "Ask your clinic"."""

    name: str = ""
    phone: str = ""
    after_hours: str = ""
    address: str = ""
    eating_and_drinking: str = ""
    arrival: str = ""
    going_home: str = ""
    medicines: str = ""
    costs: str = ""


class FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands above a text; docs/content-format.md explains every key."""

    title: str
    summary: str
    review_due: date
    author: str
    part: Part | None = None
    place: int = 0
    risk: Risk = "ordinary"
    ask_clinic: bool = False
    region: str = "United States"
    reviewed_by: str = ""
    reviewed_role: str = ""
    reviewed_on: date | None = None
    change: Change = "wording"
    note: str = ""
    see_also: tuple[str, ...] = ()
    numbers: tuple[HelpNumber, ...] = ()
    clinic: Clinic | None = None
    sources: dict[str, Source] = {}


BlockKind = Literal[
    "summary",
    "fact",
    "paragraph",
    "heading",
    "item",
    "row",
    "term",
    "definition",
    "callout",
    "figure",
]


@dataclass(frozen=True)
class Block:
    """A passage that can be recalled, bookmarked or linked to; the id comes from its text's hash."""

    id: str
    kind: BlockKind
    text: str
    """Plain text as a reader sees it, white space collapsed, citations left out; cells of a row parted by " | "."""
    level: int = 0
    """Of a heading: 2, 3 …"""
    citations: tuple[str, ...] = ()
    line: int = 0
    """Line of the whole text, front matter included, at which it starts; 0 for the front matter's own."""


@dataclass(frozen=True)
class Document:
    """A parsed text: body HTML whose blocks carry ids, and what checks and templates need to know of it."""

    front: FrontMatter
    html: str
    blocks: tuple[Block, ...]
    citations: tuple[str, ...]
    """Source keys in the order they are first cited; citation links point to `#source-<key>`."""
    links: tuple[str, ...]
    """Every address a link points to, in order."""
    figures: tuple[str, ...]
    """Names of the drawings, `pwa/templates/figures/<name>.svg`."""
    summary_block: str = ""
    """Block id of the summary, wherever a page prints it."""
    fact_blocks: Mapping[str, str] = field(default_factory=dict)
    """Block ids of what the front matter says to readers: `numbers.0`, `numbers.1`, …, `clinic.phone`, …"""
    anchors: tuple[str, ...] = ()
    """Ids in `html` that are no block ids: a glossary term's name."""
    pictures: tuple[str, ...] = ()
    """Names of the uploaded pictures, in order."""

    @functools.cached_property
    def block_ids(self) -> tuple[str, ...]:
        """The ids of `blocks`, which a recall finds words by."""
        return tuple(block.id for block in self.blocks)


def page_path(kind: str, slug: str) -> str:
    """Where readers of the first language find a page."""
    return f"/{slug}" if kind == "site" else f"/{kind}/{slug}"


@dataclass(frozen=True)
class Variant:
    """One size of a picture in one format; a browser finds it as `/c/o/<sha256>`."""

    media_type: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True)
class Picture:
    """An uploaded picture as pages show it; its name stands for these bytes for ever."""

    name: str
    variants: tuple[Variant, ...]
    """The narrowest first; WebP before AVIF."""
    kept: bytes
    """The bytes of the first variant: the one that every phone keeps."""


@dataclass(frozen=True)
class LivePage:
    """One page as a release freezes it."""

    kind: PageKind
    slug: str
    sha256: str
    """Hex SHA-256 of the text the page was made from."""
    document: Document
    own_review: bool = False
    """Only someone who wrote in it has signed it, because the clinic reviews alone: the page says so."""

    @functools.cached_property
    def path(self) -> str:
        """Where readers find it."""
        return page_path(self.kind, self.slug)


@dataclass(frozen=True)
class Snapshot:
    """Everything a renderer may look at: one locale's pages, in no particular order."""

    locale: str
    pages: tuple[LivePage, ...]
    redirects: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    """Those that the pages name and that are there, by name."""


@dataclass(frozen=True)
class Rendered:
    """Final bytes for one path."""

    path: str
    body: bytes
    media_type: str
    policy: str
    title: str = ""
    change: str = ""
    revision: str = ""


@dataclass(frozen=True)
class Edition:
    """What a renderer makes of a snapshot."""

    entries: tuple[Rendered, ...]
    policies: Mapping[str, Mapping[str, str]]
    redirects: Mapping[str, str]


@dataclass(frozen=True)
class Renderer:
    """What turns a snapshot into pages; the same snapshot always makes the same bytes."""

    render: Callable[[Snapshot], Edition]
    fingerprint: str = ""
    """Differs whenever the same snapshot might make other bytes; empty when that is not known."""
    render_page: Callable[[Snapshot, LivePage], bytes] | None = None
    """One page of the snapshot, the same bytes as in the whole; None where only the whole can be made."""

    def __call__(self, snapshot: Snapshot) -> Edition:
        """Every page of the snapshot."""
        return self.render(snapshot)


class Notice(msgspec.Struct, frozen=True):
    """One notice as it travels in the head; docs/release-format.md says what a phone does with it."""

    id: str
    kind: str
    locale: str
    path: str
    block: str | None
    """The seven characters of the recalled block, or None for the page's whole article."""
    text: str
    issued: str
    """The day it was issued, `2026-11-22`, in UTC."""
