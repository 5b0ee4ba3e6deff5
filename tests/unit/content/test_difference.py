"""Differences as people read them: what moved is said to have moved, and no number changes unseen."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pwa.content.difference import Folded, Passage, changed_numbers, compare, split

SEED = Path(__file__).parents[3] / "pwa" / "content" / "seed"
TEXT = """---
title: Drip
review_due: 2027-05-01
sources:
  ABC:
    title: One
  DEF:
    title: Two
---

## How long

The drip takes 40 minutes in most studies [@ELE23]. You rest afterwards.

- First you sit down.
- Then a nurse comes.

Do not drive until tomorrow.

Eat nothing for 6 hours before.
"""


@pytest.mark.parametrize("file", sorted(SEED.glob("*/*.md")), ids=lambda file: file.stem)
def test_the_blocks_of_a_text_are_the_text(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "".join(block.text for block in split(text)) == text


@given(st.text(st.sampled_from("a-|:#. \n1\r"), max_size=200))
def test_the_blocks_of_any_text_are_the_text(text: str) -> None:
    assert "".join(block.text for block in split(f"---\ntitle: A\n{text}")) == f"---\ntitle: A\n{text}"


def test_a_changed_word_shows_in_its_sentence_and_the_rest_is_folded() -> None:
    assert shown(TEXT, TEXT.replace("a nurse", "the nurse")) == [
        "… 9",
        "same: - First you sit down.",
        "changed: - Then [-a-][+the+] nurse comes.",
        "same: Do not drive until tomorrow.",
        "… 1",
    ]


def test_a_changed_key_stands_without_its_neighbours() -> None:
    later = shown(TEXT, TEXT.replace("2027-05-01", "2027-06-01"))
    assert later == ["… 2", "changed: review_due: [-2027-05-01-][+2027-06-01+]", "… 10"]


def test_words_between_two_changes_go_along_so_that_a_sentence_stays_whole() -> None:
    assert "changed: [-Do not drive-][+Never walk alone+] until tomorrow." in shown(
        TEXT, TEXT.replace("Do not drive", "Never walk alone")
    )


def test_lines_broken_elsewhere_change_nothing() -> None:
    assert compare(TEXT, TEXT.replace("studies [@ELE23]. You", "studies\n[@ELE23].  You")) == []


def test_a_passage_that_moved_is_not_shown_as_gone_and_new() -> None:
    moved = TEXT.replace("Do not drive until tomorrow.\n\n", "").replace(
        "## How long\n", "Do not drive until tomorrow.\n\n## How long\n"
    )
    kinds = [one.kind for one in compare(TEXT, moved) if one.kind not in ("same", "folded")]
    assert kinds == ["moved"]


def test_what_went_and_what_came_stand_where_they_stood() -> None:
    after = TEXT.replace("- First you sit down.\n", "").replace("## How long", "## How long\n\nAsk us anything.")
    changes = [one for one in shown(TEXT, after) if not one.startswith(("same", "…"))]
    assert changes == ["added: [+Ask us anything.+]", "removed: [-- First you sit down.-]"]


def test_a_key_of_the_front_matter_carries_its_name_and_a_source_its_own_passage() -> None:
    passages = compare(TEXT, TEXT.replace("title: Two", "title: Three"), context=0)
    assert [one.key for one in passages if isinstance(one, Passage)] == ["sources"]
    assert [one.before for one in passages if isinstance(one, Passage)] == [7]


def test_every_number_that_changed_is_named_with_its_unit_and_line() -> None:
    after = TEXT.replace("40 minutes", "45 to 60 minutes").replace("6 hours", "six hours").replace("2027", "2028")
    assert [(one.kind, one.number, one.line) for one in changed_numbers(TEXT, after)] == [
        ("removed", "40 minutes", 13),
        ("added", "45 to 60 minutes", 13),
        ("removed", "6 hours", 20),
    ]
    assert "drip takes 40 minutes in most studies" in changed_numbers(TEXT, after)[0].words


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.5 mg/kg", "5 mg/kg"),
        ("$400", "$4,000"),
        ("56 mg or 84 mg", "56 mg or 48 mg"),
        ("52%", "25%"),
        ("0.5 milligrams", "0.5 grams"),
        ("12 to 17 weeks", "12 to 71 weeks"),
    ],
)
def test_a_dose_that_changed_by_a_digit_or_its_unit_is_named(before: str, after: str) -> None:
    numbers = changed_numbers(TEXT.replace("40 minutes", before), TEXT.replace("40 minutes", after))
    assert {one.kind for one in numbers} == {"removed", "added"}


def test_a_number_that_moved_with_its_passage_and_a_citation_are_not_named() -> None:
    passage = "Eat nothing for 6 hours before.\n"
    moved = TEXT.replace(f"\n{passage}", "").replace("## How", f"{passage}\n## How").replace("ELE23", "ZAR06")
    assert changed_numbers(TEXT, moved) == []


def test_two_long_unlike_texts_are_compared_in_bounded_time() -> None:
    # Part by part this would be billions of comparisons.
    assert compare("same words " * 12_000, "other words " * 12_000)
    assert compare("a\n\n" * 40_000, "b\n\na\n\n" * 20_000)


def shown(before: str, after: str) -> list[str]:
    """A difference as lines."""
    lines = []
    for one in compare(before, after):
        if isinstance(one, Folded):
            lines.append(f"… {one.count}")
        else:
            marks = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("[+", "+]")}
            words = "".join(marks[piece.kind][0] + piece.text + marks[piece.kind][1] for piece in one.pieces)
            lines.append(f"{one.kind}: {words}")
    return lines
