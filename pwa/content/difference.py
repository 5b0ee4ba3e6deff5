"""What changed between two texts, for people: passage by passage, then word by word; and its numbers on their own."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pwa.content.markdown import normalise

PieceKind = Literal["same", "removed", "added"]
PassageKind = Literal["same", "changed", "added", "removed", "moved"]

CONTEXT = 1
"""Unchanged passages shown before and after each change; the others are folded."""
MOST_COMPARISONS = 2_000_000
"""Pairs of equal parts up to which two sequences are matched part by part; beyond, comparing could take minutes."""

_STARTS = re.compile(r"[ \t]*(?:[-*+][ \t]|\d{1,3}[.)][ \t]|\||:[ \t]|:::|#)")
_CITATION_OR_ADDRESS = re.compile(r"\s*\[@[^\]]*\]|(?<=\])\([^)]*\)|https?://\S+")
_MOST_PARTNERS = 200
_KEY = re.compile(r"([a-z_]+):")
_ENTRY = re.compile(r"  (?:- |[\w-]+:)")
_WORD = re.compile(r"\[@[^\]]*\]|[\w$€£%.,'’/-]*\w[%°]?|\s+|[^\w\s]", re.UNICODE)
_UNITS = (
    r"milligrams? per kilogram|milligrams?|micrograms?|grams?|millilitres?|milliliters?|mg/kg|µg/kg|mcg/kg|mg|mcg|µg|"
    r"kg|g|mL|ml|L|IU|mmHg|%|percent|times|doses?|sessions?|sprays?|seconds?|minutes?|min|hours?|h|days?|nights?|"
    r"weeks?|months?|years?|people|in 100|out of 100"
)
_NUMBER = re.compile(
    rf"(?<![\w@])[$€£]?\d(?:[\d.,]*\d)?(?:\s?(?:to|–|-)\s?[$€£]?\d(?:[\d.,]*\d)?)?(?:[\s-]?(?:{_UNITS})\b|\s?%)?(?!\w)"
)


@dataclass(frozen=True)
class Piece:
    """Some words of a passage: in both texts, or in one."""

    kind: PieceKind
    text: str


@dataclass(frozen=True)
class Passage:
    """A paragraph, heading, list item, row or key of the front matter; `pieces` in reading order.

    `before` and `after` are the lines at which it stands in either text, 0 where it does not.
    """

    kind: PassageKind
    pieces: tuple[Piece, ...]
    before: int
    after: int
    key: str = ""
    """Of the front matter: the name of the key."""


@dataclass(frozen=True)
class Folded:
    """Unchanged passages that are not shown, and how many they are."""

    count: int
    kind: Literal["folded"] = "folded"


@dataclass(frozen=True)
class ChangedNumber:
    """A number, dose, price or span of time that stands in one of the texts only; `line` is its line there."""

    kind: Literal["removed", "added"]
    number: str
    words: str
    """It and what stands around it."""
    line: int


@dataclass(frozen=True)
class Block:
    """Lines that belong together, exactly as they stand, the blank lines after them included."""

    text: str
    line: int
    key: str = ""

    @property
    def words(self) -> str:
        """What counts when two are compared: breaking lines elsewhere changes nothing."""
        return normalise(self.text)


def compare(before: str, after: str, context: int | None = CONTEXT) -> list[Passage | Folded]:
    """The passages of both texts in reading order; unchanged ones far from a change folded, unless `context` is None.

    Empty when only spaces and line breaks differ, or nothing does.
    """
    passages = list(_passages(split(before), split(after)))
    if all(one.kind == "same" for one in passages):
        return []
    return [*passages] if context is None else list(_folded(passages, context))


def changed_numbers(before: str, after: str) -> list[ChangedNumber]:
    """Every number that a passage lost or gained, with its unit; but not what only moved, nor the dates of reviews."""
    found: list[ChangedNumber] = []
    for passage in _passages(split(before), split(after)):
        if passage.kind in ("same", "moved") or passage.key in ("review_due", "reviewed_on", "place"):
            continue
        old = "".join(one.text for one in passage.pieces if one.kind != "added")
        new = "".join(one.text for one in passage.pieces if one.kind != "removed")
        was, now = _numbers(old), _numbers(new)
        found += [ChangedNumber("removed", one, was[one], passage.before) for one in was if one not in now]
        found += [ChangedNumber("added", one, now[one], passage.after) for one in now if one not in was]
    return found


def split(text: str) -> list[Block]:
    """A text as blocks: keys of the front matter, paragraphs, list items, rows; put together they are the text."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if not lines:
        return []
    bare = [line.rstrip("\r\n") for line in lines]
    end = bare.index("---", 1) if bare[:1] == ["---"] and "---" in bare[1:] else 0
    starts = {0, *([1, end, end + 1] if end else [])}
    starts |= {number for number in range(1, end) if _KEY.match(bare[number]) or _ENTRY.match(bare[number])}
    for number in range(end + 1, len(lines)):
        if bare[number].strip() and (not bare[number - 1].strip() or _STARTS.match(bare[number])):
            starts.add(number)
    ordered = sorted(one for one in starts if one < len(lines))
    blocks = []
    key = ""
    for start, stop in zip(ordered, [*ordered[1:], len(lines)], strict=True):
        named = _KEY.match(bare[start])
        key = "" if not 0 < start < end else named[1] if named else key
        blocks.append(Block("".join(lines[start:stop]), start + 1, key))
    return blocks


