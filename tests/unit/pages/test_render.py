"""What readers find on the pages, and what covering, caching and the security policy rely on."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from pwa.content.cover import cover
from pwa.content.model import Edition, LivePage, Notice, Snapshot
from pwa.pages.layout import Layout
from pwa.pages.render import _Rendering, _Writer, make_renderer
from pwa.web.assets import Assets, asset
from tests.unit.pages.conftest import built_files, live, small_guide

Pages = Callable[[str], str]


def pages_of(edition: Edition) -> dict[str, str]:
    return {one.path: one.body.decode() for one in edition.entries if one.media_type.startswith("text/html")}


def test_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot, assets: Assets, edition: Edition) -> None:
    turned = Snapshot(snapshot.locale, tuple(reversed(snapshot.pages)))
    assert make_renderer(assets, site_name="Test Guide", operator="Test Clinic & Sons")(turned) == edition


def test_every_fixed_page_is_there(edition: Edition) -> None:
    paths = {entry.path for entry in edition.entries}
    assert paths >= {
        "/",
        "/guide/",
        "/faq/",
        "/search",
        "/phone",
        "/journal/",
        "/404",
        "/unavailable",
        "/manifest.webmanifest",
        "/notes.webmanifest",
    }
    assert edition.redirects == {"/guide": "/guide/", "/faq": "/faq/", "/journal": "/journal/"}


def test_content_pages_carry_what_the_manifest_says_of_them(snapshot: Snapshot, edition: Edition) -> None:
    entries = {entry.path: entry for entry in edition.entries}
    for page in snapshot.pages:
        entry = entries[page.path]
        assert (entry.title, entry.revision) == (page.document.front.title, page.sha256[:12])
    assert entries["/phone"].revision == ""


def test_assets_are_named_by_their_content_and_the_worker_is_none_of_them(edition: Edition) -> None:
    objects = [entry for entry in edition.entries if entry.path.startswith("/c/o/")]
    assert objects
    assert all(entry.path == f"/c/o/{sha256(entry.body).hexdigest()}" for entry in objects)
    assert not any(b"sw.js" in entry.body for entry in objects)


def test_scripts_name_the_sheets_of_their_own_release(snapshot: Snapshot, assets: Assets) -> None:
    script = asset("guide.js", b'bring("{sheets}")')
    edition = make_renderer(Assets({**assets.by_name, script.name: script}), site_name="Test Guide")(snapshot)
    [sheets] = [path for path, html in pages_of(edition).items() if path.startswith("/c/o/") and 'id="look"' in html]
    named = [entry.path for entry in edition.entries if entry.body.decode() == f'bring("{sheets}")']
    assert len(named) == 1
    assert f'src="{named[0]}"' in pages_of(edition)["/guide/iv"]


def test_every_address_of_a_page_is_part_of_the_release_or_answered_by_the_server(edition: Edition) -> None:
    known = {entry.path for entry in edition.entries} | {"/feed.xml", "/sw.js", "/companion/qr", "/about"}
    for path, html in pages_of(edition).items():
        used = re.findall(r'(?:href|src|action)="(/[^"#?]*)', html)
        assert set(used) <= known, path


def test_help_now_comes_first_on_every_page(edition: Edition) -> None:
    for path, html in pages_of(edition).items():
        if "<header" in html:
            first = re.search(r"<(?:a|button|input|summary)[ >][^>]*>", html)
            assert first is not None, path
            assert 'href="/help-now"' in first[0], path


def test_the_policy_names_the_hash_of_everything_inline_and_nothing_unsafe(edition: Edition) -> None:
    policy = edition.policies["page"]["content-security-policy"]
    assert "unsafe" not in policy
    for html in pages_of(edition).values():
        assert " style=" not in html
        assert " onclick=" not in html
        for kind, inline in re.findall(r"<(script|style)>(.*?)</", html, re.DOTALL):
            digest = base64.b64encode(sha256(inline.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in next(part for part in policy.split("; ") if part.startswith(kind))


def test_no_page_asks_another_site_for_anything(edition: Edition) -> None:
    for html in pages_of(edition).values():
        assert not re.search(r'(?:src|action|poster)="(?!/)', html)
        assert not re.search(r'<link (?!rel="alternate")[^>]*href="(?!/)', html)


def test_a_recalled_passage_stands_on_no_page(snapshot: Snapshot, edition: Edition) -> None:
    covered = 0
    for page in snapshot.pages:
        for block in page.document.blocks:
            if block.kind in ("row", "figure", "callout"):
                continue  # their words stand in cells and paragraphs of their own
            notice = Notice("1", "recall", "en", page.path, block.id.split("-")[0], "Ask your clinic.", "2026-11-22")
            html = cover(pages_of(edition)[page.path], [notice], page.path)
            assert 'data-recalled="1"' in html, (page.path, block)
            if len(block.text) > 12 and "|" not in block.text:
                assert block.text not in words_of(html), (page.path, block)
            covered += 1
    assert covered > 20


def test_no_object_of_a_covered_release_holds_a_recalled_sentence(snapshot: Snapshot, edition: Edition) -> None:
    """Not in an attribute either, which scripts read."""
    searched = 0
    blocks = [(page, block) for page in snapshot.pages for block in page.document.blocks]
    for page, block in blocks:
        inside = [other.text for _, other in blocks if other.id.partition("-")[0] != block.id.partition("-")[0]]
        if block.kind in ("row", "figure", "callout", "heading") or any(block.text in other for other in inside):
            continue  # their words stand in other passages too, or are those of the program
        notice = Notice("1", "recall", "en", page.path, block.id.partition("-")[0], "Ask your clinic.", "2026-11-22")
        words = (block.text, str(escape(block.text)))
        for entry in edition.entries:
            body = entry.body.decode()
            covered = cover(body, [notice], entry.path) if entry.media_type.startswith("text/html") else body
            assert not any(one in covered for one in words), (entry.path, block)
        searched += 1
    assert searched > 15


def test_the_journal_knows_the_clinics_number_as_a_passage(html: Pages) -> None:
    number = r'<p id="clinic-phone" data-block="[a-z2-7]{7}" hidden>\+1 \(555\) 010-0199</p>'
    assert re.search(number, html("/journal/"))


def test_a_recalled_page_keeps_its_title_and_nothing_else_of_its_text(html: Pages) -> None:
    notice = Notice("1", "recall", "en", "/guide/iv", None, "Ask your clinic.", "2026-11-22")
    page = cover(html("/guide/iv"), [notice], "/guide/iv")
    covered = words_of(page)
    assert "<h1>Drip into a vein</h1>" in page
    assert "Ask your clinic." in covered
    assert "thin tube" not in covered
    assert "How it is given" not in covered
    assert "The most studied way" not in covered


def test_a_page_says_whether_a_clinician_has_seen_it(html: Pages) -> None:
    assert "Not yet reviewed by a clinician" in html("/guide/iv")
    assert "lastReviewed" not in html("/guide/iv")
    assert "Reviewed by Dr Grey, anaesthetist, on 1 October 2026" in html("/guide/routes")
    assert '"lastReviewed":"2026-10-01"' in html("/guide/routes")
    assert "looked at again by 20 May 2027" in html("/faq/driving")


def test_a_page_that_only_its_author_reviewed_says_so(snapshot: Snapshot, assets: Assets) -> None:
    alone = replace(snapshot, pages=tuple(replace(page, own_review=True) for page in snapshot.pages))
    bodies = {entry.path: entry.body.decode() for entry in make_renderer(assets, site_name="Guide")(alone).entries}
    assert "Reviewed by its own author only" in bodies["/guide/iv"]
    assert "on 1 October 2026; changed since and reviewed by its own author only" in bodies["/guide/routes"]


def test_ask_your_clinic_stands_only_where_it_was_asked_for(html: Pages) -> None:
    assert "Ask your clinic before deciding." in html("/faq/driving")
    assert "Ask your clinic before deciding." not in html("/guide/iv")


def test_neighbours_follow_the_order_of_the_guide(html: Pages) -> None:
    assert '<a href="/guide/iv" rel="next">' in html("/guide/routes")
    assert 'rel="prev"' not in html("/guide/routes")
    assert '<a href="/guide/routes" rel="prev">' in html("/guide/iv")


def test_see_also_knows_the_titles(html: Pages) -> None:
    assert '<a href="/guide/iv">Drip into a vein</a>' in html("/faq/driving")
    assert '<li><a href="/phone">This phone</a></li>' in html("/faq/driving")


def test_sources_are_listed_in_the_order_they_are_cited(html: Pages) -> None:
    listed = re.findall(r'<li id="source-([A-Z]+)">', html("/guide/iv"))
    assert listed == ["TRIAL", "LABEL"]
    assert "Green B and others. A journal, 2023." in html("/guide/iv")
    assert ">doi.org</a>" in html("/guide/iv")


def test_linked_data_cannot_end_its_script_and_can_be_read(html: Pages) -> None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html("/faq/driving"), re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "FAQPage"
    assert data["mainEntity"][0]["acceptedAnswer"]["text"] == "No. Not before tomorrow."


def test_help_numbers_can_be_read_beside_the_link_that_dials_them(html: Pages) -> None:
    page = html("/help-now")
    assert '<b>911</b> <a href="tel:911"' in page
    assert '<b>85258</b> <a href="sms:85258?body=SHOUT"' in page
    assert "and type <b>SHOUT</b>" in page
    assert "needs internet" in page
    assert "Checked on 1 November 2026 by Ann Checker" in page
    assert "1 number on this page awaits checking" in page
    assert "This app does not watch or contact anyone for you." in page


def test_the_clinic_s_own_number_is_on_the_help_page(html: Pages) -> None:
    assert '<b>+1 (555) 010-0199</b> <a href="tel:+15550100199"' in html("/help-now")
    assert html("/our-clinic").count("Ask your clinic</dd>") == 7
    assert "Green Street Clinic</dd>" in html("/our-clinic")


def test_privacy_names_who_runs_this_copy(html: Pages) -> None:
    assert "Test Clinic &amp; Sons" in html("/privacy")
    assert "have not given a way to reach them" in html("/privacy")


def test_the_web_manifest_points_to_files_of_the_release(edition: Edition) -> None:
    entries = {entry.path: entry for entry in edition.entries}
    manifest = json.loads(entries["/manifest.webmanifest"].body)
    assert {icon["purpose"] for icon in manifest["icons"] if "purpose" in icon} == {"any", "maskable"}
    assert all(icon["src"] in entries for icon in manifest["icons"])
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]] == ["/help-now", "/guide/", "/faq/", "/journal/"]
    assert "screenshots" not in manifest


def test_screenshots_are_named_in_the_web_manifest_and_saved_on_no_phone(snapshot: Snapshot, assets: Assets) -> None:
    picture = asset("screenshot-narrow.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (360).to_bytes(4) + (740).to_bytes(4))
    pictured = Assets({**assets.by_name, picture.name: picture})
    entries = {entry.path: entry for entry in make_renderer(pictured, site_name="Test Guide")(snapshot).entries}
    (shot,) = json.loads(entries["/manifest.webmanifest"].body)["screenshots"]
    assert (shot["src"], shot["sizes"], shot["form_factor"]) == ("/screenshot-narrow.png", "360x740", "narrow")
    assert picture.path not in entries


def test_the_neutral_manifest_opens_the_journal_and_names_nothing(edition: Edition, html: Pages) -> None:
    entries = {entry.path: entry for entry in edition.entries}
    body = entries["/notes.webmanifest"].body
    manifest = json.loads(body)
    assert (manifest["name"], manifest["short_name"], manifest["start_url"]) == ("Notes", "Notes", "/journal/")
    assert {icon["purpose"] for icon in manifest["icons"] if "purpose" in icon} == {"any", "maskable"}
    assert all(icon["src"] in entries for icon in manifest["icons"])
    assert not re.search(rb"ketamin|companion|guide|clinic|health|medic", body, re.IGNORECASE)
    assert "<title>Journal</title>" in html("/journal/")
    assert "Notes|/notes.webmanifest|/c/o/" in html("/journal/")


def test_an_unknown_drawing_stops_the_build(snapshot: Snapshot, assets: Assets) -> None:
    broken = live("guide", "x", "X", "X.", '::: figure no-such-drawing "Nothing"\n- words\n:::', "part: ways\n")
    with pytest.raises(LookupError, match="no-such-drawing"):
        make_renderer(assets, site_name="Test Guide")(Snapshot("en", (*snapshot.pages, broken)))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words_of(html: str) -> str:
    """Everything a reader could see or hear of a page."""
    reader = _Words()
    reader.feed(re.sub(r"<title>.*?</title>|<h1>.*?</h1>", "", html))
    return " ".join(" ".join(reader.words).split())


Change = Callable[[list[LivePage], int], list[LivePage]]


def _another_text(pages: list[LivePage], number: int) -> list[LivePage]:
    old = pages[number]
    title, summary = f"{old.document.front.title}, again", "Another summary."
    part = f"part: {old.document.front.part}\nplace: 5\n" if old.document.front.part else ""
    pages[number] = live(old.kind, old.slug, title, summary, "Other words.", part)
    return pages


def _another_address(pages: list[LivePage], number: int) -> list[LivePage]:
    pages[number] = replace(pages[number], slug=f"{pages[number].slug}-moved")
    return pages


def _reviewed_by_its_writer(pages: list[LivePage], number: int) -> list[LivePage]:
    pages[number] = replace(pages[number], own_review=not pages[number].own_review)
    return pages


def _gone(pages: list[LivePage], number: int) -> list[LivePage]:
    return [*pages[:number], *pages[number + 1 :]] if len(pages) > 1 else pages


def _as_it_was_at_first(pages: list[LivePage], _number: int) -> list[LivePage]:
    return list(small_guide().pages)


CHANGES = (_another_text, _another_address, _reviewed_by_its_writer, _gone, _as_it_was_at_first)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 8)), min_size=1, max_size=4))
def test_pages_that_were_written_before_are_the_ones_that_would_be_written_anew(
    steps: list[tuple[Change, int]],
) -> None:
    snapshot, layout = small_guide(), Layout(built_files(), "Test Guide")
    used = _Writer(layout)
    for change, number in steps:
        list(_Rendering(used, snapshot).entries())
        pages = change(list(snapshot.pages), number % len(snapshot.pages))
        snapshot = replace(snapshot, pages=tuple(pages))
        assert list(_Rendering(used, snapshot).entries()) == list(_Rendering(_Writer(layout), snapshot).entries())
