"""Texts become blocks with stable ids and lean HTML; every fault is named with its line."""

import base64
import hashlib
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pwa.content.markdown import block_id, load_yaml, parse
from pwa.content.model import ContentError, Document
from tests.publishing import text


def body(markdown: str) -> Document:
    return parse(text("Drip", markdown))


def _number(extra: str) -> str:
    return f"[{{service: x, country: y, code: US, kind: crisis, {extra}}}]"


def problems(whole: str) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as refused:
        parse(whole)
    return [(one.line, one.message) for one in refused.value.problems]


def test_a_block_is_named_by_the_hash_of_its_plain_text() -> None:
    assert block_id("Wrong  words.") == block_id("Wrong\nwords.") != block_id("wrong words.")
    document = body("Some **bold** [words](/guide/iv) [@ABC].")
    paragraph = document.blocks[1]
    assert paragraph.text == "Some bold words."
    assert paragraph.id == block_id("Some bold words.")
    assert document.html.startswith(f'<p id="{paragraph.id}">Some <strong>bold</strong> <a href="/guide/iv">words</a>')


def test_the_id_does_not_depend_on_citations_or_line_breaks_but_on_every_word() -> None:
    ids = {body(one).blocks[1].id for one in ("One two [@ABC].", "One\ntwo.", "One two [@DEF, ABC].")}
    assert len(ids) == 1
    assert body("One two!").blocks[1].id not in ids


def test_the_same_words_again_get_a_number() -> None:
    document = body("Same.\n\nSame.\n\n- Same.")
    base = block_id("Same.")
    assert [block.id for block in document.blocks[1:]] == [base, f"{base}-2", f"{base}-3"]


def test_the_summary_is_a_block_of_its_own() -> None:
    document = body("Words.")
    assert document.blocks[0].kind == "summary"
    assert document.summary_block == block_id("About Drip.")


def test_citations_are_numbered_by_first_use_and_cling_to_their_words() -> None:
    document = body("First\n[@BBB, AAA]. Again [@AAA].\n\n- Third [@USM-E]")
    assert document.citations == ("BBB", "AAA", "USM-E")
    assert (
        'First<a class="cite" href="#source-BBB">1</a><a class="cite" href="#source-AAA">2</a>. '
        'Again<a class="cite" href="#source-AAA">2</a>.'
    ) in document.html
    assert document.blocks[1].citations == ("BBB", "AAA")
    assert document.blocks[2].citations == ("USM-E",)


def test_every_kind_of_block_has_an_id() -> None:
    document = body(
        "## Heading\n\nParagraph.\n\n- Item\n  - Inner\n\n1. Step\n\nBDNF\n: A protein.\n\n"
        "| A | B |\n|---|---|\n| c | d |\n\n::: note\n**Note.** Inside.\n:::\n\n> Quoted."
    )
    kinds = [block.kind for block in document.blocks]
    assert kinds == [
        "summary", "heading", "paragraph", "item", "item", "item", "term", "definition", "row", "row", "callout",
        "paragraph", "paragraph",
    ]  # fmt: skip
    for block in document.blocks[1:]:
        assert f' id="{block.id}"' in document.html
    texts = [block.text for block in document.blocks]
    assert texts[3:5] == ["Item", "Inner"], "an item leaves its inner items out"
    assert "c | d" in texts
    assert document.anchors == ("bdnf",)
    assert '<span id="bdnf">BDNF</span></dt>' in document.html
    assert '<th scope="col">A</th>' in document.html
    assert '<th scope="row">c</th><td>d</td>' in document.html


def test_a_figure_keeps_its_place_its_alternative_and_its_twin() -> None:
    document = body('::: figure routes "Bars & more"\n| A |\n|---|\n| b |\n:::')
    assert document.figures == ("routes",)
    assert 'class="figure"><span data-figure="routes" data-alt="Bars &amp; more"></span><table>' in document.html
    assert document.blocks[1].kind == "figure"
    assert document.blocks[1].text == "Bars & more. A b"


