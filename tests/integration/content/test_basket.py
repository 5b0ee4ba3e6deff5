"""The basket: shared, frozen by what somebody looked at, and never sending out anything else."""

import pytest

from pwa.content import basket, store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import discard, draft, move
from pwa.content.live import load
from pwa.content.model import Conflict, Refused
from pwa.content.release import Blocked, approve, cancel, publish, rollback, schedule, show
from pwa.database import Database
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, text

WHY = "It said the same as another page."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: nothing here is written otherwise for the other."""
    return sqlite_url


async def filled(guide: Database, *paths: str) -> None:
    for path in paths:
        await basket.put_in(guide, path, by="Cleo", now=NOW)


async def agreed(guide: Database, path: str, *, by: str) -> None:
    """A second person confirms what the basket does to a page."""
    line = next(one for one in (await basket.look(guide, now=NOW)).lines if one.change.path == path)
    await basket.confirm(guide, path, digest=line.withdrawal, by=by, now=NOW)


async def confirmed(guide: Database) -> dict[str, object]:
    """What a publisher's screen posts: the basket as it stands now."""
    chosen, seen = await basket.choice(guide), await basket.look(guide, now=NOW)
    return {"paths": chosen.paths, "withdraw": chosen.withdraw, "exactly": seen.contents}


