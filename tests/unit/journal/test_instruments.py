"""Holds the questionnaires to their published wording and computes every total and band a second time.

`python tests/unit/journal/test_instruments.py` writes tests/vectors/instrument-scores.json, which instruments.test.ts
reads.
"""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "tests" / "vectors" / "instrument-scores.json"
INSTRUMENTS: dict[str, Any] = json.loads((ROOT / "static/client/journal/measures/instruments.json").read_text("utf-8"))

FREQUENCY = ["Not at all", "Several days", "More than half the days", "Nearly every day"]
EXTENT = ["Not at all", "A little bit", "Moderately", "Quite a bit", "Extremely"]
TIME = [
    "At no time", "Some of the time", "Less than half of the time", "More than half of the time", "Most of the time",
    "All of the time",
]  # fmt: skip
PHQ_2 = ["Little interest or pleasure in doing things", "Feeling down, depressed, or hopeless"]
# Typed from the forms: phqscreeners.com (2012), ptsd.va.gov (2018), WHO (1998).
WORDING: dict[str, tuple[str, list[str], list[str]]] = {
    "phq9": (
        "Over the last 2 weeks, how often have you been bothered by any of the following problems?",
        FREQUENCY,
        [
            *PHQ_2,
            "Trouble falling or staying asleep, or sleeping too much",
            "Feeling tired or having little energy",
            "Poor appetite or overeating",
            "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
            "Trouble concentrating on things, such as reading the newspaper or watching television",
            (
                "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety"
                " or restless that you have been moving around a lot more than usual"
            ),
            "Thoughts that you would be better off dead or of hurting yourself in some way",
        ],
    ),
    "phq2": ("Over the last 2 weeks, how often have you been bothered by the following problems?", FREQUENCY, PHQ_2),
    "gad7": (
        "Over the last 2 weeks, how often have you been bothered by the following problems?",
        FREQUENCY,
        [
            "Feeling nervous, anxious or on edge",
            "Not being able to stop or control worrying",
            "Worrying too much about different things",
            "Trouble relaxing",
            "Being so restless that it is hard to sit still",
            "Becoming easily annoyed or irritable",
            "Feeling afraid as if something awful might happen",
        ],
    ),
    "pcl5": (
        "In the past month, how much were you bothered by:",
        EXTENT,
        [
            "Repeated, disturbing, and unwanted memories of the stressful experience?",
            "Repeated, disturbing dreams of the stressful experience?",
            (
                "Suddenly feeling or acting as if the stressful experience were actually happening again (as if you"
                " were actually back there reliving it)?"
            ),
            "Feeling very upset when something reminded you of the stressful experience?",
            (
                "Having strong physical reactions when something reminded you of the stressful experience (for example,"
                " heart pounding, trouble breathing, sweating)?"
            ),
            "Avoiding memories, thoughts, or feelings related to the stressful experience?",
            (
                "Avoiding external reminders of the stressful experience (for example, people, places, conversations,"
                " activities, objects, or situations)?"
            ),
            "Trouble remembering important parts of the stressful experience?",
            (
                "Having strong negative beliefs about yourself, other people, or the world (for example, having"
                " thoughts such as: I am bad, there is something seriously wrong with me, no one can be trusted, the"
                " world is completely dangerous)?"
            ),
            "Blaming yourself or someone else for the stressful experience or what happened after it?",
            "Having strong negative feelings such as fear, horror, anger, guilt, or shame?",
            "Loss of interest in activities that you used to enjoy?",
            "Feeling distant or cut off from other people?",
            (
                "Trouble experiencing positive feelings (for example, being unable to feel happiness or have loving"
                " feelings for people close to you)?"
            ),
            "Irritable behavior, angry outbursts, or acting aggressively?",
            "Taking too many risks or doing things that could cause you harm?",
            "Being “superalert” or watchful or on guard?",
            "Feeling jumpy or easily startled?",
            "Having difficulty concentrating?",
            "Trouble falling or staying asleep?",
        ],
    ),
    "who5": (
        "Over the last two weeks",
        TIME,
        [
            "I have felt cheerful and in good spirits",
            "I have felt calm and relaxed",
            "I have felt active and vigorous",
            "I woke up feeling fresh and rested",
            "My daily life has been filled with things that interest me",
        ],
    ),
}
LOINC_ITEMS = {
    "phq9": "44250-9 44255-8 44259-0 44254-1 44251-7 44258-2 44252-5 44253-3 44260-8",
    "phq2": "44250-9 44255-8",
    "gad7": "69725-0 68509-9 69733-4 69734-2 69735-9 69689-8 69736-7",
}
LOINC_SCORES = {
    "phq9": ("44249-1", "44261-6"),
    "phq2": ("55757-9", "55758-7"),
    "gad7": ("69737-5", "70274-6"),
    "pcl5": ("101697-1", "101698-9"),
}


