"""What makes reading easier, on pages as a reader uses them, and what of it is kept on the phone."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bad_network import BadNetwork, Hold, Pass, Stall
from tests.browser.engines import Chromium, Engine, Launch, Name, Tab
from tests.browser.fixtures import ENGINES
from tests.browser.reading import sheets_of
from tests.browser.servers import Server

_OFFER = """
    const offer = document.getElementById("back");
    return offer.checkVisibility() && offer.querySelector("a").hash;
"""
_COMPLETE = """
    const styles = [...document.querySelectorAll("link[rel=stylesheet]")];
    return document.documentElement.dataset.script === "ready" && styles.every((style) => style.sheet !== null);
"""
_FOUND = """
    const top = document.getElementById(argument)?.getBoundingClientRect().top;
    return top >= 0 && top < 40;
"""
_PAINTED = "await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));"
_LOOK = "const { backgroundColor, fontSize } = getComputedStyle(document.documentElement);"
_VOICE = """
    window.spoken = [];
    let speaking = null;
    speechSynthesis.getVoices = () => [];
    speechSynthesis.speak = (utterance) => { speaking = utterance; spoken.push(utterance.text); };
    speechSynthesis.cancel = () => { speaking?.onerror(); speaking = null; };
    window.endSentence = () => { const { onend } = speaking; speaking = null; onend(); };
