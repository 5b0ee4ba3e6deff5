"""Releases on trial: what was tried is what is published, and nobody finds one without its secret."""

import json

import pytest

from pwa.content import store, trial, trial_store
from pwa.content.drafts import draft
from pwa.content.live import load, object_body
from pwa.content.model import Refused
from pwa.database import Database
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import NOW, make_renderer, text


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: nothing here is written otherwise for the other."""
    return sqlite_url


async def started(guide: Database, *paths: str) -> str:
    return await trial.start(guide, make_renderer(), paths=paths, withdraw={}, notes=["New."], by="Cleo", now=NOW)


async def test_what_was_tried_is_byte_for_byte_what_is_published(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Tried."))
    found = await trial.find(guide, await started(guide, "/guide/iv"), NOW)
    assert found is not None
    assert found.changes == (("/guide/iv", "Drip", "wording"),)
    published = await put_out(notes=["New."])
    assert published.manifests == found.manifests


async def test_a_trial_changes_nothing_for_readers_and_needs_no_sign_off(guide: Database) -> None:
    before = await load(guide)
    await draft(guide, "/guide/iv", text("Drip", "Not for readers."), by="Ana", now=NOW)
    found = await trial.find(guide, await started(guide, "/guide/iv"), NOW)
    after = await load(guide)
    assert (after.head, after.responses.keys()) == (before.head, before.responses.keys())
    assert found is not None
    manifest = await object_body(guide, found.manifests["en"])
    assert manifest is not None
    entry = next(one for one in json.loads(manifest.identity)["entries"] if one["path"] == "/guide/iv")
    page = await object_body(guide, entry["object"])
    assert page is not None
    assert b"Not for readers." in page.identity
    assert dict(page.headers)["content-type"] == "application/octet-stream"


async def test_only_the_secret_leads_to_it_and_only_its_hash_is_kept(guide: Database) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Secret."), by="Ana", now=NOW)
    secret = await started(guide, "/guide/iv")
    [running] = await trial_store.running(guide, NOW)
    assert running.name == trial.name_of(secret)
    for wrong in (running.name, secret[:-1], secret[:-1] + ("A" if secret[-1] != "A" else "B"), "", "é" * 32):
        assert await trial.find(guide, wrong, NOW) is None


async def test_it_ends_after_a_day_or_when_someone_ends_it(guide: Database) -> None:
    await draft(guide, "/guide/iv", text("Drip", "For a day."), by="Ana", now=NOW)
    secret = await started(guide, "/guide/iv")
    assert await trial.find(guide, secret, NOW + trial.LASTS - 1) is not None
    assert await trial.find(guide, secret, NOW + trial.LASTS) is None
    for _ in range(2):
        await trial.end(guide, trial.name_of(secret), by="Dora", now=NOW)
    assert await trial.find(guide, secret, NOW) is None


async def test_nothing_is_tried_when_nothing_would_change(guide: Database) -> None:
    with pytest.raises(Refused, match="nothing to try"):
        await started(guide)
    assert await trial_store.running(guide, NOW) == []


async def test_what_only_a_trial_uses_goes_with_other_unused_objects(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Tried only."), by="Ana", now=NOW)
    found = await trial.find(guide, await started(guide, "/guide/iv"), NOW)
    assert found is not None
    await edit("/guide/im", text("Injection", "Other."))
    await put_out(paths=["/guide/im"])
    later = NOW + 91 * trial.LASTS
    await edit("/faq/hurt", text("Does it hurt?", "Other.", review_due="2027-06-01"))
    await put_out(paths=["/faq/hurt"], now=later)
    assert await store.missing_objects(guide, found.manifests.values())