def band_of(name: str, total: int) -> str | None:
    """The band as its publication has it, by the lower ends of the bands."""
    steps: dict[str, list[tuple[int, str]]] = {
        "phq9": [(0, "none or minimal"), (5, "mild"), (10, "moderate"), (15, "moderately severe"), (20, "severe")],
        "phq2": [(0, "below 3"), (3, "3 or more: worth a closer look")],
        "gad7": [(0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")],
        "pcl5": [],
        "who5": [(0, "very low well-being"), (29, "low well-being"), (51, "above the line for low well-being")],
    }
    return next((band for least, band in reversed(steps[name]) if total >= least), None)


def table() -> dict[str, list[list[Any]]]:
    """For each questionnaire rows of answers, total, band: every total there is, and some hundred by chance."""
    chance = random.Random("questionnaires")
    rows: dict[str, list[list[Any]]] = {}
    for name, (_, choices, items) in WORDING.items():
        top = len(choices) - 1
        every = [[min(top, max(0, total - top * place)) for place in range(len(items))]
                 for total in range(top * len(items) + 1)]  # fmt: skip
        mixed = [[chance.randint(0, top) for _ in items] for _ in range(100)]
        small = [list(answers) for answers in itertools.product(range(top + 1), repeat=2)] if len(items) == 2 else []
        factor = 4 if name == "who5" else 1
        rows[name] = [
            [answers, sum(answers) * factor, band_of(name, sum(answers) * factor)]
            for answers in [*every, *mixed, *small]
        ]
    return rows


def as_text(rows: dict[str, list[list[Any]]]) -> str:
    """One row a line."""
    parts = [f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, each)) + "\n]" for name, each in rows.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def test_the_table_is_what_is_computed_here() -> None:
    assert TABLE.read_text("utf-8") == as_text(table())


def test_every_total_of_every_questionnaire_is_in_the_table() -> None:
    totals = {name: {row[1] for row in rows} for name, rows in table().items()}
    assert totals["phq9"] == set(range(28))
    assert totals["phq2"] == set(range(7))
    assert totals["gad7"] == set(range(22))
    assert totals["pcl5"] == set(range(81))
    assert totals["who5"] == set(range(0, 101, 4))


@pytest.mark.parametrize("name", WORDING)
def test_the_wording_is_the_published_one(name: str) -> None:
    stem, choices, items = WORDING[name]
    instrument = INSTRUMENTS[name]
    assert instrument["stem"] == stem
    assert [item["text"] for item in instrument["items"]] == items
    assert {option["value"]: option["text"] for option in instrument["options"]} == dict(enumerate(choices))
    assert instrument["language"] == "en"


@pytest.mark.parametrize("name", WORDING)
def test_bands_cover_every_total_once(name: str) -> None:
    instrument = INSTRUMENTS[name]
    assert instrument["most"] == max(row[1] for row in table()[name])
    if name == "pcl5":
        assert instrument["bands"] == [], "no severity bands of the PCL-5 were ever published"
        return
    covered = [total for band in instrument["bands"] for total in range(band["from"], band["to"] + 1)]
    assert covered == list(range(instrument["most"] + 1))
    names = {band["name"] for band in instrument["bands"]}
    assert names == {band_of(name, total) for total in range(instrument["most"] + 1)}


def test_codes_are_those_of_loinc() -> None:
    for name, codes in LOINC_ITEMS.items():
        assert [item["loinc"] for item in INSTRUMENTS[name]["items"]] == codes.split()
        options = {option["value"]: option["loinc"] for option in INSTRUMENTS[name]["options"]}
        assert options == {0: "LA6568-5", 1: "LA6569-3", 2: "LA6570-1", 3: "LA6571-9"}
    for name, (panel, total) in LOINC_SCORES.items():
        assert INSTRUMENTS[name]["loinc"] == {"panel": panel, "total": total}
    assert "loinc" not in INSTRUMENTS["who5"], "no code was found"


def test_the_known_traps_are_avoided() -> None:
    assert "sure" not in INSTRUMENTS["gad7"]["options"][0]["text"].lower()
    assert INSTRUMENTS["pcl5"]["change"] == 10, "5 points are within the noise"
    assert INSTRUMENTS["phq9"]["self_harm_item"] == 9
    assert INSTRUMENTS["pcl5"]["clusters"] == {"B": [1, 5], "C": [6, 7], "D": [8, 14], "E": [15, 20]}
    for name in ("phq9", "phq2", "gad7"):
        assert "No permission required" in INSTRUMENTS[name]["credit"][0]
        assert "Pfizer" in INSTRUMENTS[name]["credit"][1]


if __name__ == "__main__":
    TABLE.write_text(as_text(table()), "utf-8")
