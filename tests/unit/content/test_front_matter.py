"""Front matter as forms change it: what was not touched stays byte for byte, and what was written reads back."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from pwa.content.front_matter import ORDER, read, write
from pwa.content.model import ContentError, FrontMatter

SEED = Path(__file__).parents[3] / "pwa" / "content" / "seed"
TEXT = """---
# The clinic asked for this title.
title: Drip into a vein   # short
summary: >-
  Ketamine by drip is
  the most studied way.
place: 20
see_also:
  - /guide/depression
  # The one people ask for.
  - /guide/cost

  - /guide/routes
numbers:
  - country: Norway
    code: NO
    # Printed on their cards.
    call: "113"
    service: Emergency
  # Opens in 2027.
  - country: Sweden
    code: SE
    service: Emergency
# The last word.
---

Words.
---
More.
"""


def test_every_key_of_the_format_has_its_place() -> None:
    assert set(ORDER) == set(FrontMatter.__struct_fields__)


def test_a_changed_word_changes_its_line_only() -> None:
    assert changed(write(TEXT, {"title": "Drip"})) == (
        ["title: Drip into a vein   # short"], ["title: Drip   # short"],
    )  # fmt: skip


def test_writing_what_is_there_changes_nothing() -> None:
    assert write(TEXT, read(TEXT)) == TEXT


@pytest.mark.parametrize("file", sorted(SEED.glob("*/*.md")), ids=lambda file: file.stem)
def test_the_guides_own_texts_come_back_as_they_were(file: Path) -> None:
    text = file.read_text("utf-8")
    assert write(text, read(text)) == text


def test_a_long_sentence_stays_folded_and_a_date_a_date() -> None:
    summary = "A drip of ketamine has been studied more than any other way of giving it, in people with depression."
    after = write(TEXT, {"summary": summary, "reviewed_on": date(2026, 11, 1)})
    assert read(after)["summary"] == summary
    assert "summary: >-\n  A drip" in after
    assert "place: 20\nreviewed_on: 2026-11-01\nsee_also:" in after


def test_a_key_is_taken_away_and_its_neighbours_stay() -> None:
    assert changed(write(TEXT, {"place": None})) == (["place: 20"], [])


def test_one_key_of_one_entry_in_a_list_changes_alone() -> None:
    numbers = read(TEXT)["numbers"]
    numbers[0] |= {"checked_by": 'Dr. O\'Neil: "A"', "checked_on": date(2026, 11, 22)}
    removed, added = changed(write(TEXT, {"numbers": numbers}))
    assert not removed
    assert added == ['    checked_by: "Dr. O\'Neil: \\"A\\""', "    checked_on: 2026-11-22"]


def test_the_first_key_of_an_entry_changes_beside_its_dash() -> None:
    numbers = read(TEXT)["numbers"]
    numbers[1]["country"] = "Finland"
    assert changed(write(TEXT, {"numbers": numbers})) == (["  - country: Sweden"], ["  - country: Finland"])


def test_an_entry_moves_with_the_comment_above_it_and_another_goes() -> None:
    numbers = read(TEXT)["numbers"]
    after = write(TEXT, {"numbers": numbers[::-1], "see_also": ["/guide/routes", "/guide/cost", "/help-now"]})
    assert "numbers:\n  # Opens in 2027.\n  - country: Sweden" in after
    assert "    # Printed on their cards.\n" in after
    assert "  # The one people ask for.\n  - /guide/cost\n  - /help-now\n" in after
    assert "/guide/depression" not in after
    assert "# Opens" not in write(TEXT, {"numbers": numbers[:1]})


def test_a_list_appears_and_empties() -> None:
    after = write(TEXT, {"sources": {"NEW26": {"title": "A: b", "publisher": "#1"}}})
    assert 'sources:\n  NEW26:\n    title: "A: b"\n    publisher: "#1"\n# The last word.\n---\n' in after
    assert read(write(after, {"sources": {}, "see_also": []}))["sources"] == {}


def test_what_is_written_in_brackets_is_written_out_once_it_changes() -> None:
    text = "---\ntitle: A\nsee_also: [/guide/iv, /guide/im]\nclinic: {name: B}\n---\n"
    after = write(text, {"see_also": ["/guide/iv"], "clinic": {"name": "C", "phone": "1"}})
    assert after == '---\ntitle: A\nsee_also:\n  - /guide/iv\nclinic:\n  name: C\n  phone: "1"\n---\n'


def test_lines_that_look_like_comments_inside_a_long_value_stay_in_it() -> None:
    text = "---\nnote: |\n  One.\n  # not a comment\n\nchange: wording\n---\n"
    assert write(text, {"change": "safety"}) == text.replace("wording", "safety")
    assert read(write(text, {"note": "Two."})) == {"note": "Two.", "change": "wording"}


def test_an_address_list_written_without_indent_is_kept_so() -> None:
    text = "---\nsee_also:\n- /a\n- /b\ntitle: A\n---\n"
    assert write(text, {"see_also": ["/b", "/c"]}) == "---\nsee_also:\n- /b\n- /c\ntitle: A\n---\n"


def test_front_matter_that_cannot_be_read_is_refused_with_its_line() -> None:
    for text, line in (("No front matter", 1), ("---\ntitle: A\nnote: [\n---\n", 3), ("---\n- a\n---\n", 2)):
        with pytest.raises(ContentError) as caught:
            write(text, {"title": "B"})
        assert caught.value.problems[0].line == line


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=130)
scalars = st.one_of(words, st.integers(0, 9999), st.booleans(), st.dates())
inner = st.dictionaries(st.sampled_from("xy"), words, min_size=1)
values: st.SearchStrategy[Any] = st.one_of(
    scalars,
    st.lists(st.one_of(words, st.dictionaries(st.sampled_from("abcd"), scalars, min_size=1)), max_size=4),
    st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.one_of(scalars, inner)),
)
fronts = st.dictionaries(st.sampled_from(["title", "see_also", "numbers", "clinic", "own"]), values, min_size=1)


@given(fronts, fronts)
def test_whatever_is_written_reads_back_and_the_body_is_never_touched(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    from_nothing = try_write("---\n---\n\nBody.\n", first)
    after = try_write(from_nothing, second)
    assert read(after) == first | second
    assert after.endswith("---\n\nBody.\n")


def try_write(text: str, values: dict[str, Any]) -> str:
    """Written, where the format's own limits (characters that hide) allow it."""
    try:
        return write(text, values)
    except ContentError as error:
        if "nobody can read" in str(error):
            reject()
        raise


def changed(after: str) -> tuple[list[str], list[str]]:
    """The lines that went and came."""
    before, now = TEXT.split("\n"), after.split("\n")
    return [line for line in before if line not in now], [line for line in now if line not in before]
