"""Reading: how close a guide page comes to a bare application and to nginx, each in one process on one core."""

import re
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.answers import Answer, ask
from tests.bench.peers import LOAD_CORE, Peer, bare, nginx, our_server
from tests.bench.site import seeded
from tests.bench.table import Aim, Table, median

PAGE = "/guide/iv"
ROUNDS = 5
SECONDS = 2
CONNECTIONS = 32
SERVERS = ("ours", "granian", "uvicorn", "nginx")


@dataclass(frozen=True)
class Load:
    """What one spell of load showed: answers a second, the slowest percent's milliseconds, server µs per answer."""

    rate: float
    p99: float
    cpu: float


def measure() -> Table:
    """All servers and forms of the page, taking turns."""
    with seeded() as folder, tempfile.TemporaryDirectory(prefix="bench-peers-") as kept, ExitStack() as stack:
        ours = stack.enter_context(our_server(folder))
        etag = ask(ours.port, PAGE).header("etag")
        forms = {
            "plain": {"accept-encoding": "identity"},
            "Brotli": {"accept-encoding": "br"},
            "304": {"accept-encoding": "br", "if-none-match": etag},
        }
        answers = {form: ask(ours.port, PAGE, headers) for form, headers in forms.items()}
        assert [one.status for one in answers.values()] == [200, 200, 304]
        peers: dict[tuple[str, str], tuple[Peer, str, dict[str, str]]] = {}
        static = Path(kept) / "nginx"
        static.mkdir()
        files = {f"/{form}": _as_file(form, answers) for form in forms}
        files_server = stack.enter_context(nginx(files, static))
        modified = ask(files_server.port, "/plain").header("last-modified")
        for form, headers in forms.items():
            peers["ours", form] = ours, PAGE, headers
            for kind in ("granian", "uvicorn"):
                peers[kind, form] = stack.enter_context(bare(answers[form], Path(kept), kind)), PAGE, headers
            # Its own etag would not be ours, so it compares times.
            own = headers if form != "304" else {"accept-encoding": "br", "if-modified-since": modified}
            peers["nginx", form] = files_server, f"/{form}", own
        differing = [
            f"{name} {form}" for (name, form), (peer, path, headers) in peers.items()
            if not _same(ask(peer.port, path, headers), answers[form])
        ]  # fmt: skip
        assert not differing, f"these answer otherwise: {differing}"
        measured: dict[tuple[str, str], list[Load]] = {key: [] for key in peers}
        for _ in range(ROUNDS):
            for form in forms:
                for name in SERVERS:
                    measured[name, form].append(_load(*peers[name, form]))
    return _table(measured, tuple(forms))


def _table(measured: dict[tuple[str, str], list[Load]], forms: tuple[str, ...]) -> Table:
    rows: list[list[str | float]] = []
    aims = []
    for form in forms:
        loads = {name: measured[name, form] for name in SERVERS}
        cpu = {name: median([one.cpu for one in some]) for name, some in loads.items()}
        floor = min(("granian", "uvicorn"), key=lambda name: cpu[name])
        for name in SERVERS:
            some = loads[name]
            rows.append([
                form, name, f"{median([one.rate for one in some]):,.0f}", f"{median([one.p99 for one in some]):.2f}",
                f"{cpu[name]:.1f} ({min(one.cpu for one in some):.1f}–{max(one.cpu for one in some):.1f})",
                f"{_ratio(loads[name], some, 'cpu') if name == 'ours' else cpu[name] / cpu['ours']:.2f}",
            ])  # fmt: skip
        by_cpu, by_rate = _ratio(loads[floor], loads["ours"], "cpu"), _ratio(loads["ours"], loads[floor], "rate")
        aims.append(
            Aim(f"{form}, against bare {floor}", "0.90", f"{by_cpu:.2f} by CPU, {by_rate:.2f} by rate", by_cpu >= 0.9)
        )
        of_nginx = _ratio(loads["nginx"], loads["ours"], "cpu"), _ratio(loads["ours"], loads["nginx"], "rate")
        aims.append(
            Aim(f"{form}, against nginx", "told", f"{of_nginx[0]:.2f} by CPU, {of_nginx[1]:.2f} by rate", met=True)
        )
    return Table(
        "reading",
        f"Reading {PAGE}: one process on one core, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s in turn",
        ("form", "server", "answers/s", "p99 ms", "CPU µs/answer (least–most)", "CPU to ours"),
        rows,
        aims,
        (
            "same bytes and same headers from each; CPU is the server's own, user and system, and the figure to trust",
            "ratios are medians of the rounds' own ratios, so that a busy moment hits both sides",
            "p99 is at full load: time in the queue",
        ),
    )


def _ratio(above: list[Load], below: list[Load], figure: str) -> float:
    return median([getattr(one, figure) / getattr(two, figure) for one, two in zip(above, below, strict=True)])


def _load(peer: Peer, path: str, headers: dict[str, str]) -> Load:
    before = peer.cpu_seconds()
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency",
         *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
         f"http://127.0.0.1:{peer.port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    used = peer.cpu_seconds() - before
    assert "Socket errors" not in done, done
    count, seconds = re.search(r"(\d+) requests in ([\d.]+)s", done).groups()  # type: ignore[union-attr]
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", done).groups()  # type: ignore[union-attr]
    return Load(
        int(count) / float(seconds), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], used / int(count) * 1e6
    )


def _as_file(form: str, answers: dict[str, Answer]) -> Answer:
    # nginx makes a 304 of a file by itself, and adds the same headers to it.
    return Answer(200, answers["304"].headers, answers["Brotli"].body) if form == "304" else answers[form]


def _same(one: Answer, other: Answer) -> bool:
    left_out = ("last-modified", "accept-ranges", "content-length" if one.status == 304 else "")
    headers = [sorted(pair for pair in some.headers if pair[0] not in left_out) for some in (one, other)]
    return one.status == other.status and one.body == other.body and headers[0] == headers[1]


if __name__ == "__main__":
    measure().show()
