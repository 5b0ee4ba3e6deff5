"""What is typed and not saved: kept for each person and device, and nobody's words are lost without their seeing it."""

import pytest

from pwa.content import drafts, store, working
from pwa.content.model import Refused
from pwa.content.working import EDITING_FOR, Elsewhere, MovedOn, Opened
from pwa.database import Database
from tests.publishing import NOW, text

IV = "/guide/iv"
MINE, OTHER = text("Drip", "My words."), text("Drip", "Other words.")


async def test_what_is_typed_is_kept_and_makes_no_version(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    found = await opened(guide, "Ana")
    assert found.unsaved is not None
    assert found.unsaved.text == MINE
    assert found.current_sha256 == base
    assert not found.moved_on
    assert await audited(guide) == []
    assert (await opened(guide, "Ben")).copy is None


async def test_saving_makes_one_version_and_leaves_nothing_unsaved(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    revision = await save(guide, MINE, base=base, name="a2", known=["a1"])
    found = await opened(guide, "Ana")
    assert (found.current, found.copy) == (revision, None)
    assert await audited(guide) == ["draft.keep"]


async def test_a_lost_answer_may_be_repeated(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    await keep(guide, MINE, base=base, name="a2")
    await keep(guide, OTHER, base=base, name="a3", known=["a1", "a2"])
    first = await save(guide, OTHER, base=base, name="a4", known=["a3"])
    again = await save(guide, OTHER, base=base, name="a5", known=["a3", "a4"])
    assert first == again


async def test_two_devices_of_one_person_do_not_overwrite_each_other(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="phone")
    with pytest.raises(Elsewhere) as caught:
        await keep(guide, OTHER, base=base, name="laptop")
    assert caught.value.copy.text == MINE
    with pytest.raises(Elsewhere):
        await save(guide, OTHER, base=base, name="laptop")
    found = await opened(guide, "Ana")
    assert found.copy is not None
    assert found.copy.text == MINE
    assert found.current_sha256 == base
    # Having seen the other, they may go on with theirs.
    await keep(guide, OTHER, base=base, name="laptop", known=["phone"])


async def test_two_people_save_and_the_second_keeps_both_texts(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    theirs = await save(guide, OTHER, base=base, name="b1", by="Ben")
    with pytest.raises(MovedOn, match="Ben saved another text") as caught:
        await save(guide, MINE, base=base, name="a2", known=["a1"])
    assert caught.value.current == theirs
    found = await opened(guide, "Ana")
    assert found.moved_on
    assert found.current == theirs
    assert found.unsaved is not None
    assert found.unsaved.text == MINE
    merged = await save(guide, text("Drip", "Both."), base=theirs.sha256, name="a3", known=["a2"])
    assert merged.contributors == ("Ben", "Ana")


async def test_the_same_words_from_two_people_are_no_conflict(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    first = await save(guide, MINE, base=base, name="b1", by="Ben")
    assert await save(guide, MINE, base=base, name="a1") == first


async def test_a_draft_thrown_away_meanwhile_loses_nobodys_words(guide: Database) -> None:
    first = await save(guide, OTHER, base=(await opened(guide, "Ben")).current_sha256, name="b1", by="Ben")
    await keep(guide, MINE, base=first.sha256, name="a1")
    await drafts.discard(guide, IV, digest=first.sha256, by="Ben", now=NOW)
    with pytest.raises(MovedOn):
        await save(guide, MINE, base=first.sha256, name="a2", known=["a1"])
    assert (await opened(guide, "Ana")).moved_on


async def test_what_is_typed_moves_with_its_page(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    await drafts.move(guide, IV, "drip", by="Ben", now=NOW)
    found = await working.open_page(guide, "/guide/drip", by="Ana", now=NOW)
    assert found is not None
    assert found.unsaved is not None
    with pytest.raises(Refused, match="another address"):
        await keep(guide, OTHER, base=base, name="a2", known=["a1"])


async def test_unsaved_words_are_thrown_away_only_by_whoever_sees_them(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    with pytest.raises(Elsewhere):
        await working.drop(guide, IV, name="another", by="Ana")
    await working.drop(guide, IV, name="a1", by="Ben")
    assert (await opened(guide, "Ana")).copy is not None
    await working.drop(guide, IV, name="a1", by="Ana")
    assert (await opened(guide, "Ana")).copy is None


async def test_who_else_is_editing_is_seen_for_a_minute_or_until_they_leave(guide: Database) -> None:
    await working.contact(guide, IV, by="Ana", now=NOW)
    seen = await working.contact(guide, IV, by="Ben", now=NOW + 1000)
    assert [one.person for one in seen.others] == ["Ana"]
    assert [one.person for one in (await opened(guide, "Ana", NOW + EDITING_FOR)).others] == ["Ben"]
    assert not (await opened(guide, "Ana", NOW + 2 * EDITING_FOR)).others
    await working.leave(guide, IV, by="Ben")
    assert not (await opened(guide, "Ana", NOW + 1000)).others


async def test_a_text_that_is_too_long_is_refused_and_the_one_before_stays(guide: Database) -> None:
    base = (await opened(guide, "Ana")).current_sha256
    await keep(guide, MINE, base=base, name="a1")
    for verb in (keep, save):
        with pytest.raises(Refused, match="longer than"):
            await verb(guide, "x" * 300_000, base=base, name="a2", known=["a1"])
    assert (await opened(guide, "Ana")).unsaved is not None


async def opened(guide: Database, by: str, now: int = NOW) -> Opened:
    found = await working.open_page(guide, IV, by=by, now=now)
    assert found is not None
    return found


async def keep(guide: Database, words: str, *, base: str, name: str, known: list[str] | None = None) -> None:
    await working.keep(guide, IV, words, base=base, name=name, known=known or [], by="Ana", now=NOW)


async def save(
    guide: Database, words: str, *, base: str, name: str, known: list[str] | None = None, by: str = "Ana"
) -> store.Revision:
    return await working.save(guide, IV, words, base=base, name=name, known=known or [], by=by, now=NOW)


async def audited(guide: Database) -> list[str]:
    """What was done since the first release, as the audit log has it."""
    return [row["action"] for row in await guide.fetch("SELECT action FROM audit ORDER BY number")][1:]
