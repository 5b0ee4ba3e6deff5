"""The editor: what is typed is never lost, what is saved is a draft, and two people's texts are never mixed unseen."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx2

from pwa.content import drafts, store, working
from pwa.content.markdown import parse
from pwa.content.store import Revision
from tests.integration.admin.conftest import Admin

IV = "/admin/pages/guide/iv"
Fields = list[tuple[str, str]]


async def test_the_editor_opens_with_the_live_text_taken_apart(admin: Admin) -> None:
    client = await author(admin)
    page = (await client.get(f"{IV}/edit")).text
    assert 'value="Drip into a vein (IV)"' in page
    assert "Ketamine by drip is not FDA-approved" in page
    assert "summary: " not in field(page, "body")


async def test_saving_what_was_opened_changes_nothing(admin: Admin) -> None:
    client = await author(admin)
    answer = await send(client, f"{IV}/draft", fields_of((await client.get(f"{IV}/edit")).text))
    assert answer.headers["location"] == IV
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    assert page.draft_id is None


async def test_saving_makes_a_draft_of_words_and_fields(admin: Admin) -> None:
    client = await author(admin)
    fields = fields_of((await client.get(f"{IV}/edit")).text)
    fields = put(put(fields, "title", "Drip: a vein"), "body", field_value(fields, "body") + "\n\nOne more word.\n")
    fields = put(
        put(put(fields, "change", "meaning"), "see_also", "/guide/im\n/guide/cost"), "reviewed_on", "2026-11-01"
    )
    answer = await send(client, f"{IV}/draft", [*fields, ("ask_clinic", "true")])
    assert answer.status_code == 303
    document = parse((await draft(admin)).text)
    assert document.front.title == "Drip: a vein"
    assert document.front.ask_clinic
    assert (document.front.change, document.front.see_also) == ("meaning", ("/guide/im", "/guide/cost"))
    assert document.blocks[-1].text == "One more word."
    assert (await draft(admin)).contributors == ("Ana Author",)


async def test_a_field_that_cannot_be_right_is_kept_as_typed_and_named_by_the_check(admin: Admin) -> None:
    client = await author(admin)
    fields = put(fields_of((await client.get(f"{IV}/edit")).text), "review_due", "next spring")
    page = await send(client, f"{IV}/edit", fields)
    assert page.status_code == 200
    assert "review_due" in page.text
    assert 'value="next spring"' in page.text
    assert (await client.get(f"{IV}/edit")).text.count('value="next spring"') == 1


async def test_what_is_typed_comes_back_after_leaving_without_saving(admin: Admin) -> None:
    client = await author(admin)
    fields = put(fields_of((await client.get(f"{IV}/edit")).text), "body", "Half a sen")
    assert (await send(client, f"{IV}/copy", [*fields, ("name", "phone-1")])).json() == {"kept": "phone-1"}
    page = (await client.get(f"{IV}/edit")).text
    assert field(page, "body") == "Half a sen"
    assert "have not saved it as a draft" in page
    assert (await send(client, f"{IV}/copy/end", [("copy", "phone-1")])).status_code == 303
    assert "Half a sen" not in (await client.get(f"{IV}/edit")).text


async def test_two_devices_of_one_person_are_shown_each_other(admin: Admin) -> None:
    client = await author(admin)
    fields = fields_of((await client.get(f"{IV}/edit")).text)
    await send(client, f"{IV}/copy", [*put(fields, "body", "From the phone.\n"), ("name", "phone-1")])
    laptop = put(fields, "body", "From the laptop.\n")
    kept = await send(client, f"{IV}/copy", [*laptop, ("name", "laptop-1")])
    assert kept.status_code == 409
    both = await send(client, f"{IV}/edit", laptop)
    assert both.status_code == 409
    assert field(both.text, "body") == "From the laptop.\n"
    assert "From the <del>" in re.sub(r"<span class=\"said\">.*?</span>", "", both.text)
    # Having seen both, they choose; now it is saved.
    assert (await send(client, f"{IV}/draft", fields_of(both.text))).headers["location"] == IV
    assert "From the laptop." in (await draft(admin)).text


async def test_an_editor_that_was_open_before_is_told_what_was_typed_elsewhere(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Writer")
    fields = fields_of((await ana.get(f"{IV}/edit")).text)
    base = ("base", field_value(fields, "base"))
    await send(ana, f"{IV}/copy", [*put(fields, "body", "From the phone.\n"), ("name", "phone-1")])
    assert (await send(ana, f"{IV}/contact", [base])).json()["copy"] == "phone-1"
    assert (await send(ben, f"{IV}/contact", [base])).json()["copy"] == "", "it is told to nobody else"
    # The same words as the saved ones are no news.
    await send(ana, f"{IV}/copy", [*fields, ("known", "phone-1"), ("name", "phone-2")])
    assert (await send(ana, f"{IV}/contact", [base])).json()["copy"] == ""


async def test_two_people_put_their_texts_together(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Writer")
    first = fields_of((await ana.get(f"{IV}/edit")).text)
    words = field_value(first, "body")
    theirs = put(first, "body", words.replace("40 minutes", "45 minutes"))
    await send(ben, f"{IV}/draft", theirs)
    mine = put(put(first, "body", f"{words}\nCall us.\n"), "note", "One more line.")
    answer = await send(ana, f"{IV}/draft", mine)
    assert answer.headers["location"] == f"{IV}/merge"
    screen = (await ana.get(f"{IV}/merge")).text
    assert "Ben Writer saved another text" in screen
    assert screen.count('value="mine" required checked') == 2
    assert "Put both together" in (await ana.get(f"{IV}/edit")).text
    chosen = fields_of(screen)
    assert (await send(ana, f"{IV}/merge", chosen)).headers["location"] == f"{IV}/edit"
    await send(ana, f"{IV}/draft", fields_of((await ana.get(f"{IV}/edit")).text))
    text = (await draft(admin)).text
    assert "45 minutes" in text
    assert text.endswith("Call us.\n")
    assert "note: One more line." in text
    assert set((await draft(admin)).contributors) == {"Ana Author", "Ben Writer"}


async def test_a_passage_without_a_choice_is_asked_for_again_and_an_old_choice_refused(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Writer")
    first = fields_of((await ana.get(f"{IV}/edit")).text)
    await send(ben, f"{IV}/draft", put(put(first, "title", "Ben's title"), "reviewed_role", "nurse"))
    await send(ana, f"{IV}/draft", put(put(first, "title", "Ana's title"), "place", ""))
    screen = (await ana.get(f"{IV}/merge")).text
    said = re.sub(r"<span class=\"said\">.*?</span>|<[^>]*>", "", screen)
    for label in ("Title: Ben&#39;s title", "Title: Ana&#39;s title", "Their role: nurse", "Place in its part: "):
        assert label in said
    assert re.findall("(title|reviewed_role|place):", said) == []
    chosen = [one for one in fields_of(screen) if not one[0].startswith("pick-")]
    assert (await send(ana, f"{IV}/merge", chosen)).status_code == 409
    opened = await working.open_page(admin.site.database, "/guide/iv", by="Ana Author", now=0)
    assert opened is not None
    assert opened.current is not None
    await send(ben, f"{IV}/draft", put(put(first, "title", "Ben's third title"), "base", opened.current_sha256))
    answer = await send(ana, f"{IV}/merge", [*chosen, ("pick-0", "mine")])
    assert answer.status_code == 409
    words = re.sub(r"<span class=\"said\">.*?</span>|<[^>]*>", "", answer.text)
    assert "Ben&#39;s third title" in words
    assert "Ana&#39;s title" in words


async def test_who_else_is_editing_is_said_in_words(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Writer")
    base = field_value(fields_of((await ana.get(f"{IV}/edit")).text), "base")
    assert (await send(ben, f"{IV}/contact", [("base", base)])).json() == {
        "others": "", "changed": "", "copy": "",
    }  # fmt: skip
    assert (await send(ana, f"{IV}/contact", [("base", base)])).json()["others"] == "Ben Writer has this page open too."
    assert "Ben Writer has this page open too." in (await ana.get(f"{IV}/edit")).text
    await send(ben, f"{IV}/contact", [("leaving", "1")])
    assert (await send(ana, f"{IV}/contact", [("base", "another")])).json()["others"] == ""


async def test_the_checks_say_what_they_find_with_its_line_among_the_words(admin: Admin) -> None:
    client = await author(admin)
    fields = put(fields_of((await client.get(f"{IV}/edit")).text), "body", "Plain.\n\nSee [that](/guide/none).\n")
    found = (await send(client, f"{IV}/findings", fields)).json()
    assert {"severity": "blocker", "line": 3, "message": "/guide/none leads nowhere"} in found
    page = await send(client, f"{IV}/edit", fields)
    assert "Line 3: /guide/none leads nowhere" in page.text


async def test_front_matter_that_cannot_be_read_is_shown_as_text(admin: Admin) -> None:
    client = await author(admin)
    whole = fields_of((await client.get(f"{IV}/edit?whole=1")).text)
    assert field_value(whole, "body").startswith("---\ntitle: ")
    page = await send(client, f"{IV}/edit?whole=1", put(whole, "body", "---\ntitle: [\n---\n\nWords.\n"))
    assert "not readable as YAML" in page.text
    again = (await client.get(f"{IV}/edit")).text
    assert field(again, "body").startswith("---\ntitle: [")


async def test_a_preview_shows_the_typed_words_runs_no_script_and_keeps_nothing(admin: Admin) -> None:
    client = await author(admin)
    fields = put(fields_of((await client.get(f"{IV}/edit")).text), "body", "Only in the preview.\n")
    answer = await send(client, f"{IV}/preview", fields)
    assert "Only in the preview." in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "Only in the preview." not in (await client.get(f"{IV}/edit")).text
    faulty = await send(client, f"{IV}/preview", put(fields, "body", "# Title\n"))
    assert "Not yet a page" in faulty.text


async def test_a_new_page_begins_with_its_title(admin: Admin) -> None:
    client = await author(admin)
    answer = await send(client, "/admin/new", [("title", "Is it loud?"), ("part", "treatment")])
    assert answer.headers["location"] == "/admin/pages/faq/is-it-loud/edit"
    assert 'value="Is it loud?"' in (await client.get(answer.headers["location"])).text
    again = await send(client, "/admin/new", [("title", "Is it loud?"), ("part", "about")])
    assert again.status_code == 409
    assert "There is a page at /faq/is-it-loud already." in again.text
    assert 'value="Is it loud?"' in again.text


async def test_an_earlier_text_comes_back_as_a_draft_and_its_writer_stays_one(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Writer")
    first = fields_of((await ben.get(f"{IV}/edit")).text)
    await send(ben, f"{IV}/draft", put(first, "body", "Ben's words.\n"))
    bens = await draft(admin)
    assert (await send(ana, f"{IV}/draft/end", [])).status_code == 422
    stale = await send(ana, f"{IV}/draft/end", [("text", "0" * 64)])
    assert (stale.status_code, "Ben Writer kept another draft" in stale.text) == (409, True)
    assert f'name="text" value="{bens.sha256}"' in (await ana.get(f"{IV}/edit")).text
    assert (await send(ana, f"{IV}/draft/end", [("text", bens.sha256)])).headers["location"] == IV
    assert "put the draft away" in (await ana.get(IV)).text
    history = (await ana.get(f"{IV}/history")).text
    assert "Ben" in history
    assert f"{IV}/history/{bens.id}/draft" in history
    await send(ana, f"{IV}/history/{bens.id}/draft", [])
    restored = await draft(admin)
    assert restored.text == bens.text
    assert set(restored.contributors) == {"Ana Author", "Ben Writer"}


async def test_the_history_shows_what_changed_between_any_two(admin: Admin) -> None:
    client = await author(admin)
    for words in ("One dose of 5 mg.\n", "One dose of 50 mg.\n"):
        await send(client, f"{IV}/draft", put(fields_of((await client.get(f"{IV}/edit")).text), "body", words))
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    numbers = [one.id for one in await store.versions(admin.site.database, page.id)]
    shown = re.sub(r"<span class=\"said\">.*?</span>", "", (await client.get(f"{IV}/history")).text)
    assert "<del>5 mg</del>" in shown
    assert "<ins>50 mg</ins>" in shown
    oldest = (await client.get(f"{IV}/history?from={numbers[2]}&to={numbers[1]}")).text
    assert "5 mg" in oldest
    assert "50 mg" not in oldest
    assert (await client.get(f"{IV}/history?from=999999&to=x")).status_code == 200


async def test_a_long_history_comes_in_screens(admin: Admin) -> None:
    client = await author(admin)
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    async with admin.site.database.transaction() as transaction:
        await store.hold(transaction)
        for number in range(60):
            await store.add_revision(
                transaction, page.id, f"Text {number}.", None, ("Ana Author",), "Ana Author", number
            )
    numbers = [one.id for one in await store.versions(admin.site.database, page.id)]
    first = (await client.get(f"{IV}/history")).text
    assert f'href="?older={numbers[50]}"' in first
    older = (await client.get(f"{IV}/history?older={numbers[50]}")).text
    assert "live" in older
    assert "?older=" not in older


async def test_a_page_moves_to_another_address(admin: Admin) -> None:
    client = await author(admin)
    assert (await send(client, f"{IV}/address", [("slug", "Bad Slug")])).status_code == 409
    answer = await send(client, f"{IV}/address", [("slug", "drip")])
    assert answer.headers["location"] == "/admin/pages/guide/drip"
    assert (await client.get(f"{IV}/edit")).status_code == 404


async def test_a_source_is_added_to_the_draft_of_sources_and_can_be_cited(admin: Admin) -> None:
    client = await author(admin)
    fields = [("title", "A trial: of drips"), ("authors", "Novak J and others"), ("publisher", "BMJ"), ("year", "2026")]
    fields += [("url", "https://doi.org/10.1/x"), ("kind", "trial"), ("seen", "copy")]
    answer = await send(client, "/admin/sources/new", fields)
    assert answer.headers["location"] == "/admin/sources?q=NOV26"
    assert "[@NOV26]" in (await client.get("/admin/sources?q=novak")).text
    assert any(one["mark"] == "[@NOV26]" for one in (await client.get("/admin/sources/list")).json())
    again = await send(client, "/admin/sources/new", [*fields, ("key", "nov26")])
    assert again.status_code == 409
    assert "A trial: of drips" in again.text
    bad = await send(client, "/admin/sources/new", [*put(fields, "url", "javascript:alert(1)")])
    assert bad.status_code == 422


async def test_every_page_can_be_linked_to(admin: Admin) -> None:
    client = await author(admin)
    listed = (await client.get("/admin/links/list")).json()
    assert {"mark": "/guide/iv", "name": "Drip into a vein (IV)", "about": "/guide/iv"} in listed


WRITES = (
    f"{IV}/draft", f"{IV}/edit", f"{IV}/copy", f"{IV}/copy/end", f"{IV}/contact", f"{IV}/findings", f"{IV}/preview",
    f"{IV}/draft/end", f"{IV}/merge", f"{IV}/history/1/draft", f"{IV}/address", "/admin/new", "/admin/sources/new",
)  # fmt: skip


async def test_only_authors_write(admin: Admin) -> None:
    clients = [
        await admin.signed_in(admin.client(), "reviewer", name="Rita"),
        await admin.signed_in(admin.client(), "reviewer", "publisher", "administrator", name="Paul"),
    ]
    for address in WRITES:
        for client in clients:
            answer = await send(client, address, [("body", "Mine."), ("base", ""), ("name", "n"), ("copy", "n")])
            assert answer.status_code == 403, address
        assert (await send(admin.client(), address, [("body", "Mine.")])).status_code == 401, address
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    assert page.draft_id is None


async def test_nothing_is_written_for_another_site(admin: Admin) -> None:
    client = await author(admin)
    for address in WRITES:
        body = {"body": "Forged.", "base": ""}
        answer = await client.post(address, data=body, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403, address


async def test_reviewers_may_look_at_previews_and_the_history(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "reviewer", name="Rita Reviewer")
    assert (await client.get(f"{IV}/preview")).status_code == 200
    history = await client.get(f"{IV}/history")
    assert history.status_code == 200
    assert "Restore" not in history.text
    assert (await client.get(f"{IV}/edit")).status_code == 403


async def test_a_text_that_is_too_long_is_refused_and_shown_again(admin: Admin) -> None:
    client = await author(admin)
    fields = put(fields_of((await client.get(f"{IV}/edit")).text), "body", "word " * 14_000)
    answer = await send(client, f"{IV}/draft", fields)
    assert answer.status_code == 409
    assert "longer than 64 kB" in answer.text
    assert field(answer.text, "body") == "word " * 14_000
    assert (await send(client, f"{IV}/draft", put(fields, "body", "x" * 2_000_000))).status_code == 413


async def test_what_is_no_page_is_not_found(admin: Admin) -> None:
    client = await author(admin)
    for address in ("guide/none", "nothing/iv", "guide/..%2f..", "site/iv"):
        assert (await client.get(f"/admin/pages/{address}/edit")).status_code == 404
    assert (await client.get(f"{IV}/preview?text=none")).status_code == 404


async def author(admin: Admin, name: str = "Ana Author") -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "author", name=name)


async def send(client: httpx2.AsyncClient, address: str, fields: Fields) -> httpx2.Response:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(address, content=urlencode(fields), headers=kind)


async def draft(admin: Admin) -> Revision:
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    assert page.draft_id is not None
    found = await drafts.current_revision(admin.site.database, page)
    assert found is not None
    return found


class Reader(HTMLParser):
    """Reads the fields of every form of a screen, as a browser without script would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Fields] = []
        self.name = ""
        self.text = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form":
            self.forms.append([])
        elif tag == "input" and name and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.forms[-1].append((name, value))
        elif tag in ("textarea", "select"):
            self.name, self.text, self.options = name, "", []
        elif tag == "option":
            self.options.append((value, "selected" in found))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.forms[-1].append((self.name, self.text.removeprefix("\n")))
        elif tag == "select":
            self.forms[-1].append((self.name, next((value for value, chosen in self.options if chosen), "")))


def fields_of(page: str) -> Fields:
    """The fields of the screen's largest form."""
    reader = Reader()
    reader.feed(page)
    return max(reader.forms, key=len)


def field(page: str, name: str) -> str:
    return field_value(fields_of(page), name)


def field_value(fields: Fields, name: str) -> str:
    return next(value for key, value in fields if key == name)


def put(fields: Fields, name: str, value: str) -> Fields:
    return [(key, value if key == name else old) for key, old in fields]
