"""Every question about what is typed and not saved yet, and about who has a page open."""

from collections.abc import Sequence
from dataclasses import dataclass

from pwa.database import Reader, Transaction


@dataclass(frozen=True)
class WorkingCopy:
    """What someone typed at a page and has not saved; `name` differs each time it is kept.

    `base_sha256` is the text it was typed over, empty for none.
    """

    page_id: int
    person: str
    name: str
    text: str
    base_sha256: str
    kept_at: int


@dataclass(frozen=True)
class Editing:
    """Someone who has a page open in the editor, and when that was last heard of."""

    person: str
    seen_at: int


async def working_copy(reader: Reader, page_id: int, person: str) -> WorkingCopy | None:
    """What this person typed at the page and has not saved."""
    row = await reader.fetch_one("SELECT * FROM working_copy WHERE page_id = $1 AND person = $2", page_id, person)
    return WorkingCopy(**dict(row)) if row else None


async def keep_working_copy(transaction: Transaction, copy: WorkingCopy, known: Sequence[str]) -> bool:
    """Keep it in place of the one before, if that has one of the `known` names or says the same; whether it was kept.

    One statement, so that of two devices of one person neither overwrites the other unseen.
    """
    places = ", ".join(f"${number}" for number in range(7, len(known) + 7)) or "NULL"
    return await transaction.execute(
        "INSERT INTO working_copy (page_id, person, name, text, base_sha256, kept_at) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (page_id, person) DO UPDATE SET name = excluded.name, text = excluded.text, "
        "base_sha256 = excluded.base_sha256, kept_at = excluded.kept_at "
        f"WHERE working_copy.name IN ({places}) OR working_copy.text = excluded.text",
        copy.page_id, copy.person, copy.name, copy.text, copy.base_sha256, copy.kept_at, *known,
    ) == 1  # fmt: skip


async def drop_working_copy(transaction: Transaction, page_id: int, person: str) -> None:
    """What was typed is saved, or not wanted any more."""
    await transaction.execute("DELETE FROM working_copy WHERE page_id = $1 AND person = $2", page_id, person)


async def note_editing(transaction: Transaction, page_id: int, person: str, now: int, forget_before: int) -> None:
    """Someone has the page open; those not heard of since `forget_before` are forgotten."""
    await transaction.execute("DELETE FROM editing WHERE page_id = $1 AND seen_at < $2", page_id, forget_before)
    await transaction.execute(
        "INSERT INTO editing (page_id, person, seen_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (page_id, person) DO UPDATE SET seen_at = excluded.seen_at",
        page_id, person, now,
    )  # fmt: skip


async def end_editing(transaction: Transaction, page_id: int, person: str) -> None:
    """Someone has closed the page."""
    await transaction.execute("DELETE FROM editing WHERE page_id = $1 AND person = $2", page_id, person)


async def editing(reader: Reader, page_id: int, since: int) -> list[Editing]:
    """Who has the page open, those heard of since then, in the order of their names."""
    rows = await reader.fetch(
        "SELECT person, seen_at FROM editing WHERE page_id = $1 AND seen_at >= $2 ORDER BY person", page_id, since
    )
    return [Editing(**dict(row)) for row in rows]
