"""A small guide to render: every kind of page, with texts short enough to read in a failing test."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from pwa.content.markdown import parse
from pwa.content.model import Edition, LivePage, PageKind, Snapshot
from pwa.pages.render import make_renderer
from pwa.web.assets import Assets, asset

FRONT = """---
title: {title}
summary: {summary}
{more}author: Test editors
review_due: 2027-05-20
---

{body}
"""
_FILES = (
    "guide.js", "search.js", "phone.js", "journal.js", "kdf.js", "kdf_plain.js", "sw.js", "inline.css", "more.css",
    "first_help_now.css", "first_home.css", "first_phone.css", "first_search.css", "first_words.css",
    "journal_measures.js", "journal_plan.js", "journal_out.js", "journal_in.js", "journal_settings.js", "journal.css",
    "favicon.svg", "notes.svg", "notes-192.png", "notes-512.png",
    "apple-touch-icon.png", "icon-192.png", "icon-512.png", "icon-192-maskable.png", "icon-512-maskable.png",
)  # fmt: skip

IV = """::: warning
**Take care.** Have someone drive you home [@TRIAL].
:::

## How it is given

A thin tube carries the medicine into a vein [@TRIAL, LABEL]. See [cannula](/glossary#cannula).

## What studies found

::: icons "Much better after a week"
- 52: given ketamine
- 7: given a dummy drip
:::

## What it costs

| Way | Where | Price | Good to know |
|---|---|---|---|
| Drip | Clinic | $400 | It can be stopped |
"""
NUMBERS = """numbers:
  - country: United States
    code: US
    service: Emergency
    kind: emergency
    call: "911"
    dial: "911"
    for: Life in danger
    checked_by: Ann Checker
    checked_on: 2026-11-01
  - country: United Kingdom
    code: GB
    service: Shout
    kind: crisis
    text: "85258"
    word: SHOUT
    web: giveusashout.org
"""
CLINIC = """clinic:
  name: Green Street Clinic
  phone: "+1 (555) 010-0199"
"""
SOURCES = """sources:
  TRIAL:
    title: A trial of </script> things
    authors: Green B and others
    publisher: A journal
    year: 2023
    url: https://www.doi.org/10.1/x
    kind: trial
    seen: copy
  LABEL:
    title: A label
    publisher: A regulator
    kind: label
"""


def live(kind: PageKind, slug: str, title: str, summary: str, body: str = "Some words.", more: str = "") -> LivePage:
    """One page as a release holds it."""
    text = FRONT.format(title=title, summary=summary, more=more, body=body)
    return LivePage(kind, slug, sha256(text.encode()).hexdigest(), parse(text))


@pytest.fixture
def snapshot() -> Snapshot:
    """Every kind of page."""
    return small_guide()


def small_guide() -> Snapshot:
    """Two guide pages, a question, and the site pages that have a form of their own."""
    reviewed = "reviewed_by: Dr Grey\nreviewed_role: anaesthetist\nreviewed_on: 2026-10-01\n"
    return Snapshot(
        "en",
        (
            live("guide", "iv", "Drip into a vein", "The most studied way.", IV, "part: ways\nplace: 20\n"),
            live(
                "guide", "routes", "Compare the ways", "There are several.", more="part: ways\nplace: 10\n" + reviewed
            ),
            live(
                "faq",
                "driving",
                "May I drive home?",
                "No. Not before tomorrow.",
                more="part: after\nask_clinic: true\nsee_also:\n  - /guide/iv\n  - /phone\n",
            ),
            live("site", "help-now", "Help now", "Numbers to call.", "::: emergency\n**Call now** if …\n:::", NUMBERS),
            live("site", "our-clinic", "Our clinic", "What your clinic wants.", more=CLINIC),
            live("site", "sources", "Sources", "All of them.", more=SOURCES),
            live("site", "privacy", "Privacy", "What is kept."),
            live("site", "companion", "For your companion", "Stay with them."),
            live("site", "glossary", "Words", "Short meanings.", "Cannula\n: A thin tube."),
        ),
    )


@pytest.fixture
def assets() -> Assets:
    """What the client's build leaves."""
    return built_files()


def built_files() -> Assets:
    """Files with the names of the built client, without building it."""
    return Assets({name: asset(name, f"/* {name} */".encode()) for name in _FILES})


@pytest.fixture
def edition(snapshot: Snapshot, assets: Assets) -> Edition:
    """The sample rendered."""
    return make_renderer(assets, site_name="Test Guide", operator="Test Clinic & Sons")(snapshot)


@pytest.fixture
def html(edition: Edition) -> Callable[[str], str]:
    """The text of a rendered page by its path."""
    bodies = {entry.path: entry.body for entry in edition.entries}
    return lambda path: bodies[path].decode()
