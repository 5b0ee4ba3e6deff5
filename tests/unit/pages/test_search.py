"""Server search: it finds what was meant, shows it in context, and never shows what was recalled."""

import json
from pathlib import Path
from typing import Any

import pytest

from pwa.content.model import LivePage, Notice, Snapshot
from pwa.content.seed import seed_snapshot
from pwa.pages.names import NAMES, meant, read_names
from pwa.pages.search import LONGEST_QUERY, MOST_RESULTS, Result, SearchIndex
from tests.unit.pages.conftest import live

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "search-names.json").read_text())


def text_of(result: Result) -> str:
    return "".join(words for words, _ in result.excerpt)


def found(snapshot: Snapshot, query: str, *notices: Notice) -> list[str]:
    return [result.href.split("#")[0] for result in SearchIndex(snapshot, notices).search(query)]


@pytest.mark.parametrize("query", ["vein", "VEIN", "véin", "medic", "medicin", "medcine", "mediicne", "thin tube"])
def test_words_are_found_whole_begun_accented_and_mistyped(snapshot: Snapshot, query: str) -> None:
    assert found(snapshot, query)[0] == "/guide/iv"


def test_a_title_weighs_more_than_a_mention(snapshot: Snapshot) -> None:
    assert found(snapshot, "drive home")[0] == "/faq/driving"


def test_help_numbers_are_found(snapshot: Snapshot) -> None:
    assert "/help-now" in found(snapshot, "Shout")


def test_the_match_is_marked_in_context_and_linked_to_its_passage(snapshot: Snapshot) -> None:
    (result,) = SearchIndex(snapshot, ()).search("carries")
    assert [words for words, marked in result.excerpt if marked] == ["carries"]
    assert text_of(result).startswith("A thin tube carries the medicine into a vein")
    anchor = result.href.partition("#")[2]
    assert anchor in {block.id for block in snapshot.pages[0].document.blocks}


def test_a_long_passage_is_cut_between_words(snapshot: Snapshot) -> None:
    long = live("faq", "long", "Long", "Long.", "word " * 100 + "needle " + "word " * 100, "part: about\n")
    (result,) = SearchIndex(Snapshot("en", (*snapshot.pages, long)), ()).search("needle")
    assert text_of(result).startswith("… word ")
    assert text_of(result).endswith(" word …")
    assert len(text_of(result)) < 300


def test_nothing_is_found_for_nothing(snapshot: Snapshot) -> None:
    assert found(snapshot, "") == found(snapshot, "?!") == found(snapshot, "xylophone") == []


@pytest.mark.parametrize("query", ["0101 112", "98", "9888", "vain", "k hole"])
def test_a_number_means_itself_only_and_a_short_word_is_not_taken_for_another(snapshot: Snapshot, query: str) -> None:
    numbered = live("faq", "call", "Call", "Call 1122 or 988, 2000 times.", more="part: about\n")
    with_numbers = Snapshot("en", (*snapshot.pages, numbered))
    assert found(with_numbers, query) == []
    assert found(with_numbers, "988") == ["/faq/call"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: " ".join(case["query"]))
def test_a_query_means_the_same_as_on_the_phone(case: dict[str, Any]) -> None:
    assert [list(group) for group in meant(case["query"], read_names(VECTORS["names"]))] == case["asked"]


def test_names_that_others_use_find_the_words_of_the_guide_and_themselves(snapshot: Snapshot) -> None:
    page = live("faq", "pressure", "Heart", "Your blood pressure may rise.", more="part: about\n")
    own = live("faq", "own", "Hypertension", "We say it so.", more="part: about\n")
    both = Snapshot("en", (*snapshot.pages, page, own))
    assert found(both, "hypertension") == ["/faq/own", "/faq/pressure"]
    assert found(both, "BP") == ["/faq/pressure"]


def test_every_name_is_said_once_and_leads_to_passages_of_the_guide() -> None:
    index = SearchIndex(seed_snapshot(), ())
    names = [name for line in NAMES.splitlines() for name in line.partition(": ")[2].split(", ")]
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not index.search(name)] == []
    for name, words in read_names(NAMES).items():
        first = index.search(name)[0]
        marked = " ".join(run for run, is_marked in first.excerpt if is_marked).lower()
        assert all(word in marked for word in words), name


def test_a_recalled_passage_is_not_found(snapshot: Snapshot) -> None:
    block = next(block for block in snapshot.pages[0].document.blocks if "thin tube carries" in block.text)
    notice = Notice("1", "recall", "en", "/guide/iv", block.id, "Zebra.", "2026-11-22")
    assert found(snapshot, "carries", notice) == []
    assert found(snapshot, "zebra", notice) == []


def test_a_recalled_summary_and_a_recalled_box_are_not_found(snapshot: Snapshot) -> None:
    page: LivePage = snapshot.pages[0]
    box = next(block for block in page.document.blocks if block.kind == "callout")
    for block, word in ((page.document.summary_block, "most"), (box.id, "care")):
        assert "/guide/iv" in found(snapshot, word)
        notice = Notice("1", "recall", "en", "/guide/iv", block, "Wrong.", "2026-11-22")
        assert "/guide/iv" not in found(snapshot, word, notice)


def test_of_a_recalled_page_only_the_title_is_found(snapshot: Snapshot) -> None:
    notice = Notice("1", "recall", "en", "/guide/iv", None, "Wrong.", "2026-11-22")
    assert found(snapshot, "carries", notice) == []
    (result,) = SearchIndex(snapshot, (notice,)).search("drip")
    assert (result.href, text_of(result)) == ("/guide/iv", "Drip into a vein")


def test_answers_are_bounded(snapshot: Snapshot) -> None:
    many = tuple(live("faq", f"q{n}", f"Same {n}", "Same.", more="part: about\n") for n in range(MOST_RESULTS + 5))
    assert len(found(Snapshot("en", many), "same")) == MOST_RESULTS
    assert found(snapshot, "x" * LONGEST_QUERY + " vein") == []
