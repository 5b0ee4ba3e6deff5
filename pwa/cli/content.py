"""Commands on texts: import and export, check, drafts, sign-offs and help numbers."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pwa.cli.command import Command, Desk, Failed, absolute, add_by
from pwa.content import bundle, drafts, seed, signing, store, transfer
from pwa.content import check as checks
from pwa.content.audit import audit, read_facts
from pwa.content.reading import METHOD, grade, words_left_out
from pwa.content.release import live_snapshots


async def run_import(desk: Desk, arguments: Namespace) -> None:
    """Make drafts of what differs in a folder."""
    differences = await transfer.import_folder(
        desk.database, Path(arguments.folder), by=arguments.by, now=desk.now(), dry_run=arguments.dry_run
    )
    for one in differences:
        if one.kind != "same":
            desk.say(f"{one.kind:8} {one.path}")
        if arguments.dry_run:
            for line in one.lines:
                desk.say(f"    {line}")
        for problem in one.problems:
            desk.say(f"    fault: {problem}")
    changed = sum(one.kind != "same" for one in differences)
    done = "would become drafts" if arguments.dry_run else "are drafts now"
    desk.say(f"{changed} of {len(differences)} texts {done}; readers see no change before a release.")


async def run_export(desk: Desk, arguments: Namespace) -> None:
    """Write texts as a folder."""
    written = await transfer.export(desk.database, Path(arguments.folder), drafts=arguments.drafts)
    desk.say(f"{len(written)} files are in {arguments.folder}.")


async def run_check(desk: Desk, arguments: Namespace) -> None:
    """Look at the live texts, or the shipped ones, with every rule, and report reading grades."""
    shipped = seed.seed_snapshot()
    snapshots = (shipped,) if arguments.shipped else await live_snapshots(desk.database)
    findings: list[checks.Finding] = []
    for snapshot in snapshots:
        findings += checks.check(snapshot, today=store.utc_day(desk.now()))
    findings += audit(read_facts(), shipped)
    for snapshot in snapshots:
        left_out = words_left_out(snapshot)
        desk.say(f"Reading grade of each page. {METHOD}")
        for page in sorted(snapshot.pages, key=lambda page: page.path):
            desk.say(f"  {grade(page.document, left_out):4.1f}  {page.path}")
    for finding in findings:
        desk.say(str(finding))
    faults = checks.blockers(findings)
    desk.say(f"{len(faults)} to put right, {len(findings) - len(faults)} to look at.")
    if faults:
        raise Failed


async def run_draft(desk: Desk, arguments: Namespace) -> None:
    """Keep a file's text as the draft of a page."""
    text = bundle.read_text(Path(arguments.file))
    revision = await drafts.draft(desk.database, arguments.path, text, by=arguments.by, now=desk.now())
    desk.say(f"Draft {revision.sha256[:12]} of {arguments.path} is kept.")


async def run_drafts(desk: Desk, _arguments: Namespace) -> None:
    """List open drafts and who answers for them."""
    async with desk.database.snapshot() as reader:
        open_drafts = [page for page in await store.pages(reader) if page.draft_id is not None]
        for page in open_drafts:
            revision = await drafts.current_revision(reader, page)
            if revision is None:
                continue
            signed = [one.shown for one in await store.sign_offs(reader, page.id, revision.sha256)]
            state = f"signed by {', '.join(signed)}" if signed else "not signed"
            desk.say(f"{revision.sha256[:12]}  {page.path}  by {', '.join(revision.contributors)}; {state}")
    desk.say(f"{len(open_drafts)} open.")


async def run_discard(desk: Desk, arguments: Namespace) -> None:
    """Close a draft."""
    await drafts.discard(desk.database, arguments.path, digest=arguments.text, by=arguments.by, now=desk.now())
    desk.say(f"The draft of {arguments.path} is closed; its versions stay in the history.")


async def run_move(desk: Desk, arguments: Namespace) -> None:
    """Give a page another address."""
    page = await drafts.move(desk.database, arguments.path, arguments.slug, by=arguments.by, now=desk.now())
    desk.say(f"The next release moves {arguments.path} to {page.path} and leaves a redirect.")


async def run_sign(desk: Desk, arguments: Namespace) -> None:
    """Answer for the exact text of a draft."""
    signed = await signing.sign_off(
        desk.database,
        arguments.path,
        digest=arguments.text,
        by=arguments.by,
        now=desk.now(),
        note=arguments.note,
    )
    desk.say(f"{signed.shown} has signed {arguments.path}, text {signed.sha256[:12]}. Any edit voids it.")


async def run_check_number(desk: Desk, arguments: Namespace) -> None:
    """Note that a help number was checked at its owner's site."""
    day = arguments.on or datetime.fromtimestamp(desk.now() / 1000, UTC).date().isoformat()
    await drafts.check_number(
        desk.database, arguments.service, by=arguments.by, on=day, now=desk.now(), country=arguments.country
    )
    desk.say(f"Noted in the draft of /help-now: {arguments.service}, checked by {arguments.by} on {day}.")


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=absolute, help="folder with guide/, faq/, site/ and media/, or a .zip of it")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change, line by line")
    add_by(parser)


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=absolute, help="a folder, or a name that ends with .zip")
    parser.add_argument("--drafts", action="store_true", help="open drafts in place of what is live")


def _check_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--shipped", action="store_true", help="the texts of this program instead of the live ones")


def _draft_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", help="/guide/…, /faq/… or /…")
    parser.add_argument("file", type=absolute, help="Markdown with its front matter")
    add_by(parser)


def _path_argument(parser: ArgumentParser) -> None:
    parser.add_argument("path", help="/guide/…, /faq/… or /…")


def _discard_arguments(parser: ArgumentParser) -> None:
    _path_argument(parser)
    _text_argument(parser)
    add_by(parser)


def _text_argument(parser: ArgumentParser) -> None:
    parser.add_argument("text", help="the first 12 characters (or more) of the text's SHA-256, as `drafts` prints them")


def _move_arguments(parser: ArgumentParser) -> None:
    _path_argument(parser)
    parser.add_argument("slug", help="the last part of its new address")
    add_by(parser)


def _sign_arguments(parser: ArgumentParser) -> None:
    _path_argument(parser)
    _text_argument(parser)
    parser.add_argument("--note", default="")
    add_by(parser)


def _check_number_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("service", help="its name on the help page")
    parser.add_argument("--country", help="name or code, where two services share a name")
    parser.add_argument("--on", metavar="DAY", help="such as 2026-11-22 (default: today)")
    add_by(parser)


COMMANDS: Iterable[Command] = (
    Command("content import", "make drafts of a folder's texts", run_import, _import_arguments),
    Command("content export", "write the live texts as a folder", run_export, _export_arguments),
    Command("content check", "look for faults; report reading grades", run_check, _check_arguments),
    Command("content drafts", "list open drafts", run_drafts),
    Command("content draft", "keep a file's text as a draft", run_draft, _draft_arguments),
    Command("content discard", "close a draft", run_discard, _discard_arguments),
    Command("content move", "give a page another address", run_move, _move_arguments),
    Command("content sign", "answer for a draft's exact text", run_sign, _sign_arguments),
    Command("content check-number", "note that a help number was checked", run_check_number, _check_number_arguments),
)
