"""Published pages: the right bytes for each request, and everything else handed on."""

from typing import Any

import pytest

from pwa.web.published import Published, PublishedTable, answer

PAGE = Published(
    headers=(
        ("content-type", "text/html; charset=utf-8"),
        ("etag", '"abc"'),
        ("content-security-policy", "default-src 'none'"),
    ),
    identity=b"plain page",
    brotli=b"br",
    gzip=b"gzip",
)


async def ask(
    table: PublishedTable, path: str, method: str = "GET", query: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request; status 404 stands for the application behind the table."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    found = table.find(scope)
    if found is None:
        return 404, {}, b"behind"
    await answer(found, scope, send)
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture
def table() -> PublishedTable:
    table = PublishedTable()
    table.replace({"/guide/iv": PAGE, "/search": Published((), b"form", with_query=False)})
    return table


@pytest.mark.parametrize(
    ("accept", "body", "encoding"),
    [
        ("gzip, deflate, br, zstd", b"br", "br"),
        ("gzip", b"gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", b"gzip", "gzip"),
        ("*", b"br", "br"),
        ("*;q=0", b"plain page", None),
        ("br;q=nonsense", b"plain page", None),
        ("br, " + "x," * 1000, b"plain page", None),
        ("identity", b"plain page", None),
        ("", b"plain page", None),
    ],
)
async def test_bytes_follow_accept_encoding(
    table: PublishedTable, accept: str, body: bytes, encoding: str | None
) -> None:
    status, headers, got = await ask(table, "/guide/iv", accept_encoding=accept)
    assert (status, got, headers.get("content-encoding")) == (200, body, encoding)
    assert headers["content-length"] == str(len(body))
    assert headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("header", ['"abc"', 'W/"abc"', '"other", "abc"', "*"])
async def test_a_known_etag_is_not_sent_again(table: PublishedTable, header: str) -> None:
    status, headers, body = await ask(table, "/guide/iv", if_none_match=header)
    assert (status, body) == (304, b"")
    assert headers["etag"] == '"abc"'
    assert "content-security-policy" in headers
    assert "content-type" not in headers


@pytest.mark.parametrize("header", ['"abcd"', '"abc", ' * 1000])
async def test_another_etag_or_far_too_many_get_the_page(table: PublishedTable, header: str) -> None:
    assert (await ask(table, "/guide/iv", if_none_match=header))[0] == 200


async def test_head_has_the_headers_and_no_body(table: PublishedTable) -> None:
    status, headers, body = await ask(table, "/guide/iv", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "10", b"")


async def test_a_query_is_ignored_except_where_the_server_answers_it(table: PublishedTable) -> None:
    assert (await ask(table, "/guide/iv", query=b"utm=1"))[0] == 200
    assert (await ask(table, "/search"))[0] == 200
    assert (await ask(table, "/search", query=b"q=iv"))[2] == b"behind"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_and_paths_go_on_to_the_router(table: PublishedTable, method: str) -> None:
    assert (await ask(table, "/guide/iv", method=method))[2] == b"behind"
    assert (await ask(table, "/guide/other"))[2] == b"behind"


async def test_replacing_drops_what_is_no_longer_published(table: PublishedTable) -> None:
    table.replace({"/faq/": PAGE})
    assert (await ask(table, "/guide/iv"))[2] == b"behind"
    assert (await ask(table, "/faq/"))[0] == 200
