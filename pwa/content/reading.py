"""How hard a page is to read: Flesch–Kincaid school grade, and sentences that are too long."""

import functools
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from pwa.content.model import Block, Document, Snapshot

if TYPE_CHECKING:
    import pyphen

METHOD = (
    "Flesch-Kincaid grade: 0.39 x words per sentence + 11.8 x syllables per word - 15.59, over the summary, "
    "paragraphs, list items and definitions. Syllables: the larger of hyphenation points and vowel groups. "
    "Names of medicines and terms of the glossary are left out, as the page explains them."
)
LONG_SENTENCE = 25

_MEDICINES = """
    ketamine esketamine arketamine hydroxynorketamine spravato ketalar midazolam lorazepam clonazepam diazepam
    alprazolam quetiapine lamotrigine naltrexone bupropion lithium tranylcypromine phenelzine selegiline clozapine
    memantine dextromethorphan modafinil armodafinil methylphenidate amphetamine amphetamines theophylline
    aminophylline ondansetron clonidine clarithromycin ticlopidine rifampin rifampicin carbamazepine
    ketoconazole methadone tramadol fentanyl morphine oxycodone acetaminophen ibuprofen propofol lidocaine
    psilocybin opioid opioids benzodiazepine benzodiazepines antidepressant antidepressants
"""
MEDICINES = frozenset(_MEDICINES.split())

_SILENT_INSIDE = re.compile(r"e(?=(?:ments?|less|ful|ly|ness)$)")
_SILENT_END = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|(?<![sxzcghl])es$|(?<![td])ed$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?:])[\"”’)]*\s+")
_GRADED = ("summary", "paragraph", "item", "definition")


def grade(document: Document, left_out: Collection[str] = MEDICINES) -> float:
    """The US school grade of a page, by METHOD."""
    sentences = words = syllables = 0
    for _, sentence in _sentences(document):
        counted = [word for word in _WORD.findall(sentence) if word.casefold() not in left_out]
        if counted:
            sentences += 1
            words += len(counted)
            syllables += sum(map(count_syllables, counted))
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59 if words else 0.0


def words_left_out(snapshot: Snapshot) -> frozenset[str]:
    """Words the grade does not count: medicines, and every word of the glossary's terms of over two syllables."""
    terms = {
        word.casefold()
        for page in snapshot.pages
        for block in page.document.blocks
        if block.kind == "term"
        for word in _WORD.findall(block.text)
        if count_syllables(word) > 2
    }
    return MEDICINES | terms


def long_sentences(document: Document) -> Iterator[tuple[Block, str]]:
    """Sentences of more than LONG_SENTENCE words, with the block they stand in."""
    for block, sentence in _sentences(document):
        if len(_WORD.findall(sentence)) > LONG_SENTENCE:
            yield block, sentence


@functools.lru_cache(maxsize=16384)
def count_syllables(word: str) -> int:
    """Syllables of an English word, rather one too many than one too few."""
    lower = re.sub(r"[^a-z]", "", word.casefold())
    heard = _SILENT_INSIDE.sub("", lower)
    groups = len(re.findall(r"[aeiouy]+", heard))
    if groups > 1 and _SILENT_END.search(heard):
        groups -= 1
    return max(1, groups, len(_hyphenation().positions(lower)) + 1)


def _sentences(document: Document) -> Iterator[tuple[Block, str]]:
    for block in document.blocks:
        if block.kind in _GRADED:
            for sentence in _SENTENCE_END.split(block.text):
                if sentence:
                    yield block, sentence


@functools.cache
def _hyphenation() -> "pyphen.Pyphen":
    import pyphen  # noqa: PLC0415  only those who check a text need it

    return pyphen.Pyphen(lang="en_US")
