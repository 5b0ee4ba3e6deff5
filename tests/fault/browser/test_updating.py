"""Servers that stall, cut, tamper, run backwards or forget: the phone keeps one whole release and says why.

And when a newer one has come, what changed is listed until somebody has looked.
"""

import json
import time

from tests.browser.bad_network import Cut, Fault, Pass, Plan, Refuse, Replace, Stall, Tamper, on_request
from tests.browser.reading import blocks_shown, pages_of, sha256, status, wait_until_saved
from tests.fault.browser.fields import Field, wait_for

# A page that waited for the network would need the worker's eight seconds for it.
AT_ONCE = 4.0
_LISTED = "return [...document.querySelectorAll('#changed a')].map((link) => link.pathname)"


def test_a_server_that_never_answers_keeps_no_reader_waiting(field: Field) -> None:
    new = field.publish()
    field.network.plan = lambda _: Stall()
    for path in pages_of(field.old[1])[:12]:
        began = time.monotonic()
        field.engine.tab.open(field.network.origin + path)
        assert time.monotonic() - began < AT_ONCE, path
    assert field.assert_whole(field.old, new) == field.old[0]
    # The stalled connections break, the network works again.
    field.network.close()
    field.network.heal()
    field.network.open()
    field.finish(new)


# In the order of an update: what has come once is not asked for again. A head has no name that its bytes must match.
BROKEN = (
    ("/c/head.json", Refuse(), "network"),
    ("/c/head.json", Cut(after=50), "network"),
    ("/c/m/", Refuse(), "network"),
    ("/c/m/", Tamper(), "tampered"),
    ("/c/o/", Refuse(), "network"),
    ("/c/o/", Cut(after=500), "network"),
    ("/c/o/", Tamper(), "tampered"),
)


def test_broken_answers_leave_the_old_release(field: Field) -> None:
    new = field.publish()
    for prefix, fault, reason in BROKEN:
        field.network.plan = _only(prefix, fault)
        assert field.check() == reason, (prefix, fault)
        assert field.assert_one(field.old, new) == field.old[0], (prefix, fault)
        assert status(field.engine.tab)["offline"] == "ready"
    assert field.assert_whole(field.old, new) == field.old[0]
    field.finish(new)


def test_one_tampered_object_is_asked_for_again_and_then_taken(field: Field) -> None:
    new = field.publish()
    field.network.plan = on_request(1, Tamper())
    assert field.check() is None
    assert field.assert_one(field.old, new) == new[0]
    field.finish(new)


def test_a_head_that_is_none_changes_nothing(field: Field) -> None:
    for body in (b"<!DOCTYPE html><title>Pay for this network</title>", b"{}", b"[", b""):
        field.network.plan = _only("/c/head.json", Replace(body))
        assert field.check() in ("network", "format"), body
    assert field.assert_whole(field.old) == field.old[0]
    field.network.heal()


def test_a_lower_sequence_is_refused(field: Field) -> None:
    new = field.publish()
    field.finish(new)
    older = field.server.head() | {"sequence": field.server.head()["sequence"] - 1, "manifests": {"en": "0" * 64}}
    field.network.plan = _only("/c/head.json", Replace(json.dumps(older).encode()))
    assert field.check() == "older"
    assert field.assert_whole(new) == new[0]
    field.network.heal()
    assert field.check() is None


def test_a_manifest_of_another_name_is_refused(field: Field) -> None:
    forged = field.server.head()
    forged |= {"sequence": forged["sequence"] + 1, "manifests": {"en": sha256(b"another")}}

    def plan(path: str) -> Fault:
        if path == "/c/head.json":
            return Replace(json.dumps(forged).encode())
        return Replace(b'{"format":1}') if path.startswith("/c/m/") else Pass()

    field.network.plan = plan
    assert field.check() in ("network", "tampered")
    assert field.assert_whole(field.old) == field.old[0]
    # The forged head stays accepted until the server's own is newer, whose sequence is the second of its making.
    wait_for(lambda: time.time() > forged["sequence"] + 1)
    field.finish(field.publish())


def test_a_restored_database_takes_nothing_back_and_can_go_on(field: Field) -> None:
    field.server.stop()
    field.server.copy_databases(field.folder / "restore")
    field.server.start()
    before = field.old
    new = field.publish()
    field.finish(new)
    field.server.stop()
    field.server.put_back_databases(field.folder / "restore")
    field.server.start()
    assert field.server.manifest()[0] == before[0]
    assert field.check() == "older"
    assert field.assert_whole(before, new) == new[0]
    newest = field.publish(("/guide/cost",))
    assert field.check() is None
    assert field.assert_whole(newest, new) == newest[0]
    field.old = newest


def test_two_releases_while_a_tab_stays_open(field: Field) -> None:
    waiting = field.engine.tab
    waiting.open(f"{field.network.origin}/guide/iv")
    waiting.run("window.untouched = true")
    shown = blocks_shown(waiting)
    releases = []
    for _ in range(2):
        releases.append(field.publish())
        tab = field.engine.new_tab()
        tab.open(field.home)
        wait_until_saved(tab, releases[-1][0])
        tab.close()
    # The open page was not changed under its reader.
    assert waiting.run("return window.untouched")
    assert blocks_shown(waiting) == shown
    waiting.open(f"{field.network.origin}/guide/iv")
    assert field.sentence in blocks_shown(waiting).values()
    field.finish(releases[-1])


def test_changes_add_up_until_they_were_looked_at(field: Field) -> None:
    tab, origin = field.engine.tab, field.network.origin
    tab.open(f"{origin}/phone")
    tab.wait_for("return localStorage['seen-release'] === argument", field.old[0])
    tab.open(field.home)
    listed: list[list[str]] = []
    for path, looked in (("/guide/iv", "/guide/iv"), ("/guide/cost", "/phone"), ("/guide/im", "/phone")):
        field.old = field.publish((path,))
        assert field.check() is None
        tab.open(origin + looked)
        tab.wait_for("return document.documentElement.dataset.release === argument", field.old[0])
        if looked == "/phone":
            tab.wait_for("return localStorage['seen-release'] === argument", field.old[0])
            listed.append(sorted(tab.run(_LISTED)))
            tab.reload()
            again = tab.wait_for(f"const all = (() => {{ {_LISTED} }})(); return all.length && all")
            assert sorted(again) == listed[-1]
    assert listed == [["/guide/cost", "/guide/iv"], ["/guide/im"]]


def test_the_phone_is_whole_after_all_of_it(field: Field) -> None:
    assert field.assert_whole(field.old) == field.old[0]


def _only(prefix: str, fault: Fault) -> Plan:
    return lambda path: fault if path.startswith(prefix) else Pass()
