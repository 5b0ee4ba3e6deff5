"""Archives out and in by screen, for administrators alone; and old addresses, from a move to its redirect."""

import io
import re
import zipfile

import httpx2

from pwa.app import milliseconds
from pwa.content import drafts, media_store, release, store, transfer
from pwa.content.bundle import read_archive
from pwa.content.redirects import read_redirects
from tests.integration.admin.conftest import Admin
from tests.publishing import NOW, text


async def administrator(admin: Admin) -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "administrator", name="Olga Office")


def archive(**texts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, content in texts.items():
            opened.writestr(name.replace("_", "/") + ".md", content)
    return written.getvalue()


async def send(client: httpx2.AsyncClient, body: bytes) -> httpx2.Response:
    return await client.post("/admin/transfer", files={"file": ("guide.zip", body, "application/zip")})


async def draft_at(admin: Admin, path: str) -> str | None:
    async with admin.site.database.snapshot() as reader:
        page = await store.page_at(reader, path)
        if page is None or page.draft_id is None:
            return None
        return (await store.revisions(reader, [page.draft_id]))[page.draft_id].text


async def test_an_export_comes_back_as_the_same(admin: Admin) -> None:
    client = await administrator(admin)
    exported = await client.get("/admin/transfer/export/live.zip")
    assert exported.headers["content-type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="guide-live-.*\.zip"', exported.headers["content-disposition"])
    assert exported.headers["cache-control"] == "no-store"
    assert len(read_archive(exported.content).texts) > 50
    page = await client.get((await send(client, exported.content)).headers["location"])
    assert "Nothing differs" in page.text
    assert "Make drafts" not in page.text
    assert (await client.get("/admin/transfer/export/passwords.zip")).status_code == 422


async def test_an_archive_is_looked_at_before_it_becomes_drafts(admin: Admin) -> None:
    client = await administrator(admin)
    body = "Imported <script>alert(1)</script> [words](/guide/iv)."
    new = text("Import", body.replace("<script>alert(1)</script>", "words"))
    where = (await send(client, archive(guide_import=new))).headers["location"]
    page = await client.get(where)
    assert "/guide/import" in page.text
    assert await draft_at(admin, "/guide/import") is None
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page.text)
    assert seen is not None
    imported = await client.post(f"{where}/drafts", data={"seen": seen[1]})
    assert imported.headers["location"] == "/admin/transfer"
    assert await draft_at(admin, "/guide/import") == new
    assert (await client.post(f"{where}/drafts", data={"seen": seen[1]})).status_code == 409, "replayed"


async def test_an_archive_whose_name_happens_to_have_digits_alone_is_found(admin: Admin) -> None:
    client = await administrator(admin)
    async with admin.site.database.transaction() as transaction:
        waiting = archive(guide_import=text("Import", "Words."))
        await media_store.stage(
            transaction, "1234567890123456", waiting, "Olga Office", milliseconds(), transfer.KEPT_FOR
        )
    page = await client.get("/admin/transfer/1234567890123456")
    assert (page.status_code, "/guide/import" in page.text) == (200, True)


async def test_what_changed_since_is_shown_before_anything_is_imported(admin: Admin) -> None:
    client = await administrator(admin)
    where = (await send(client, archive(guide_iv=text("Drip", "Imported.")))).headers["location"]
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', (await client.get(where)).text)
    assert seen is not None
    await drafts.draft(admin.site.database, "/guide/iv", text("Drip", "Ana's."), by="Ana Author", now=NOW)
    refused = await client.post(f"{where}/drafts", data={"seen": seen[1]})
    assert refused.status_code == 409
    assert "open draft by Ana Author" in refused.text
    assert "Ana&#39;s." in refused.text
    kept = await draft_at(admin, "/guide/iv")
    assert kept is not None
    assert "Ana's." in kept
    assert (await client.post(f"{where}/removal")).status_code == 303
    assert (await client.get(where)).status_code == 409


async def test_faults_and_tricks_are_said_and_import_nothing(admin: Admin) -> None:
    client = await administrator(admin)
    where = (await send(client, archive(guide_bad="<script>alert(1)</script>"))).headers["location"]
    page = await client.get(where)
    assert "must start with front matter" in page.text
    assert "Make drafts" not in page.text
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page.text)
    assert seen is None
    trick = io.BytesIO()
    with zipfile.ZipFile(trick, "w") as opened:
        opened.writestr("../../<b>.md", "x")
    for body, words in (
        (trick.getvalue(), "../../&lt;b&gt;.md has no place here"),
        (b"no archive", "no zip archive"),
        (b"", "no zip archive"),
        (archive(guide_iv="\x00"), ""),
    ):
        answer = await send(client, body)
        assert words in answer.text
        assert answer.status_code == (409 if words else 303)


async def test_only_administrators_and_only_their_own(admin: Admin) -> None:
    olga = await administrator(admin)
    where = (await send(olga, archive(guide_iv=text("Drip", "Imported.")))).headers["location"]
    other = await admin.signed_in(admin.client(), "administrator", name="Otto Office")
    assert (await other.get(where)).status_code == 409
    assert (await other.post(f"{where}/drafts", data={"seen": "0"})).status_code == 409
    await other.post(f"{where}/removal")
    assert (await olga.get(where)).status_code == 200
    lesser = await admin.signed_in(admin.client(), "author", "reviewer", "publisher", name="Ana Author")
    for address in ("/admin/transfer", "/admin/transfer/export/live.zip", where):
        assert (await lesser.get(address)).status_code == 403, address
    for address in ("/admin/transfer", f"{where}/drafts", f"{where}/removal"):
        assert (await lesser.post(address, data={"seen": "0"})).status_code == 403, address
    olga.headers["sec-fetch-site"] = "cross-site"
    assert (await olga.post(f"{where}/removal")).status_code == 403
    assert await draft_at(admin, "/guide/iv") is None


async def test_a_moved_page_answers_at_every_address_it_ever_had(admin: Admin) -> None:
    site = admin.site
    client = await admin.signed_in(admin.client(), "author")
    await drafts.move(site.database, "/guide/iv", "drip", by="Ana Author", now=NOW)
    page = await client.get("/admin/redirects")
    assert "/guide/drip" in page.text
    assert "No page has moved." in page.text
    assert "/guide/routes" in page.text, "a page that still says the old address"
    for before, slug in (("", "drip"), ("drip", "into-a-vein"), ("into-a-vein", "infusion")):
        if before:
            await drafts.move(site.database, f"/guide/{before}", slug, by="Ana Author", now=NOW)
        await release.publish(site.database, site.renderer, by="Cleo", now=admin.site.live.sequence * 1000 + 60_000)
        await site.catch_up()
    for old in ("iv", "drip", "into-a-vein"):
        answer = await admin.client().get(f"/guide/{old}?from=print")
        assert (answer.status_code, answer.headers["location"]) == (308, "/guide/infusion"), "straight there"
    assert site.live.manifests["en"]["redirects"]["/guide/iv"] == "/guide/infusion", "and so on every phone"
    listed = (await client.get("/admin/redirects")).text
    assert listed.count("/guide/infusion") == 3
    async with site.database.snapshot() as reader:
        redirects = await read_redirects(reader)
    assert [one.old for one in redirects.live] == ["/guide/drip", "/guide/into-a-vein", "/guide/iv"]
    assert "/guide/routes" in redirects.live[2].linked_from
    assert redirects.coming == ()
