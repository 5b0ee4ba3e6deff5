"""A picture in a text: its name and its words become a block, and without words nothing goes out."""

import pytest

from pwa.content.check import check
from pwa.content.cover import cover
from pwa.content.markdown import parse
from pwa.content.media import pictures_in, shown_instead
from pwa.content.media_store import Media
from pwa.content.model import ContentError, LivePage, Notice, Picture, Snapshot, Variant
from pwa.pages.drawing import draw
from tests.publishing import text

SHOWN = '::: picture front-door-0123456789 "The green front door"\n:::'
DOOR = Picture(
    "front-door-0123456789",
    (
        Variant("image/webp", 480, 320, "a" * 64),
        Variant("image/avif", 480, 320, "b" * 64),
        Variant("image/webp", 960, 640, "c" * 64),
        Variant("image/avif", 960, 640, "d" * 64),
    ),
    b"bytes",
)


def faults(body: str, *pictures: Picture) -> list[tuple[str, str]]:
    page = LivePage("guide", "iv", "0" * 64, parse(text("Drip", body)))
    snapshot = Snapshot("en", (page,), pictures={one.name: one for one in pictures})
    return [(one.rule, one.message) for one in check(snapshot, today="2026-11-22") if one.severity == "blocker"]


def drawn(body: str, *pictures: Picture) -> str:
    return draw(parse(text("Drip", body)).html, str, pictures={one.name: one for one in pictures})


def test_a_picture_is_a_block_of_its_words() -> None:
    document = parse(text("Drip", SHOWN.replace("\n:::", "\nRing **twice**.\n:::")))
    block = document.blocks[1]
    assert (block.kind, block.text) == ("figure", "The green front door Ring twice.")
    assert document.pictures == ("front-door-0123456789",)
    assert f'<figure id="{block.id}" class="picture">' in document.html
    assert "<figcaption><p id=" in document.html


def test_another_picture_with_the_same_words_is_another_passage() -> None:
    first, second = (parse(text("Drip", body)).blocks[1].id for body in (SHOWN, SHOWN.replace("0123", "4567")))
    assert first != second


def test_a_page_shows_every_size_and_names_the_kept_one_for_phones_without_a_network() -> None:
    html = drawn(SHOWN, DOOR)
    assert f'<source type="image/avif" srcset="/c/o/{"b" * 64} 480w, /c/o/{"d" * 64} 960w"' in html
    assert f'<source type="image/webp" srcset="/c/o/{"a" * 64} 480w, /c/o/{"c" * 64} 960w"' in html
    assert f'<img src="/c/o/{"a" * 64}" width="480" height="320" alt="The green front door" loading="lazy"' in html


def test_one_that_only_decorates_says_nothing() -> None:
    decorative = SHOWN.replace('"The green front door"', "decorative")
    assert 'alt=""' in drawn(decorative, DOOR)
    assert parse(text("Drip", decorative)).blocks[1].text == ""
    assert faults(decorative, DOOR) == []


def test_a_picture_that_is_gone_is_told_in_words() -> None:
    assert "<p>The green front door</p>" in drawn(SHOWN)


def test_words_cannot_leave_their_attribute() -> None:
    html = drawn(SHOWN.replace("The green", "<script> & 'x' onload=1"), DOOR)
    assert "<script>" not in html
    assert 'alt="&lt;script&gt; &amp; &#x27;x&#x27; onload=1 front door"' in html


@pytest.mark.parametrize("words", ['""', '"  "'])
def test_a_picture_without_words_keeps_a_release_back(words: str) -> None:
    ((rule, message),) = faults(SHOWN.replace('"The green front door"', words), DOOR)
    assert rule == "alternative"
    assert "front-door-0123456789 has no alternative text" in message


def test_so_does_one_that_is_not_there() -> None:
    assert faults(SHOWN) == [("picture", "there is no picture front-door-0123456789")]


@pytest.mark.parametrize(
    "opening",
    ["::: picture", "::: picture Door", '::: picture ../door "x"', "::: picture door", '::: picture door "a" "b"'],
)
def test_what_is_written_wrongly_is_refused_with_its_line(opening: str) -> None:
    with pytest.raises(ContentError) as refused:
        parse(text("Drip", f"{opening}\n:::"))
    (problem,) = refused.value.problems
    assert problem.line == 8
    assert "needs a name" in problem.message


def test_a_text_shows_another_picture_wherever_it_showed_the_old_one() -> None:
    new = Media("new-door-9876543210", "New door", "", 480, 320, "A blue door", False, "Ana", 0)
    faulty = f'---\nno: front matter\n\n{SHOWN}\n\n:::: picture other-door "Other"\n::::\n{SHOWN}'
    assert pictures_in(faulty) == ["front-door-0123456789", "other-door"]
    changed = shown_instead(faulty, "front-door-0123456789", new)
    assert pictures_in(changed) == ["new-door-9876543210", "other-door"]
    assert changed.count('::: picture new-door-9876543210 "A blue door"') == 2
    assert ':::: picture other-door "Other"' in changed


def test_a_recalled_picture_is_covered_with_its_words() -> None:
    body = f"{SHOWN[:-4]}\nRing twice.\n:::\n\nAfter."
    block = parse(text("Drip", body)).blocks[1].id
    notice = Notice("n1", "recall", "en", "/guide/iv", block, "Not this door.", "2026-11-22")
    covered = cover(drawn(body, DOOR), [notice], "/guide/iv")
    assert "Not this door." in covered
    assert "After." in covered
    for wrong in ("<img", "<source", "green", "Ring"):
        assert wrong not in covered
