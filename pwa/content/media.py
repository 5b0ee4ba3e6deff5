"""Pictures: taken in, described, shown in texts, replaced and removed; a name stands for the same bytes for ever."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pwa.content import media_store, store
from pwa.content.drafts import current_revision, keep_draft
from pwa.content.drawn import Drawn, NoPicture, pack, unpack
from pwa.content.markdown import normalise, term_anchor
from pwa.content.media_store import Media
from pwa.content.model import Refused, Snapshot, page_path
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit

LONGEST_TITLE = 60
LONGEST_ALTERNATIVE = 300
_SECONDS = 90
"""How long a picture may take, on a machine that is busy with others."""

_SHOWN = re.compile(
    r'^( {0,3}:{3,}[ \t]*picture )([a-z0-9]+(?:-[a-z0-9]+)*)( (?:"[^"\n]*"|decorative)[ \t]*)$', re.MULTILINE
)
_PROGRAM = (
    f"import sys; sys.path.append({str(Path(__file__).parents[2])!r}); import pwa.content.reencode as it; it.main()"
)
_AT_ONCE = ThreadPoolExecutor(2, "pictures")
"""A large photograph takes hundreds of megabytes while it is drawn, and those who wait must not be in others' way."""


@dataclass(frozen=True)
class Use:
    """A text that shows a picture; `state` is `live`, `draft` or `scheduled`."""

    path: str
    state: str


async def add(
    database: Database, upload: bytes, *, title: str, alternative: str, decorative: bool, by: str, now: int
) -> Media:
    """Take a picture in: drawn anew in several sizes, without anything its file held beside the pixels.

    Raises Refused for what is no picture, one that is here already, and one that is neither described nor decorative.
    """
    title, alternative = described(title, alternative, decorative=decorative)
    drawn = await draw(upload)
    async with database.transaction() as transaction:
        await store.hold(transaction)
        media = await _add(transaction, upload, drawn, title, alternative, decorative, by, now)
        await audit.record(transaction, by=by, action="media.add", subject=media.name, now=now)
    return media


async def describe(database: Database, name: str, *, alternative: str, decorative: bool, by: str, now: int) -> Media:
    """Other words for new uses of a picture; texts that show it keep theirs, which someone has signed."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        media = await find(transaction, name)
        _, alternative = described(media.title, alternative, decorative=decorative)
        await media_store.describe(transaction, name, alternative, decorative=decorative)
        await audit.record(transaction, by=by, action="media.describe", subject=name, now=now)
    return replace(media, alternative=alternative, decorative=decorative)


async def replace_picture(
    database: Database, name: str, upload: bytes, *, alternative: str, decorative: bool, by: str, now: int
) -> tuple[Media, list[str]]:
    """Put another picture in the place of one: a draft of every page that shows it, and those pages' paths.

    Readers keep the old one until those drafts are signed and published.
    """
    async with database.snapshot() as reader:
        old = await find(reader, name)
    title, alternative = described(old.title, alternative, decorative=decorative)
    drawn = await draw(upload)
    async with database.transaction() as transaction:
        await store.hold(transaction)
        old = await find(transaction, name)
        if old.replaced_by is not None:
            raise Refused(f"{name} was replaced by {old.replaced_by} already. Replace that one.")
        media = await _add(transaction, upload, drawn, title, alternative, decorative, by, now)
        await media_store.set_replaced(transaction, name, media.name)
        changed = []
        for page in await store.pages(transaction):
            current = await current_revision(transaction, page)
            text = shown_instead(current.text, name, media) if current else ""
            if current and text != current.text:
                await keep_draft(transaction, page, text, by=by, now=now)
                changed.append(page.path)
        await audit.record(
            transaction, by=by, action="media.replace", subject=name, now=now, instead=media.name, drafts=len(changed)
        )
    return media, changed


async def remove(database: Database, name: str, *, by: str, now: int) -> None:
    """Take a picture away for good; Refused while a live page, a draft or a scheduled release shows it."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        await find(transaction, name)
        if used := (await uses(transaction)).get(name):
            where = ", ".join(f"{one.path} ({one.state})" for one in used)
            raise Refused(f"This picture is shown on {where}. Take it out there first; nothing was removed.")
        await media_store.remove(transaction, name)
        await audit.record(transaction, by=by, action="media.remove", subject=name, now=now)


async def find(reader: Reader, name: str) -> Media:
    """The picture of this name; Refused when there is none."""
    media = await media_store.media(reader, name)
    if media is None:
        raise Refused(f"There is no picture {name}.")
    return media


