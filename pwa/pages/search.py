"""Server search for readers without script: the whole text, tolerant of a typing mistake per word, in context."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from pwa.content.cover import cover
from pwa.content.model import LivePage, Notice, Snapshot
from pwa.pages.names import NAMES, meant, read_names

LONGEST_QUERY = 100
MOST_RESULTS = 20
_MOST_WORDS = 8
_CONTEXT = 80
"""Characters shown before and after the first match."""
_SHORTEST_MISTAKEN = 5
"""Shorter words are one letter from too many others."""
_SHORTEST_BEGINNING = 3
_EXACT, _BEGINNING, _MISTAKEN = 1.0, 0.7, 0.7
_IN_TITLE, _IN_HEADING = 3.0, 1.5
_NEAR_BEST = 0.6
"""Pages that answer less than this share of what the best page answers of the query are left out."""

_WORD = re.compile(r"[^\W_]+")
_BLOCK_ID = re.compile(r"[a-z2-7]{7}(?:-[0-9]+)?")
_HEADINGS = ("h1", "h2", "h3", "h4", "dt")


@dataclass(frozen=True)
class Result:
    """One page that answers a query."""

    href: str
    """The page, at the passage that matched best."""
    title: str
    excerpt: tuple[tuple[str, bool], ...]
    """The passage in runs of text; True marks what matched."""


@dataclass(frozen=True)
class _Passage:
    page: int
    anchor: str
    text: str
    weight: float


class SearchIndex:
    """An index of one snapshot as readers see it: words covered by a recall are not in it."""

    def __init__(self, snapshot: Snapshot, notices: Iterable[Notice]) -> None:
        notices = tuple(notices)
        self._pages = snapshot.pages
        self._names = read_names(NAMES)
        self._passages: list[_Passage] = []
        self._places: defaultdict[str, set[int]] = defaultdict(set)
        for number, page in enumerate(self._pages):
            for passage in _passages(number, page, notices):
                for word in words(passage.text):
                    self._places[word].add(len(self._passages))
                self._passages.append(passage)
        self._shortened: defaultdict[str, set[str]] = defaultdict(set)
        for word in self._places:
            for shorter in _shortened(word):
                self._shortened[shorter].add(word)

    def search(self, query: str) -> tuple[Result, ...]:
        """The best pages first, at most `MOST_RESULTS`; a query is read up to `LONGEST_QUERY` characters."""
        asked = meant(list(words(query[:LONGEST_QUERY])), self._names)[:_MOST_WORDS]
        matches = [match for word, *instead in asked if (match := self._similar(word) | self._exactly(instead))]
        scores: defaultdict[int, float] = defaultdict(float)
        answered: defaultdict[int, float] = defaultdict(float)
        passage_scores: defaultdict[int, float] = defaultdict(float)
        for match in matches:
            best_on_page: defaultdict[int, float] = defaultdict(float)
            best_in_passage: defaultdict[int, float] = defaultdict(float)
            likest_on_page: defaultdict[int, float] = defaultdict(float)
            for word, likeness in match.items():
                rarity = math.log(1 + len(self._passages) / len(self._places[word])) ** 2
                for place in self._places[word]:
                    passage = self._passages[place]
                    score = likeness * rarity * passage.weight
                    likest_on_page[passage.page] = max(likest_on_page[passage.page], likeness * rarity)
                    best_on_page[passage.page] = max(best_on_page[passage.page], score)
                    best_in_passage[place] = max(best_in_passage[place], score)
            for page, score in best_on_page.items():
                scores[page] += score
                answered[page] += likest_on_page[page]
            for place, score in best_in_passage.items():
                passage_scores[place] += score
        best_passage: dict[int, int] = {}
        for place, _ in sorted(passage_scores.items(), key=lambda item: (-item[1], item[0])):
            if self._passages[place].anchor or self._passages[place].page not in best_passage:
                # A page found by its title still shows a passage, when one matches.
                known = best_passage.get(self._passages[place].page)
                if known is None or not self._passages[known].anchor:
                    best_passage[self._passages[place].page] = place
        enough = max(answered.values(), default=0.0) * _NEAR_BEST
        ranked = sorted((page for page in scores if answered[page] >= enough), key=lambda page: (-scores[page], page))
        marked = {word for match in matches for word in match}
        return tuple(self._result(self._passages[best_passage[page]], marked) for page in ranked[:MOST_RESULTS])

    def _exactly(self, asked: Iterable[str]) -> dict[str, float]:
        return {word: _EXACT for word in asked if word in self._places}

    def _similar(self, asked: str) -> dict[str, float]:
        """Words of the text that the asked one may mean, each with how like it is; a number means itself only."""
        if any(map(str.isdigit, asked)):
            return self._exactly([asked])
        long_enough = len(asked) >= _SHORTEST_BEGINNING
        similar = {word: _BEGINNING for word in self._places if long_enough and word.startswith(asked)}
        if not similar and len(asked) >= _SHORTEST_MISTAKEN:
            nearby = set().union(*(self._shortened.get(shorter, ()) for shorter in _shortened(asked)))
            similar = dict.fromkeys(nearby, _MISTAKEN)
        if asked in self._places:
            # The shortest words begin too many others to mean them.
            others = similar if len(asked) > _SHORTEST_BEGINNING else {}
            return {**others, asked: _EXACT}
        return similar

    def _result(self, passage: _Passage, marked: set[str]) -> Result:
        page = self._pages[passage.page]
        href = f"{page.path}#{passage.anchor}" if passage.anchor else page.path
        return Result(href, page.document.front.title, tuple(_excerpt(passage.text, marked)))


def words(text: str) -> Iterator[str]:
    """The text's words as they are compared: lower case, without accents."""
    for match in _WORD.finditer(text):
        yield fold(match[0])


