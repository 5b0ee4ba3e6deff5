"""Opens what the journal exports with independent readers: FHIR R4 models, Python's csv, a reader of calendars."""

import csv
import io
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from markdown_it import MarkdownIt
from pydantic import ValidationError

ROOT = Path(__file__).parents[3]
EXPORTED: dict[str, str] = json.loads((ROOT / "tests/vectors/journal-exports.json").read_text("utf-8"))
INSTRUMENTS: dict[str, Any] = json.loads((ROOT / "static/client/journal/measures/instruments.json").read_text("utf-8"))
LOINC = "http://loinc.org"
AWKWARD = '=SUM(A1)\n"quoted", comma; <b>not bold</b> *stars* # no heading\n# nor this ünïcode 🌊'


@pytest.fixture(scope="module")
def resources() -> list[dict[str, Any]]:
    """What the library read, each resource by its own R4 model, and gives back."""
    bundle = Bundle.model_validate_json(EXPORTED["fhir"])
    assert bundle.type == "collection"
    entries = json.loads(bundle.model_dump_json())["entry"]
    assert [entry["fullUrl"] for entry in entries] == [f"urn:uuid:{entry['resource']['id']}" for entry in entries]
    assert len({entry["fullUrl"] for entry in entries}) == len(entries)
    return [entry["resource"] for entry in entries]


def of_type(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in resources if resource["resourceType"] == kind]


def test_every_resource_is_of_r4(resources: list[dict[str, Any]]) -> None:
    for response in of_type(resources, "QuestionnaireResponse"):
        QuestionnaireResponse.model_validate(response)
    for observation in of_type(resources, "Observation"):
        Observation.model_validate(observation)
    # Five totals, one score from the clinic, one blood pressure, two pulses.
    kinds = [resource["resourceType"] for resource in resources]
    assert (kinds.count("QuestionnaireResponse"), kinds.count("Observation"), len(kinds)) == (6, 9, 15)


def test_the_reader_would_notice_what_is_not_of_r4() -> None:
    broken = EXPORTED["fhir"].replace('"valueInteger": 9', '"valueInteger": "nine"')
    with pytest.raises(ValidationError):
        Bundle.model_validate_json(broken)


def test_answers_carry_the_published_words_codes_and_weights(resources: list[dict[str, Any]]) -> None:
    responses = {
        response.get("questionnaire"): response
        for response in of_type(resources, "QuestionnaireResponse")
        if response["status"] == "completed"
    }
    for name, value in {"phq9": 1, "phq2": 3, "gad7": 2, "pcl5": 3, "who5": 4}.items():
        instrument = INSTRUMENTS[name]
        panel = instrument.get("loinc", {}).get("panel")
        items = list(responses[f"{LOINC}/q/{panel}" if panel else None]["item"])
        if name == "phq9":
            difficulty = items.pop()
            assert difficulty["linkId"] == "69722-7"
            assert difficulty["answer"][0]["valueCoding"]["display"] == "Very difficult"
        option = next(option for option in instrument["options"] if option["value"] == value)
        assert [item["text"] for item in items] == [item["text"] for item in instrument["items"]]
        for item, published in zip(items, instrument["items"], strict=True):
            coding = item["answer"][0]["valueCoding"]
            assert item["linkId"] == published.get("loinc", item["linkId"])
            assert (coding["display"], coding.get("code")) == (option["text"], option.get("loinc"))
            assert coding.get("system") == (LOINC if "loinc" in option else None)
            assert [float(each["valueDecimal"]) for each in coding["extension"]] == [value]


def test_totals_are_those_of_the_answers(resources: list[dict[str, Any]]) -> None:
    totals = {
        resource["code"].get("coding", [{"code": resource["code"]["text"]}])[0]["code"]: resource
        for resource in of_type(resources, "Observation")
        if "valueInteger" in resource
    }
    expected = {"44261-6": 9, "55758-7": 6, "70274-6": 14, "101698-9": 60, "WHO-5 total score": 80}
    assert {code: resource["valueInteger"] for code, resource in totals.items()} == expected
    assert totals["44261-6"]["interpretation"][0]["text"] == "mild"
    assert "interpretation" not in totals["101698-9"], "no band of the PCL-5 was ever published"
    responses = {f"urn:uuid:{resource['id']}" for resource in of_type(resources, "QuestionnaireResponse")}
    assert {resource["derivedFrom"][0]["reference"] for resource in totals.values()} < responses


def test_an_incomplete_questionnaire_has_answers_and_no_total(resources: list[dict[str, Any]]) -> None:
    (stopped,) = [each for each in resources if each["status"] == "stopped"]
    assert ["answer" in item for item in stopped["item"]] == [True, *[False] * 19]


