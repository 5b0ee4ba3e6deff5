"""`make scan`: wapiti against a throw-away server, then made-up requests for every route; writes build/scan.json.

python -m tests.scan                          # both, most of an hour
python -m tests.scan wapiti --seconds 60      # the scanner alone, up to ten minutes for each visitor
python -m tests.scan routes --requests 5000
"""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from tests.browser.servers import ROOT
from tests.scan import wapiti

KEPT = ROOT / "build/scan.json"
EXPLAINED = frozenset(
    {
        # Forms of ours are known by Sec-Fetch-Site and Origin, frames are refused by frame-ancestors.
        "Cross Site Request Forgery",
        "Clickjacking Protection",
        # OPTIONS is refused with a page, like every method that an address does not know.
        "HTTP Methods",
        # The server is asked over plain http here; over https every cookie is a __Host- one, with Secure.
        "Secure Flag cookie",
    }
)
"""Findings of the scanner that docs/security-pass.md explains."""


def main() -> int:
    """Run the parts that are named, or both; 1 when something was found that is not explained."""
    parser = ArgumentParser(prog="python -m tests.scan")
    parser.add_argument("parts", nargs="*", help="default: both")
    parser.add_argument("--seconds", type=int, default=30, help="for wapiti, each visitor (default: %(default)s)")
    parser.add_argument("--visitor", action="append", choices=list(wapiti.VISITORS), help="default: all")
    parser.add_argument("--requests", type=int, default=20_000, help="for routes (default: %(default)s)")
    given = parser.parse_args()
    bad = 0
    if "wapiti" in given.parts or not given.parts:
        bad |= _scan(given.seconds, tuple(given.visitor or wapiti.VISITORS))
    if "routes" in given.parts or not given.parts:
        bad |= _explore(given.requests)
    return bad


def _scan(seconds: int, visitors: tuple[str, ...]) -> int:
    print(f"wapiti {wapiti.version()}, modules {', '.join(wapiti.MODULES)}")
    done: list[wapiti.Scan] = []
    KEPT.parent.mkdir(exist_ok=True)
    bad = 0
    for one in wapiti.scans(seconds, visitors):
        done.append(one)
        KEPT.write_text(json.dumps([asdict(one) for one in done], indent=1), "utf-8")
        print(f"{one.visitor}: {one.asked:,} requests in {one.seconds} s, answers {one.statuses}", flush=True)
        for kind, where in one.found.items():
            new = kind not in EXPLAINED
            bad |= new
            print(f"  {'FOUND    ' if new else 'explained'} {kind}: {len(where)}, such as {where[0]}")
        for told in (*one.faults, *(f"the server called {call}" for call in one.called), *one.logged):
            bad = 1
            print(f"  FOUND     {told}")
    return bad


def _explore(requests: int) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "7200", "tests/integration/admin/test_every_route.py"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "SCAN_REQUESTS": str(requests)}, check=False).returncode


sys.exit(main())
