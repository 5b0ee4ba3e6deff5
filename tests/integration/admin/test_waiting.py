"""Slow looks at long texts keep nobody else waiting: the server goes on answering meanwhile."""

import asyncio
import time
from collections.abc import Awaitable
from random import Random

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import drafts, release, store
from pwa.content.markdown import MAX_TEXT_BYTES, parse
from pwa.content.signing import sign_off
from pwa.content.store import Revision
from pwa.staff import people
from pwa.staff.model import ROLES
from tests.integration.admin.conftest import Admin
from tests.integration.admin.test_outside import JANE, made
from tests.integration.admin.test_release import PATH


async def long_draft(admin: Admin, seed: int) -> Revision:
    """A draft that is nearly as long as a text may be, of words that resemble each other."""
    random = Random(seed)
    words = " ".join(random.choice(("one", "two", "three", "four")) for _ in range(MAX_TEXT_BYTES // 6))
    kept = await draft_with(admin, f"{words}\n")
    await sign_off(admin.site.database, PATH, digest=kept.sha256, by="Ben Reviewer", now=milliseconds())
    return kept


async def draft_with(admin: Admin, body: str) -> Revision:
    """A draft of that text under the front matter that is there."""
    database = admin.site.database
    page = await store.page_at(database, PATH)
    assert page is not None
    current = await drafts.current_revision(database, page)
    assert current is not None
    text = f"{current.text[: current.text.index('---', 4)]}---\n\n{body}"
    return await drafts.draft(database, PATH, text, by="Ana Author", now=milliseconds())


async def blocked(asked: Awaitable[httpx2.Response], status: int = 200) -> tuple[float, float]:
    """How long an answer took, and the longest time in which nothing else could be answered, in seconds."""
    longest, last = 0.0, time.perf_counter()

    async def beat() -> None:
        nonlocal longest, last
        while True:
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            await asyncio.sleep(0)

    began = time.perf_counter()
    beating = asyncio.create_task(beat())
    answer = await asked
    beating.cancel()
    assert answer.status_code == status
    return time.perf_counter() - began, max(longest, time.perf_counter() - last)


@pytest.mark.parametrize("screen", ["/review", "/release", "/outside", "/releases/2", "/releases/1/return"])
async def test_others_are_answered_while_long_texts_are_compared(admin: Admin, screen: str) -> None:
    client = await admin.signed_in(admin.client(), *ROLES, name="Cleo Publisher")
    await long_draft(admin, 1)
    await release.publish(admin.site.database, admin.site.renderer, by="Cleo Publisher", now=milliseconds())
    await admin.site.catch_up()
    address = f"/admin{screen}"
    if not screen.startswith("/releases"):
        revision = await long_draft(admin, 2)
        await client.post("/admin/release/pages", data={"path": PATH})
        if screen == "/outside":
            _, address = await made(admin, revision)
        if screen == "/review":
            address = "/admin/pages/guide/iv/review"
    await client.get(address)  # its templates are compiled once
    took, gap = await blocked(client.get(address))
    assert gap < max(0.1, took / 3)


@pytest.mark.parametrize("way", ["sign", "name", "outside"])
async def test_others_are_answered_while_a_text_that_is_slow_to_read_is_signed(admin: Admin, way: str) -> None:
    database = admin.site.database
    client = await admin.signed_in(admin.client(), "reviewer", name="Cleo Clinician")
    cleo = await admin.person("reviewer", name="Cleo Clinician")
    async with database.transaction() as transaction:
        await people.change_registration(transaction, cleo.id, "GMC 7654321", by="the test", now=milliseconds())
    slow = await draft_with(admin, f"- {way}\n" * 6000)
    address, form = "/admin/pages/guide/iv/sign-offs", {"text": slow.sha256}
    if way == "name":
        form |= {"named": "yes", "role": "anaesthetist"}
    if way == "outside":
        _, address = await made(admin, slow)
        client, form = admin.client(), {**form, "answer": "approve", **JANE}
    parse.cache_clear()
    took, gap = await blocked(client.post(address, data=form), 303)
    assert gap < max(0.1, took / 3)


async def test_others_are_answered_while_a_faulty_text_that_is_slow_to_read_is_about_to_go_out(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), *ROLES, name="Cleo Publisher")
    await draft_with(admin, "- fault\n" * 6000 + "\nThis is <b>bold</b>.\n")
    await client.post("/admin/release/pages", data={"path": PATH})
    await client.get("/admin/release")  # its templates are compiled once
    took, gap = await blocked(client.get("/admin/release"))
    assert gap < max(0.1, took / 3)


async def test_whoever_saves_does_not_wait_for_a_text_that_is_slow_to_read(admin: Admin) -> None:
    database = admin.site.database
    slow = await draft_with(admin, "- save\n" * 6000)
    signing = asyncio.create_task(sign_off(database, PATH, digest=slow.sha256, by="Ben Reviewer", now=milliseconds()))
    await asyncio.sleep(0.1)
    await admin.person("author", name="Zoe New")
    assert not signing.done()
    await signing
