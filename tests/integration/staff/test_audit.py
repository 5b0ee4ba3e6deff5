"""The audit log keeps what was done, in order, with the change it tells of."""

import pytest

from pwa.content.migrations import FEATURES
from pwa.staff import audit
from tests.databases import MakeDatabase
from tests.publishing import NOW


async def test_a_row_holds_the_hash_of_the_one_before(make_database: MakeDatabase) -> None:
    database = await make_database("content", FEATURES)
    for action in ("draft.keep", "release.publish"):
        async with database.transaction() as transaction:
            await audit.record(transaction, by="Ana", action=action, subject="/guide/iv", now=NOW, note="é", bytes=3)
    first, second = await database.fetch("SELECT * FROM audit ORDER BY number")
    assert first["sha256"] == audit.row_hash("", 1, NOW, "Ana", "draft.keep", "/guide/iv", '{"bytes":3,"note":"é"}')
    assert second["sha256"] == audit.row_hash(
        first["sha256"], 2, NOW, "Ana", "release.publish", "/guide/iv", second["detail"]
    )


async def test_what_was_undone_leaves_no_row(make_database: MakeDatabase) -> None:
    database = await make_database("content", FEATURES)

    async def fail_halfway() -> None:
        async with database.transaction() as transaction:
            await audit.record(transaction, by="Ana", action="draft.keep", subject="/guide/iv", now=NOW)
            raise RuntimeError("something failed after the record")

    with pytest.raises(RuntimeError, match="after the record"):
        await fail_halfway()
    assert not await database.fetch("SELECT * FROM audit")
