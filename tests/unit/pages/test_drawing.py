"""Drawings, icon arrays and tables as they are put into a text's HTML."""

import re
from pathlib import Path

import pytest

from pwa.pages.drawing import draw, icon_array


def same(text: str) -> str:
    return text


def dots(path: str) -> int:
    """How many dots a path of dashed rows draws."""
    return sum((int(length) - 1) // 10 + 1 for length in re.findall(r"h(\d+)", path))


@pytest.mark.parametrize("count", [0, 1, 7, 10, 52, 99, 100])
def test_an_icon_array_fills_as_many_dots_as_it_says_and_leaves_the_others_hollow(count: int) -> None:
    every, hollow, full = re.findall(r' d="([^"]*)"', icon_array(count))
    assert (dots(every), dots(hollow), dots(full)) == (100, 100 - count, count)


def test_a_drawing_stands_in_the_page_with_its_alternative_text(tmp_path: Path) -> None:
    (tmp_path / "ways.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path/></svg>\n')
    figure = '<figure id="abcdefg"><span data-figure="ways" data-alt="Four &quot;ways&quot;"></span>twin</figure>'
    assert draw(figure, same, tmp_path) == (
        '<figure id="abcdefg"><svg class="drawing" role="img" aria-label="Four &quot;ways&quot;" viewBox="0 0 9 9">'
        "<path/></svg>twin</figure>"
    )


def table(*headings: str) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    row = '<th scope="row">a</th>' + "".join(f"<td>{number}</td>" for number in range(1, len(headings)))
    return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"


def test_cells_of_a_wide_table_carry_their_column_s_words() -> None:
    drawn = draw(table("Way", 'Price <a class="cite" href="#source-A">1</a>', "<b>Good</b> &amp; bad"), same)
    assert drawn.startswith('<table class="wide">')
    assert '<td data-label="Price">1</td><td data-label="Good &amp; bad">2</td>' in drawn


def test_a_table_of_two_columns_stays_as_it_is() -> None:
    assert draw(table("What", "Price"), same) == table("What", "Price")


def test_an_empty_heading_is_no_heading() -> None:
    assert '<th scope="col"></th>' not in draw(table("", "A", "B"), same)
