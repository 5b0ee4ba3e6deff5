"""What stands against a release (blockers) and what a careful editor would look at (hints)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pwa.content.markdown import normalise
from pwa.content.model import Block, HelpNumber, LivePage, Snapshot, Source
from pwa.content.reading import LONG_SENTENCE, grade, long_sentences, words_left_out
from pwa.content.store import StoredNotice

FIGURES = Path(__file__).parents[1] / "templates" / "figures"
PATHS_OF_THE_PROGRAM = ("/", "/guide/", "/faq/", "/journal/", "/search", "/phone")
"""Addresses that are no pages of the guide and always answer."""

GRADE = 8.9
"""US school grade up to which a page counts as plain."""
REVIEW_SOON = 30
NUMBERS_GOOD_FOR = 90
LONGEST_REVIEW = {"ordinary": 366, "high": 184}
"""Days until someone must look at a text again, by its risk."""

_FIGURE_IN_TEXT = re.compile(r"\d")
_NO_CLAIM = re.compile(r"\b(?:911|988|112|999|1-800-222-1222|24/7)\b")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing a check found; `line` is 0 when it is about the whole page."""

    severity: Literal["blocker", "hint"]
    rule: str
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{self.severity} {where} [{self.rule}] {self.message}"


def check(
    snapshot: Snapshot,
    *,
    today: str,
    changed: Collection[str] | None = None,
    live: Snapshot | None = None,
    figures: Collection[str] | None = None,
) -> list[Finding]:
    """Findings about a snapshot as it would go live on `today` (`2026-11-22`).

    `changed` are the paths that differ from the live release: only they are judged by their own words, while links
    are judged everywhere. Without it every page is judged, and help numbers are a hint: that is how the texts the
    software ships with are looked at, which nobody can have checked for this clinic yet.
    """
    day = date.fromisoformat(today)
    drawings = drawn_figures() if figures is None else figures
    left_out = words_left_out(snapshot)
    pages = {page.path: page for page in snapshot.pages}
    before = {page.path: page for page in live.pages} if live else {}
    findings: list[Finding] = []
    for path, page in sorted(pages.items()):
        findings += _links(page, pages, snapshot.redirects)
        if changed is None or path in changed:
            findings += _sources(page, snapshot)
            findings += _drawings(page, drawings)
            findings += _pictures(page, snapshot.pictures)
            findings += _review(page, day)
            findings += _reading(page, left_out)
        strict = changed is not None and path in changed
        findings += _numbers(page, before.get(path), day, strict=strict)
    return sorted(findings)


def check_recalls(snapshot: Snapshot, recalled: Iterable[StoredNotice], changed: Collection[str]) -> list[Finding]:
    """Blockers for recalled words that a release would bring back, as `store.recalled` gives them."""
    findings = []
    for page in snapshot.pages:
        if page.path not in changed:
            continue
        for stored in recalled:
            if stored.part_of is None and stored.notice.locale == snapshot.locale:
                when = "are" if stored.lifted_at is None else "were"
                message = f"these words {when} recalled ({stored.notice.id})"
                findings += [
                    Finding("blocker", "recalled", page.path, line, message) for line in _recalled_lines(page, stored)
                ]
    return findings


def is_recalled(page: LivePage, stored: StoredNotice) -> bool:
    """Whether a page holds what a notice recalls."""
    return any(True for _ in _recalled_lines(page, stored))


