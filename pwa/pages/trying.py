"""What a phone is told that tries a release before it is published: docs/release-format.md, "Trying a release"."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.content import trial
from pwa.content.build import FORMAT
from pwa.database import Database
from pwa.pages.layout import Layout
from pwa.web.headers import EVERYWHERE


class Site(Protocol):
    """What `request.state.site` offers to these handlers."""

    database: Database
    layout: Layout


def trial_routes(milliseconds: Callable[[], int]) -> list[Route]:
    """The page that offers a trial, and what the worker asks; who has the secret needs no account."""

    async def offer(request: Request) -> Response:
        """The page with the button; 404 once there is nothing to try."""
        site: Site = request.state.site
        words = site.layout.words
        secret = request.path_params["secret"]
        found = await trial.find(site.database, secret, milliseconds())
        headers = {**site.layout.policies["page"], "cache-control": "no-store"}
        if found is None:
            body = site.layout.page("message.html", title=words(_OVER[0]), sentences=[words(_OVER[1])], unlisted=True)
            return Response(body, status_code=404, media_type="text/html; charset=utf-8", headers=headers)
        body = site.layout.page(
            "try.html",
            title=words("Try a release that is not published"),
            unlisted=True,
            address=f"/c/try/{secret}.json",
            changes=found.changes,
        )
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    async def follow(request: Request) -> Response:
        """What the worker follows beside the head; the same without manifests for every secret that leads nowhere."""
        site: Site = request.state.site
        found = await trial.find(site.database, request.path_params["secret"], milliseconds())
        return _answer(site.layout, found.manifests if found else {})

    return [
        Route("/try/{secret}", offer, name="try"),
        Route("/c/try/{secret}.json", follow, name="trial"),
    ]


def _answer(layout: Layout, manifests: Mapping[str, str]) -> Response:
    told = {
        "format": FORMAT,
        "manifests": dict(manifests),
        "banner": layout.words("You are trying a release that is not published."),
        "stop": layout.words("Back to the published guide"),
    }
    return Response(
        json.dumps(told, ensure_ascii=False),
        media_type="application/json",
        headers={"cache-control": "no-store", **EVERYWHERE},
    )


_OVER = (
    "There is nothing to try here any more",
    "The trial has ended, after a day or by hand. A phone that tried it reads the published guide again.",
)
