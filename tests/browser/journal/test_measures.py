"""Questionnaires, trends, the plan, copies and bringing in, on a phone whose server has stopped."""

import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import AXE, looks_at
from tests.browser.engines import Chromium, Launch
from tests.browser.journal.person import begin_anew, press_save
from tests.browser.reading import wait_until_saved
from tests.browser.servers import ROOT, Server

_AUDIT = """
    document.documentElement.dataset.theme = argument.theme;
    document.documentElement.style.fontSize = argument.size * 1.125 + "%";
    const violations = await audit(argument.rules);
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    return [...violations, ...(wide ? ["too wide"] : [])];
"""


@pytest.fixture(scope="module")
def phone(launch: Launch, make_server: Callable[[], Server]) -> tuple[Chromium, str]:
    """A small phone with the journal's address; the guide is on it, and its server has really stopped."""
    server = make_server()
    engine = launch("chromium", viewport={"width": 320, "height": 640}, device_scale_factor=1)
    address = f"{server.origin}/journal/"
    engine.tab.open(address)
    wait_until_saved(engine.tab)
    server.stop()
    return engine, address


@pytest.fixture
def page(phone: tuple[Chromium, str]) -> Page:
    """A journal in which nothing was written yet."""
    engine, address = phone
    begin_anew(engine, address.removesuffix("/journal/"))
    engine.tab.open(address)
    expect(engine.page.locator("[data-screen=home]")).to_be_visible()
    return engine.page


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    specification = importlib.util.spec_from_file_location("kj_reader_for_measures", ROOT / "docs/reader/kj_reader.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_help_comes_before_a_score_that_speaks_of_harm_and_nothing_is_lost(page: Page) -> None:
    _answer(page, "phq9", [1, 1, 1, 1, 1, 1, 1, 1, 2])
    expect(page.get_by_role("heading", name="You are not alone with this")).to_be_visible()
    expect(page.get_by_text("10 of 27")).to_be_hidden()
    expect(page.get_by_role("link", name="Help now: all numbers")).to_be_visible()
    expect(page.get_by_text("United States")).to_be_visible()
    page.get_by_text("United States").click()
    expect(page.locator("[data-part=numbers] a[href='tel:988']").first).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="10 of 27")).to_be_visible()
    expect(page.get_by_text("PHQ-9: moderate")).to_be_visible()
    expect(page.get_by_text("This is your starting point")).to_be_visible()
    _go(page, "#/measures", "measures")
    expect(page.get_by_text("10 of 27, moderate")).to_be_visible()


def test_without_such_an_answer_the_score_comes_at_once_beside_the_starting_point(page: Page) -> None:
    _answer(page, "gad7", [2] * 7, days_ago=20)
    _answer(page, "gad7", [1, 1, 1, 1, 1, 1, 0])
    expect(page.get_by_role("heading", name="6 of 21")).to_be_visible()
    expect(page.get_by_text("8 points lower now. That is the better direction.")).to_be_visible()
    expect(page.get_by_text("this reaches it")).to_be_visible()
    expect(page.get_by_role("heading", name="You are not alone")).to_be_hidden()


def test_a_lower_score_is_not_called_better_beside_an_answer_that_speaks_of_harm(page: Page) -> None:
    _answer(page, "phq9", [2] * 8 + [0], days_ago=20)
    _answer(page, "phq9", [0] * 8 + [1])
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("15 points lower now.")).to_be_visible()
    expect(page.get_by_text("better direction")).to_be_hidden()


def test_the_short_one_shows_the_way_to_help_whatever_its_score(page: Page) -> None:
    _answer(page, "phq2", [0, 0])
    expect(page.get_by_role("heading", name="0 of 6")).to_be_visible()
    expect(page.get_by_text("It does not ask about thoughts of hurting yourself")).to_be_visible()
    expect(page.locator("[data-part=score]").get_by_role("link", name="Help now")).to_be_visible()


def test_questions_about_trauma_are_asked_for_warn_first_and_can_be_skipped_and_stopped(page: Page) -> None:
    _go(page, "#/measures", "measures")
    expect(page.get_by_role("link", name="Fill in PCL-5")).to_be_hidden()
    page.get_by_label("PCL-5").check()
    page.get_by_role("link", name="Fill in PCL-5").click()
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
    expect(page.get_by_text("Repeated, disturbing dreams")).to_be_hidden()
    page.get_by_role("button", name="Begin").click()
    _choose(page, [3, None, 2])
    page.get_by_role("link", name="Stop here").click()
    expect(page.locator("[data-screen=measures]")).to_be_visible()
    page.get_by_role("link", name="Fill in PCL-5").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator('[name="item:3"][value="2"]')).to_be_checked()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not answered yet: 2, 4, 5")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Incomplete: 2 of 20 answered, no score")).to_be_visible()


