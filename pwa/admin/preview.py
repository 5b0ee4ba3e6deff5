"""A page as patients will see it, for frames on the staff's screens: what is typed, or any text that was saved."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.editor import Place, place_of, read_sent
from pwa.admin.forms import read_form
from pwa.admin.house import answer, requires, site, words
from pwa.content import store
from pwa.content.drafts import current_revision
from pwa.content.model import ContentError
from pwa.content.preview import preview
from pwa.web.headers import permissions

# Links of the page open beside it: in the frame they could lead nowhere, because no page of ours may be framed.
_HEAD = b"<head>"
_BASE = b'<base target="_blank">'
# None would run in there; taken out, browsers have nothing to complain of.
_SCRIPT = re.compile(rb"<script\b[^>]*>.*?</script>", re.DOTALL)


@requires()
async def show(request: Request) -> Response:
    """The draft, or else the live text; with `?text=` the one that has this SHA-256."""
    place = place_of(request)
    digest = request.query_params.get("text", "")
    async with site(request).database.snapshot() as reader:
        page = await store.page_at(reader, place.path)
        if page is None:
            raise HTTPException(404)
        revision = await store.revision_of(reader, page.id, digest) if digest else await current_revision(reader, page)
    if revision is None:
        raise HTTPException(404)
    return await previewed(request, place, revision.text)


@requires("author")
async def show_typed(request: Request) -> Response:
    """What stands in the editor's form; nothing is kept of it."""
    place = place_of(request)
    return await previewed(request, place, read_sent(await read_form(request), place).text)


async def previewed(request: Request, place: Place, text: str) -> Response:
    """The page of a text, for a frame of ours; what keeps it from being a page, if it cannot be one yet."""
    running = site(request)
    try:
        async with running.database.snapshot() as reader:
            page = await preview(reader, running.live, running.renderer, place.kind, place.slug, text)
    except ContentError as error:
        # The staff's own look and no scripts of ours are needed for a list of faults.
        return _framed(
            answer(request, "admin/faults.html", title=words(request, "Not yet a page"), problems=error.problems)
        )
    body = _SCRIPT.sub(b"", page.replace(_HEAD, _HEAD + _BASE, 1))
    return _framed(Response(body, media_type="text/html; charset=utf-8"), request)


def _framed(response: Response, request: Request | None = None) -> Response:
    """May stand in a frame of ours, and runs no script: the page's own would take this for what is published."""
    if request is not None:
        published = site(request).layout.policies["page"]
        response.headers.update({**published, "cache-control": "no-store", "permissions-policy": permissions()})
    policy = dict(
        directive.strip().partition(" ")[::2] for directive in response.headers["content-security-policy"].split(";")
    )
    policy |= {
        "script-src": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    }
    response.headers["content-security-policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    return response


ROUTES = (
    Route("/pages/{kind}/{slug}/preview", show, name="preview"),
    Route("/pages/{kind}/{slug}/preview", show_typed, methods=["POST"], name="preview-typed"),
)
