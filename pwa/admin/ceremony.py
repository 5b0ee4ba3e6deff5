"""What the screens with passkeys share: the site as passkeys know it, and the browser that a ceremony belongs to."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pwa.admin.house import CEREMONY, answer_json, origin, set_cookie, site
from pwa.staff.passkeys import CEREMONY_LASTS, Party


def party(request: Request) -> Party:
    """The site at the address that staff see."""
    return Party(origin(request), site(request).settings.site_name)


def ceremony_begins(request: Request, options: dict[str, Any], browser: str) -> Response:
    """The options for the phone; `browser` goes along as a cookie, so that only this browser can give the answer."""
    response = answer_json({"publicKey": options})
    set_cookie(request, response, CEREMONY, browser, seconds=CEREMONY_LASTS // 1000)
    return response
