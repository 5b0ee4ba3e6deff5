"""Pictures: taken with the telephone, described, seen where they are used, replaced and removed."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import Form, read_form
from pwa.admin.house import answer, answer_json, now, requires, see_other, site, staff_of, takes, words
from pwa.content import media, media_store
from pwa.content.drawn import MOST_BYTES
from pwa.content.media import LONGEST_ALTERNATIVE, LONGEST_TITLE, Use
from pwa.content.media_store import Media, StoredVariant
from pwa.content.model import Refused

_UPLOAD = MOST_BYTES + 64 * 1024
_AS_TYPED = 10_000
"""Longer than any field may be, so that too long a text comes back whole with the reason."""


@dataclass(frozen=True)
class Shown:
    """A picture as the list shows it."""

    media: Media
    sizes: list[StoredVariant]
    uses: tuple[Use, ...]


@requires()
async def show_all(request: Request) -> Response:
    """Every picture, and the form for another one."""
    return await _list(request)


@requires("author")
@takes(_UPLOAD, files=True)
async def add(request: Request) -> Response:
    """Take a picture in."""
    form = await read_form(request)
    try:
        taken = await media.add(
            site(request).database,
            _uploaded(form),
            title=form.text("title", limit=_AS_TYPED),
            alternative=form.text("alternative", limit=_AS_TYPED),
            decorative=form.checked("decorative"),
            by=staff_of(request).name,
            now=now(request),
        )
    except Refused as refusal:
        return await _list(request, fault=str(refusal), status=409)
    return see_other(request, "picture", name=taken.name, message=words(request, "The picture is here."))


@requires()
async def show_list(request: Request) -> Response:
    """What the editor offers: every picture that was not replaced, with the lines that show it."""
    async with site(request).database.snapshot() as reader:
        everything = await media_store.all_media(reader)
    return answer_json(
        [
            {"mark": one.markdown, "name": one.title, "about": one.alternative or words(request, "Only decorates")}
            for one in everything
            if one.replaced_by is None
        ]
    )


@requires()
async def show(request: Request) -> Response:
    """One picture: how it looks, where it is used, and what can be done with it."""
    return await _one(request)


@requires("author")
async def describe(request: Request) -> Response:
    """Other words for new uses of a picture."""
    form = await read_form(request)
    name = request.path_params["name"]
    try:
        await media.describe(
            site(request).database,
            name,
            alternative=form.text("alternative", limit=_AS_TYPED),
            decorative=form.checked("decorative"),
            by=staff_of(request).name,
            now=now(request),
        )
    except Refused as refusal:
        return await _one(request, fault=str(refusal), status=409)
    return see_other(request, "picture", name=name, message=words(request, "The new words are kept."))


@requires("author")
@takes(_UPLOAD, files=True)
async def replace(request: Request) -> Response:
    """Another picture in its place: a draft of every page that shows it."""
    form = await read_form(request)
    try:
        taken, changed = await media.replace_picture(
            site(request).database,
            request.path_params["name"],
            _uploaded(form),
            alternative=form.text("alternative", limit=_AS_TYPED),
            decorative=form.checked("decorative"),
            by=staff_of(request).name,
            now=now(request),
        )
    except Refused as refusal:
        return await _one(request, fault=str(refusal), status=409)
    message = words(request, "Replaced. Drafts show the new one: {paths}. Readers keep the old one meanwhile.")
    nobody = words(request, "Replaced. No page showed it.")
    paths = ", ".join(changed)
    return see_other(
        request, "picture", name=taken.name, message=message.replace("{paths}", paths) if changed else nobody
    )


@requires("author")
async def remove(request: Request) -> Response:
    """Take a picture away for good."""
    try:
        await media.remove(
            site(request).database, request.path_params["name"], by=staff_of(request).name, now=now(request)
        )
    except Refused as refusal:
        return await _one(request, fault=str(refusal), status=409)
    return see_other(request, "media", message=words(request, "The picture and all its sizes are gone."))


async def _list(request: Request, *, fault: str = "", status: int = 200) -> Response:
    async with site(request).database.snapshot() as reader:
        everything = await media_store.all_media(reader)
        sizes = await media_store.variants(reader, [one.name for one in everything])
        uses = await media.uses(reader)
    shown = [Shown(one, sizes[one.name], uses.get(one.name, ())) for one in everything]
    return answer(
        request,
        "admin/media.html",
        title=words(request, "Pictures"),
        status=status,
        shown=shown,
        fault=fault,
        typed=_AS_TYPED,
        longest_title=LONGEST_TITLE,
        longest_alternative=LONGEST_ALTERNATIVE,
    )


async def _one(request: Request, *, fault: str = "", status: int = 200) -> Response:
    name = request.path_params["name"]
    async with site(request).database.snapshot() as reader:
        found = await media.find(reader, name)
        sizes = (await media_store.variants(reader, [name]))[name]
        uses = (await media.uses(reader)).get(name, ())
    return answer(
        request,
        "admin/picture.html",
        title=found.title,
        status=status,
        picture=found,
        sizes=sizes,
        uses=uses,
        fault=fault,
        typed=_AS_TYPED,
        longest_alternative=LONGEST_ALTERNATIVE,
    )


def _uploaded(form: Form) -> bytes:
    upload = form.file("file")
    return upload.body if upload else b""


ROUTES = (
    Route("/media", show_all, name="media"),
    Route("/media", add, methods=["POST"], name="media-add"),
    Route("/media/list", show_list, name="media-list"),
    Route("/media/{name}", show, name="picture"),
    Route("/media/{name}/description", describe, methods=["POST"], name="picture-description"),
    Route("/media/{name}/replacement", replace, methods=["POST"], name="picture-replacement"),
    Route("/media/{name}/removal", remove, methods=["POST"], name="picture-removal"),
)