def blockers(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep a release from going out."""
    return [one for one in findings if one.severity == "blocker"]


def drawn_figures() -> set[str]:
    """The names of the drawings that exist."""
    return {one.stem for one in FIGURES.glob("*.svg")}


def _recalled_lines(page: LivePage, stored: StoredNotice) -> Iterator[int]:
    notice = stored.notice
    if notice.block is None:
        # Under another address it is the same page.
        if page.sha256 == stored.sha256:
            yield 0
        return
    words = normalise(stored.words).casefold()
    for block in page.document.blocks:
        if block.id.partition("-")[0] == notice.block or (words and words in block.text.casefold()):
            yield block.line


def _links(page: LivePage, pages: Mapping[str, LivePage], redirects: Mapping[str, str]) -> Iterator[Finding]:
    for address in dict.fromkeys([*page.document.links, *page.document.front.see_also]):
        path, _, anchor = address.partition("#")
        if address.startswith(("http://", "https://")):
            if address.startswith("http://"):
                yield Finding("hint", "link", page.path, 0, f"{address} is not encrypted; is there an https:// one?")
            continue
        if not address.startswith(("/", "#")):
            continue
        path = path or page.path
        if path in redirects:
            yield Finding("hint", "link", page.path, 0, f"{path} has moved to {redirects[path]}")
        elif path not in pages and path not in PATHS_OF_THE_PROGRAM:
            yield Finding("blocker", "link", page.path, 0, f"{address} leads nowhere")
        elif anchor and path in pages and not _has_anchor(pages[path], anchor):
            yield Finding("blocker", "link", page.path, 0, f"{path} has no passage #{anchor}")


def _has_anchor(page: LivePage, anchor: str) -> bool:
    document = page.document
    if anchor.startswith("source-"):
        return anchor.removeprefix("source-") in {*document.citations, *document.front.sources}
    return anchor in document.anchors or any(block.id == anchor for block in document.blocks)


def _sources(page: LivePage, snapshot: Snapshot) -> Iterator[Finding]:
    known = {key: source for one in snapshot.pages for key, source in one.document.front.sources.items()}
    for block in page.document.blocks:
        for key in block.citations:
            if key not in known and block.kind not in ("callout", "figure"):
                yield Finding("blocker", "source", page.path, block.line, f"no source is known as {key}")
    high = page.document.front.risk == "high"
    for block, keys in _with_figures(page):
        sources = [known[key] for key in keys if key in known]
        if not keys and high:
            yield Finding("blocker", "unsourced", page.path, block.line, f"a figure without a source: {_start(block)}")
        elif sources and _is_unread(block, sources):
            message = f"nobody has read a source of this figure ({', '.join(keys)}): {_start(block)}"
            yield Finding("blocker" if high else "hint", "unread", page.path, block.line, message)


def _with_figures(page: LivePage) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Blocks with a figure and their sources; a paragraph's cover what it introduces, a drawing's what is in it."""
    introduced: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    for block in page.document.blocks:
        if block.kind == "heading":
            introduced = inside = ()
        elif block.kind in ("paragraph", "callout", "figure"):
            introduced = block.citations or (introduced if block.kind != "paragraph" else ())
            if block.kind != "paragraph":
                inside = block.citations
        within = introduced or inside if block.kind in ("item", "row", "definition") else ()
        judged = block.kind in ("paragraph", "item", "row", "definition")
        if judged and _FIGURE_IN_TEXT.search(_NO_CLAIM.sub("", block.text)):
            yield block, block.citations or within


def _is_unread(block: Block, sources: Sequence[Source]) -> bool:
    """Whether all that is known of the sources is their title and details, and the figure is more than their year."""
    years = "|".join(str(source.year) for source in sources if source.year)
    claimed = re.sub(rf"\b(?:{years})\b", "", _NO_CLAIM.sub("", block.text))
    return all(source.seen == "citation" for source in sources) and bool(_FIGURE_IN_TEXT.search(claimed))


def _drawings(page: LivePage, drawings: Collection[str]) -> Iterator[Finding]:
    for name in page.document.figures:
        if name not in drawings:
            yield Finding("blocker", "figure", page.path, 0, f"there is no drawing {name}.svg")
    for match in re.finditer(r'data-figure="([^"]*)" data-alt="([^"]*)"></span>(</figure>)?', page.document.html):
        if not match[2].strip():
            yield Finding("blocker", "alternative", page.path, 0, f"the drawing {match[1]} has no alternative text")
        if match[3]:
            yield Finding("blocker", "alternative", page.path, 0, f"the drawing {match[1]} has no text twin")


def _pictures(page: LivePage, there: Collection[str]) -> Iterator[Finding]:
    for name in dict.fromkeys(page.document.pictures):
        if name not in there:
            yield Finding("blocker", "picture", page.path, 0, f"there is no picture {name}")
    for name in re.findall(r'data-picture="([^"]*)" data-alt="\s*"', page.document.html):
        message = f"the picture {name} has no alternative text; write what it shows, or decorative if it shows nothing"
        yield Finding("blocker", "alternative", page.path, 0, message)


def _review(page: LivePage, today: date) -> Iterator[Finding]:
    front = page.document.front
    latest = today + timedelta(days=LONGEST_REVIEW[front.risk])
    if front.review_due > latest:
        message = f"the review is due {front.review_due}; for {front.risk} risk it is at the latest {latest}"
        yield Finding("blocker", "review", page.path, 0, message)
    elif front.review_due < today:
        yield Finding("hint", "review", page.path, 0, f"its review was due on {front.review_due}")
    elif front.review_due <= today + timedelta(days=REVIEW_SOON):
        yield Finding("hint", "review", page.path, 0, f"its review is due on {front.review_due}")
    given = [bool(front.reviewed_by), bool(front.reviewed_role), front.reviewed_on is not None]
    if any(given) and not all(given):
        yield Finding("blocker", "review", page.path, 0, "reviewed_by, reviewed_role and reviewed_on go together")
    if front.reviewed_on and front.reviewed_on > today:
        yield Finding("blocker", "review", page.path, 0, f"reviewed_on {front.reviewed_on} is in the future")


def _reading(page: LivePage, left_out: Collection[str]) -> Iterator[Finding]:
    reached = grade(page.document, left_out)
    if reached > GRADE:
        yield Finding("hint", "reading", page.path, 0, f"reading grade {reached:.1f}; aim for 8 or less")
    for block, sentence in long_sentences(page.document):
        message = f"a sentence of more than {LONG_SENTENCE} words: {sentence[:60]}…"
        yield Finding("hint", "reading", page.path, block.line, message)


def _numbers(page: LivePage, was: LivePage | None, today: date, *, strict: bool) -> Iterator[Finding]:
    """Help numbers that no named person has checked lately: a blocker where a release adds or changes one.

    A page whose numbers stay or only go is not blocked, so that a wrong one can go at once and other words too.
    """
    old: Sequence[HelpNumber] = was.document.front.numbers if was else ()
    only_removes = was is not None and all(number in old for number in page.document.front.numbers)
    oldest = today - timedelta(days=NUMBERS_GOOD_FOR)
    for number in page.document.front.numbers:
        if number.checked_by and number.checked_on and oldest <= number.checked_on <= today:
            continue
        severity: Literal["blocker", "hint"] = "blocker" if strict and not only_removes else "hint"
        when = f"was last checked on {number.checked_on}" if number.checked_on else "awaits its check"
        yield Finding(severity, "number", page.path, 0, f"{number.service} ({number.country}) {when}")


def _start(block: Block) -> str:
    return block.text if len(block.text) <= 60 else f"{block.text[:60]}…"
