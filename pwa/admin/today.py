"""The first screen after signing in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.house import answer, requires, words


@requires()
async def show(request: Request) -> Response:
    """Who is signed in, and where they can go."""
    return answer(request, "admin/today.html", title=words(request, "Today"))


ROUTES = (Route("/", show, name="today"),)