def fold(word: str) -> str:
    """The word in lower case and without accents."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(letter)
    )


def _shortened(word: str) -> set[str]:
    """The word and what is left of it without one letter: two words one typing mistake apart share one of these."""
    if len(word) < _SHORTEST_MISTAKEN:
        return {word}
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _excerpt(text: str, marked: set[str]) -> Iterator[tuple[str, bool]]:
    hits = [match for match in _WORD.finditer(text) if fold(match[0]) in marked]
    first = hits[0].start() if hits else 0
    start = text.rfind(" ", 0, first - _CONTEXT) + 1 if first > _CONTEXT else 0
    end = first + 2 * _CONTEXT
    end = len(text) if end >= len(text) else text.find(" ", end) if text.find(" ", end) > 0 else len(text)
    place = start
    if start:
        yield "… ", False
    for hit in hits:
        if hit.start() >= end:
            break
        if text[place : hit.start()]:
            yield text[place : hit.start()], False
        yield hit[0], True
        place = hit.end()
    yield text[place:end] + (" …" if end < len(text) else ""), False


def _passages(number: int, page: LivePage, notices: tuple[Notice, ...]) -> Iterator[_Passage]:
    front = page.document.front
    yield _Passage(number, "", front.title, _IN_TITLE)
    facts = [(block.id, block.text) for block in page.document.blocks if block.kind == "fact"]
    lead = [(page.document.summary_block or "", front.summary), *facts]
    paragraphs = "".join(f'<p id="{block}">{escape(text)}</p>' for block, text in lead)
    # The very covering that the page gets, so that a recalled word cannot be found by another way.
    html = cover(f'<article id="article">{paragraphs}{page.document.html}</article>', notices, page.path)
    reader = _PassageReader()
    reader.feed(html)
    reader.close()
    for anchor, tag, text in reader.passages:
        yield _Passage(number, anchor, text, _IN_HEADING if tag in _HEADINGS else 1.0)


class _PassageReader(HTMLParser):
    """Collects the text of every element that carries a block id, without nested blocks, citations, covered words."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str, list[str] | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        given = dict(attributes)
        anchor = given.get("id") or ""
        text = self._open[-1][2] if self._open else None
        if tag in ("td", "th") and text:
            text.append(" · ")
        if "data-recalled" in given or given.get("class") == "cite":
            text = None
        elif _BLOCK_ID.fullmatch(anchor):
            text = []
        self._open.append((tag, anchor, text))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, anchor, text = self._open.pop()
            if text and _BLOCK_ID.fullmatch(anchor):
                self.passages.append((anchor, opened, " ".join("".join(text).split())))
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._open and (text := self._open[-1][2]) is not None:
            text.append(data)


_VOID = ("br", "hr", "img", "input", "meta", "link")
