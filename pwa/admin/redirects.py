"""Old addresses: where they lead, online and on every phone, and which pages still say them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.house import answer, requires, site, words
from pwa.content.redirects import read_redirects


@requires()
async def show(request: Request) -> Response:
    """The redirects of the live release, and those of pages that are about to move."""
    async with site(request).database.snapshot() as reader:
        redirects = await read_redirects(reader)
    return answer(request, "admin/redirects.html", title=words(request, "Old addresses"), redirects=redirects)


ROUTES = (Route("/redirects", show, name="redirects"),)
