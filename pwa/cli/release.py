"""Commands on releases and notices: publish, schedule, undo, approve, recall, withdraw, lift."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from datetime import UTC, datetime

from pwa.cli.command import Command, Desk, add_by, moment
from pwa.content import basket, notice, release, store
from pwa.content.signing import SHORTEST_DIGEST


async def run_list(desk: Desk, arguments: Namespace) -> None:
    """List the latest releases."""
    async with desk.database.snapshot() as reader:
        for shown in await release.show_all(reader, desk.now(), arguments.limit):
            desk.say(_line(shown))


async def run_show(desk: Desk, arguments: Namespace) -> None:
    """Print one release: what it changed, in words and in bytes."""
    async with desk.database.snapshot() as reader:
        shown = await release.show(reader, arguments.id, desk.now())
    desk.say(_line(shown))
    one = shown.release
    desk.say(f"  a phone downloads {one.changed_bytes:,} bytes for it, {one.total_bytes:,} with nothing saved before")
    for locale, manifest in one.manifests.items():
        desk.say(f"  manifest {locale} {manifest}")
    for change in shown.changes:
        desk.say(f"  {change.change:10} {change.path}  {change.title}")
    for note in one.notes:
        desk.say(f"  note: {note}")
    for said in (one.reason, one.break_glass):
        if said:
            desk.say(f"  reason: {said}")


async def run_next(desk: Desk, _arguments: Namespace) -> None:
    """Print what staff have put into the next release, and what stands against each page."""
    async with desk.database.snapshot() as reader:
        seen = await basket.look(reader, now=desk.now())
    for line in seen.lines:
        withdrawal = f"  {line.content}, {line.withdrawal[:SHORTEST_DIGEST]}" if line.withdrawal else ""
        desk.say(f"{line.change.change:10} {line.change.path}  by {line.put_by}{withdrawal}")
        for finding in line.findings:
            desk.say(f"    {finding}")
    for finding in seen.elsewhere:
        desk.say(str(finding))
    desk.say(f"{len(seen.lines)} in the next release.")


async def run_confirm_withdrawal(desk: Desk, arguments: Namespace) -> None:
    """Answer as the second person for taking a page away."""
    await basket.confirm(desk.database, arguments.path, digest=arguments.withdrawal, by=arguments.by, now=desk.now())
    desk.say(f"{arguments.by} has confirmed that {arguments.path} goes away.")


async def run_publish(desk: Desk, arguments: Namespace) -> None:
    """Make drafts live, now or at a time."""
    withdrawn = dict(_withdrawal(one) for one in arguments.withdraw)
    paths = arguments.paths or (None if not withdrawn else ())
    if arguments.at is not None:
        planned = await release.schedule(
            desk.database,
            desk.renderer,
            at=arguments.at,
            by=arguments.by,
            now=desk.now(),
            paths=paths,
            withdraw=withdrawn,
            notes=arguments.note,
        )
        desk.say(f"Release {planned.id} goes live at {_time(planned.due_at)}.")
        return
    live = await release.publish(
        desk.database,
        desk.renderer,
        by=arguments.by,
        now=desk.now(),
        paths=paths,
        withdraw=withdrawn,
        notes=arguments.note,
        break_glass=arguments.break_glass,
    )
    desk.say(f"Release {live.id} is live; a phone downloads {live.changed_bytes:,} bytes for it.")
    _say_red(desk, live)
    await _say_covered(desk)


async def run_cancel(desk: Desk, arguments: Namespace) -> None:
    """Take a scheduled release back."""
    await release.cancel(desk.database, arguments.id, by=arguments.by, now=desk.now())
    desk.say(f"Release {arguments.id} will not go live; its drafts stay as they are.")


async def run_rollback(desk: Desk, arguments: Namespace) -> None:
    """Publish the texts of an earlier release again."""
    live = await release.rollback(
        desk.database,
        desk.renderer,
        by=arguments.by,
        now=desk.now(),
        to=arguments.to,
        reason=arguments.reason,
        break_glass=arguments.break_glass,
    )
    undone = await store.release(desk.database, live.undoes_id) if live.undoes_id is not None else None
    if undone is None:
        desk.say(f"Release {live.id} is live and has these texts already; nothing was changed.")
    else:
        texts = arguments.to or undone.previous_id
        desk.say(
            f"Release {live.id} is live: it undoes release {undone.id} and brings the texts of release {texts} back."
        )
    _say_red(desk, live)
    await _say_covered(desk)


async def run_approve(desk: Desk, arguments: Namespace) -> None:
    """Answer for a release that went out without a sign-off."""
    await release.approve(desk.database, arguments.id, by=arguments.by, now=desk.now())
    desk.say(f"{arguments.by} has approved release {arguments.id}.")


async def run_notices(desk: Desk, arguments: Namespace) -> None:
    """List notices."""
    for stored in await store.notices(desk.database, active=not arguments.all):
        one = stored.notice
        ended = f"; lifted by {stored.lifted_by}" if stored.lifted_by else ""
        second = f"; confirmed by {stored.confirmed_by}" if stored.confirmed_by else ""
        said = f"{one.id}  {one.issued}  {one.path} {one.block or '(whole page)'}  by {stored.issued_by}{second}{ended}"
        desk.say(f"{said}{'  NOT CONFIRMED' if notice.waits(stored) else ''}")
        desk.say(f"    instead of: {stored.words}")
        desk.say(f"    readers see: {one.text}")


async def run_recall(desk: Desk, arguments: Namespace) -> None:
    """Cover wrong words, on the server now and on phones at their next contact."""
    recalled = await notice.recall(
        desk.database,
        text=arguments.text,
        by=arguments.by,
        now=desk.now(),
        path=arguments.path,
        block=arguments.block,
        words=arguments.words,
        everywhere=arguments.everywhere,
        reason=arguments.reason,
    )
    for stored in recalled:
        desk.say(f"{stored.notice.id}  covered on {stored.notice.path}: {stored.words}")
    desk.say("Readers online see it now; a phone covers it at its next contact.")
    desk.say("Someone else should confirm it within 24 hours, or withdraw it if the words were right after all.")


async def run_confirm(desk: Desk, arguments: Namespace) -> None:
    """Answer as the second person for a recall."""
    await notice.confirm(desk.database, arguments.id, by=arguments.by, now=desk.now())
    desk.say(f"{arguments.by} has confirmed notice {arguments.id}.")


async def run_withdraw(desk: Desk, arguments: Namespace) -> None:
    """Show recalled words again, as the second person, because they were right."""
    await notice.withdraw(desk.database, arguments.id, reason=arguments.reason, by=arguments.by, now=desk.now())
    desk.say(f"Notice {arguments.id} is withdrawn; readers see the words again.")


async def run_lift(desk: Desk, arguments: Namespace) -> None:
    """End a recall whose corrected text is live."""
    await notice.lift(desk.database, arguments.id, by=arguments.by, now=desk.now())
    desk.say(f"Notice {arguments.id} has ended.")


def _say_red(desk: Desk, live: store.Release) -> None:
    if live.break_glass:
        desk.say("It went out without a sign-off: someone else must approve or undo it within 24 hours.")


async def _say_covered(desk: Desk) -> None:
    if paths := sorted(await store.covered(desk.database)):
        desk.say(f"Recalls still cover words on: {', '.join(paths)}. `notice list` names them.")


def _line(shown: release.Shown) -> str:
    one = shown.release
    when = f"due {_time(one.due_at)}" if one.state == "scheduled" else _time(one.published_at or one.created_at)
    marks = [
        mark
        for mark, applies in (
            ("LIVE", shown.live),
            ("NOT APPROVED", shown.red and not shown.overdue),
            ("NOT APPROVED FOR OVER 24 HOURS", shown.overdue),
        )
        if applies
    ]
    return f"{one.id:4}  {one.state:9}  {one.kind:8}  {when}  by {one.created_by}  {' '.join(marks)}".rstrip()


def _time(milliseconds: int | None) -> str:
    return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _withdrawal(text: str) -> tuple[str, str | None]:
    path, _, target = text.partition("=")
    return path, target or None


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20)


def _notices_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="ended ones too")


def _publish_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="pages whose drafts go live (default: every draft)")
    parser.add_argument(
        "--withdraw",
        action="append",
        default=[],
        metavar="PATH[=TARGET]",
        help="take a page away, leading to TARGET, as someone else confirmed it",
    )
    parser.add_argument("--note", action="append", default=[], help="what changed, in words; may be given again")
    parser.add_argument("--at", type=moment, metavar="TIME", help="such as 2026-11-23T09:00+01:00 (default: now)")
    _break_glass_argument(parser)
    add_by(parser)


def _confirm_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", help="/guide/… or /faq/…")
    parser.add_argument("withdrawal", help="the 12 characters (or more) that `release next` prints beside it")
    add_by(parser)


def _id_argument(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=int)


def _id_by_arguments(parser: ArgumentParser) -> None:
    _id_argument(parser)
    add_by(parser)


def _rollback_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--to", type=int, metavar="ID", help="the release whose texts come back (default: the last)")
    parser.add_argument("--reason", default="")
    _break_glass_argument(parser)
    add_by(parser)


def _break_glass_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--break-glass", default="", metavar="REASON", help="go without a sign-off; red until someone else approves"
    )


def _recall_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", help="the page; its whole text when neither --block nor --words is given")
    parser.add_argument("--block", help="the passage's id")
    parser.add_argument("--words", help="the wrong words as they read")
    parser.add_argument("--everywhere", action="store_true", help="wherever the words stand")
    parser.add_argument("--text", required=True, help="what readers see instead")
    parser.add_argument("--reason", default="", help="why, for whoever confirms it")
    add_by(parser)


def _lift_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id")
    add_by(parser)


def _withdraw_arguments(parser: ArgumentParser) -> None:
    _lift_arguments(parser)
    parser.add_argument("--reason", required=True, help="why the words were right")


COMMANDS: Iterable[Command] = (
    Command(
        "release list",
        "list releases, the last first",
        run_list,
        _list_arguments,
    ),
    Command("release show", "what a release changed and costs", run_show, _id_argument),
    Command("release next", "what staff have put into the next release", run_next),
    Command(
        "release confirm",
        "answer as the second person for taking a page away",
        run_confirm_withdrawal,
        _confirm_arguments,
    ),
    Command("release publish", "make drafts live, now or at a time", run_publish, _publish_arguments),
    Command("release cancel", "take a scheduled release back", run_cancel, _id_by_arguments),
    Command("release rollback", "bring the texts of an earlier release back", run_rollback, _rollback_arguments),
    Command("release approve", "answer for a release that had no sign-off", run_approve, _id_by_arguments),
    Command(
        "notice list",
        "list recalls",
        run_notices,
        _notices_arguments,
    ),
    Command("notice recall", "cover wrong words everywhere", run_recall, _recall_arguments),
    Command("notice confirm", "answer for a recall as the second person", run_confirm, _lift_arguments),
    Command(
        "notice withdraw", "show recalled words again: they were right after all", run_withdraw, _withdraw_arguments
    ),
    Command("notice lift", "end a recall whose corrected text is live", run_lift, _lift_arguments),
)
