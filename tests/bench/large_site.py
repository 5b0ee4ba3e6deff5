"""The same 200 pages and 5,000 revisions twice: kept by us, and by a Wagtail site."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pwa.app import milliseconds, open_databases, site_renderer
from pwa.content import drafts, release, store
from pwa.content.front_matter import read
from pwa.content.model import page_path
from pwa.database import Reader
from pwa.settings import Settings
from pwa.staff import people, sessions
from pwa.staff.model import Role
from pwa.web.assets import load_assets
from tests.bench.peers import BENCH, Peer, running
from tests.bench.table import ROOT
from tests.browser.servers import free_port

PAGES = 200
REVISIONS = 5000
PASSWORD = "a password for one run"
AUTHOR, REVIEWER = "Ana Author", "Rae Reviewer"
_ROLES: Mapping[str, tuple[Role, ...]] = {AUTHOR: ("author", "publisher"), REVIEWER: ("reviewer",)}


@dataclass(frozen=True)
class Text:
    """A page's first text."""

    kind: str
    slug: str
    whole: str

    @property
    def words(self) -> str:
        """What stands below the front matter."""
        return self.whole.split("\n---\n", 1)[1].lstrip("\n")

    def revisions(self) -> list[str]:
        """Every text it had, the words of each other than those before."""
        return [f"{self.whole.rstrip()}\n\nLooked at again, {_letters(number)}.\n" for number in range(_EACH)]


_EACH = REVISIONS // PAGES


def fill_ours(folder: Path) -> tuple[list[Text], dict[str, str]]:
    """Make 200 pages with 5,000 revisions of a seeded site; its texts, and a session's secret for each person."""
    return asyncio.run(_fill_ours(Settings(
        database_url=f"sqlite:///{folder / 'content.db'}", vault_url=f"sqlite:///{folder / 'vault.db'}"
    )))  # fmt: skip


async def _fill_ours(settings: Settings) -> tuple[list[Text], dict[str, str]]:
    now = milliseconds()
    async with open_databases(settings) as (database, _):
        texts = await _texts(database)
        async with database.transaction() as transaction:
            for text in texts:
                path = page_path(text.kind, text.slug)
                page = await store.page_at(transaction, path) or await drafts.new_page(transaction, path, now)
                for revision in text.revisions():
                    await drafts.keep_draft(transaction, page, revision, by=AUTHOR, now=now)
                    page = await store.page_at(transaction, path) or page
            secrets = {}
            for name, roles in _ROLES.items():
                email = f"{name.partition(' ')[0].lower()}@clinic.example"
                person = await people.add_person(transaction, name=name, email=email, roles=roles, by="bench", now=now)
                secrets[name] = await sessions.begin(
                    transaction, person, way="bench", device="bench", device_secret=name, before="", now=now
                )
        await release.publish(
            database, site_renderer(settings, load_assets()), by=AUTHOR, now=now, break_glass="measuring"
        )
        count = await database.fetch_one(
            "SELECT (SELECT count(*) FROM release_item WHERE release_id = (SELECT release_id FROM head)) AS pages,"
            " (SELECT count(*) FROM revision) AS revisions"
        )
        assert count is not None
        assert count["pages"] == PAGES
        assert count["revisions"] >= REVISIONS
    return texts, secrets


async def _texts(database: Reader) -> list[Text]:
    """The guide's own texts, and those of its sections and questions again until there are enough."""
    pages = {one.id: one for one in await store.pages(database)}
    head = await store.head(database)
    assert head.release_id is not None
    items = await store.items(database, head.release_id)
    live = await store.revisions(database, [one.revision_id for one in items.values() if one.revision_id])
    texts = [Text(pages[one.page_id].kind, pages[one.page_id].slug, one.text) for one in live.values()]
    sources = [one for one in texts if one.kind != "site"]
    for number in range(PAGES - len(texts)):
        source = sources[number % len(sources)]
        texts.append(Text(source.kind, f"{source.slug}-{_letters(number // len(sources))}", source.whole))
    return texts


def fill_wagtail(folder: Path, texts: list[Text]) -> dict[str, int]:
    """Make the Wagtail site of the same texts; each page's number by the slug that `wagtail_slug` gives it."""
    kept = [
        {
            "slug": wagtail_slug(text),
            "title": read(text.whole)["title"],
            "summary": read(text.whole)["summary"],
            "bodies": [one.split("\n---\n", 1)[1].lstrip("\n") for one in text.revisions()],
        }
        for text in texts
    ]
    (folder / "bench_migrations").mkdir()
    (folder / "bench_migrations" / "__init__.py").touch()
    file = folder / "texts.json"
    file.write_text(json.dumps(kept))
    done = subprocess.run(
        [str(BENCH / "python"), "-m", "tests.bench.wagtail_site.fill", str(file), PASSWORD],
        cwd=ROOT, env=_environment(folder), stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def wagtail(folder: Path) -> Iterator[Peer]:
    """The Wagtail site in one process of gunicorn, which answers it a little sooner than granian does."""
    port = free_port()
    command = [
        str(BENCH / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--workers", "1", "--worker-class", "gthread",
        "--threads", "1", "--keep-alive", "10", "--log-level", "error", "tests.bench.wagtail_site.wsgi:application",
    ]  # fmt: skip
    with running(command, port, _environment(folder)) as peer:
        yield peer


def wagtail_slug(text: Text) -> str:
    """The page's name among Wagtail's, which stand all in one place."""
    return f"{text.kind}-{text.slug}"


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "BENCH_FOLDER": str(folder), "PYTHONPATH": f"{ROOT}:{folder}", "PYTHONSAFEPATH": "1"}


def _letters(number: int) -> str:
    """A number in letters, because a figure without a source stops a release."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))