def hunks(before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[bool, Sequence[Block], Sequence[Block]]]:
    """Both sequences cut into runs that say the same (True) and runs that differ, in order."""
    for tag, i1, i2, j1, j2 in _operations([one.words for one in before], [one.words for one in after]):
        yield tag == "equal", before[i1:i2], after[j1:j2]


def _passages(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Passage]:
    runs = list(hunks(before, after))
    gone = {one.words for same, old, _ in runs if not same for one in old}
    moved = gone & {one.words for same, _, new in runs if not same for one in new}
    for same, old, new in runs:
        if same:
            for one, other in zip(old, new, strict=True):
                if one.words:
                    yield Passage("same", (Piece("same", other.words),), one.line, other.line, other.key)
        else:
            left = [one for one in old if one.words and one.words not in moved]
            yield from _changed(left, [one for one in new if one.words], moved)


def _changed(old: Sequence[Block], new: Sequence[Block], moved: set[str]) -> Iterator[Passage]:
    """Old and new passages of one run: those that resemble each other as one changed passage, the rest on their own."""
    partners = _partners(old, [one for one in new if one.words not in moved])
    shown = 0
    for block in new:
        if block.words in moved:
            yield Passage("moved", (Piece("same", block.words),), 0, block.line, block.key)
            continue
        partner = partners.get(block.line)
        if partner is None:
            yield Passage("added", (Piece("added", block.words),), 0, block.line, block.key)
            continue
        while shown < partner:
            yield _removed(old[shown])
            shown += 1
        shown = partner + 1
        pieces = tuple(compare_words(old[partner].words, block.words))
        yield Passage("changed", pieces, old[partner].line, block.line, block.key)
    for block in old[shown:]:
        yield _removed(block)


def _removed(block: Block) -> Passage:
    return Passage("removed", (Piece("removed", block.words),), block.line, 0, block.key)


def _partners(old: Sequence[Block], new: Sequence[Block]) -> dict[int, int]:
    """By the line of a new passage: which old one it came from, in order, a third of the words alike."""
    partners: dict[int, int] = {}
    first = 0
    for block in new[:_MOST_PARTNERS]:
        words = Counter(block.words.split())
        best, place = 0.34, None
        for index in range(first, min(len(old), first + _MOST_PARTNERS)):
            theirs = Counter(old[index].words.split())
            alike = 2 * (words & theirs).total() / max(1, words.total() + theirs.total())
            alike += 0.5 if block.key and block.key == old[index].key else 0
            if alike > best:
                best, place = alike, index
        if place is not None:
            partners[block.line] = place
            first = place + 1
    return partners


def compare_words(before: str, after: str) -> Iterator[Piece]:
    """The words of both in reading order, what went before what came."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    runs = [("".join(old[i1:i2]), "".join(new[j1:j2]), tag == "equal") for tag, i1, i2, j1, j2 in _operations(old, new)]
    removed = added = ""
    for index, (was, now, same) in enumerate(runs):
        # A word or two that stayed between two changes would break a changed sentence into crumbs.
        if same and not (0 < index < len(runs) - 1 and len(now.split()) <= 1 and (removed or added)):
            yield from _change(removed, added)
            removed = added = ""
            yield Piece("same", now)
        else:
            removed, added = removed + was, added + now
    yield from _change(removed, added)


def _change(removed: str, added: str) -> Iterator[Piece]:
    if removed == added:
        if added:
            yield Piece("same", added)
        return
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


def _operations(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As `difflib.SequenceMatcher.get_opcodes`, in bounded time."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start:
        yield "equal", 0, start, 0, start
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    times = Counter(inner_new)
    if sum(times[one] for one in inner_old) > MOST_COMPARISONS:
        yield "replace", start, len(old) - end, start, len(new) - end
    elif inner_old or inner_new:
        matcher = difflib.SequenceMatcher(None, inner_old, inner_new, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            yield tag, i1 + start, i2 + start, j1 + start, j2 + start
    if end:
        yield "equal", len(old) - end, len(old), len(new) - end, len(new)


def _folded(passages: Sequence[Passage], context: int) -> Iterator[Passage | Folded]:
    changes = [index for index, one in enumerate(passages) if one.kind != "same"]
    near = {index for change in changes for index in range(change - context, change + context + 1)}
    folded = 0
    for index, passage in enumerate(passages):
        # A key of the front matter is understood without its neighbours.
        if index not in near or (passage.kind == "same" and passage.key):
            folded += 1
            continue
        if folded:
            yield Folded(folded)
            folded = 0
        yield passage
    if folded:
        yield Folded(folded)


def _numbers(words: str) -> dict[str, str]:
    """Each number of a passage, with the words around its first place."""
    plain = normalise(_CITATION_OR_ADDRESS.sub("", words))
    found: dict[str, str] = {}
    for match in _NUMBER.finditer(plain):
        start, end = max(0, match.start() - 50), min(len(plain), match.end() + 50)
        around = f"{'…' if start else ''}{plain[start:end]}{'…' if end < len(plain) else ''}"
        found.setdefault(match[0], around)
    return found