async def uses(reader: Reader) -> dict[str, tuple[Use, ...]]:
    """Where each picture is shown, by its name."""
    found: dict[str, list[Use]] = {}
    for row in await media_store.texts_with_pictures(reader):
        for name in pictures_in(row["text"]):
            found.setdefault(name, []).append(Use(page_path(row["kind"], row["slug"]), row["state"]))
    return {name: tuple(sorted(some, key=lambda one: (one.path, one.state))) for name, some in found.items()}


async def with_pictures(reader: Reader, snapshot: Snapshot) -> Snapshot:
    """The snapshot with the pictures its pages name, as far as they are there."""
    names = {name for page in snapshot.pages for name in page.document.pictures}
    return replace(snapshot, pictures=await media_store.pictures(reader, names)) if names else snapshot


def pictures_in(text: str) -> list[str]:
    """Names of the pictures a text shows, also one that cannot be read as a whole."""
    return list(dict.fromkeys(match[2] for match in _SHOWN.finditer(text)))


def shown_instead(text: str, name: str, media: Media) -> str:
    """The text with another picture, and its description, wherever it showed the one of this name."""
    opening = media.markdown.partition("\n")[0].removeprefix("::: picture ")
    return _SHOWN.sub(lambda match: f"{match[1]}{opening}" if match[2] == name else match[0], text)


def name_of(title: str, drawn: Iterable[Drawn]) -> str:
    """A picture's name: its title, and the start of the hash of all its bytes, so that other bytes get another one."""
    return f"{term_anchor(title) or 'picture'}-{digest_of(drawn)}"


def digest_of(drawn: Iterable[Drawn]) -> str:
    """What a picture's name ends with: the start of the SHA-256 of what all its sizes are."""
    about = [[one.media_type, one.width, one.height, store.sha256(one.body)] for one in drawn]
    return store.sha256(json.dumps(sorted(about), separators=(",", ":")))[:10]


def described(title: str, alternative: str, *, decorative: bool) -> tuple[str, str]:
    """Title and alternative text as they are kept; Refused when one of them does not do."""
    title, alternative = normalise(title), normalise(alternative)
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"Give the picture a short name of up to {LONGEST_TITLE} characters.")
    if decorative and alternative:
        raise Refused("Either describe the picture or call it decorative, not both.")
    if not decorative and not alternative:
        raise Refused("Say in words what the picture shows, for those who cannot see it; or call it decorative.")
    if len(alternative) > LONGEST_ALTERNATIVE:
        raise Refused(f"Describe the picture in at most {LONGEST_ALTERNATIVE} characters.")
    if '"' in alternative:
        raise Refused('Describe the picture without straight quotation marks ("); “these” are fine.')
    return title, alternative


async def draw(upload: bytes) -> list[Drawn]:
    """An upload's pictures, made in a process that may die of it; raises Refused."""
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _run, "draw", upload)


async def verify(name: str, drawn: Sequence[Drawn]) -> None:
    """Refused unless these bytes are pictures such as `draw` makes, and nothing beside that."""
    try:
        await asyncio.get_running_loop().run_in_executor(_AT_ONCE, _run, "verify", pack(drawn))
    except Refused as refusal:
        raise Refused(f"{name}: {refusal} Nothing was imported.") from None


def _run(verb: str, given: bytes) -> list[Drawn]:
    # Isolated: no variable and no folder of whoever started the server has a say in what is imported.
    command = [sys.executable, "-I", "-c", _PROGRAM, verb]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603
        return unpack(done.stdout)
    except subprocess.TimeoutExpired:
        raise Refused("This picture took too long to prepare. Choose a smaller one; nothing was kept.") from None
    except subprocess.CalledProcessError:
        raise Refused(
            "This picture could not be prepared. Take a screenshot of it and upload that; nothing was kept."
        ) from None
    except NoPicture as refusal:
        raise Refused(str(refusal)) from None


async def _add(
    transaction: Transaction,
    upload: bytes,
    drawn: Sequence[Drawn],
    title: str,
    alternative: str,
    decorative: bool,
    by: str,
    now: int,
) -> Media:
    original = store.sha256(upload)
    name = name_of(title, drawn)
    known = await media_store.media_of_original(transaction, original) or await media_store.media(transaction, name)
    if known:
        raise Refused(f"This picture is here already, as {known.name}.")
    widest = drawn[-1]
    media = Media(name, title, original, widest.width, widest.height, alternative, decorative, by, now)
    await media_store.add(transaction, media, drawn)
    return media
