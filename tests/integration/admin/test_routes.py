"""What holds for every address below /admin, whoever wrote its screen."""

import pytest
from starlette.routing import Route

from pwa.admin.routes import PLACES, ROUTES
from tests.integration.admin.conftest import Admin

OPEN = {
    "outside", "outside-answer", "outside-page", "setup", "setup-password", "setup-passkey", "setup-passkey-options",
    "join", "join-password", "join-passkey", "join-passkey-options", "sign-in", "sign-in-password", "sign-in-passkey",
    "sign-in-passkey-options", "sign-out", "static",
}  # fmt: skip
"""Routes for people who are not signed in."""


def test_every_route_says_who_may_come() -> None:
    silent = [route.name for route in ROUTES if not hasattr(route.endpoint, "requirement")]
    assert not silent, silent
    unguarded = {route.name for route in ROUTES if requirement(route) is None}
    assert unguarded <= OPEN, unguarded - OPEN


def test_names_are_given_once_and_places_exist() -> None:
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))
    assert {place.route for place in PLACES} <= set(names)


def requirement(route: Route) -> tuple[tuple[str, ...], bool] | None:
    """The roles that a route asks for and whether freshly, or None where it is open."""
    asked: tuple[tuple[str, ...], bool] | None = vars(route.endpoint)["requirement"]
    return asked


def address(route: Route) -> str:
    """An address of the route, of something that does not exist."""
    path = route.path
    for name, convertor in route.param_convertors.items():
        value = "999999" if convertor.regex.startswith("[0-9]") else "nothing"
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:int}}", value).replace(f"{{{name}:path}}", value)
    return f"/admin{path}"


@pytest.mark.parametrize("signed_in", [False, True])
async def test_nothing_sent_from_another_site_is_done(admin: Admin, signed_in: bool) -> None:
    client = admin.client()
    if signed_in:
        await admin.signed_in(client, "author", "reviewer", "publisher", "administrator")
    rows = await admin.site.database.fetch("SELECT number FROM audit")
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    ):
        for route in ROUTES:
            if "POST" in (route.methods or ()):
                answer = await client.post(address(route), data={"a": "b"}, headers=headers)
                assert answer.status_code == 403, (route.name, answer.status_code)
    assert await admin.site.database.fetch("SELECT number FROM audit") == rows


async def test_without_a_session_nothing_is_shown_and_nothing_done(admin: Admin) -> None:
    client = admin.client()
    for route in ROUTES:
        if route.name in OPEN:
            continue
        if "GET" in (route.methods or ()):
            answer = await client.get(address(route))
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/admin/sign-in"), route.name
        else:
            assert (await client.post(address(route), data={"a": "b"})).status_code == 401, route.name


async def test_a_number_that_nobody_could_read_is_no_address(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", "reviewer", "publisher", "administrator")
    numbered = {address(route) for route in ROUTES if "999999" in address(route)}
    assert numbered
    for path in numbered:
        for number in ("9" * 16, "9" * 5000):
            assert (await client.post(path.replace("999999", number), data={"a": "b"})).status_code == 404, path


async def test_someone_without_a_role_gets_through_no_door_that_asks_for_one(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), name="Nobody Special")
    for route in ROUTES:
        roles = (requirement(route) or ((), False))[0]
        if roles:
            method = "GET" if "GET" in (route.methods or ()) else "POST"
            answer = await client.request(method, address(route), data={"a": "b"} if method == "POST" else None)
            assert answer.status_code == 403, route.name


async def test_every_answer_keeps_its_guards_up(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", "reviewer", "publisher", "administrator")
    for route in ROUTES:
        if "GET" not in (route.methods or ()) or route.name == "static":
            continue
        answer = await client.get(address(route))
        assert answer.status_code < 500, route.name
        assert answer.headers["cache-control"] == "no-store", route.name
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, route.name
        assert "default-src 'none'" in policy, route.name
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", route.name


@pytest.mark.parametrize("path", ["/admin/nothing", "/admin/people/1/nothing", "/admin/static/old/admin.js"])
async def test_what_is_not_there_is_said_calmly(admin: Admin, path: str) -> None:
    answer = await admin.client().get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/sign-in?next=%00", 400),
        ("/admin/join/a%00b", 400),
        ("/admin/people/9999999999999999", 404),
        ("/admin/join/%FF", 409),
        ("/admin/sign-in?next=%FF", 200),
    ],
)
async def test_addresses_that_no_database_takes_are_refused(admin: Admin, path: str, status: int) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    assert (await client.get(path)).status_code == status


async def test_a_wrong_method_is_refused(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    assert (await client.put("/admin/people")).status_code == 405
    assert (await client.get("/admin/sign-out")).status_code == 405
    assert (await client.post("/admin/audit")).status_code == 405


async def test_the_last_stroke_may_be_left_out(admin: Admin) -> None:
    answer = await admin.client().get("/admin")
    assert (answer.status_code, answer.headers["location"]) == (308, "/admin/")
