"""Texts in and out as a folder of Markdown files, laid out as docs/content-format.md says."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pwa.content import store
from pwa.content.drafts import current_revision, hold_published, keep_draft, new_page, split_path
from pwa.content.markdown import MAX_TEXT_BYTES, parse
from pwa.content.model import ContentError, Problem, Refused, page_path
from pwa.database import Database
from pwa.staff import audit

KINDS = ("guide", "faq", "site")


@dataclass(frozen=True)
class SourceText:
    """One file of a folder: the page it is for, and its exact text."""

    kind: str
    slug: str
    text: str

    @property
    def path(self) -> str:
        """Where readers find it."""
        return page_path(self.kind, self.slug)


@dataclass(frozen=True)
class Difference:
    """What importing a file does: `new`, `changed` or `same`, with the changed lines and the faults found."""

    path: str
    kind: str
    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_folder(folder: Path) -> list[SourceText]:
    """Every text under `guide/`, `faq/` and `site/`, in a fixed order; ContentError for one that is no text."""
    texts = []
    for kind in KINDS:
        for file in sorted((folder / kind).glob("*.md")):
            split_path(page_path(kind, file.stem))
            texts.append(SourceText(kind, file.stem, read_text(file)))
    return texts


def read_text(file: Path) -> str:
    """A file's text with line ends as ours; ContentError for what is no plain file, too long or not UTF-8."""
    if not file.is_file():  # a pipe would keep the server waiting for ever
        raise ContentError((Problem(0, f"{file} is no file"),))
    if file.stat().st_size > MAX_TEXT_BYTES:
        raise ContentError((Problem(0, f"{file} is longer than {MAX_TEXT_BYTES // 1024} kB"),))
    try:
        return file.read_bytes().decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ContentError((Problem(0, f"{file} is not UTF-8: {error.reason}"),)) from None


async def import_folder(
    database: Database, folder: Path, *, by: str, now: int, dry_run: bool = False, locale: str = "en"
) -> list[Difference]:
    """Make drafts of what differs in a folder from the current texts; with `dry_run` only say what would change.

    All files or none: Refused when one of them cannot be read. Pages that the folder lacks stay as they are.
    """
    texts = read_folder(folder)
    if not texts:
        raise Refused(f"{folder} holds no texts; they belong into {', '.join(f'{kind}/' for kind in KINDS)}.")
    differences = []
    async with database.transaction() as transaction:
        await hold_published(transaction)
        for source in texts:
            page = await store.page_at(transaction, source.path, locale)
            current = await current_revision(transaction, page) if page else None
            differences.append(_difference(source, current.text if current else None))
            if dry_run or differences[-1].kind == "same":
                continue
            if differences[-1].problems:
                raise Refused(f"{source.path}: {ContentError(differences[-1].problems)}. Nothing was imported.")
            if page is None:
                page = await new_page(transaction, source.path, now, locale)
            await keep_draft(transaction, page, source.text, by=by, now=now)
        changed = sum(one.kind != "same" for one in differences)
        if changed and not dry_run:
            await audit.record(transaction, by=by, action="folder.import", subject=folder.name, now=now, drafts=changed)
    return differences


async def export(database: Database, folder: Path, *, drafts: bool = False, locale: str = "en") -> list[Path]:
    """Write the live texts (or, with `drafts`, the current ones) as a folder that `import_folder` reads."""
    written = []
    async with database.snapshot() as reader:
        head = await store.head(reader)
        live = await store.items(reader, head.release_id) if head.release_id is not None else {}
        for page in await store.pages(reader):
            item = live.get(page.id)
            number = page.draft_id if drafts and page.draft_id else item.revision_id if item else None
            if page.locale != locale or number is None:
                continue
            slug = page.slug if drafts or item is None else item.slug
            file = folder / page.kind / f"{slug}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes((await store.revisions(reader, [number]))[number].text.encode())
            written.append(file)
    return written


def _difference(source: SourceText, current: str | None) -> Difference:
    problems = tuple(_problems(source.text))
    if current is None:
        return Difference(source.path, "new", (), problems)
    if current == source.text:
        return Difference(source.path, "same", (), problems)
    lines = difflib.unified_diff(current.splitlines(), source.text.splitlines(), "now", "imported", lineterm="", n=1)
    return Difference(source.path, "changed", tuple(lines), problems)


def _problems(text: str) -> Iterator[Problem]:
    try:
        parse(text)
    except ContentError as error:
        yield from error.problems