def test_vitals_carry_units_that_machines_read(resources: list[dict[str, Any]]) -> None:
    (pressure,) = [each for each in resources if "component" in each]
    assert pressure["code"]["coding"][0]["code"] == "85354-9"
    values = {part["code"]["coding"][0]["code"]: part["valueQuantity"] for part in pressure["component"]}
    assert {code: (float(value["value"]), value["code"]) for code, value in values.items()} == {
        "8480-6": (128, "mm[Hg]"),
        "8462-4": (81, "mm[Hg]"),
    }
    pulses = [each for each in resources if each.get("code", {}).get("text") == "Heart rate"]
    assert [(float(each["valueQuantity"]["value"]), each["valueQuantity"]["code"]) for each in pulses] == [
        (72, "/min"),
        (66, "/min"),
    ]


def test_no_free_words_and_no_name_are_in_the_bundle() -> None:
    assert "private words" not in EXPORTED["fhir"]
    assert "quoted" not in EXPORTED["fhir"]
    assert "Patient" not in [entry["resource"]["resourceType"] for entry in json.loads(EXPORTED["fhir"])["entry"]]
    assert "LOINC is copyright" in EXPORTED["fhir"]


def test_the_table_opens_with_every_word() -> None:
    assert EXPORTED["csv"].startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(EXPORTED["csv"].removeprefix("\ufeff"), newline="")))
    assert [row["type"] for row in rows].count("questionnaire") == 6
    note = next(row for row in rows if row["type"] == "note")
    assert note["text"] == f"'{AWKWARD}"
    assert note["tags"] == "sleep, deep"
    scores = {row["instrument"]: (row["total"], row["band"]) for row in rows if row["total"]}
    assert scores["phq9"] == ("9", "mild")
    assert scores["who5"] == ("80", "above the line for low well-being")


def test_the_calendar_says_what_was_chosen_and_no_more() -> None:
    assert all(len(line.encode()) <= 75 for line in EXPORTED["ics"].split("\r\n"))
    first, second = events(EXPORTED["ics"])
    assert first["DTSTART"] == "20261129T233000"
    assert first["DTEND"] == "20261130T001500", "a session may end on the next day"
    assert first["SUMMARY"] == r"Visit\, private\; ünïcode Visit\, private\; ünïcode " * 1 + (
        r"Visit\, private\; ünïcode Visit\, private\; ünïcode"
    )
    assert first["LOCATION"] == r"North\; Clinic\, ground floor"
    assert (second["DTSTART;VALUE=DATE"], second["DTEND;VALUE=DATE"]) == ("20261231", "20270101")
    assert first["UID"] != second["UID"]
    assert datetime.strptime(first["DTSTAMP"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).year == 2026
    (silent,) = events(EXPORTED["ics_silent"])
    assert silent["SUMMARY"] == "Appointment"
    assert "LOCATION" not in silent
    assert "ketamine" not in "".join(silent.values()).lower()


def events(calendar: str) -> list[dict[str, str]]:
    """The lines of each event by name, folded lines joined."""
    lines = calendar.replace("\r\n ", "").split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    found: list[dict[str, str]] = []
    for line in lines:
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            name, _, value = line.partition(":")
            found[-1].setdefault(name, value)
    return found


def test_json_holds_every_record_as_it_is_kept() -> None:
    copy = json.loads(EXPORTED["json"])
    assert (copy["format"], copy["journal_id"], len(copy["records"])) == ("kj-json/1", "K7QF-M2XD-9HTB-4RWN", 14)
    texts = [record["f"]["text"][0]["v"] for record in copy["records"] if "text" in record.get("f", {})]
    assert AWKWARD in texts
    assert copy["records"][-1]["secret"] == "kept", "what a later version wrote stays whole"


def test_markdown_says_the_words_and_makes_nothing_of_their_signs() -> None:
    tokens = MarkdownIt("commonmark").parse(EXPORTED["markdown"])
    inlines = [token for token in tokens if token.type == "inline"]
    words = "\n".join(
        "".join("\n" if child.type == "softbreak" else child.content for child in token.children or [])
        for token in inlines
    )
    assert AWKWARD in words
    assert not [token for token in tokens if token.type == "html_block"]
    assert not [child for token in inlines for child in token.children or [] if child.type == "html_inline"]
    headings = [inlines for token, inlines in pairwise(tokens) if token.type == "heading_open"]
    assert all("nor this" not in heading.content for heading in headings)
    # The note stands below its session.
    assert EXPORTED["markdown"].index("### note ") > EXPORTED["markdown"].index("## session 1")
    assert "9/27 mild" in EXPORTED["markdown"]
    assert "1 of 20" in EXPORTED["markdown"]
