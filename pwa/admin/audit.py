"""Shows the audit log: filtered, as a table to take away, and followed row by row to see that nobody changed it."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pwa.admin.forms import BadForm, whole_number
from pwa.admin.house import HEADERS, answer, requires, site, words
from pwa.database import Database
from pwa.staff import audit
from pwa.staff.audit import Filter

AT_ONCE = 50
_LONGEST = 200
_NUMBER = 2**53


@requires("administrator")
async def show(request: Request) -> Response:
    """Rows that fit the filter, the last first, fifty at a time."""
    database, asked = site(request).database, request.query_params
    below = whole_number(asked.get("below", ""))
    rows = await audit.rows(database, _filter(request), limit=AT_ONCE + 1, below=_NUMBER if below is None else below)
    return answer(
        request,
        "admin/audit.html",
        title=words(request, "Audit log"),
        rows=rows[:AT_ONCE],
        earlier=rows[AT_ONCE - 1].number if len(rows) > AT_ONCE else None,
        people=await audit.names(database),
        asked={name: asked.get(name, "")[:_LONGEST] for name in ("by", "action", "words", "since", "until")},
    )


@requires("administrator")
async def verify(request: Request) -> Response:
    """Follow the whole log."""
    found = await audit.verify(site(request).database)
    return answer(request, "admin/audit_verified.html", title=words(request, "Is the log whole?"), found=found)


@requires("administrator")
async def export(request: Request) -> Response:
    """The rows that fit the filter as CSV, the last first."""
    headers = {**HEADERS, "content-disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(
        _csv(site(request).database, _filter(request)), media_type="text/csv; charset=utf-8", headers=headers
    )


async def _csv(database: Database, wanted: Filter) -> AsyncIterator[bytes]:
    heading = ("number", "at", "by", "action", "subject", "detail", "sha256")
    below, first = _NUMBER, True
    while True:
        rows = await audit.rows(database, wanted, limit=audit.AT_ONCE, below=below)
        written = io.StringIO()
        csv.writer(written).writerows(([heading] if first else []) + [audit.plain(row) for row in rows])
        yield written.getvalue().encode()
        if len(rows) < audit.AT_ONCE:
            return
        below, first = rows[-1].number, False


def _filter(request: Request) -> Filter:
    asked = request.query_params
    return Filter(
        by=asked.get("by", "")[:_LONGEST],
        action=asked.get("action", "")[:_LONGEST],
        words=asked.get("words", "")[:_LONGEST],
        since=_day(request, "since", 0),
        before=_day(request, "until", _NUMBER, later=1),
    )


def _day(request: Request, name: str, default: int, later: int = 0) -> int:
    given = request.query_params.get(name, "")
    if not given:
        return default
    try:
        day = date.fromisoformat(given) + timedelta(days=later)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise BadForm(words(request, "Write the day like 2026-11-22."), name) from None


ROUTES = (
    Route("/audit", show, name="audit"),
    Route("/audit/export", export, name="audit-export"),
    Route("/audit/verification", verify, name="audit-verification"),
)