def test_a_saved_answer_can_be_changed_and_the_change_taken_back(page: Page) -> None:
    _answer(page, "gad7", [0] * 7, days_ago=3)
    page.get_by_role("link", name="Change").click()
    _choose(page, [3])
    press_save(page)
    expect(page.get_by_role("heading", name="3 of 21")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="0 of 21")).to_be_visible()


def test_scores_by_days_since_a_session_wait_for_three_sessions_and_promise_nothing(page: Page) -> None:
    for days_ago in (15, 8, 2):
        _answer(page, "gad7", [days_ago % 4] * 7, days_ago)
    _go(page, "#/trends", "trends")
    expect(page.get_by_role("heading", name="GAD-7 over time")).to_be_visible()
    expect(page.get_by_role("heading", name="by days since a session")).to_have_count(0)
    for days_ago in (18, 11, 4):
        _go(page, "#/new/session", "new")
        page.locator("[name=date]").fill(_day(days_ago))
        page.locator("[name=stage][value=done]").evaluate("choice => choice.click()")
        press_save(page)
    _go(page, "#/trends", "trends")
    expect(page.get_by_role("heading", name="GAD-7 by days since a session")).to_be_visible()
    warning = "This cannot show what caused a change or when to have another session."
    expect(page.get_by_text(warning).first).to_be_visible()
    section = page.locator("section.trend", has=page.get_by_role("heading", name="GAD-7 by days since a session"))
    expect(section.locator("polyline")).to_have_count(0)
    section.get_by_text("As a table").click()
    expect(section.locator("circle")).to_have_count(3)
    expect(section.locator("tbody tr")).to_have_count(3)


def test_the_plan_and_its_people_are_there_with_numbers_that_dial(page: Page) -> None:
    _plan(page)
    _go(page, "#/new/person", "new")
    page.get_by_label("Name").fill("Maria")
    page.locator("form [name=phone]").fill("+1 555 0100")
    page.locator("[name=role][value=support]").evaluate("choice => choice.click()")
    press_save(page)
    _go(page, "#/plan", "plan")
    expect(page.get_by_text("The dog")).to_be_visible()
    expect(page.get_by_role("link", name="+1 555 0100")).to_have_attribute("href", "tel:+15550100")
    _answer(page, "phq9", [0] * 8 + [1])
    expect(page.locator("[data-part=help-first]").get_by_role("link", name="+1 555 0100")).to_be_visible()


def test_a_passage_marked_in_the_guide_becomes_a_question_that_can_be_ticked_off(page: Page) -> None:
    page.evaluate("localStorage.setItem('questions', JSON.stringify([{ path: '/guide/after', block: null }]))")
    _go(page, "#/questions", "questions")
    expect(page.locator("[data-part=marked] a[href='/guide/after']")).not_to_be_empty()
    page.get_by_role("button", name="Add to my questions").click()
    expect(page.locator("[data-part=with-marked]")).to_be_hidden()
    page.locator("[data-part=open] [name=asked]").click()
    expect(page.locator("[data-part=asked] li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-part=open] li")).to_have_count(1)


def test_a_backup_opens_in_the_test_in_the_independent_reader_and_brings_nothing_twice(
    page: Page, reader: ModuleType, tmp_path: Path
) -> None:
    _plan(page)
    _go(page, "#/out", "out")
    page.get_by_role("button", name="Make a backup").click()
    expect(page.get_by_role("heading", name="The backup is ready")).to_be_visible()
    code = page.locator("[data-part=code]").inner_text()
    file = tmp_path / "copy.kjb"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file").click()
    download.value.save_as(file)
    assert download.value.suggested_filename == f"journal-{date.today().isoformat()}.kjb"  # noqa: DTZ011
    backup = reader.open_backup(file.read_text("ascii"), code=code)
    plans = [record for record in backup.records.values() if record["t"] == "plan"]
    assert [plan["f"]["reasons"][0]["v"] for plan in plans] == ["The dog"]
    page.locator("[data-part=test] [type=file]").set_input_files(file)
    page.locator("[data-part=test] [name=code]").fill(code)
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("It is exactly what is in the journal now.")).to_be_visible()
    _go(page, "#/in", "in")
    page.locator("[type=file]").set_input_files(file)
    page.locator("[name=code]").fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("There is a typing mistake in it.")).to_be_visible()
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("There is nothing to bring in.")).to_be_visible()


