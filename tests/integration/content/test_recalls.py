"""Recalls: wrong words are gone from everything that is served, and cannot come back before they are corrected."""

import json

import pytest

from pwa.content import store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import move
from pwa.content.live import load
from pwa.content.model import Refused
from pwa.content.notice import confirm, find_words, is_overdue, lift, recall, waits, withdraw
from pwa.content.release import Blocked, rebuild_if_needed, rollback
from pwa.database import Database
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, text

WRONG = "A drip takes 40 minutes."
INSTEAD = "Ask your clinic how long."


async def recalled(database: Database, **arguments: object) -> list[store.StoredNotice]:
    return await recall(database, **({"text": INSTEAD, "by": "Cleo", "now": NOW + 1000} | arguments))  # type: ignore[arg-type]


async def pages_with(database: Database, words: str) -> list[str]:
    """Every path a reader can look at whose bytes hold these words; raw objects are for workers, which cover them."""
    live = await load(database)
    return [
        path
        for path, one in live.responses.items()
        if words.encode() in one.identity and dict(one.headers).get("content-type", "").startswith("text/html")
    ]


async def test_recalled_words_are_nowhere(guide: Database) -> None:
    [stored] = await recalled(guide, path="/guide/iv", words="40 minutes")
    assert await pages_with(guide, WRONG) == []
    assert await pages_with(guide, INSTEAD) == ["/guide/iv"]
    live = await load(guide)
    assert json.loads(live.head)["notices"] == [
        {
            "id": stored.notice.id, "kind": "recall", "locale": "en", "path": "/guide/iv",
            "block": stored.notice.block, "text": INSTEAD, "issued": "2026-11-22",
        }
    ]  # fmt: skip
    served = live.responses["/guide/iv"]
    assert dict(served.headers)["etag"].endswith(f'-{live.sequence}"')
    assert b'<meta name="description"' not in served.identity
    texts = [block.text for page in live.snapshot.pages for block in page.document.blocks]
    assert not any(WRONG in one for one in texts)
    assert any(INSTEAD in one for one in texts)


async def test_by_block_id_and_by_page(guide: Database) -> None:
    [place] = await find_words(guide, "It can be stopped")
    [stored] = await recalled(guide, path="/guide/iv", block=place.block.id)
    assert stored.words == "It can be stopped."
    whole = await recalled(guide, path="/guide/im")
    assert [one.notice.block is None for one in whole] == [True, False]
    # The page is covered, and its summary where other pages repeat it.
    assert await pages_with(guide, "About Injection.") == []
    assert b"An injection" not in (await load(guide)).responses["/guide/im"].identity
    assert b"A drip takes" in (await load(guide)).responses["/guide/iv"].identity


async def test_a_page_recalled_whole_is_covered_wherever_others_repeat_it(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    clinic = text("Injection", "It can be stopped.\n\nCall first.", clinic='{phone: "555 0100", costs: "$400"}')
    await edit("/guide/im", clinic)
    await put_out()
    assert await pages_with(guide, "555 0100") == ["/", "/guide/im"]
    await recalled(guide, path="/guide/im")
    assert await pages_with(guide, "555 0100") == await pages_with(guide, "$400") == []
    # What another page says in the same words, but for itself, is not in question.
    assert await pages_with(guide, "It can be stopped.") == ["/guide/iv"]
    [whole, *parts] = await store.notices(guide)
    assert {one.part_of for one in parts} == {whole.notice.id}
    await recalled(guide, path="/guide/im")
    assert await store.notices(guide) == [whole, *parts]


async def test_recalling_a_page_leaves_an_earlier_recall_in_it_to_itself(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/im", text("Injection", "Call first.", clinic='{phone: "555 010 0100"}'))
    await put_out()
    [number] = await recalled(guide, words="555 010 0100")
    [whole, *_] = await recalled(guide, path="/guide/im", text="All of it is wrong.", now=NOW + 2000)
    assert [one for one in await store.notices(guide) if one.part_of is None] == [number, whole]
    await edit("/guide/im", text("Injection", "New words.", clinic='{phone: "555 010 0100"}'))
    with pytest.raises(Blocked, match="these words are recalled"):
        await put_out()


async def test_words_in_several_places_need_a_choice(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/im", text("Injection", "As said: A drip takes 40 minutes. Really."))
    await put_out()
    with pytest.raises(Refused, match="stand in 2 passages"):
        await recalled(guide, words="40 minutes")
    assert len(await recalled(guide, words="40 minutes", everywhere=True)) == 2
    assert await pages_with(guide, "40 minutes") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "/guide/none"}, "no live page"),
        ({"path": "/guide/iv", "block": "aaaaaaa"}, "no passage aaaaaaa"),
        ({"words": "never written words"}, "stand nowhere"),
        ({"words": "akes"}, "stand nowhere"),
        ({"words": "4"}, "stand nowhere"),
        ({"words": " "}, "Give the wrong words"),
        ({"path": "/guide/iv", "text": "  "}, "Say in 1 to 500"),
        ({"path": "/guide/iv", "text": "x" * 501}, "Say in 1 to 500"),
    ],
)
async def test_a_recall_of_nothing_is_refused(guide: Database, arguments: dict[str, str], message: str) -> None:
    before = (await load(guide)).head
    with pytest.raises(Refused, match=message):
        await recalled(guide, **arguments)
    assert (await load(guide)).head == before


