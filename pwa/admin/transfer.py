"""Import and export: everything as one archive, looked at before it becomes drafts."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import BadForm, read_form
from pwa.admin.house import HEADERS, answer, now, requires, see_other, site, staff_of, takes, today, words
from pwa.content import transfer
from pwa.content.bundle import MOST_ARCHIVE_BYTES
from pwa.content.model import Conflict, ContentError, Refused

_OF = ("live", "drafts")


@requires("administrator")
async def show(request: Request) -> Response:
    """What can be taken out, and the form to bring something in."""
    return _form(request)


@requires("administrator")
async def export(request: Request) -> Response:
    """The archive of what readers have, or of the drafts where there are some."""
    of = request.path_params["of"]
    if of not in _OF:
        raise BadForm(words(request, "Choose what readers have, or the drafts."))
    archive = await transfer.export_archive(site(request).database, drafts=of == "drafts")
    name = f"guide-{of}-{today(request).isoformat()}.zip"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(archive, media_type="application/zip", headers=headers)


@requires("administrator")
@takes(MOST_ARCHIVE_BYTES + 64 * 1024, files=True)
async def send(request: Request) -> Response:
    """Take an archive in to look at it; nothing becomes a draft yet."""
    upload = (await read_form(request)).file("file")
    try:
        name = await transfer.stage(
            site(request).database, upload.body if upload else b"", by=staff_of(request).name, now=now(request)
        )
    except (Refused, ContentError) as refusal:
        return _form(request, fault=str(refusal))
    return see_other(request, "archive", name=name)


@requires("administrator")
async def show_archive(request: Request) -> Response:
    """What importing the archive would change."""
    return await _archive(request)


@requires("administrator")
async def bring_in(request: Request) -> Response:
    """Make drafts of the archive, exactly as the screen showed."""
    form = await read_form(request)
    try:
        found = await transfer.import_staged(
            site(request).database,
            request.path_params["name"],
            seen=form.text("seen", required=True),
            by=staff_of(request).name,
            now=now(request),
        )
    except Conflict as refusal:
        return await _archive(request, fault=str(refusal))
    changed = sum(one.kind != "same" for one in found)
    message = words(request, "{count} imported. Nothing reaches readers before a release.")
    return see_other(request, "transfer", message=message.replace("{count}", str(changed)))


@requires("administrator")
async def discard(request: Request) -> Response:
    """Forget the archive."""
    await transfer.discard_staged(site(request).database, request.path_params["name"], by=staff_of(request).name)
    return see_other(request, "transfer", message=words(request, "The archive is forgotten; nothing was imported."))


def _form(request: Request, *, fault: str = "") -> Response:
    title = words(request, "Import and export")
    most = MOST_ARCHIVE_BYTES >> 20
    return answer(request, "admin/transfer.html", title=title, status=409 if fault else 200, fault=fault, most=most)


async def _archive(request: Request, *, fault: str = "") -> Response:
    name = request.path_params["name"]
    found = await transfer.staged_differences(site(request).database, name, by=staff_of(request).name, now=now(request))
    return answer(
        request,
        "admin/archive.html",
        title=words(request, "What this archive would change"),
        status=409 if fault else 200,
        name=name,
        differing=[one for one in found if one.kind != "same"],
        same=sum(one.kind == "same" for one in found),
        faulty=any(one.problems and one.kind != "same" for one in found),
        seen=transfer.fingerprint(found),
        fault=fault,
    )


ROUTES = (
    Route("/transfer", show, name="transfer"),
    Route("/transfer", send, methods=["POST"], name="transfer-send"),
    Route("/transfer/export/{of}.zip", export, name="transfer-export"),
    Route("/transfer/{name}", show_archive, name="archive"),
    Route("/transfer/{name}/drafts", bring_in, methods=["POST"], name="archive-drafts"),
    Route("/transfer/{name}/removal", discard, methods=["POST"], name="archive-removal"),
)