async def test_what_one_publisher_picks_another_sees_and_nothing_else_goes_out(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/iv", text("Drip", "New drip."))
    await edit("/guide/im", text("Injection", "New injection."))
    await filled(guide, "/guide/iv")
    seen = await basket.look(guide, now=NOW)
    assert [(one.change.path, one.change.change, one.light, one.put_by) for one in seen.lines] == [
        ("/guide/iv", "wording", "ready", "Cleo")
    ]
    assert [one.path for one in await basket.left_out(guide)] == ["/guide/im"]
    await put_out(**await confirmed(guide))
    live = (await load(guide)).responses
    assert b"New drip." in live["/guide/iv"].identity
    assert b"New injection." not in live["/guide/im"].identity
    assert (await basket.look(guide, now=NOW)).lines == ()


async def test_a_basket_that_moved_since_it_was_looked_at_is_refused_and_says_what_moved(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/iv", text("Drip", "Looked at."))
    await edit("/guide/im", text("Injection", "Looked at too."))
    await filled(guide, "/guide/iv", "/guide/im")
    seen = await basket.look(guide, now=NOW)
    await edit("/guide/iv", text("Drip", "Edited and signed since."))
    await basket.take_out(guide, "/guide/im", by="Dora", now=NOW)
    await edit("/faq/hurt", text("Does it hurt?", "Hardly."))
    await filled(guide, "/faq/hurt")
    chosen = await basket.choice(guide)
    with pytest.raises(Conflict) as refused:
        await put_out(paths=chosen.paths, withdraw=chosen.withdraw, exactly=seen.contents)
    for said in ("/guide/iv is another text", "/guide/im was taken out", "/faq/hurt came in"):
        assert said in str(refused.value)
    assert (await store.head(guide)).release_id == 1


async def test_the_same_confirmation_posted_twice_publishes_once(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Once."))
    await filled(guide, "/guide/iv")
    form = await confirmed(guide)
    first = await put_out(**form)
    with pytest.raises(Conflict, match="taken out or published"):
        await put_out(**form)
    assert (await store.head(guide)).release_id == first.id


async def test_lights_say_what_stands_against_each_page(guide: Database, edit: Edit) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Unsigned."), by="Ana", now=NOW)
    await filled(guide, "/guide/iv")
    seen = await basket.look(guide, now=NOW)
    assert (seen.light, seen.only_signatures_miss, seen.lines[0].findings[0].rule) == ("blocked", True, "sign-off")
    await edit("/guide/im", text("Injection", "[Nowhere](/guide/nowhere)."))
    await filled(guide, "/guide/im")
    seen = await basket.look(guide, now=NOW)
    assert not seen.only_signatures_miss
    assert {one.change.path: one.findings[0].rule for one in seen.lines} == {
        "/guide/iv": "sign-off", "/guide/im": "link",
    }  # fmt: skip


async def test_a_half_finished_text_is_a_fault_with_its_line_and_not_an_end(guide: Database) -> None:
    await draft(guide, "/guide/iv", text("Drip", "# No heading of this kind"), by="Ana", now=NOW)
    await filled(guide, "/guide/iv")
    seen = await basket.look(guide, now=NOW)
    [found] = seen.lines[0].findings
    assert (seen.plan, seen.light, found.rule, found.line > 0) == (None, "blocked", "text", True)


async def test_taking_a_page_away_shows_the_links_it_breaks(guide: Database, put_out: Publish) -> None:
    await basket.withdraw(guide, "/guide/iv", leads_to=None, note=WHY, by="Cleo", now=NOW)
    seen = await basket.look(guide, now=NOW)
    assert [(one.change.path, one.change.change, one.content) for one in seen.lines] == [
        ("/guide/iv", "withdrawn", "to nowhere")
    ]
    assert [(one.path, one.rule) for one in seen.elsewhere] == [("/guide/im", "link")]
    with pytest.raises(Blocked):
        await put_out(**await confirmed(guide))
    await basket.withdraw(guide, "/guide/iv", leads_to="/guide/im", note=WHY, by="Cleo", now=NOW)
    await agreed(guide, "/guide/iv", by="Ben")
    assert (await basket.look(guide, now=NOW)).light != "blocked"
    await put_out(**await confirmed(guide))
    assert (await load(guide)).redirects == {"/guide/iv": "/guide/im"}
    assert (await load(guide)).manifests["en"]["notes"] == [f"Drip: {WHY}"]


async def test_taking_a_page_away_needs_a_second_person_who_agreed_to_exactly_that(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    before = (await load(guide)).head
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/im", note=WHY, by="Cleo", now=NOW)
    seen = await basket.look(guide, now=NOW)
    assert ([one.rule for one in seen.lines[0].findings], seen.only_signatures_miss) == (["withdrawal"], True)
    for alone in ("Cleo", " cleo "):
        with pytest.raises(Refused, match="someone else has to answer"):
            await agreed(guide, "/faq/hurt", by=alone)
    await agreed(guide, "/faq/hurt", by="Ben")
    # Another address for its readers, another text, or Ben as the one who wants it: nobody agreed to that.
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/iv", note=WHY, by="Cleo", now=NOW)
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await put_out(**await confirmed(guide))
    with pytest.raises(Refused, match="another thing since you looked"):
        await basket.confirm(guide, "/faq/hurt", digest=seen.lines[0].withdrawal, by="Ben", now=NOW)
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/im", note=WHY, by="Ben", now=NOW)
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await put_out(**await confirmed(guide))
    assert (await load(guide)).head == before
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/im", note=WHY, by="Cleo", now=NOW)
    await put_out(**await confirmed(guide))
    assert (await load(guide)).redirects == {"/faq/hurt": "/guide/im"}


async def test_a_text_that_changed_since_is_not_what_a_second_person_let_go(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await basket.withdraw(guide, "/faq/hurt", leads_to=None, note=WHY, by="Cleo", now=NOW)
    await agreed(guide, "/faq/hurt", by="Ben")
    await edit("/faq/hurt", text("Does it hurt?", "Hardly."))
    await put_out(paths=["/faq/hurt"])
    await basket.withdraw(guide, "/faq/hurt", leads_to=None, note=WHY, by="Cleo", now=NOW)
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await put_out(**await confirmed(guide))


async def test_a_clinic_that_reviews_alone_takes_pages_away_alone(guide: Database, put_out: Publish) -> None:
    await review_alone(guide, typed=TYPED, by="Ada", now=NOW)
    await basket.withdraw(guide, "/faq/hurt", leads_to=None, note=WHY, by="Cleo", now=NOW)
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await put_out(**await confirmed(guide))
    await agreed(guide, "/faq/hurt", by="Cleo")
    await put_out(**await confirmed(guide))
    assert "/faq/hurt" not in (await load(guide)).responses


async def test_a_page_goes_alone_only_by_break_glass_and_does_not_go_again_by_undoing(
    guide: Database, put_out: Publish
) -> None:
    await basket.withdraw(guide, "/faq/hurt", leads_to=None, note=WHY, by="Cleo", now=NOW)
    gone = await put_out(**await confirmed(guide), break_glass="It does harm.")
    assert (await show(guide, gone.id, NOW)).red
    with pytest.raises(Refused, match="someone else has to approve"):
        await approve(guide, gone.id, by="Cleo", now=NOW)
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    assert "/faq/hurt" in (await load(guide)).responses
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=gone.id)
    assert not (await show(guide, gone.id, NOW + DAY)).red
    again = await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=gone.id, break_glass="Harm.")
    await approve(guide, again.id, by="Ben", now=NOW + DAY)
    assert not (await show(guide, again.id, NOW + DAY)).red
    # Ben answers for it by now: it may go again without anything red.
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=1)
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=again.id)
    assert "/faq/hurt" not in (await load(guide)).responses


async def test_an_undo_takes_a_new_page_away_again_in_one_act(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/new", text("New", "Just written."))
    await put_out()
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    live = await load(guide)
    assert "/guide/new" not in live.responses
    assert live.manifests["en"]["notes"] == ["New: taken away."]


@pytest.mark.parametrize("note", ["", "  ", "x" * 201])
async def test_readers_are_told_why_a_page_goes(guide: Database, note: str) -> None:
    with pytest.raises(Refused, match="Say to readers"):
        await basket.withdraw(guide, "/faq/hurt", leads_to=None, note=note, by="Cleo", now=NOW)


async def test_readers_are_not_sent_elsewhere_than_was_looked_at(guide: Database, put_out: Publish) -> None:
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/im", note=WHY, by="Cleo", now=NOW)
    seen = await basket.look(guide, now=NOW)
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/iv", note=WHY, by="Dora", now=NOW)
    chosen = await basket.choice(guide)
    with pytest.raises(Conflict, match="/faq/hurt"):
        await put_out(paths=chosen.paths, withdraw=chosen.withdraw, exactly=seen.contents)


@pytest.mark.parametrize(
    ("path", "leads_to", "message"),
    [
        ("/guide/iv", "/guide/iv", "no published page"),
        ("/guide/iv", "https://elsewhere.example/", "no published page"),
        ("/guide/nowhere", None, "no page"),
        ("/sources", None, "fixed page"),
    ],
)
async def test_a_page_is_not_taken_away_to_nowhere(
    guide: Database, path: str, leads_to: str | None, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        await basket.withdraw(guide, path, leads_to=leads_to, note=WHY, by="Cleo", now=NOW)


async def test_a_page_that_was_never_published_cannot_be_taken_away(guide: Database) -> None:
    await draft(guide, "/guide/new", text("New"), by="Ana", now=NOW)
    with pytest.raises(Refused, match="not published"):
        await basket.withdraw(guide, "/guide/new", leads_to=None, note=WHY, by="Cleo", now=NOW)


async def test_a_page_without_a_draft_is_not_put_in(guide: Database) -> None:
    with pytest.raises(Refused, match="no draft"):
        await basket.put_in(guide, "/guide/iv", by="Cleo", now=NOW)


async def test_a_moved_page_goes_out_without_a_draft(guide: Database, put_out: Publish) -> None:
    await move(guide, "/guide/im", "muscle", by="Ana", now=NOW)
    await filled(guide, "/guide/muscle")
    assert [one.change.change for one in (await basket.look(guide, now=NOW)).lines] == ["moved"]
    await put_out(**await confirmed(guide))
    assert (await load(guide)).redirects == {"/guide/im": "/guide/muscle"}


async def test_a_draft_that_was_discarded_leaves_the_basket_empty(guide: Database, edit: Edit) -> None:
    digest = await edit("/guide/iv", text("Drip", "Never mind."))
    await filled(guide, "/guide/iv")
    await discard(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)
    assert (await basket.look(guide, now=NOW)).lines == ()


async def test_what_is_scheduled_leaves_the_basket_and_a_later_draft_of_it_stays_in(
    guide: Database, edit: Edit
) -> None:
    await edit("/guide/iv", text("Drip", "Tomorrow."))
    await filled(guide, "/guide/iv")
    planned = await schedule(
        guide, make_renderer(), at=NOW + DAY, by="Cleo", now=NOW, title="Drips", **await confirmed(guide)  # type: ignore[arg-type]
    )  # fmt: skip
    assert (planned.title, (await basket.choice(guide)).paths) == ("Drips", ())
    await filled(guide, "/guide/iv")
    await cancel(guide, planned.id, by="Cleo", now=NOW)
    assert (await basket.choice(guide)).paths == ("/guide/iv",)


async def test_an_undo_leaves_the_basket_alone(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Second."))
    await put_out()
    await edit("/guide/iv", text("Drip", "Third."))
    await filled(guide, "/guide/iv")
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    assert (await basket.choice(guide)).paths == ("/guide/iv",)


async def test_an_undo_of_something_else_than_was_looked_at_is_refused(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/iv", text("Drip", "Second."))
    second = await put_out()
    await edit("/guide/iv", text("Drip", "Third."))
    third = await put_out()
    with pytest.raises(Conflict, match="Another release"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, seen=second.id)
    assert (await store.head(guide)).release_id == third.id


async def test_break_glass_with_a_confirmed_basket_is_as_frozen(guide: Database) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Urgent."), by="Ana", now=NOW)
    await filled(guide, "/guide/iv")
    form = await confirmed(guide)
    await draft(guide, "/guide/iv", text("Drip", "Slipped in."), by="Ana", now=NOW)
    with pytest.raises(Conflict, match="another text"):
        await publish(guide, make_renderer(), by="Cleo", now=NOW, break_glass="A wrong dose.", **form)  # type: ignore[arg-type]
    assert (await store.head(guide)).release_id == 1