async def test_the_same_recall_twice_is_one(guide: Database) -> None:
    [first] = await recalled(guide, words="40 minutes")
    sequence = (await load(guide)).sequence
    [again] = await recalled(guide, words="40 minutes")
    assert again.notice.id == first.notice.id
    assert (await load(guide)).sequence == sequence
    # Better words for the same passage take the place of the first.
    await recalled(guide, words="40 minutes", text="Better words.")
    live = await load(guide)
    assert [one.text for one in live.notices] == ["Better words."]
    assert b"Better words." in live.responses["/guide/iv"].identity


async def test_a_recall_stays_until_the_text_is_corrected(guide: Database, edit: Edit, put_out: Publish) -> None:
    [stored] = await recalled(guide, words="40 minutes")
    with pytest.raises(Refused, match="still live on /guide/iv"):
        await lift(guide, stored.notice.id, by="Cleo", now=NOW + 2000)
    await edit("/guide/iv", text("Drip", "A drip takes an hour."))
    await put_out()
    assert await pages_with(guide, "A drip takes an hour.") == ["/guide/iv"]
    await lift(guide, stored.notice.id, by="Cleo", now=NOW + DAY)
    sequence = (await load(guide)).sequence
    await lift(guide, stored.notice.id, by="Cleo", now=NOW + DAY)
    live = await load(guide)
    assert (live.sequence, live.notices) == (sequence, ())
    with pytest.raises(Refused, match="no notice 00000000"):
        await lift(guide, "00000000", by="Cleo", now=NOW)


async def test_recalled_words_cannot_be_published_again(guide: Database, edit: Edit, put_out: Publish) -> None:
    await recalled(guide, words="40 minutes")
    await edit("/guide/im", text("Injection", "A drip takes 40 minutes."))
    with pytest.raises(Blocked, match="these words are recalled"):
        await put_out()
    # The same words inside other ones as well.
    await edit("/guide/im", text("Injection", "We think that a drip takes 40 minutes, mostly."))
    with pytest.raises(Blocked, match="these words are recalled"):
        await put_out()


async def test_other_pages_can_be_published_during_a_recall(guide: Database, edit: Edit, put_out: Publish) -> None:
    await recalled(guide, words="40 minutes")
    await edit("/guide/im", text("Injection", "Something else."))
    await put_out()
    assert await pages_with(guide, WRONG) == []
    assert await pages_with(guide, "Something else.") == ["/guide/im"]


async def test_an_undo_cannot_bring_recalled_words_back(guide: Database, edit: Edit, put_out: Publish) -> None:
    await recalled(guide, words="40 minutes")
    await edit("/guide/iv", text("Drip", "Corrected."))
    await put_out()
    with pytest.raises(Blocked, match="these words are recalled"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)


