"""Starting and sitting: how soon a warm server answers its first page, and how much memory it then holds."""

import http.client
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import Peer, our_server
from tests.bench.site import seeded
from tests.bench.table import ROOT, Aim, Table, median, spread
from tests.browser.servers import Server

PAGE = "/guide/iv"
ROUNDS = 9
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Start:
    """One start: seconds to the first answered page, processor seconds until then, resident bytes after it."""

    seconds: float
    cpu: float
    resident: int


def measure() -> Table:
    """Several starts on a warm database, then one server followed through some work."""
    with seeded() as folder:
        starts = [_start(folder) for _ in range(ROUNDS)]
        with our_server(folder, pinned=False) as ours:
            stages = [("every page once", _read_all), ("20,000 pages under load", _load), ("a search", _search)]
            memory = []
            for name, work in stages:
                work(ours.port)
                memory.append((name, ours.resident()))
    seconds = median([one.seconds for one in starts])
    resident = median([one.resident for one in starts]) / MEGABYTE
    rows: list[list[str | float]] = [
        ["wall ms to the first page", spread([one.seconds * 1000 for one in starts])],
        ["CPU ms to the first page", spread([one.cpu * 1000 for one in starts])],
        ["resident MB after the first page", spread([one.resident / MEGABYTE for one in starts])],
    ]
    rows += [[f"resident MB after {name}", f"{size / MEGABYTE:.1f}"] for name, size in memory]
    aims = (
        Aim("cold start", "under 0.5 s", f"{seconds:.2f} s", seconds < 0.5),
        Aim("resident memory", "under 60 MB", f"{resident:.1f} MB", resident < 60),
    )
    return Table(
        "starting",
        f"Starting on a database that is in place, {ROUNDS} times",
        ("figure", "median (least–most)"),
        rows,
        aims,
        (
            "from `python -m pwa serve` to the last byte of a page; files are in the system's cache",
            "a search, an error page or /metrics brings libraries in that no published page needs",
        ),
    )


def _start(folder: Path) -> Start:
    server = Server(folder, {"PWA_LOG_LEVEL": "error"})
    began = time.monotonic()
    process = subprocess.Popen(
        [str(ROOT / ".venv/bin/python"), "-m", "pwa", "serve"],
        cwd=ROOT,
        env=server.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(server.port, PAGE):
            assert process.poll() is None, "the server ended"
            time.sleep(0.002)
        seconds = time.monotonic() - began
        peer = Peer(process, server.port)
        return Start(seconds, peer.cpu_seconds(), peer.resident())
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status == 200 and bool(response.read())
    except OSError:
        return False
    finally:
        connection.close()


def _read_all(port: int) -> None:
    server = Server(Path())
    server.port = port
    for entry in server.manifest()[1]["entries"]:
        assert _answers(port, entry["path"]), entry["path"]


def _load(port: int) -> None:
    asked = 0
    while asked < 20_000:
        done = subprocess.run(
            ["wrk", "-t1", "-c32", "-d1s", f"http://127.0.0.1:{port}{PAGE}"], capture_output=True, text=True, check=True
        ).stdout
        asked += int(done.partition(" requests in ")[0].split()[-1])


def _search(port: int) -> None:
    assert _answers(port, "/search?q=nausea")


if __name__ == "__main__":
    measure().show()
