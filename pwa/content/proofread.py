"""What the checks of a release say about one text while it is written, each finding with the line it is about."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from pwa.content import media, store
from pwa.content.check import PATHS_OF_THE_PROGRAM, Finding, check, check_recalls
from pwa.content.difference import changed_numbers
from pwa.content.live import Live
from pwa.content.markdown import parse
from pwa.content.model import ContentError, Document, LivePage, PageKind, Snapshot, page_path
from pwa.content.store import StoredNotice
from pwa.database import Reader

SOURCES = "/sources"

_TERM = re.compile(r"^: ", re.MULTILINE)
"""A glossary's definition; pages without any explain no words that the reading grade would leave out."""


async def proofread(
    reader: Reader, live: Live, kind: PageKind, slug: str, text: str, *, today: date, locale: str = "en"
) -> list[Finding]:
    """Findings about a text as it would go out alone today, in the order of its lines; faults of its form alone first.

    Only what the text points to is read, so that it costs the same in a guide of any size. What other drafts bring
    (a page, a source) is a hint to publish them with it.
    """
    path = page_path(kind, slug)
    texts = {
        one.path: live.texts[one.revision_id].text for one in live.items if one.locale == locale and one.revision_id
    }
    drafts = {SOURCES: await _draft(reader, SOURCES, locale)} if path != SOURCES else {}
    try:
        document = await asyncio.to_thread(parse, text)
    except ContentError as error:
        return [Finding("blocker", "format", path, one.line, one.message) for one in error.problems]
    for target in _targets(document):
        if target not in texts and target not in live.redirects and target != path:
            drafts[target] = await _draft(reader, target, locale)
    page = LivePage(kind, slug, store.sha256(text), document)
    snapshot = await media.with_pictures(reader, Snapshot(locale, (page,), live.redirects))
    notices = await store.recalled(reader)
    return await asyncio.to_thread(_findings, text, snapshot, texts, drafts, notices, today)


def _findings(
    text: str,
    snapshot: Snapshot,
    texts: Mapping[str, str],
    drafts: Mapping[str, str | None],
    notices: Iterable[StoredNotice],
    today: date,
) -> list[Finding]:
    page = snapshot.pages[0]
    wanted = {*_targets(page.document), SOURCES} - {page.path}
    others = [_page(path, one) for path, one in texts.items() if path in wanted or _TERM.search(one)]
    pages = (page, *(one for one in others if one is not None and one.path != page.path))
    was = _page(page.path, texts[page.path]) if page.path in texts else None
    published = Snapshot(snapshot.locale, (was,) if was else ())
    whole = replace(snapshot, pages=pages)
    found = check(whole, today=today.isoformat(), changed={page.path}, live=published)
    found += check_recalls(snapshot, notices, {page.path})
    for change in changed_numbers(texts[page.path], text) if page.path in texts else ():
        what = "is new or changed" if change.kind == "added" else "stood here in the live text"
        line = change.line if change.kind == "added" else 0
        found.append(Finding("hint", "number-changed", page.path, line, f"{change.number} {what}: {change.words}"))
    if (
        was
        and text != texts[page.path]
        and page.document.front.note
        and page.document.front.note == was.document.front.note
    ):
        message = "the words that tell readers what changed are still those of the change before"
        found.append(Finding("hint", "note", page.path, 0, message))
    known = set(parse(drafts[SOURCES] or "").front.sources) if _readable(drafts.get(SOURCES)) else set()
    lines = text.split("\n")
    judged = (_eased(one, drafts, known) for one in found if one.path == page.path)
    placed = [replace(one, line=one.line or _line(one, page.document, lines)) for one in judged]
    return sorted(set(placed), key=lambda one: (one.line, one.severity, one.message))


def _eased(finding: Finding, drafts: Mapping[str, str | None], sources: set[str]) -> Finding:
    """A blocker that another draft takes away is a hint to publish that draft too."""
    first, last = finding.message.split(" ")[0], finding.message.split(" ")[-1]
    if finding.rule == "link" and drafts.get(first.partition("#")[0]):
        return replace(finding, severity="hint", message=f"{first} is not live yet; publish it in the same release")
    if finding.rule == "source" and last in sources:
        return replace(finding, severity="hint", message=f"{last} is in a draft of Sources; publish that with it")
    return finding


def _line(finding: Finding, document: Document, lines: list[str]) -> int:
    """The first line that has what a finding about the whole page names; 0 where it names nothing that is written."""
    wanted: list[str] = []
    if finding.rule == "link":
        addresses = dict.fromkeys([*document.links, *document.front.see_also])
        wanted = [one for one in addresses if one in finding.message.split() or _hides(one, finding.message)]
    elif finding.rule in ("figure", "picture", "alternative"):
        names = [*document.figures, *document.pictures]
        wanted = [f"::: {form} {name} " for name in names if name in finding.message for form in ("figure", "picture")]
    elif finding.rule == "review":
        wanted = [f"{key}:" for key in ("reviewed_on", "reviewed_by", "review_due") if key in finding.message]
        wanted = wanted or ["review_due:"]
    elif finding.rule == "note":
        wanted = ["note:"]
    elif finding.rule == "number":
        wanted = [f"service: {one.service}" for one in document.front.numbers if one.service in finding.message]
    return next((number for number, line in enumerate(lines, 1) if any(one in line for one in wanted)), 0)


def _hides(address: str, message: str) -> bool:
    path, _, anchor = address.partition("#")
    return (bool(anchor) and f"#{anchor}" in message) or (len(path) > 1 and path in message.split())


def _targets(document: Document) -> set[str]:
    """Paths of the guide that a text points to."""
    addresses = [*document.links, *document.front.see_also]
    return {one.partition("#")[0] for one in addresses if one.startswith("/")} - set(PATHS_OF_THE_PROGRAM)


def _page(path: str, text: str) -> LivePage | None:
    kind, _, slug = path.removeprefix("/").partition("/")
    kind, slug = (kind, slug) if slug else ("site", kind)
    return LivePage(kind, slug, store.sha256(text), parse(text)) if _readable(text) else None  # type: ignore[arg-type]


def _readable(text: str | None) -> bool:
    try:
        return text is not None and bool(parse(text))
    except ContentError:
        return False


async def _draft(reader: Reader, path: str, locale: str) -> str | None:
    """The text of the draft at a path, if there is one."""
    page = await store.page_at(reader, path, locale)
    if page is None or page.draft_id is None:
        return None
    return (await store.revisions(reader, [page.draft_id]))[page.draft_id].text