async def test_words_of_a_recall_that_has_ended_do_not_come_back_by_undo_or_by_publishing(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    [stored] = await recalled(guide, words="40 minutes")
    await edit("/guide/iv", text("Drip", "Corrected."))
    await put_out()
    await lift(guide, stored.notice.id, by="Cleo", now=NOW + DAY)
    before = (await load(guide)).head
    with pytest.raises(Blocked, match="these words were recalled"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    with pytest.raises(Blocked, match="these words were recalled"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=1, break_glass="urgent")
    await edit("/guide/im", text("Injection", "As said: a drip takes 40 minutes."))
    with pytest.raises(Blocked, match="these words were recalled"):
        await put_out()
    assert (await load(guide)).head == before


async def test_a_page_recalled_whole_does_not_escape_to_another_address(guide: Database, put_out: Publish) -> None:
    await recalled(guide, path="/guide/iv")
    await move(guide, "/guide/iv", "drip", by="Ana", now=NOW)
    with pytest.raises(Blocked, match="these words are recalled"):
        await put_out()


async def test_a_whole_page_recalled_once_does_not_come_back(guide: Database, edit: Edit, put_out: Publish) -> None:
    [whole, _] = await recalled(guide, path="/guide/iv")
    await edit("/guide/iv", text("Drip", "All new.", summary="New."))
    await put_out()
    await lift(guide, whole.notice.id, by="Cleo", now=NOW + DAY)
    with pytest.raises(Blocked, match="these words were recalled"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)


async def test_a_new_version_of_the_software_keeps_words_covered(guide: Database) -> None:
    await recalled(guide, words="40 minutes")
    assert await rebuild_if_needed(guide, make_renderer("2"), now=NOW + DAY) is not None
    assert await pages_with(guide, WRONG) == []


async def test_a_whole_page_is_lifted_whole(guide: Database, edit: Edit, put_out: Publish) -> None:
    first, second = await recalled(guide, path="/guide/iv")
    with pytest.raises(Refused, match="still live"):
        await lift(guide, first.notice.id, by="Cleo", now=NOW + 2000)
    with pytest.raises(Refused, match="is part of"):
        await lift(guide, second.notice.id, by="Cleo", now=NOW + 2000)
    await edit("/guide/iv", text("Drip", "All new.", summary="New."))
    await put_out()
    await lift(guide, first.notice.id, by="Cleo", now=NOW + DAY)
    assert (await load(guide)).notices == ()
    assert await pages_with(guide, "All new.") == ["/guide/iv"]


async def test_one_person_recalls_at_once_and_a_second_one_answers_for_it(guide: Database) -> None:
    [stored] = await recalled(guide, path="/guide/iv", words=WRONG, reason="A wrong time.")
    assert await pages_with(guide, WRONG) == []
    assert (stored.reason, waits(stored)) == ("A wrong time.", True)
    for issuer in ("Cleo", "  cleo "):
        with pytest.raises(Refused, match="someone else has to confirm"):
            await confirm(guide, stored.notice.id, by=issuer, now=NOW + DAY)
    before = (await load(guide)).head
    for person in ("Dora", "Ben"):
        await confirm(guide, stored.notice.id, by=person, now=NOW + DAY)
    [known] = await store.notices(guide)
    assert (waits(known), known.confirmed_by) == (False, "Dora")
    assert (await load(guide)).head == before


async def test_a_recall_nobody_confirms_is_overdue_after_a_day_though_it_has_ended(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    [stored] = await recalled(guide, path="/guide/iv", words=WRONG)
    assert not is_overdue(stored, stored.issued_at + DAY)
    assert is_overdue(stored, stored.issued_at + DAY + 1)
    await edit("/guide/iv", text("Drip", "A drip takes longer."))
    await put_out()
    await lift(guide, stored.notice.id, by="Cleo", now=NOW + 2 * DAY)
    [ended] = await store.notices(guide, active=False)
    assert (waits(ended), is_overdue(ended, NOW + 3 * DAY)) == (True, True)
    with pytest.raises(Refused, match="someone else has to confirm"):
        await confirm(guide, stored.notice.id, by="Cleo", now=NOW + 3 * DAY)
    await confirm(guide, stored.notice.id, by="Dora", now=NOW + 3 * DAY)
    assert not any(waits(one) for one in await store.recalled(guide))
    with pytest.raises(Refused, match="no recall 00000000"):
        await confirm(guide, "00000000", by="Dora", now=NOW)


async def test_a_recall_with_better_words_leaves_one_to_confirm(guide: Database) -> None:
    await recalled(guide, words="40 minutes")
    [better] = await recalled(guide, words="40 minutes", text="Better words.", now=NOW + 2000)
    assert [one.notice.id for one in await store.recalled(guide)] == [better.notice.id]


async def test_a_page_recalled_whole_is_confirmed_whole(guide: Database) -> None:
    issued = await recalled(guide, path="/guide/iv")
    await confirm(guide, issued[1].notice.id, by="Dora", now=NOW + DAY)
    assert {one.confirmed_by for one in await store.notices(guide)} == {"Dora"}


async def test_a_recall_of_right_words_is_withdrawn_by_a_second_person(guide: Database) -> None:
    [stored] = await recalled(guide, words="40 minutes")
    number = stored.notice.id
    with pytest.raises(Refused, match="someone else can withdraw it"):
        await lift(guide, number, by="Dora", now=NOW + DAY)
    for issuer in ("Cleo", "  cleo "):
        with pytest.raises(Refused, match="someone else has to say"):
            await withdraw(guide, number, reason="They are right.", by=issuer, now=NOW + DAY)
    with pytest.raises(Refused, match="Say why"):
        await withdraw(guide, number, reason="  ", by="Dora", now=NOW + DAY)
    with pytest.raises(Refused, match="no notice 00000000"):
        await withdraw(guide, "00000000", reason="They are right.", by="Dora", now=NOW + DAY)
    assert await pages_with(guide, WRONG) == []
    for _ in range(2):
        await withdraw(guide, number, reason="They are right.", by="Dora", now=NOW + DAY)
    live = await load(guide)
    assert (live.notices, live.publications[0].verb, live.publications[0].done_by) == ((), "withdraw", "Dora")
    assert await pages_with(guide, WRONG) == ["/guide/iv"]
    assert await store.recalled(guide) == [], "words that were right may be published again"


async def test_a_confirmed_recall_is_not_withdrawn(guide: Database) -> None:
    [stored] = await recalled(guide, words="40 minutes")
    await confirm(guide, stored.notice.id, by="Dora", now=NOW + DAY)
    with pytest.raises(Refused, match="Dora has confirmed"):
        await withdraw(guide, stored.notice.id, reason="They are right.", by="Ben", now=NOW + DAY)
    assert await pages_with(guide, WRONG) == []


async def test_a_page_recalled_whole_is_withdrawn_whole(guide: Database) -> None:
    whole, part = await recalled(guide, path="/guide/iv")
    with pytest.raises(Refused, match="is part of"):
        await withdraw(guide, part.notice.id, reason="All of it is right.", by="Dora", now=NOW + DAY)
    await withdraw(guide, whole.notice.id, reason="All of it is right.", by="Dora", now=NOW + DAY)
    assert (await load(guide)).notices == ()


async def test_who_reviews_alone_withdraws_alone(guide: Database) -> None:
    await review_alone(guide, typed=TYPED, by="Cleo", now=NOW)
    [stored] = await recalled(guide, words="40 minutes")
    await withdraw(guide, stored.notice.id, reason="A slip.", by="Cleo", now=NOW + DAY)
    assert await pages_with(guide, WRONG) == ["/guide/iv"]


async def test_nobody_recalls_every_number_to_call_at_once(guide: Database, edit: Edit, put_out: Publish) -> None:
    numbers = ", ".join(
        f"{{country: Testland of the North, code: TL, service: {service}, kind: crisis, call: '{call}', "
        "checked_by: Ann, checked_on: 2026-11-20}"
        for service, call in (("Night line", "555 010 0100"), ("Day line", "555 010 0111"))
    )
    await edit("/guide/im", text("Help", "Call one of them.", numbers=f"[{numbers}]"))
    await put_out()
    for whole in ({"path": "/guide/im"}, {"words": "Testland of the North", "everywhere": True}):
        with pytest.raises(Refused, match="every number to call"):
            await recalled(guide, **whole)
    assert await pages_with(guide, "555 010 0111") == ["/", "/guide/im"]
    await recalled(guide, words="555 010 0111")
    assert await pages_with(guide, "555 010 0111") == []
    assert await pages_with(guide, "555 010 0100") == ["/", "/guide/im"]


async def test_a_short_number_is_recalled_where_it_stands_whole_in_one_passage_only(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    body = "Text 741741 at night.\n\nCall 911 first.\n\nOr 9112 later."
    await edit("/guide/im", text("Injection", body))
    await put_out()
    [stored] = await recalled(guide, words="911")
    assert stored.words == "Call 911 first."
    assert await pages_with(guide, "Call 911 first.") == []
    assert await pages_with(guide, "Or 9112 later.") == ["/guide/im"]
    await recalled(guide, words="741741")
    # The number is right elsewhere: only the passage must not come back.
    await edit("/guide/iv", text("Drip", "Dial 911 in danger."))
    await edit("/guide/im", text("Injection", "Text us."))
    await put_out()
    await edit("/guide/im", text("Injection", "Or 911 later."))
    await put_out()
    for everywhere in (False, True):
        with pytest.raises(Refused, match="2 passages; name one with --block"):
            await recalled(guide, words="911", everywhere=everywhere)


async def test_words_of_a_title_are_named_as_such(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/im", text("Into a muscle", summary="Plain."))
    await put_out()
    with pytest.raises(Refused, match="title of /guide/im, which a recall does not cover"):
        await recalled(guide, words="into a muscle")
