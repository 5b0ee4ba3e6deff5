"""Servers to compare with, each one process that answers: granian, uvicorn, nginx, and our own."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.answers import Answer, write
from tests.bench.table import BUILD, ROOT
from tests.browser.servers import Server, free_port

BENCH = BUILD / "bench" / "bin"
SERVER_CORE, LOAD_CORE = "0", "1"


class Peer:
    """A running server: its port, and what its processes have used."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def cpu_seconds(self) -> float:
        """Processor time of the process and its children so far; nanoseconds fine, from the scheduler itself."""
        return sum(_task_seconds(pid) for pid in _family(self.process.pid))

    def bytes_written(self) -> int:
        """Bytes that the process and its children gave the system to put on its disks so far."""
        counts = [Path(f"/proc/{pid}/io").read_text() for pid in _family(self.process.pid)]
        return sum(int(one.partition("\nwrite_bytes:")[2].split()[0]) for one in counts)

    def resident(self) -> int:
        """Resident bytes, shared libraries included."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@contextmanager
def our_server(folder: Path, *, pinned: bool = True) -> Iterator[Peer]:
    """`python -m pwa serve` on the databases of a folder, as it would run anywhere."""
    server = Server(folder, {"PWA_LOG_LEVEL": "error"})
    command = [*_pin(pinned), str(ROOT / ".venv/bin/python"), "-m", "pwa", "serve"]
    with running(command, server.port, server.environment) as peer:
        yield peer


@contextmanager
def bare(answer: Answer, folder: Path, kind: str) -> Iterator[Peer]:
    """The one answer from a bare ASGI application, under `granian` or `uvicorn` with the quickest settings of each."""
    port, file = free_port(), folder / f"answer-{kind}-{free_port()}.json"
    write(answer, file)
    options = {
        "granian": ["--interface", "asginl", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
                    "--runtime-threads", "1", "--loop", "uvloop", "--no-ws", "--no-log"],
        "uvicorn": ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--loop", "uvloop",
                    "--http", "httptools", "--ws", "none", "--no-access-log", "--log-level", "error",
                    "--no-server-header"],
    }[kind]  # fmt: skip
    environment = {**os.environ, "BENCH_ANSWER": str(file), "PYTHONPATH": str(ROOT)}
    with running([*_pin(True), str(BENCH / kind), *options, "tests.bench.bare:app"], port, environment) as peer:
        yield peer


@contextmanager
def nginx(answers: Mapping[str, Answer], folder: Path, *, pinned: bool = True) -> Iterator[Peer]:
    """One worker of nginx, the answers' bodies as static files by path, the same headers added to each."""
    port = free_port()
    locations = []
    for number, (path, answer) in enumerate(answers.items()):
        (folder / f"body-{number}").write_bytes(answer.body)
        lines = [f'add_header {name} "{_escaped(value)}" always;' for name, value in _for_nginx(answer)]
        locations.append(
            f"location = {path} {{ alias {folder}/body-{number}; default_type '{answer.header('content-type')}'; "
            f"types {{ }} etag off; {' '.join(lines)} }}"
        )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; server_tokens off;\n"
        f"client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n"
        f"uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
        "open_file_cache max=200 inactive=600s; open_file_cache_valid 600s;\n"
        f"server {{ listen 127.0.0.1:{port};\n" + "\n".join(locations) + "\n} }\n"
    )
    command = [*_pin(pinned), "/usr/sbin/nginx", "-c", str(config), "-p", str(folder)]
    with running(command, port, dict(os.environ)) as peer:
        yield peer


def wait_for(port: int, process: subprocess.Popen[bytes], path: str = "/") -> None:
    """Return as soon as the port answers anything; raises `RuntimeError` when the process ends instead."""
    end = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{process.args!r} does not answer") from None
            time.sleep(0.005)
        else:
            return
        finally:
            connection.close()


@contextmanager
def running(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Peer]:
    """A server's process, answering, until the block ends."""
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield Peer(process, port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pin(pinned: bool) -> list[str]:
    return ["taskset", "-c", SERVER_CORE] if pinned else []


def _for_nginx(answer: Answer) -> list[tuple[str, str]]:
    # Length and type nginx writes itself.
    return [pair for pair in answer.headers if pair[0] not in ("content-length", "content-type")]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _task_seconds(pid: int) -> float:
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
