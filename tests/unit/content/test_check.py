"""What keeps a release back, what is only pointed out, and how reading is measured."""

from datetime import date, timedelta

import pytest

from pwa.content.audit import FIGURES, Fact, audit, read_facts
from pwa.content.check import blockers, check
from pwa.content.markdown import parse
from pwa.content.model import LivePage, Snapshot
from pwa.content.reading import count_syllables, grade, long_sentences
from pwa.content.seed import seed_snapshot
from pwa.content.store import sha256
from tests.publishing import text

TODAY = "2026-11-22"
SOURCES = text(
    "Sources",
    "All.",
    sources='{ABC: {title: "A", publisher: "B", seen: copy}, DEF: {title: "D", publisher: "B", year: 2019}}',
)


def snapshot(**texts: str) -> Snapshot:
    """`guide_iv="…"` is the page /guide/iv; a page of sources is always there."""
    pages = []
    for name, whole in ({"site_sources": SOURCES} | texts).items():
        kind, slug = name.split("_", 1)
        pages.append(LivePage(kind, slug.replace("_", "-"), sha256(whole), parse(whole)))  # type: ignore[arg-type]
    return Snapshot("en", tuple(pages))


def found(markdown: str, **front: str) -> list[str]:
    """Rules broken by a page of this Markdown, blockers only."""
    findings = check(
        snapshot(guide_iv=text("Drip", markdown, **front)), today=TODAY, changed={"/guide/iv"}, figures=["drawn"]
    )
    return [one.rule for one in blockers(findings)]


@pytest.mark.parametrize(
    "address", ["/guide/iv", "/", "/guide/", "/search", "/sources#source-ABC", "https://a.example", "tel:988", "#top"]
)
def test_links_that_lead_somewhere(address: str) -> None:
    expected = ["link"] if address == "#top" else []
    assert found(f"[a]({address})") == expected


@pytest.mark.parametrize("address", ["/guide/none", "/guide/iv#none", "/sources#source-XYZ", "/Guide/iv", "/guide/iv/"])
def test_links_that_lead_nowhere(address: str) -> None:
    assert found(f"[a]({address})") == ["link"]


def test_see_also_is_a_link_too_and_other_pages_are_looked_at() -> None:
    assert found("Words.", see_also="[/guide/none]") == ["link"]
    both = snapshot(guide_iv=text("Drip"), guide_im=text("Injection", "[gone](/guide/none)"))
    assert [one.path for one in blockers(check(both, today=TODAY, changed={"/guide/iv"}))] == ["/guide/im"]


def test_sources_must_be_known() -> None:
    assert found("Known [@ABC].") == []
    assert found("Unknown [@XYZ].") == ["source"]


@pytest.mark.parametrize(
    ("markdown", "rules"),
    [
        ("It lasts 40 minutes.", ["unsourced"]),
        ("It lasts 40 minutes [@ABC].", []),
        ("Call 911 or 988, 24/7.", []),
        ("Introduced [@ABC].\n\n- 40 minutes\n- 50 minutes", []),
        ("- 40 minutes\n- 50 minutes [@ABC]", ["unsourced"]),
        ("Introduced [@ABC].\n\n## Later\n\n- 40 minutes", ["unsourced"]),
        ("Introduced [@ABC].\n\nOther words.\n\n- 40 minutes", ["unsourced"]),
        ('::: icons "T"\n- 52: who\n\nAdults [@ABC].\n:::', []),
        ('::: icons "T"\n- 52: who\n\nAdults.\n:::', ["unsourced"]),
        ("Introduced [@ABC].\n\n| A | B |\n|---|---|\n| c | 5 |", []),
        ("| A | B |\n|---|---|\n| c | 5 |", ["unsourced"]),
        ("::: warning\n**Heed.** It lasts 40 minutes.\n:::", ["unsourced"]),
        ("## In 2 hours", []),
    ],
)
def test_figures_of_high_risk_pages_need_a_source(markdown: str, rules: list[str]) -> None:
    assert found(markdown, risk="high") == rules
    assert found(markdown) == []


@pytest.mark.parametrize(
    ("markdown", "rules"),
    [
        ("It lasts 40 minutes [@DEF].", ["unread"]),
        ("It lasts 40 minutes [@DEF, ABC].", []),
        ("It lasts long [@DEF].", []),
        ("A group wrote in 2019 that it lasts long [@DEF].", []),
        ("A group wrote in 2019 that it lasts 40 minutes [@DEF].", ["unread"]),
        ("A group wrote in 2018 that it lasts long [@DEF].", ["unread"]),
        ("Call 911 [@DEF].", []),
        ("Introduced [@DEF].\n\n- 40 minutes\n- 50 minutes [@ABC]", ["unread"]),
        ('::: icons "T"\n- 52: who\n\nAdults [@DEF].\n:::', ["unread"]),
    ],
)
def test_a_figure_needs_a_source_that_somebody_has_read(markdown: str, rules: list[str]) -> None:
    assert found(markdown, risk="high") == rules
    assert found(markdown) == []
    hints = check(snapshot(guide_iv=text("Drip", markdown)), today=TODAY, changed={"/guide/iv"})
    assert [one.rule for one in hints] == rules


