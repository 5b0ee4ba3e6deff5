"""The audit log on screen: filtered, taken away safely, and found out when someone has touched it."""

import csv
import io

from pwa.app import milliseconds
from pwa.staff import audit
from tests.integration.admin.conftest import Admin


async def write(admin: Admin, *subjects: str, by: str = "Ana Admin", action: str = "draft.keep") -> None:
    for subject in subjects:
        async with admin.site.database.transaction() as transaction:
            await audit.record(
                transaction, by=by, action=action, subject=subject, now=milliseconds(), note=f"about {subject}"
            )


async def test_it_shows_what_fits_the_filter(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    await write(admin, "/guide/iv", "/guide/im")
    await write(admin, "release 7", by="Cleo", action="release.publish")
    for query, shown in (
        ({"by": "Cleo"}, {"release 7"}),
        ({"action": "draft"}, {"/guide/iv", "/guide/im"}),
        ({"action": "draf"}, set()),
        ({"words": "ABOUT /guide/IV"}, {"/guide/iv"}),
        ({"words": "%"}, set()),
        ({"until": "2020-01-01"}, set()),
        ({"since": "2020-01-01", "by": "Cleo"}, {"release 7"}),
    ):
        text = (await client.get("/admin/audit", params=query)).text
        table = text.partition("<table>")[2]
        found = {subject for subject in ("/guide/iv", "/guide/im", "release 7") if subject in table}
        assert found == shown, query


async def test_a_day_that_is_none_is_refused(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    assert (await client.get("/admin/audit?since=tomorrow")).status_code == 422
    assert (await client.get("/admin/audit?until=9999-12-31")).status_code == 422


async def test_long_logs_come_in_pages(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    await write(admin, *(f"/guide/page-{number}." for number in range(60)))
    first = (await client.get("/admin/audit?action=draft")).text
    assert "page-59." in first
    assert "page-9." not in first
    address = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "page-9." in (await client.get(address)).text


async def test_the_table_to_take_away_runs_no_formula(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    await write(admin, '=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", 'fine, "quoted"')
    answer = await client.get("/admin/audit/export?action=draft")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["number", "at", "by", "action", "subject", "detail", "sha256"]
    assert [row[4] for row in rows[1:]] == [
        'fine, "quoted"', "'\t=1", "'@SUM(A1)", "'-1", "'+1", "'=HYPERLINK(\"https://evil.example\")",
    ]  # fmt: skip


async def test_a_log_that_was_touched_is_found_out(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator")
    await write(admin, "/guide/iv")
    assert "hold together" in (await client.get("/admin/audit/verification")).text
    async with admin.site.database.transaction() as transaction:
        await transaction.execute("UPDATE audit SET done_by = 'Someone else' WHERE subject = '/guide/iv'")
    assert "is not what was written" in (await client.get("/admin/audit/verification")).text