def test_icon_rows_carry_their_number() -> None:
    document = body('::: icons "Who felt better"\n- 52: on the drip\n- 8: on salt water\n\nAdults [@ABC].\n:::')
    assert "<figcaption>Who felt better</figcaption><ul><li" in document.html
    assert 'data-count="52"><b>52 in 100</b> on the drip</li>' in document.html
    assert next(block.text for block in document.blocks if block.kind == "item") == "52 in 100 on the drip"


@pytest.mark.parametrize("name", ["note", "warning", "emergency"])
def test_callouts_say_what_they_are(name: str) -> None:
    assert f'class="{name}" role="note"><p id=' in body(f"::: {name}\n**Heed.** Words.\n:::").html


@pytest.mark.parametrize("name", ["compare", "estimator", "checklist"])
def test_wrappers_hold_their_content(name: str) -> None:
    assert body(f"::: {name}\n- One\n:::").html.startswith(f'<div class="{name}"><ul><li id=')


@pytest.mark.parametrize(
    ("markdown", "line", "message"),
    [
        ("Fine.\n\n<b>raw</b>", 10, "raw HTML"),
        ("<script>x</script>", 8, "raw HTML"),
        ("# Title", 8, "start at ##"),
        ("## A\n\n#### B", 10, "#### comes after ##"),
        ("### A", 8, "### comes after #"),
        ("::: note\nopen", 8, "is never closed"),
        (":::", 8, "closes nothing"),
        ("::: notes\n:::", 8, "unknown container ::: notes"),
        ("::: note\n::: warning\n:::\n:::", 9, "starts inside ::: note of line 8"),
        ("::: figure routes\n:::", 8, "needs a name and its alternative text"),
        ("::: icons\n- 5: x\n:::", 8, "needs a title"),
        ('::: icons "T"\n- five: x\n:::', 9, "a number up to 100"),
        ('::: icons "T"\n- 101: x\n:::', 9, "a number up to 100"),
        ('::: icons "T"\nNo rows.\n:::', 8, "one to four rows"),
        ("[a](guide/iv)", 8, "absolute path"),
        ("[a](//evil.example)", 8, "absolute path"),
        ("[a](javascript:alert)", 8, "absolute path"),
        ("[a]()", 8, "absolute path"),
        ("![a](/x.png)", 8, "pictures come as"),
        ("    indented", 8, "program code"),
        ("```\ncode\n```", 8, "program code"),
        ("Word [@not a key].", 8, "not a citation"),
        ("Fine.\n\nA\x08B", 10, "U+0008"),
        ("call 119\u202e", 8, "U+202E"),
        ("call 119&#x202e;", 8, "U+202E"),
        ("half \ud800", 8, "U+D800"),
        ("Abc\n: One.\n\nAbc\n: Two.", 11, "of its own: Abc"),
        ("Ω\n: A letter.", 8, "of its own: Ω"),
    ],
)
def test_a_fault_is_named_with_its_line(markdown: str, line: int, message: str) -> None:
    found = problems(text("Drip", markdown))
    assert any(one == line and message in said for one, said in found), found


