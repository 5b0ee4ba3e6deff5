"""The rules by which scans judge every answer find what they are there to find."""

import pytest

from pwa.admin.house import HEADERS
from tests.scan.rules import MARK, Answer, faults

PAGE = {**HEADERS, "content-type": "text/html; charset=utf-8"}
POLICY = PAGE["content-security-policy"]


def answer(status: int = 200, body: str = "", **changed: str) -> Answer:
    """A good answer below /admin, but for these headers; an empty one is left out."""
    headers = {**PAGE, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return Answer(status, [(name, value) for name, value in headers.items() if value], body.encode())


def test_a_good_answer_has_no_faults() -> None:
    assert faults("/admin/", answer(set_cookie="staff=a; HttpOnly; Path=/; SameSite=lax")) == []
    assert faults("/admin/", answer(303, location="/admin/release")) == []
    assert faults("/admin/", answer(303, location="http://localhost/admin/"), ["localhost"]) == []
    assert faults("/admin/", answer(503, retry_after="5")) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (answer(500), "status 500"),
        (answer(503), "status 503"),
        (answer(body="Traceback (most recent call last)"), "Traceback"),
        (answer(body=f"<p>{MARK}</p>"), "markup"),
        (answer(x_content_type_options=""), "x-content-type-options"),
        (answer(strict_transport_security=""), "strict-transport-security"),
        (answer(cross_origin_opener_policy=""), "cross-origin-opener-policy"),
        (answer(permissions_policy=""), "permissions-policy"),
        (answer(content_security_policy=POLICY.replace("default-src 'none'", "")), "default-src"),
        (answer(content_security_policy=POLICY.replace("frame-ancestors 'none'", "")), "frame-ancestors"),
        (answer(content_security_policy=f"{POLICY} 'unsafe-inline'"), "unsafe-inline"),
        (answer(cache_control="no-cache"), "cache-control"),
        (answer(set_cookie="staff=a; Path=/; SameSite=lax"), "HttpOnly"),
        (answer(location="//evil.example"), "leads to"),
        (answer(location="https://evil.example/"), "leads to"),
        (answer(location="/admin/\\evil.example"), "leads to"),
    ],
)
def test_a_bad_one_is_found(bad: Answer, words: str) -> None:
    found = faults("/admin/", bad)
    assert len(found) == 1
    assert words in found[0]
