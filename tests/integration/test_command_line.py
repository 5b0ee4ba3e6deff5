"""The command line as an operator uses it: beside a running server, without one, and when something is wrong."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from pwa.app import create_app, milliseconds
from pwa.cli.control import socket_paths
from pwa.content import basket
from pwa.settings import Settings
from tests.browser.servers import ROOT, Server

pytestmark = pytest.mark.usefixtures("seeded_sqlite")


@pytest.fixture
def stopped(tmp_path: Path) -> Server:
    """A seeded site whose server does not run."""
    return Server(tmp_path)


@pytest.fixture
def server(stopped: Server) -> Iterator[Server]:
    stopped.start()
    yield stopped
    stopped.kill()


def test_a_publication_typed_beside_the_server_is_live_at_once(server: Server, tmp_path: Path) -> None:
    exported = tmp_path / "texts"
    assert server.run("content", "export", str(exported)).returncode == 0
    file = exported / "guide" / "iv.md"
    file.write_text(file.read_text("utf-8").replace("title: Drip", "title: Slow drip"), "utf-8")
    assert "1 of" in server.run("content", "import", str(exported), "--by", "Ada").stdout
    blocked = server.run("release", "publish", "--by", "Ada")
    assert (blocked.returncode, "sign-off" in blocked.stdout) == (1, True)
    digest = server.run("content", "drafts").stdout.split()[0]
    assert server.run("content", "sign", "/guide/iv", digest, "--by", "Grace").returncode == 0
    published = server.run("release", "publish", "--by", "Ada")
    assert published.returncode == 0, published.stdout
    assert "Slow drip" in read(server, "/guide/iv")
    undone = server.run("release", "rollback", "--by", "Ada")
    assert undone.returncode == 0
    out = int(published.stdout.split()[1])
    said = f"Release {out + 1} is live: it undoes release {out} and brings the texts of release {out - 1} back."
    assert said in undone.stdout
    assert "Slow drip" not in read(server, "/guide/iv")


async def test_someone_else_confirms_at_the_command_line_that_a_page_goes_away(
    seeded_sqlite: Settings, stopped: Server
) -> None:
    async with create_app(seeded_sqlite).site() as site:
        await basket.withdraw(
            site.database, "/faq/ptsd", leads_to="/faq/", note="It moved.", by="Cleo", now=milliseconds()
        )
    stopped.start()
    try:
        publish = ("release", "publish", "--withdraw", "/faq/ptsd=/faq/", "--by", "Cleo")
        assert "nobody else has confirmed" in stopped.run(*publish).stdout
        shown = stopped.run("release", "next").stdout
        assert "nobody else has confirmed" in shown
        digest = shown.splitlines()[0].split()[-1]
        confirm = ("release", "confirm", "/faq/ptsd")
        for withdrawal, by, said in (
            (digest, "cleo", "someone else has to answer"),
            (digest[:-1], "Ben", "another thing since you looked"),
            ("0" * 12, "Ben", "another thing since you looked"),
        ):
            refused = stopped.run(*confirm, withdrawal, "--by", by)
            assert (refused.returncode, said in refused.stdout) == (1, True), refused.stdout
        assert stopped.run("release", "confirm", "/faq/nothing", digest, "--by", "Ben").returncode == 1
        done = stopped.run(*confirm, digest, "--by", "Ben")
        assert (done.returncode, done.stdout) == (0, "Ben has confirmed that /faq/ptsd goes away.\n")
        assert "withdrawal.sign" in stopped.run("audit", "show", "--last", "1").stdout
        assert stopped.run(*publish).returncode == 0
    finally:
        stopped.stop()


def test_a_recall_typed_beside_the_server_covers_the_page(server: Server) -> None:
    done = server.run("notice", "recall", "/guide/iv", "--text", "Ask your clinic instead.", "--by", "Grace")
    assert done.returncode == 0, done.stdout
    assert "Ask your clinic instead." in read(server, "/guide/iv")
    notice = server.run("notice", "list").stdout.split()[0]
    assert "NOT CONFIRMED" in server.run("notice", "list").stdout
    assert server.run("notice", "confirm", notice, "--by", "Grace").returncode == 1
    assert server.run("notice", "confirm", notice, "--by", "Ada").returncode == 0
    assert "confirmed by Ada" in server.run("notice", "list").stdout
    again = server.run("release", "publish", "--by", "Ada")
    assert "Recalls still cover words on: /guide/iv." in again.stdout
    refused = server.run("notice", "lift", notice)
    assert (refused.returncode, "still" in refused.stdout) == (1, True)


def test_a_recall_typed_by_mistake_is_withdrawn_by_someone_else(server: Server) -> None:
    server.run("notice", "recall", "/guide/iv", "--text", "Ask your clinic instead.", "--by", "Grace")
    notice = server.run("notice", "list").stdout.split()[0]
    assert server.run("notice", "withdraw", notice, "--reason", "All right.", "--by", "Grace").returncode == 1
    assert server.run("notice", "withdraw", notice, "--by", "Ada").returncode == 2
    assert server.run("notice", "withdraw", notice, "--reason", "All right.", "--by", "Ada").returncode == 0
    assert "Ask your clinic instead." not in read(server, "/guide/iv")


def test_a_second_server_on_the_same_files_is_refused(server: Server) -> None:
    server.environment["PWA_PORT"] = "0"
    second = server.run("serve")
    assert second.returncode == 1
    assert "in use by another process" in second.stderr


def test_a_server_does_not_share_its_port(server: Server, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    second = Server(tmp_path / "other", {"PWA_PORT": str(server.port)})
    refused = second.run("serve")
    assert (refused.returncode, "PWA_PORT" in refused.stderr) == (1, True)
    assert not list(second.folder.glob("*.db")), "it was refused before it made anything"


def test_port_0_picks_a_free_one_and_says_which(stopped: Server) -> None:
    stopped.environment["PWA_PORT"] = "0"
    command = [sys.executable, "-m", "pwa", "serve"]
    with subprocess.Popen(command, env=stopped.environment, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            assert answer.status == 200
        process.terminate()


def test_clients_that_open_and_never_ask_are_let_go(server: Server) -> None:
    with ExitStack() as callers:
        waiting = []
        for sent in (b"", b"GET / HTTP/1.1\r\nHost:", b"PRI * HTTP/2.0\r\n\r\nSM"):
            caller = callers.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            caller.sendall(sent)
            waiting.append(caller)
        for caller in waiting:
            while caller.recv(4096):
                pass


def test_a_server_that_is_asked_to_end_leaves_nothing_behind(server: Server) -> None:
    control = socket_paths(server.environment["PWA_DATABASE_URL"])
    assert [path.exists() for path in control] == [True, False]
    server.stop()
    assert not any(path.exists() for path in control)


def test_the_socket_is_found_from_another_temporary_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    server.environment["TMPDIR"] = str(tmp_path / "elsewhere")
    assert "LIVE" in server.run("release", "list").stdout


def test_a_path_too_long_for_a_socket_is_served_too(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-rather-long-name"] * 3)
    deep.mkdir(parents=True)
    for name in ("content.db", "vault.db"):
        shutil.copyfile(tmp_path / name, deep / name)
    server = Server(deep)
    server.start()
    try:
        assert "LIVE" in server.run("release", "list").stdout
    finally:
        server.stop()


def test_a_request_that_is_none_is_answered_as_a_failure(server: Server) -> None:
    path = str(socket_paths(server.environment["PWA_DATABASE_URL"])[0])
    unknown = b'{"command": "serve", "arguments": {}}'
    for line in (b"", b"nonsense", b"{}", b"[]", unknown, b"[" * 100_000, b"x" * 300_000, b"\xff"):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(20)
            caller.connect(path)
            caller.sendall(line + b"\n")
            with caller.makefile("rb") as answer:
                lines = answer.readlines()
        assert json.loads(lines[-1]) == {"exit": 1}, line[:40]
    assert "LIVE" in server.run("release", "list").stdout


def test_two_commands_without_a_server_take_their_turns(stopped: Server) -> None:
    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(lambda _turn: stopped.run("release", "list"), range(3)))
    assert [(one.returncode, "LIVE" in one.stdout) for one in results] == [(0, True)] * 3


def test_what_it_writes_is_not_for_every_user_of_the_machine(tmp_path: Path) -> None:
    fresh = Server(tmp_path / "fresh")
    fresh.folder.mkdir()
    fresh.start()
    try:
        assert fresh.run("backup", str(fresh.folder / "copies")).returncode == 0
        files = [path for path in fresh.folder.rglob("*") if path.name != "server.log" and not path.is_dir()]
        assert len(files) >= 7
        assert not [path for path in files if path.stat().st_mode & 0o007]
    finally:
        fresh.stop()


def test_words_that_are_no_unicode_are_refused(stopped: Server) -> None:
    refused = stopped.run("notice", "recall", "/guide/iv", "--text", "\udcff", "--by", "Grace")
    assert (refused.returncode, "not UTF-8" in refused.stderr) == (1, True)


def test_a_killed_server_is_in_nobodys_way(server: Server) -> None:
    server.kill()
    assert "LIVE" in server.run("release", "list").stdout


def test_backup_beside_the_server_and_restore_after_it(server: Server, tmp_path: Path) -> None:
    assert server.run("backup", str(tmp_path / "copies")).returncode == 0
    copy = next((tmp_path / "copies").glob("content-*.db"))
    while_running = server.run("restore", "content", str(copy))
    assert (while_running.returncode, "in use" in while_running.stderr) == (1, True)
    server.stop()
    (tmp_path / "content.db").write_bytes(b"not a database, but the only copy of something")
    assert server.run("doctor").returncode == 1
    restored = server.run("restore", "content", str(copy))
    assert restored.returncode == 0, restored.stderr
    assert server.run("doctor").returncode == 0
    assert any(b"only copy" in file.read_bytes() for file in tmp_path.glob("content.db*") if file.is_file())


def test_a_wrong_setting_is_named_and_nothing_is_opened(stopped: Server) -> None:
    stopped.environment["PWA_PORT"] = "http"
    refused = stopped.run("serve")
    assert (refused.returncode, refused.stderr.startswith("PWA_PORT")) == (1, True)
    assert "Traceback" not in refused.stderr


def test_settings_are_printed_as_they_are(stopped: Server) -> None:
    assert f"PWA_PORT={stopped.port}" in stopped.run("settings").stdout


def test_the_check_finds_no_fault_and_reports_reading_grades(stopped: Server) -> None:
    checked = stopped.run("content", "check")
    assert checked.returncode == 0, checked.stdout
    assert "Reading grade" in checked.stdout


def read(server: Server, path: str) -> str:
    """A page as a reader gets it now."""
    return server.answer(path).body.decode()