@pytest.mark.parametrize(
    ("whole", "line", "message"),
    [
        ("no front matter", 1, "must start with front matter"),
        ("---\ntitle: x\n", 1, "must start with front matter"),
        (text("Drip", tile="x"), 6, "unknown key `tile`"),
        (text("Drip", place='"two"'), 6, "`place`: expected `int`, got `str`"),
        (text("Drip", risk="middling"), 6, "`risk`: invalid enum value 'middling'"),
        (text("Drip", ask_clinic="yes"), 6, "`ask_clinic`: expected `bool`"),
        (text("Drip", reviewed_on="soon"), 6, "`reviewed_on`"),
        (text("Drip").replace("review_due", "review_dew"), 5, "unknown key `review_dew`"),
        (text("Drip").replace("author: Editors\n", ""), 2, "`author` is missing"),
        (text("Drip").replace("author", "title"), 4, "`title` stands twice"),
        (text("Drip", note="&a [*a]"), 6, "not readable as YAML"),
        (text("Drip", note="[oops"), 6, "not readable as YAML"),
        (text("Drip", numbers="[{service: x, country: y, code: US, kind: call}]"), 6, "`numbers.0.kind`"),
        (text("Drip", numbers=_number("web: 'javascript:x'")), 6, "`numbers.0.web`"),
        (text("Drip", numbers=_number("dial: '1;x'")), 6, "`numbers.0.dial`"),
        (text("Drip", numbers=_number("source_url: //evil")), 6, "`numbers.0.source_url`"),
        (text("Drip", sources="{A: {title: t, publisher: p, url: 'javascript:alert(1)'}}"), 6, "`sources"),
        (text("Drip", note='"a\\ud800"'), 6, "invalid Unicode character"),
        (text("Drip", note='"a\\0"'), 6, "U+0000"),
        (text("Drip", note="!!timestamp soon"), 6, "tags like !this"),
        (text("Drip", note="!!bool maybe"), 6, "tags like !this"),
        (text("Drip").replace("author", "!!binary aaaa"), 4, "tags like !this"),
        (text("Drip", note="[" * 60_000), 6, "too many brackets"),
        (text("Drip", note="{a: " * 15_000), 6, "too many brackets"),
        (text("Drip").replace("author", "? [a]\n: b\nauthor"), 4, "a key is one word"),
        ("---\n- a\n---\n", 2, "expected `object`, got `array`"),
    ],
)
def test_front_matter_faults_are_named_with_their_line(whole: str, line: int, message: str) -> None:
    found = problems(whole)
    assert any(one == line and message.lower() in said.lower() for one, said in found), found


def test_aliases_that_would_swell_are_refused() -> None:
    with pytest.raises(ContentError, match="write the value out"):
        load_yaml("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]")
    with pytest.raises(ContentError, match="longer than 64 kB"):
        parse(text("Drip", "x" * 300_000))


def test_a_long_text_is_read_in_the_time_its_length_asks_for() -> None:
    def seconds(paragraphs: int) -> float:
        started = time.process_time()
        body("\n\n".join(f"One {number}" for number in range(paragraphs)))
        return time.process_time() - started

    seconds(100)
    assert seconds(5_000) < 12 * max(seconds(1_250), 0.02)


def test_norway_is_a_country() -> None:
    assert load_yaml("code: NO\non: yes\nask: true") == {"code": "NO", "on": "yes", "ask": True}


class _Allowed(HTMLParser):
    """Reads HTML and keeps every tag and attribute it meets."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        for name, value in attrs:
            assert name != "href" or (value or "").startswith(("/", "#", "http", "tel:", "sms:", "mailto:"))
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<img src=x onerror=y>",
                "<b",
                "&lt;",
                '"',
                "[a](javascript:x)",
                '[b](/x"y)',
                "**",
                "_",
                "`",
                "\n\n",
                "- ",
                "| a |\n|---|\n| b |\n",
                "::: note\n",
                ":::\n",
                "## ",
                "[@A]",
                "[@",
                "]",
                "(",
                "word ",
                "<!--",
                "\\",
                "> ",
                "T\n: d\n",
                "1. ",
                '::: figure x "\'&<"\n',
                "<https://a.example>",
                "é",
                "\u2028",
                "\x00",
            ]
        ),
        max_size=14,
    )
)
def test_whatever_is_written_no_markup_of_its_own_comes_out(parts: list[str]) -> None:
    try:
        document = body("".join(parts))
    except ContentError:
        return
    reader = _Allowed()
    reader.feed(document.html)
    reader.close()
    assert reader.open == []
    assert reader.tags <= {
        "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "a", "strong", "em", "code", "br", "hr", "blockquote",
        "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "div", "figure", "span",
    }  # fmt: skip
    assert reader.attributes <= {"id", "class", "href", "role", "scope", "start", "title", "data-figure", "data-alt"}
    ids = [block.id for block in document.blocks]
    assert len(ids) == len(set(ids))
    for block in document.blocks[1:]:
        assert document.html.count(f' id="{block.id}"') == 1


def test_the_documented_id_is_what_is_computed() -> None:
    digest = hashlib.sha256(b"It can be stopped.").digest()
    assert block_id(" It can\tbe stopped. ") == base64.b32encode(digest).decode().lower()[:7]
