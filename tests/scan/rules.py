"""What every answer of the server keeps to, whoever asked and whatever was sent: its faults, each in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

MARK = "<img src=x onerror=mark>"
"""Markup that is sent in, and that no page may hand out as markup."""
BROKEN = ("Traceback (most recent call last)", "Internal Server Error", 'File "/', "sqlite3.", "jinja2.")
"""Signs of a failure that was handed out as it came."""
OF_EVERY_ANSWER = {
    "x-content-type-options": ("nosniff",),
    "cross-origin-resource-policy": ("same-origin",),
    "referrer-policy": ("no-referrer", "same-origin"),
    "strict-transport-security": ("max-age=31536000",),
}
OF_A_PAGE = ("default-src 'none'", "base-uri 'none'", "require-trusted-types-for 'script'")
"""Parts of the policy of every HTML document."""
_FRAMED = re.compile(r"/admin/pages/.+/preview|/admin/outside/.+/page")
"""A preview stands in a frame of its editor, a text in one of the screen that asks about it; nothing else in any."""


@dataclass(frozen=True)
class Answer:
    """One answer; the names of its headers are in lower case, and may be there several times."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, "" without it."""
        return next((value for one, value in self.headers if one == name), "")


def faults(path: str, answer: Answer, hosts: Sequence[str] = ()) -> list[str]:
    """What is wrong with the answer to a request for this path; `hosts` are the names by which it was asked."""
    text = answer.body.decode("utf-8", "replace")
    is_page = answer.header("content-type").startswith("text/html")
    found = [f"it says {sign!r}" for sign in BROKEN if sign in text and not path.startswith("/c/")]
    if answer.status >= 500 and not (answer.status == 503 and answer.header("retry-after")):
        found.append(f"status {answer.status}")
    if is_page and MARK in text:
        found.append("it hands out the markup that was sent")
    found += [
        f"{name} is {answer.header(name)!r}"
        for name, allowed in OF_EVERY_ANSWER.items()
        if answer.header(name) not in allowed
    ]
    if is_page:
        found += _faults_of_a_page(path, answer)
    below_admin = path == "/admin" or path.startswith("/admin/")
    if below_admin and answer.header("cache-control") != "no-store" and not path.startswith("/admin/static/"):
        found.append(f"cache-control is {answer.header('cache-control')!r}")
    for name, value in answer.headers:
        if name == "set-cookie":
            found += [
                f"a cookie without {part}" for part in ("HttpOnly", "SameSite=lax", "Path=/") if part not in value
            ]
        if name == "location" and not _stays(value, hosts):
            found.append(f"it leads to {value!r}")
    return found


def _faults_of_a_page(path: str, answer: Answer) -> list[str]:
    policy = answer.header("content-security-policy")
    frames = "frame-ancestors 'self'" if _FRAMED.fullmatch(path) and answer.status == 200 else "frame-ancestors 'none'"
    found = [f"its policy lacks {part}" for part in (*OF_A_PAGE, frames) if part not in policy]
    found += [
        f"its policy has {part}" for part in ("'unsafe-inline'", "'unsafe-eval'", "data:", "http:") if part in policy
    ]
    if not answer.header("permissions-policy"):
        found.append("no permissions-policy")
    if answer.header("cross-origin-opener-policy") != "same-origin":
        found.append("no cross-origin-opener-policy")
    return found


def _stays(location: str, hosts: Sequence[str]) -> bool:
    try:
        parts = urlsplit(location)
    except ValueError:
        return False
    if "\\" in location or not location.isprintable():
        return False
    return location.startswith("/") and not location.startswith("//") if not parts.netloc else parts.netloc in hosts
