"""The rows of the next release's basket."""

from collections.abc import Iterable
from dataclasses import dataclass

from pwa.content.model import page_path
from pwa.database import Reader, Transaction


@dataclass(frozen=True)
class Picked:
    """One page in the basket: its draft or move goes out, or, with `withdraws`, it is taken away."""

    page_id: int
    locale: str
    kind: str
    slug: str
    draft_id: int | None
    withdraws: bool
    leads_to: str | None
    note: str
    """What readers are told of a page that goes."""
    put_by: str
    put_at: int

    @property
    def path(self) -> str:
        """The page's address."""
        return page_path(self.kind, self.slug)


async def picked(reader: Reader) -> list[Picked]:
    """Everything in the basket, in the order it was put in."""
    rows = await reader.fetch(
        "SELECT page_id, locale, kind, slug, draft_id, withdraws, leads_to, note, put_by, put_at "
        "FROM basket JOIN page ON page.id = page_id ORDER BY put_at, page_id"
    )
    return [
        Picked(
            row["page_id"], row["locale"], row["kind"], row["slug"], row["draft_id"], bool(row["withdraws"]),
            row["leads_to"], row["note"], row["put_by"], row["put_at"],
        )
        for row in rows
    ]  # fmt: skip


async def put_in(
    transaction: Transaction,
    page_id: int,
    *,
    withdraws: bool,
    leads_to: str | None,
    by: str,
    now: int,
    note: str = "",
) -> None:
    """Put a page in; one that is there already is there for this from now on."""
    await transaction.execute(
        "INSERT INTO basket (page_id, withdraws, leads_to, put_by, put_at, note) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (page_id) DO UPDATE SET withdraws = $2, leads_to = $3, put_by = $4, put_at = $5, note = $6",
        page_id, int(withdraws), leads_to, by, now, note,
    )  # fmt: skip


async def take_out(transaction: Transaction, page_ids: Iterable[int]) -> None:
    """Take pages out; those that are not in it stay so."""
    await transaction.execute_many("DELETE FROM basket WHERE page_id = $1", [(number,) for number in page_ids])
