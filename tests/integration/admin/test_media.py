"""The screens for pictures: authors keep, describe, replace and remove them; nothing that was typed is lost."""

import re

import httpx2
import pytest

from pwa.content import media_store
from pwa.content.drafts import draft
from pwa.content.drawn import MOST_BYTES
from pwa.content.markdown import parse
from tests.integration.admin.conftest import Admin
from tests.pictures import bomb, photograph, turned_and_located
from tests.publishing import NOW, text

WORDS = {"title": "Front door", "alternative": "Our green door"}


async def author(admin: Admin) -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "author")


async def keep(client: httpx2.AsyncClient, **given: str) -> httpx2.Response:
    files = {"file": ("IMG_1.jpg", turned_and_located(), "image/jpeg")}
    return await client.post("/admin/media", data=WORDS | given, files=files)


async def test_a_picture_from_the_camera_is_kept_and_shown(admin: Admin) -> None:
    client = await author(admin)
    assert "There are no pictures yet." in (await client.get("/admin/media")).text
    kept = await keep(client)
    assert kept.status_code == 303
    page = await client.get(kept.headers["location"])
    assert "The picture is here." in page.text
    assert "::: picture front-door-" in page.text
    assert "No page shows it." in page.text
    for digest in set(re.findall(r'src="(/c/o/[0-9a-f]{64})"', page.text)):
        picture = await client.get(digest)
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/webp"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert b"Secret" not in picture.content
    assert "Our green door" in (await client.get("/admin/media")).text
    (offered,) = (await client.get("/admin/media/list")).json()
    assert offered["name"] == "Front door"
    assert parse(text("Drip", offered["mark"])).pictures, "what the editor puts in shows it"


@pytest.mark.parametrize(
    ("given", "body", "words"),
    [
        ({"alternative": ""}, photograph(), "Say in words what the picture shows"),
        ({"alternative": "x", "decorative": "on"}, photograph(), "not both"),
        ({"title": ""}, photograph(), "short name"),
        ({}, bomb(), "million pixels"),
        ({}, b"<svg onload='alert(1)'>", "SVG"),
        ({}, b"", "The file is empty"),
    ],
    ids=["no words", "both", "no name", "bomb", "SVG", "no file"],
)
async def test_what_does_not_do_is_said_and_the_words_stay(
    admin: Admin, given: dict[str, str], body: bytes, words: str
) -> None:
    client = await author(admin)
    answer = await client.post("/admin/media", data=WORDS | given, files={"file": ("<b>.jpg", body, "image/jpeg")})
    assert answer.status_code == 409
    assert words in answer.text
    for value in (WORDS | given).values():
        assert value in answer.text
    assert await media_store.all_media(admin.site.database) == []


async def test_an_upload_that_is_too_large_is_not_read(admin: Admin) -> None:
    client = await author(admin)
    answer = await client.post("/admin/media", data=WORDS, files={"file": ("a.jpg", bytes(MOST_BYTES + 100_000))})
    assert answer.status_code == 413


async def test_a_replaced_picture_makes_drafts_and_cannot_be_removed_while_it_is_shown(admin: Admin) -> None:
    client = await author(admin)
    first = (await keep(client)).headers["location"]
    name = first.rpartition("/")[2]
    shown = text("Drip", f'::: picture {name} "Our green door"\n:::')
    await draft(admin.site.database, "/guide/new", shown, by="Ana Author", now=NOW)
    assert "/guide/new" in (await client.get(first)).text
    refused = await client.post(f"{first}/removal")
    assert refused.status_code == 409
    assert "/guide/new (draft)" in refused.text
    answer = await client.post(
        f"{first}/replacement", data={"alternative": "A blue door"}, files={"file": ("b.png", photograph(kind="PNG"))}
    )
    second = answer.headers["location"]
    assert second != first
    assert "/guide/new" in (await client.get(second)).text
    assert "Another picture took its place" in (await client.get(first)).text
    gone = await client.post(f"{first}/removal")
    assert gone.status_code == 303
    assert (await client.get(first)).status_code == 409


async def test_other_words_are_for_new_uses(admin: Admin) -> None:
    client = await author(admin)
    first = (await keep(client)).headers["location"]
    await client.post(f"{first}/description", data={"alternative": "The door", "decorative": ""})
    refused = await client.post(f"{first}/description", data={"alternative": 'The "door"'})
    assert "quotation marks" in refused.text
    assert "The &#34;door&#34;" in refused.text
    await client.post(f"{first}/description", data={"decorative": "on"})
    assert "Only decorates" in (await client.get(first)).text


async def test_whoever_is_no_author_looks_only(admin: Admin) -> None:
    first = (await keep(await author(admin))).headers["location"]
    for role in ("reviewer", "publisher", "administrator"):
        client = await admin.signed_in(admin.client(), role, name=f"Rita {role}")
        assert "Add a picture" not in (await client.get("/admin/media")).text
        assert "Remove it" not in (await client.get(first)).text
        for address in ("/admin/media", f"{first}/description", f"{first}/replacement", f"{first}/removal"):
            assert (await client.post(address, data=WORDS)).status_code == 403, address
    nobody = admin.client()
    assert (await nobody.get("/admin/media")).status_code == 303
    assert (await nobody.post("/admin/media", data=WORDS)).status_code == 401
    assert len(await media_store.all_media(admin.site.database)) == 1


async def test_a_form_of_another_site_keeps_nothing(admin: Admin) -> None:
    client = await author(admin)
    client.headers["sec-fetch-site"] = "cross-site"
    assert (await keep(client)).status_code == 403
    assert await media_store.all_media(admin.site.database) == []