def test_copies_are_named_by_the_day_alone_and_said_to_be_readable_by_all(page: Page, tmp_path: Path) -> None:
    _plan(page)
    _answer(page, "gad7", [1] * 7)
    _go(page, "#/out", "out")
    expect(page.get_by_text("These files are not encrypted")).to_be_visible()
    for name, ending in (("JSON", "json"), ("text", "md"), ("table", "csv"), ("FHIR", "fhir.json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Save as {name}").click()
        assert download.value.suggested_filename == f"journal-{date.today().isoformat()}.{ending}"  # noqa: DTZ011
        download.value.save_as(tmp_path / ending)
        assert (tmp_path / ending).stat().st_size > 200
    records = json.loads((tmp_path / "json").read_text("utf-8"))["records"]
    assert "The dog" in [
        values["reasons"][0]["v"] for values in (record["f"] for record in records) if "reasons" in values
    ]
    assert "The dog" not in (tmp_path / "fhir.json").read_text("utf-8")


def test_the_page_for_the_clinic_holds_what_was_ticked_and_fits_on_one_sheet(page: Page, tmp_path: Path) -> None:
    _plan(page)
    for name, count in (("phq9", 9), ("gad7", 7), ("phq2", 2), ("who5", 5)):
        _answer(page, name, [2] * count)
    _go(page, "#/summary", "summary")
    expect(page.locator("[data-part=sheet]")).to_be_hidden()
    page.get_by_label("Scores").check()
    expect(page.locator("[data-part=sheet]")).to_contain_text("GAD-7")
    expect(page.locator("[data-part=sheet]")).not_to_contain_text("The dog")
    expect(page.locator("[data-part=sheet] h2")).to_have_count(1)
    page.get_by_role("button", name="Tick all").click()
    page.pdf(path=tmp_path / "page.pdf", format="A4", margin={"top": "15mm", "bottom": "15mm"})
    assert (tmp_path / "page.pdf").read_bytes().count(b"/Type /Page\n") == 1


def test_tables_are_previewed_brought_in_once_and_taken_back(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "daylio.csv"
    file.write_text(
        "full_date,date,weekday,time,mood,activities,note_title,note\n"
        "2026-03-01,March 1,Sunday,9:15 PM,good,walk | reading,Quiet day,Went out\n",
        "utf-8",
    )
    for expected in ("1 entry is new here and would be added.", "1 entry is here already."):
        _go(page, "#/in", "in")
        page.locator("[type=file]").set_input_files(file)
        expect(page.get_by_text(expected)).to_be_visible()
        if "new" in expected:
            page.get_by_role("button", name="Bring it in").click()
            expect(page.get_by_text("Saved. 1 entry was brought in.")).to_be_visible()
    file.write_text("nothing but words", "utf-8")
    page.locator("[type=file]").set_input_files([])
    page.locator("[type=file]").set_input_files(file)
    expect(page.get_by_text("This file cannot be read as a journal or a table")).to_be_visible()


SCREENS = (
    "#/measures", "#/fill/phq9", "#/fill/pcl5", "#/fill/who5", "#/trends", "#/plan", "#/plan/edit", "#/medicines",
    "#/people", "#/questions", "#/out", "#/summary", "#/in", "#/settings", "#/new/medicine", "#/new/person",
    "#/new/question", "#/new/outside_score", "#/more",
)  # fmt: skip


def test_axe_finds_nothing_on_these_screens_in_any_theme_and_with_large_text(
    phone: tuple[Chromium, str], page: Page
) -> None:
    engine, _ = phone
    for days_ago in (15, 8, 2):
        _answer(page, "gad7", [1] * 7, days_ago)
    _plan(page)
    engine.tab.run(AXE)
    _answer(page, "phq9", [1] * 9)
    faults: dict[str, Any] = {}
    seen: set[str] = set()
    for place in ("", *SCREENS):
        if place:
            _go(page, place, place.split("/")[1])
        if place == "#/summary":
            page.get_by_role("button", name="Tick all").click()
        for theme, size, rules in looks_at(engine.tab.run("return places()"), seen):
            if found := engine.tab.run(_AUDIT, {"theme": theme, "size": size, "rules": rules}):
                faults[f"{place or 'help first'} {theme} {size} %"] = found
        page.evaluate("document.documentElement.removeAttribute('style')")
    assert not faults


def _go(page: Page, place: str, screen: str) -> None:
    """Goes to a place of the open journal."""
    page.evaluate(
        "place => { document.querySelector('#screen > *')?.setAttribute('data-left', '');"
        "if (location.hash === place) dispatchEvent(new Event('hashchange')); else location.hash = place; }",
        place,
    )
    expect(page.locator(f"#screen > [data-screen={screen}]:not([data-left])")).to_be_visible()


def _answer(page: Page, name: str, answers: Sequence[int | None], days_ago: int = 0) -> None:
    """Fills a questionnaire in and saves it."""
    _go(page, f"#/fill/{name}", "fill")
    _choose(page, answers)
    page.locator("form [name=date]").fill(_day(days_ago))
    press_save(page)
    expect(page.locator("[data-screen=result]")).to_be_visible()


def _plan(page: Page) -> None:
    _go(page, "#/plan/edit", "plan")
    page.get_by_label("What I want to be here for").fill("The dog")
    press_save(page)


def _choose(page: Page, answers: Sequence[int | None]) -> None:
    for item, value in enumerate(answers, 1):
        if value is not None:
            page.locator(f"[name='item:{item}'][value='{value}']").evaluate("choice => choice.click()")


def _day(days_ago: int) -> str:
    return (date.today() - timedelta(days=days_ago)).isoformat()  # noqa: DTZ011