def test_drawings_exist_and_have_words() -> None:
    assert found('::: figure drawn "What it shows"\n- All of it\n:::') == []
    assert found('::: figure missing "What it shows"\n- All of it\n:::') == ["figure"]
    assert found('::: figure drawn " "\n- All of it\n:::') == ["alternative"]
    assert found('::: figure drawn "What it shows"\n:::') == ["alternative"]


@pytest.mark.parametrize(
    ("front", "rules"),
    [
        ({"review_due": "2027-11-22"}, []),
        ({"review_due": "2028-01-01"}, ["review"]),
        ({"review_due": "2027-11-22", "risk": "high"}, ["review"]),
        ({"review_due": "2020-01-01"}, []),
        ({"reviewed_by": "Dr A"}, ["review"]),
        ({"reviewed_by": "Dr A", "reviewed_role": "doctor", "reviewed_on": "2026-11-01"}, []),
        ({"reviewed_by": "Dr A", "reviewed_role": "doctor", "reviewed_on": "2027-01-01"}, ["review"]),
    ],
)
def test_reviews(front: dict[str, str], rules: list[str]) -> None:
    assert found("Words.", **front) == rules


def test_only_changed_pages_are_judged_by_their_words() -> None:
    both = snapshot(guide_iv=text("Drip", "Bad [@XYZ]."), guide_im=text("Injection"))
    assert blockers(check(both, today=TODAY, changed={"/guide/im"})) == []
    assert len(blockers(check(both, today=TODAY))) == 1


def test_hints_do_not_block() -> None:
    long = "This is a sentence that goes on and on, " * 5 + "and then it stops."
    hints = check(snapshot(guide_iv=text("Drip", long, review_due="2026-11-30")), today=TODAY)
    assert {one.rule for one in hints} == {"reading", "review"}
    assert {one.severity for one in hints} == {"hint"}


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("the", 1), ("make", 1), ("table", 2), ("idea", 3), ("over", 2), ("anxiety", 4), ("walked", 1), ("wanted", 2),
     ("treatment", 2), ("medicine", 3), ("feelings", 2), ("minutes", 2), ("dizzy", 2), ("nausea", 3)],
)  # fmt: skip
def test_syllables(word: str, syllables: int) -> None:
    assert abs(count_syllables(word) - syllables) <= (1 if word in ("anxiety", "nausea", "idea") else 0)


def test_grades_rise_with_difficulty() -> None:
    easy = parse(text("Drip", "You lie in a chair. A nurse puts in the drip. You may feel odd. It will pass."))
    hard = parse(
        text("Drip", "Individuals experiencing debilitating psychiatric symptomatology frequently necessitate "
             "comprehensive multidisciplinary evaluation preceding administration of pharmacological interventions.")
    )  # fmt: skip
    assert grade(easy) < 4
    assert grade(hard) > 12
    assert [sentence for _, sentence in long_sentences(easy)] == []


def test_the_names_of_medicines_do_not_count() -> None:
    plain, named = (parse(text("Drip", f"You take {word} at night.")) for word in ("it", "benzodiazepines"))
    assert grade(named) <= grade(plain) + 1


def test_every_shipped_text_can_be_published() -> None:
    assert blockers(check(seed_snapshot(), today=TODAY)) == []


def test_shipped_texts_read_at_school_grade_8_or_below() -> None:
    hard = {page.path: grade(page.document) for page in seed_snapshot().pages if grade(page.document) > 8.9}
    assert hard == {}


def test_every_figure_of_the_shipped_texts_has_a_source_that_was_read() -> None:
    assert [str(one) for one in check(seed_snapshot(), today=TODAY) if one.rule == "unread"] == []


def test_every_fact_and_figure_of_the_article_is_accounted_for() -> None:
    facts = read_facts()
    assert audit(facts, seed_snapshot()) == []
    assert len(facts) > len(FIGURES)
    without = tuple(fact for fact in facts if "1962" not in fact.figures)
    assert ["1962" in one.message for one in audit(without, seed_snapshot())] == [True]


@pytest.mark.parametrize(
    "fact",
    [
        Fact(says="x", became="kept", page="/guide/none", text="y"),
        Fact(says="x", became="kept", page="/guide/iv", text="words that stand nowhere"),
        Fact(says="x", became="kept", page="/guide/iv"),
        Fact(says="x", became="left out"),
        Fact(says="x", became="corrected", page="/guide/iv", text="drip"),
        Fact(says="x", became="kept", page="/guide/iv", text="drip", figures=("$5",)),
    ],
)
def test_a_fact_that_is_not_accounted_for_is_found(fact: Fact) -> None:
    assert len(audit((*read_facts(), fact), seed_snapshot())) == 1


def test_the_limits_move_with_the_day() -> None:
    later = (date.fromisoformat(TODAY) + timedelta(days=400)).isoformat()
    hints = check(snapshot(guide_iv=text("Drip")), today=later)
    assert any("was due on 2027-05-01" in one.message for one in hints)
