"""Covers recalled words in finished HTML, byte for byte as the service worker does."""

import re
from collections.abc import Iterable
from datetime import date

from pwa.content.model import Notice

_BLOCK = re.compile(r"[a-z2-7]{7}")
_ARTICLE = re.compile(r' id="article"')
_PASSAGE = re.compile(r' id="([a-z2-7]{7})(?:-[0-9]+)?"')
_REPEATED = re.compile(r' data-block="([a-z2-7]{7})(?:-[0-9]+)?"')
_CELL = re.compile(r"<t[dh][ >]")
_DESCRIPTION = re.compile(r'<meta name="description"[^>]*>')
_LINKED_DATA = re.compile(r'<script type="application/ld\+json"[^>]*>.*?</script>', re.DOTALL)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def cover(html: str, notices: Iterable[Notice], path: str) -> str:
    """Replace every recalled passage of the page at `path`; untouched HTML comes back as it was.

    The HTML keeps the promises of docs/release-format.md ("Recall notices"), so no parser is needed.
    An element whose end cannot be found is covered up to the end of the page: too much rather than too little.
    """
    covered = html
    for notice in notices:
        if notice.kind != "recall":
            continue
        if notice.block is None:
            if notice.path == path:
                covered = _cover_elements(covered, _ARTICLE, notice)
        elif _BLOCK.fullmatch(notice.block):
            marker = re.compile(rf' (?:id|data-block)="{notice.block}(?:-[0-9]+)?"')
            covered = _cover_elements(covered, marker, notice)
    if covered == html:
        return html
    return _LINKED_DATA.sub("", _DESCRIPTION.sub("", covered))


def repeats(html: str) -> set[str]:
    """The blocks whose words a page repeats from another one, without having them as a passage of its own."""
    return {one[1] for one in _REPEATED.finditer(html)} - {one[1] for one in _PASSAGE.finditer(html)}


def replacement(notice: Notice) -> str:
    """The HTML that stands where the wrong words stood."""
    return (
        f'<strong class="recalled-label">{recalled_label(notice)}</strong> '
        f'<span class="recalled-text">{_escape(notice.text)}</span>'
    )


def recalled_label(notice: Notice) -> str:
    """The plain words that open the replacement: Recalled on 22 November 2026."""
    day = date.fromisoformat(notice.issued)
    return f"Recalled on {day.day} {_MONTHS[day.month - 1]} {day.year}."


def _cover_elements(html: str, marker: re.Pattern[str], notice: Notice) -> str:
    parts: list[str] = []
    done = 0
    while match := marker.search(html, done):
        opening, opened = html.rfind("<", 0, match.start()), html.find(">", match.end())
        tag = re.compile(r"<([a-z][a-z0-9]*) ").match(html, opening) if opening >= done else None
        if tag is None or opened < 0 or html.find(">", opening, match.start()) >= 0:
            parts.append(html[done : match.end()])
            done = match.end()
            continue
        if ' data-recalled="' in html[opening:opened]:
            parts.append(html[done : opened + 1])
            done = opened + 1
            continue
        closing = _closing(html, tag[1], opened + 1)
        parts += (html[done:opened], f' data-recalled="{_escape(notice.id)}">')
        cells = len(_CELL.findall(html, opened, closing)) if tag[1] == "tr" else 0
        parts.append(f'<td colspan="{cells}">{replacement(notice)}</td>' if cells else replacement(notice))
        done = closing
    return "".join(parts) + html[done:]


def _closing(html: str, name: str, start: int) -> int:
    """Where the closing tag of the element opened just before `start` begins."""
    depth = 1
    for match in re.compile(rf"<(/?){name}(?=[ >\n\t])").finditer(html, start):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.start()
    return len(html)


def _escape(text: str) -> str:
    # The quotation mark too, so that a notice's own words can never look like an id.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
