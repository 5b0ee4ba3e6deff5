"""Accounts for the article the guide started from: what became of each of its facts, and none of its figures lost."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from pwa.content.check import Finding
from pwa.content.markdown import load_yaml, normalise
from pwa.content.model import ContentError, LivePage, Problem, Snapshot

FACTS = Path(__file__).parent / "seed" / "seed-facts.yaml"

FIGURES = (
    *("1962", "$400", "$800", "45 minutes", "an hour", "45 minutes", "an hour"),
    *("$200", "$400", "$100", "$300", "thousands of dollars", "one session"),
)
"""Every figure of the article, as often as it stands there: drip and injection both last 45 minutes to an hour."""


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement of the article and what the guide made of it; docs/content-format.md explains the keys."""

    says: str
    became: Literal["kept", "corrected", "left out"]
    figures: tuple[str, ...] = ()
    page: str = ""
    text: str = ""
    why: str = ""


def read_facts(file: Path = FACTS) -> tuple[Fact, ...]:
    """The list of facts; ContentError when it cannot be read."""
    value = load_yaml(file.read_text("utf-8"))
    try:
        return msgspec.convert(value, tuple[Fact, ...])
    except msgspec.ValidationError as error:
        raise ContentError((Problem(0, f"{file.name}: {error}"),)) from None


def audit(facts: tuple[Fact, ...], snapshot: Snapshot) -> list[Finding]:
    """Blockers for a fact whose words do not stand on its page, and for a figure that no fact accounts for."""
    pages = {page.path: page for page in snapshot.pages}
    findings = [one for fact in facts for one in _fact(fact, pages.get(fact.page))]
    accounted = Counter(figure for fact in facts for figure in fact.figures)
    for figure, times in Counter(FIGURES).items():
        if accounted[figure] < times:
            message = f"{figure} stands {times} times in the article, {accounted[figure]} accounted for"
            findings.append(Finding("blocker", "facts", FACTS.name, 0, message))
    unknown = sorted(accounted - Counter(FIGURES))
    return findings + [
        Finding("blocker", "facts", FACTS.name, 0, f"{one} is no figure of the article") for one in unknown
    ]


def _fact(fact: Fact, page: LivePage | None) -> Iterator[Finding]:
    def blocker(message: str) -> Finding:
        return Finding("blocker", "facts", FACTS.name, 0, f"{fact.says}: {message}")

    if fact.became != "kept" and not fact.why:
        yield blocker(f"it was {fact.became}, without a reason")
    if fact.became == "left out":
        return
    if page is None:
        yield blocker(f"there is no page {fact.page or 'named'}")
    elif not fact.text or not _stands_on(page, fact.text):
        yield blocker(f"{fact.page} does not say: {fact.text or 'nothing given'}")


def _stands_on(page: LivePage, text: str) -> bool:
    wanted = normalise(text).casefold()
    words = [block.text for block in page.document.blocks] + [page.document.front.title]
    return any(wanted in one.casefold() for one in words)