"""


@pytest.fixture(scope="module")
def engines(launch: Launch) -> Callable[[Name], Engine]:
    return cache(launch)


@pytest.fixture(params=ENGINES)
def tab(request: pytest.FixtureRequest, engines: Callable[[Name], Engine]) -> Iterator[Tab]:
    tab = engines(request.param).tab
    yield tab
    # The page may be on its way to another one.
    tab.wait_for("localStorage.clear(); return true")


@pytest.fixture
def chromium(engines: Callable[[Name], Engine]) -> Iterator[Chromium]:
    chromium = engines("chromium")
    assert isinstance(chromium, Chromium)
    yield chromium
    chromium.tab.wait_for("localStorage.clear(); return true")


@pytest.fixture
def page(chromium: Chromium) -> Page:
    return chromium.page


def _open(tab: Tab, address: str) -> None:
    tab.open(address)
    tab.wait_for("return document.documentElement.dataset.script === 'ready'")


def _press(tab: Tab, control: str) -> None:
    tab.run(
        """
        const control = document.querySelector(argument);
        if (!control?.closest("label, button, a").checkVisibility()) throw new Error(`not there: ${argument}`);
        control.click();
        """,
        control,
    )


def _read(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-script", "ready")


def _kept(page: Page) -> dict[str, str]:
    """What is kept on the phone, but for what pages keep by themselves."""
    return dict(page.evaluate("() => { const { places, 'seen-release': seen, ...kept } = localStorage; return kept }"))


def _pasted(page: Page) -> str:
    page.context.grant_permissions(["clipboard-read"])
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_page_that_was_left_halfway_offers_the_way_back(tab: Tab, server: Server) -> None:
    _open(tab, f"{server.origin}/guide/iv")
    assert not tab.run(_OFFER)
    tab.run("scrollTo(0, 3 * innerHeight)")
    kept = tab.wait_for("return JSON.parse(localStorage.places ?? '[]')[0]?.[1]")
    _open(tab, f"{server.origin}/guide/im")
    assert not tab.run(_OFFER)
    _open(tab, f"{server.origin}/guide/iv")
    assert tab.wait_for(_OFFER) == f"#{kept}"
    # Reading the first lines does not take the offer away: the script has taken note of where we are before this ends.
    tab.run("""
        const settled = new Promise((end) => addEventListener("scroll", () => setTimeout(end, 400), { once: true }));
        scrollTo(0, innerHeight / 3);
        await settled;
    """)
    _open(tab, f"{server.origin}/guide/im")
    _open(tab, f"{server.origin}/guide/iv")
    assert tab.wait_for(_OFFER) == f"#{kept}"
    _press(tab, "#back a")
    tab.wait_for(f"return Math.abs(document.getElementById('{kept}').getBoundingClientRect().top) < innerHeight / 2")
    assert not tab.run(_OFFER)


def test_a_link_to_a_passage_is_where_its_reader_wants_to_be(chromium: Chromium, server: Server) -> None:
    tab = chromium.tab
    _open(tab, f"{server.origin}/guide/iv")
    lead, later = tab.run("return ['.lead', '#article h2:last-of-type'].map((one) => document.querySelector(one).id)")
    tab.run("localStorage.places = JSON.stringify([['/guide/iv', argument]])", later)
    _open(tab, f"{server.origin}/guide/im")
    _open(tab, f"{server.origin}/guide/iv#{lead}")
    assert not tab.run(_PAINTED + _OFFER)
    _open(tab, f"{server.origin}/guide/im")
    _open(tab, f"{server.origin}/guide/iv")
    assert tab.run(_PAINTED + _OFFER) == f"#{later}"


def test_a_bookmark_is_kept_and_listed_and_can_be_removed_and_put_back(tab: Tab, server: Server) -> None:
    button = "const { innerText, ariaPressed } = document.querySelector('main [data-do=bookmark]');"
    words = f"{button} return [innerText, ariaPressed]"
    _open(tab, f"{server.origin}/guide/im")
    assert tab.run(words) == ["Bookmark", "false"]
    _press(tab, "main [data-do=bookmark]")
    assert tab.run(words) == ["Bookmarked", "true"]
    assert json.loads(tab.run("return localStorage.bookmarks")) == [{"path": "/guide/im", "block": None}]
    title = tab.run("return document.querySelector('h1').innerText")
    tab.reload()
    tab.wait_for("return document.querySelector('main [data-do=bookmark]')?.innerText === 'Bookmarked'")
    _open(tab, f"{server.origin}/phone")
    tab.wait_for("return document.querySelector('[data-fill=bookmarks] a')?.innerText === argument", title)
    assert tab.run("return document.querySelector('[data-fill=bookmarks] a').pathname") == "/guide/im"
    assert not tab.run("return document.querySelector('[data-empty=bookmarks]').checkVisibility()")
    remove = "[data-fill=bookmarks] button"
    for wanted in ([], [{"path": "/guide/im", "block": None}], []):
        _press(tab, remove)
        assert json.loads(tab.run("return localStorage.bookmarks")) == wanted
    assert tab.run("return document.querySelector('[data-empty=bookmarks]').checkVisibility()")
    _open(tab, f"{server.origin}/guide/im")
    assert tab.run(words) == ["Bookmark", "false"]


def test_chosen_colours_and_size_are_seen_at_once_and_on_every_page(tab: Tab, server: Server) -> None:
    look = f"{_LOOK} return [backgroundColor, fontSize]"
    _open(tab, f"{server.origin}/guide/im")
    usual = tab.run(look)
    _press(tab, "[data-opens=look]")
    _press(tab, "#look [value=dim]")
    _press(tab, "#look [value='150']")
    chosen = tab.run(look)
    assert chosen[0] != usual[0]
    assert float(chosen[1].removesuffix("px")) == 1.5 * float(usual[1].removesuffix("px"))
    assert tab.run("return { ...localStorage }") == {"theme": "dim", "text-size": "150"}
    bars = "return [...document.querySelectorAll('meta[name=theme-color]')].map((meta) => meta.content)"
    assert tab.run(bars) == [chosen[0]] * 2
    _press(tab, "#look form button")
    assert not tab.run("return document.querySelector('#look').checkVisibility()")
    _open(tab, f"{server.origin}/help-now")
    assert tab.run(look) == chosen
    _press(tab, "[data-opens=look]")
    checked = "return [...document.querySelectorAll('#look :checked')].map((input) => input.value)"
    assert tab.run(checked) == ["150", "dim"]
    _press(tab, "#look [value='']")
    _press(tab, "#look [value='100']")
    assert tab.run(look) == usual
    assert tab.run("return localStorage.length") == 0
    tab.reload()
    assert tab.run(look) == usual


def test_chosen_colours_and_size_are_there_at_the_first_paint(tab: Tab, server: Server) -> None:
    network = BadNetwork(server.port)
    network.plan = lambda asked: Pass() if asked in ("/guide/im", "/faq/") else Stall()
    painted = "return performance.getEntriesByName('first-contentful-paint').length === 1"
    tab.begin(f"{network.origin}/faq/")
    tab.wait_for(painted)
    usual = tab.run(f"{_LOOK} return [backgroundColor, fontSize]")
    tab.run("Object.assign(localStorage, { theme: 'dim', 'text-size': '150' })")
    tab.begin(f"{network.origin}/guide/im")
    tab.wait_for(painted)
    found = tab.run(f"{_LOOK} return [backgroundColor, fontSize, document.documentElement.dataset.script]")
    network.close()
    assert found[0] != usual[0]
    assert float(found[1].removesuffix("px")) == 1.5 * float(usual[1].removesuffix("px"))
    assert found[2] != "ready"


def test_a_larger_text_leaves_the_line_that_is_being_read_where_it_is(tab: Tab, server: Server) -> None:
    _open(tab, f"{server.origin}/guide/iv")
    line = tab.run("""
        scrollTo(0, 3 * innerHeight);
        const below = ({ tagName, id }) => tagName === "P" && /^[a-z2-7]{7}$/.test(id);
        const first = [...document.querySelectorAll("#article *")].filter(below)
          .find((element) => element.getBoundingClientRect().top > 0);
        scrollBy(0, first.getBoundingClientRect().top - 20);
        return first.id;
    """)
    _press(tab, "[data-opens=look]")
    top = f"""
        {_PAINTED}
        return document.getElementById("{line}").getBoundingClientRect().top;
    """
    before = tab.run(top)
    for size in ("200", "125", "100"):
        _press(tab, f"#look [value='{size}']")
        assert abs(tab.run(top) - before) < 4, size


def test_a_link_to_a_passage_finds_it_whatever_comes_after_the_first_paint(tab: Tab, server: Server) -> None:
    _open(tab, f"{server.origin}/guide/routes")
    block = tab.run("return [...document.querySelectorAll('#article h2')].at(-2).id")
    _open(tab, f"{server.origin}/guide/im")
    _open(tab, f"{server.origin}/guide/routes#{block}")
    tab.wait_for(_COMPLETE)
    tab.wait_for(_FOUND, block, seconds=5)


def test_a_link_to_a_source_finds_it_though_the_buttons_above_come_last(tab: Tab, server: Server) -> None:
    network, held, sheets = BadNetwork(server.port), Hold(), sheets_of(server.manifest()[1])
    # A worker would bring them from its own copy.
    network.plan = lambda asked: Stall() if asked == "/sw.js" else Pass()
    tab.begin(f"{network.origin}/guide/im")
    tab.wait_for(_COMPLETE)
    # Large text, so that the buttons take more room than is kept for them.
    source = tab.run("localStorage['text-size'] = 200; return document.querySelector('.sources li').id")
    network.gates[sheets] = held
    tab.begin(f"{network.origin}/faq/")
    tab.begin(f"{network.origin}/guide/im#{source}")
    tab.wait_for(_FOUND, source)
    held.go.set()
    tab.wait_for(_COMPLETE)
    tab.wait_for(_FOUND, source, seconds=5)
    tab.run("localStorage.clear()")
    network.close()


def test_nothing_moves_when_the_buttons_come(chromium: Chromium, server: Server) -> None:
    sheets = sheets_of(server.manifest()[1])
    places = """
        const places = document.querySelectorAll(".top, .brand, .find, main, main > *, .foot");
        return [...places].map((place) => [place.className, JSON.stringify(place.getBoundingClientRect())]);
    """
    for path in ("/guide/iv", "/faq/driving-and-work", "/guide/"):
        network, held = BadNetwork(server.port), Hold()
        network.gates[sheets] = held
        chromium.tab.begin(network.origin + path)
        assert held.reached.wait(10)
        chromium.tab.wait_for("return !!document.querySelector('head link[rel=stylesheet]')?.sheet")
        before = chromium.tab.run(_PAINTED + places)
        held.go.set()
        chromium.tab.wait_for(_COMPLETE)
        assert chromium.tab.run(_PAINTED + places) == before, path
        network.close()


def test_nobody_is_brought_back_to_a_link_they_left(chromium: Chromium, server: Server) -> None:
    tab, network, held = chromium.tab, BadNetwork(server.port), Hold()
    html = server.answer("/guide/routes").body.decode()
    (style,) = set(re.findall(r'rel="stylesheet" href="([^"]*)"', html))
    block = re.findall(r'<h2 id="([^"]*)"', html)[-2]
    network.plan = lambda asked: held if asked == style else Pass()
    chromium.page.goto(f"{network.origin}/guide/routes#{block}", wait_until="commit")
    tab.wait_for("return document.documentElement?.dataset.script === 'ready'")
    chromium.page.mouse.move(100, 400)
    chromium.page.mouse.wheel(0, 2000)
    tab.wait_for("return document.getElementById(argument).getBoundingClientRect().top < -500", block)
    held.go.set()
    for leave in (chromium.page.reload, network.close):
        tab.wait_for(_COMPLETE)
        assert not tab.run(_PAINTED + _FOUND, block)
        leave()


def test_a_link_to_a_country_finds_it_though_another_one_stands_first(chromium: Chromium, server: Server) -> None:
    tab = chromium.tab
    _open(tab, f"{server.origin}/guide/im")
    tab.run("localStorage.country = 'CA'")
    _open(tab, f"{server.origin}/help-now#country-NZ")
    assert tab.run("return document.querySelector('section.numbers').dataset.country") == "CA"
    tab.wait_for(_COMPLETE)
    tab.wait_for(_FOUND, "country-NZ", seconds=5)


def test_the_chosen_country_comes_first_and_its_number_can_be_copied(page: Page, server: Server) -> None:
    countries = "[...document.querySelectorAll('section.numbers')].map((section) => section.dataset.country ?? '')"
    _read(page, f"{server.origin}/help-now")
    usual = page.evaluate(countries)
    page.locator("summary", has_text="Other countries").click()
    page.get_by_label("Always show first").select_option("Canada")
    chosen = page.evaluate(countries)
    assert chosen == ["CA", *(country for country in usual if country != "CA")] != usual
    assert _kept(page) == {"country": "CA"}
    page.reload()
    expect(page.locator("section.numbers").first).to_have_attribute("data-country", "CA")
    number = page.locator("section.numbers .dial", has=page.locator("[data-do=copy]")).first
    number.get_by_role("button", name="Copy").click()
    expect(number.get_by_role("button")).to_have_text("Copied")
    assert _pasted(page) == number.locator("b").first.inner_text()
    page.locator("summary", has_text="Other countries").click()
    page.get_by_label("Always show first").select_option("No country")
    assert page.evaluate(countries) == usual
    assert _kept(page) == {}


def test_a_question_for_the_clinic_is_kept_without_its_words(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/faq/driving-and-work")
    title = page.locator("h1").inner_text()
    page.get_by_role("button", name="Save this question").click()
    expect(page.get_by_role("button", name="Saved on this phone, not sent")).to_have_attribute("aria-pressed", "true")
    assert _kept(page) == {"questions": '[{"path":"/faq/driving-and-work","block":null}]'}
    _read(page, f"{server.origin}/phone")
    expect(page.locator("[data-fill=questions] a")).to_have_text(title)
    expect(page.locator("[data-empty=questions]")).to_be_hidden()
    expect(page.locator("[data-empty=bookmarks]")).to_be_visible()
    page.locator("[data-fill=questions] a").click()
    expect(page.get_by_role("button", name="Saved on this phone, not sent")).to_be_visible()


def test_a_link_is_copied_where_there_is_no_sheet_to_share_it(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/im#main")
    page.get_by_role("button", name="Share").click()
    expect(page.locator("main [data-do=share]")).to_have_text("Link copied")
    expect(page.locator("#said")).to_have_text("Link copied")
    assert _pasted(page) == f"{server.origin}/guide/im"


def test_a_page_can_be_shared_by_the_phones_own_sheet_and_printed(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/im")
    page.evaluate("""() => {
        window.done = [];
        navigator.share = async ({ url }) => { done.push(url); throw new DOMException("", "AbortError"); };
        navigator.clipboard.writeText = async (text) => done.push(text);
        window.print = () => done.push("printed");
    }""")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Print").click()
    # Whoever closed the sheet did not want the link copied instead.
    assert page.evaluate("done") == [f"{server.origin}/guide/im", "printed"]


def test_a_passage_can_be_picked_bookmarked_and_shared(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/im")
    page.locator("[data-opens=look]").click()
    page.get_by_role("button", name="Mark a passage").click()
    bar = page.get_by_role("region", name="Mark a passage")
    expect(bar).to_be_visible()
    expect(page.locator("[data-picked]")).to_have_count(1)
    first = page.locator("[data-picked]").get_attribute("id")
    page.keyboard.press("Enter")
    expect(page.locator("[data-picked]")).not_to_have_id(first or "")
    # A tap on a link picks the passage the link stands in.
    passage = page.locator("#article li[id], #article p[id]", has=page.locator("a[href^='/']")).first
    passage.locator("a[href^='/']").first.click()
    expect(passage).to_have_attribute("data-picked", "")
    expect(page.locator("[data-picked]")).to_have_count(1)
    assert page.url == f"{server.origin}/guide/im"
    block = passage.get_attribute("id")
    bar.get_by_role("button", name="Bookmark").click()
    expect(bar.get_by_role("button", name="Bookmarked")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("main [data-do=bookmark]")).to_have_text("Bookmark")
    assert json.loads(_kept(page)["bookmarks"]) == [{"path": "/guide/im", "block": block}]
    bar.get_by_role("button", name="Share").click()
    expect(bar.get_by_role("button", name="Link copied")).to_be_visible()
    assert _pasted(page) == f"{server.origin}/guide/im#{block}"
    bar.get_by_role("button", name="Up").click()
    expect(bar.get_by_role("button", name="Bookmark", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.locator("[data-picked]")).to_have_count(0)
    expect(page.locator("[data-opens=look]")).to_be_focused()
    words = passage.evaluate("(block) => { block.querySelectorAll('.cite').forEach((cite) => cite.remove());"
                             "return block.textContent.replace(/\\s+/g, ' ').trim(); }")  # fmt: skip
    _read(page, f"{server.origin}/phone")
    row = page.locator("[data-fill=bookmarks] li")
    expect(row.locator("p")).to_contain_text(words[:100])
    assert (row.locator("a").get_attribute("href")) == f"/guide/im#{block}"


def test_ticks_stay_for_the_day_and_can_be_cleared_and_brought_back(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/checklist")
    expect(page.get_by_role("button", name="Clear the ticks")).to_have_count(1)
    items = page.locator(".checklist li")
    blocks = [items.nth(number).get_attribute("id") for number in (0, 6)]
    boxes = [items.nth(number).get_by_role("checkbox") for number in (0, 6)]
    items.nth(0).locator("label").click()
    boxes[1].check()
    kept = json.loads(_kept(page)["ticks"])
    assert sorted(kept["on"]) == sorted(f"/guide/checklist#{block}" for block in blocks)
    assert _kept(page).keys() == {"ticks"}
    page.reload()
    checked = page.locator(".checklist :checked")
    expect(checked).to_have_count(2)
    expect(boxes[0]).to_be_checked()
    clear = page.locator("[data-do=untick]").first
    clear.click()
    expect(checked).to_have_count(0)
    expect(clear).to_have_text("Undo")
    clear.click()
    expect(checked).to_have_count(2)
    expect(clear).to_have_text("Clear the ticks")
    clear.click()
    boxes[0].check()
    expect(clear).to_have_text("Clear the ticks")
    page.reload()
    expect(checked).to_have_count(1)
    page.evaluate("kept => { localStorage.ticks = JSON.stringify(kept) }", kept | {"day": "2026-01-01"})
    page.reload()
    expect(page.locator(".checklist [type=checkbox]").first).to_be_visible()
    expect(checked).to_have_count(0)


def test_the_sum_follows_how_many_are_expected(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/cost")
    total = page.locator(".estimator .sum")
    expect(total).to_be_hidden()
    page.get_by_label("Consultation: how many").press_sequentially("1")
    expect(total).to_have_text("About $350 in all. Ask your clinic for a written quote.")
    page.get_by_label("Drip (IV) session: how many").press_sequentially("6")
    expect(total).to_have_text("About $2,700 to $5,200 in all. Ask your clinic for a written quote.")
    page.get_by_label("Drip (IV) session: how many").fill("-3")
    expect(total).to_have_text("About $350 in all. Ask your clinic for a written quote.")
    page.get_by_label("Consultation: how many").fill("")
    expect(total).to_be_hidden()
    assert _kept(page) == {}


def test_picked_rows_stand_side_by_side(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/routes")
    rows = page.locator(".compare > table tbody tr")
    names = [rows.nth(number).locator("th").inner_text() for number in (0, 3)]
    beside = page.locator(".beside table")
    page.get_by_label(names[1], exact=True).check()
    expect(beside).to_have_count(0)
    page.get_by_label(names[0], exact=True).check()
    expect(beside).to_be_visible()
    assert beside.locator("thead th").all_inner_texts() == names
    heads = page.locator(".compare > table thead th").all_inner_texts()
    assert beside.locator("tbody th").all_inner_texts() == heads[1:]
    shown = beside.locator("tbody tr:has(td)").first.locator("td").all_inner_texts()
    assert shown == [rows.nth(number).locator("td").first.inner_text() for number in (0, 3)]
    page.get_by_label(names[0], exact=True).uncheck()
    expect(beside).to_have_count(0)
    expect(rows.first).to_be_visible()


def test_a_word_leads_to_its_meaning_also_from_a_list_that_was_cut_short(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/routes")
    page.locator("#article a[href='/glossary#esketamine']").first.click()
    terms = page.locator("#article dt:visible")
    expect(page.locator("#esketamine")).to_be_in_viewport()
    everything = terms.count()
    field = page.get_by_label("Find a word")
    field.press_sequentially("Ámpa")
    expect(terms).to_have_text(["AMPA receptor"])
    page.locator("dd:visible a[href$='#glutamate']").click()
    expect(terms).to_have_count(everything)
    expect(page.locator("#glutamate")).to_be_in_viewport()
    # The address names that word already, and the way to it is the same.
    field.fill("ampa")
    expect(terms).to_have_count(1)
    page.locator("dd:visible a[href$='#glutamate']").click()
    expect(terms).to_have_count(everything)
    expect(page.locator("#glutamate")).to_be_in_viewport()
    none = page.locator("[data-fill=found]")
    field.fill("no such word")
    expect(terms).to_have_count(0)
    expect(none).to_be_visible()
    page.go_back()
    expect(terms).to_have_count(everything)
    expect(none).to_be_hidden()
    field.fill("no such word")
    field.press("Escape")
    expect(terms).to_have_count(everything)


def test_a_page_is_read_aloud_passage_by_passage(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/cost")
    page.evaluate(f"() => {{ {_VOICE} }}")
    page.locator("[data-opens=look]").click()
    page.get_by_role("button", name="Read this page aloud").click()
    bar = page.get_by_role("region", name="Reading aloud")
    said = bar.get_by_role("status")
    expect(said).to_have_text("Reading aloud")
    expect(page.locator("h1")).to_have_attribute("data-read", "")
    title, lead = page.locator("h1").inner_text(), page.locator(".lead").inner_text()
    page.evaluate("endSentence()")
    expect(page.locator("[data-read]")).to_have_class("lead")
    assert page.evaluate("spoken") == [title, lead.partition(". ")[0] + "."]
    bar.get_by_role("button", name="Pause").click()
    expect(said).to_have_text("Paused")
    bar.get_by_role("button", name="Go on").click()
    # The browser keeps a page that was left, and shows it again as it was.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })) && undefined")
    expect(said).to_have_text("Paused")
    expect(page.locator("[data-read]")).to_have_class("lead")
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_be_hidden()
    expect(page.locator("[data-read]")).to_have_count(0)


def test_a_field_to_fill_in_is_not_read_aloud(page: Page, server: Server) -> None:
    _read(page, f"{server.origin}/guide/cost")
    page.evaluate(f"() => {{ {_VOICE} }}")
    page.locator("[data-opens=look]").click()
    page.get_by_role("button", name="Mark a passage").click()
    page.locator(".estimator tbody th").first.click()
    page.get_by_role("button", name="Read aloud from here").click()
    row = page.locator(".estimator tbody tr").first
    expect(row).to_have_attribute("data-read", "")
    while page.evaluate("document.querySelector('[data-read]').cells?.[0].innerText") == "Consultation":
        page.evaluate("endSentence()")
    assert page.evaluate("spoken.slice(0, -1).join(' ')") == "Consultation. Low: $350. High: $350."


def test_what_is_typed_into_the_servers_answer_is_looked_for_on_the_phone(page: Page, server: Server) -> None:
    script = re.findall(r'src="(/c/o/[^"]*)"', server.answer("/search").body.decode())[-1]
    network, held = BadNetwork(server.port), Hold()
    network.plan = lambda asked: held if asked == script else Pass()
    page.goto(f"{network.origin}/search?q=bladder", wait_until="commit")
    expect(page.locator("#results a")).not_to_have_count(0)
    page.locator("#q").fill("cannula")
    held.go.set()
    expect(page.locator("#results mark").first).to_have_text(re.compile("cannula", re.IGNORECASE), timeout=30_000)
    network.close()
