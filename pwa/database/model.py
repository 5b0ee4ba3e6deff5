"""What every database can do, whichever engine is behind it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Value = str | int | float | bytes | None


@dataclass(frozen=True)
class Dialect:
    """The little in which the engines' SQL differs."""

    blob: str
    """The type of columns that hold bytes."""
    table_names: str
    """A query for the names of our tables, as `name`."""
    before_migrating: tuple[str, ...]
    """What a migrating transaction runs first, so that a second one waits for it."""


class Row(Protocol):
    """One row of an answer: `row["name"]`, and `dict(row)` for all of it."""

    def __getitem__(self, name: str, /) -> Any: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        ...


class Reader(Protocol):
    """Answers questions. Parameters are written `$1`, `$2`, … and may repeat."""

    async def fetch(self, sql: str, *args: Value) -> Sequence[Row]:
        """All rows of the answer."""
        ...

    async def fetch_one(self, sql: str, *args: Value) -> Row | None:
        """The first row, or None where there is none."""
        ...


class Transaction(Reader, Protocol):
    """Changes that are all kept or all undone, cancellation and crashes included.

    On SQLite one transaction runs at a time. On PostgreSQL several do: whoever reads a row to decide what to
    write ends that SELECT with `FOR UPDATE` (left out on SQLite, where the whole file is held anyway).
    Once a statement has failed or was cancelled, nothing of the transaction is kept.
    """

    async def execute(self, sql: str, *args: Value) -> int:
        """Run one statement; the answer is how many rows it touched."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for every row of parameters."""
        ...

    def notify(self, channel: str) -> None:
        """Tell the listeners of every process after the commit, and nobody if there is none."""
        ...


class Database(Reader, Protocol):
    """An open database; every question asked of it directly sees the latest committed state."""

    dialect: Dialect

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Kept when the block ends, undone when it raises; a transaction cannot be opened inside another.

        A cancellation that arrives during the commit is let through after it, so a cancelled caller may find
        its change kept: whole, or not at all.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """Several questions answered from one moment, whatever is written meanwhile."""
        ...

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """Call back after commits that notify `channel`.

        A call means "look again": it also comes when listening begins and when a lost connection is back.
        """
        ...

    async def close(self) -> None:
        """End every connection; open transactions are undone."""
        ...
