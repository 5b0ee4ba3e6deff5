"""Lets wapiti look for holes in a throw-away server: from outside, and signed in as a person of each role."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pwa.staff.model import ROLES, Role
from tests.browser.admin.staff import sign_in
from tests.browser.servers import ROOT, Server
from tests.scan.watching import Trap, Watch

PROGRAM = ROOT / "build/scan/bin/wapiti"
MODULES = (
    "backup", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "ldap", "methods",
    "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "ssrf", "timesql", "upload", "xss", "xxe",
)  # fmt: skip
"""Those that look for faults of a server such as ours, and ask nobody but it."""
VISITORS: dict[str, tuple[Role, ...]] = {
    "nobody": (),
    **{f"{role.title()} Person": (role,) for role in ROLES},
    "Person of All": ROLES,
}
# Signing out, or ending all sessions, would end the scan.
LEFT_OUT = ("/admin/sign-out", "/admin/account/sessions/ending", "/admin/account/other-sessions/ending")


@dataclass(frozen=True)
class Scan:
    """What one visitor's scan asked and found."""

    visitor: str
    seconds: int
    asked: int
    statuses: dict[int, int]
    found: dict[str, list[str]]
    """Kinds of findings of the scanner, each with where."""
    faults: list[str]
    """Answers that break the rules of all answers."""
    called: list[str]
    """Addresses of the trap that the server was made to call."""
    logged: list[str]
    """Secrets and failures in the server's log."""


def version() -> str:
    """The scanner's own version."""
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def scans(seconds: int, visitors: tuple[str, ...]) -> Iterator[Scan]:
    """One scan after the other, each on a server of its own: so long to look around, a third of it for each module."""
    for visitor in visitors:
        with tempfile.TemporaryDirectory(prefix="pwa-scan-") as folder:
            yield _scan(Path(folder), visitor, seconds)


def _scan(folder: Path, visitor: str, seconds: int) -> Scan:
    server = Server(folder)
    server.start()
    server.stop()
    roles = VISITORS[visitor]
    secrets = sign_in(folder, {visitor: roles}) if roles else {}
    server.start()
    watch, trap = Watch(server.port), Trap()
    start = f"{watch.origin}{'/admin/' if roles else '/'}"
    report = folder / "report.json"
    command: list[str | Path] = [
        PROGRAM, "-u", start, "--scope", "folder", "-m", ",".join(MODULES), "-f", "json", "-o", report, "-v", "0",
        "--flush-session", "--store-session", folder / "session", "--store-config", folder / "config",
        "--no-bugreport", "--endpoint", trap.url, "--max-scan-time", str(seconds),
        "--max-attack-time", str(max(5, seconds // 3)), "--tasks", "2", "-t", "20", "-S", "normal",
        # Without it every form is refused as one of another site, and nothing behind that would be looked at.
        "-H", "Sec-Fetch-Site: same-origin",
    ]  # fmt: skip
    for one in LEFT_OUT:
        command += ["-x", f"{watch.origin}{one}"]
    if roles:
        command += ["-H", f"Cookie: staff={secrets[visitor]}"]
    began = time.monotonic()
    try:
        subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=30 * seconds, check=True
        )
        found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    finally:
        watch.close()
        trap.close()
        server.stop()
    log = (folder / "server.log").read_text("utf-8", "replace")
    logged = [sign for sign in ("Traceback", "a request failed", *secrets.values()) if sign in log]
    kinds = {**found["vulnerabilities"], **found["anomalies"], **found.get("additionals", {})}
    where = {
        kind: sorted({f"{one['method']} {one['path']} {one.get('parameter') or ''}: {one['info']}" for one in ones})
        for kind, ones in kinds.items()
        if ones
    }
    took = round(time.monotonic() - began)
    statuses = dict(sorted(watch.statuses.items()))
    return Scan(visitor, took, watch.asked.total(), statuses, where, watch.told(), trap.calls, logged)
