"""Sees that the programs the tests or the bench drive are there: installs them on Debian as root, else names them."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Prerequisite:
    """One thing the tests need from the system: what it is for, where it may be found, and Debian's packages for it."""

    purpose: str
    found_at: tuple[str, ...]
    """Names on the path or absolute paths (with `*`); any one of them will do."""
    packages: tuple[str, ...]

    def is_there(self) -> bool:
        """Whether one of its places exists."""
        return any(
            any(Path("/").glob(place.lstrip("/"))) if place.startswith("/") else shutil.which(place) is not None
            for place in self.found_at
        )


PREREQUISITES = (
    Prerequisite("Chromium", ("/usr/bin/chromium",), ("chromium",)),
    Prerequisite("fonts for the browsers", ("/usr/share/fonts/truetype/dejavu/*.ttf",), ("fonts-dejavu-core",)),
    Prerequisite("Chromium without its windows", ("/usr/bin/chromium-headless-shell",), ("chromium-headless-shell",)),
    Prerequisite("Firefox ESR", ("/usr/bin/firefox-esr",), ("firefox-esr",)),
    Prerequisite("WebKitGTK's driver", ("/usr/bin/WebKitWebDriver",), ("webkit2gtk-driver",)),
    Prerequisite(
        "WebKitGTK from Python",
        ("/usr/lib/*/girepository-1.0/WebKit2-4.1.typelib",),
        ("gir1.2-webkit2-4.1",),
    ),
    Prerequisite("PyGObject of the system's Python", ("/usr/lib/python3/dist-packages/gi",), ("python3-gi",)),
    Prerequisite("a display without a screen", ("xvfb-run",), ("xvfb", "xauth")),
    Prerequisite("X authority", ("xauth",), ("xauth",)),
    Prerequisite("PostgreSQL 15 or newer", ("/usr/lib/postgresql/*/bin/initdb", "initdb"), ("postgresql",)),
    Prerequisite("Java for the Nu HTML checker", ("java",), ("openjdk-17-jre-headless",)),
    Prerequisite("a list of processes", ("ps",), ("procps",)),
)

BENCH = (
    *PREREQUISITES[:2],
    Prerequisite("nginx to compare with", ("/usr/sbin/nginx",), ("nginx-light",)),
    Prerequisite("wrk to ask many pages", ("wrk",), ("wrk",)),
    Prerequisite("taskset to keep server and load apart", ("taskset",), ("util-linux",)),
)


def main(what: str, wanted: tuple[Prerequisite, ...]) -> int:
    """Install or name what is missing; 0 when everything is there."""
    missing = [prerequisite for prerequisite in wanted if not prerequisite.is_there()]
    if not missing:
        return 0
    packages = sorted({package for prerequisite in missing for package in prerequisite.packages})
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing what the {what} need:", " ".join(packages), flush=True)
        install(packages)
        missing = [prerequisite for prerequisite in missing if not prerequisite.is_there()]
    if not missing:
        return 0
    print(f"The {what} need these and did not find them:", file=sys.stderr)
    for prerequisite in missing:
        print(f"  {prerequisite.purpose} ({' or '.join(prerequisite.found_at)})", file=sys.stderr)
    print(f"On Debian: sudo apt-get install --no-install-recommends {' '.join(packages)}", file=sys.stderr)
    print("Then run the same again. `make check` runs the tests that need none of them.", file=sys.stderr)
    return 1


def install(packages: list[str]) -> None:
    """Ask apt for the packages, waiting for another apt that may be running."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*apt, "update"], check=True, env=environment)
    subprocess.run([*apt, "install", "--yes", "--no-install-recommends", *packages], check=True, env=environment)


if __name__ == "__main__":
    sys.exit(main("measurements", BENCH) if sys.argv[1:] == ["bench"] else main("tests", PREREQUISITES))
