"""Holds what is true of every file: a first sentence, finished work, locks without addresses, docs that agree."""

import json
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from pwa.cli import main
from pwa.settings import Settings

ROOT = Path(__file__).parents[2]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json"]
# What opens a file of each kind; the group is its first sentence.
OPENINGS = {
    ".py": re.compile(r'(?:#!.*\n)?r?"""(.+)'),
    ".ts": re.compile(r"(?:// |/\*\*? ?\n? ?\*? ?)(.+)"),
    ".mjs": re.compile(r"(?:#!.*\n)?// (.+)"),
    ".css": re.compile(r"/\* ?(.+)"),
    ".html": re.compile(r"\{#-? ?(.+)"),
    ".sh": re.compile(r"#!.*\n# (.+)"),
}
# Marks of work that is not finished; the brackets keep this line from being one.
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")

# Whoever installs says where from; the brackets keep this line from naming one.
PACKAGE_HOST = re.compile(r"[r]egistry\.npmjs|[p]ypi\.org|[p]ythonhosted|[p]roxy\.golang")


def tracked_files() -> list[Path]:
    """The files of the source tree that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return sorted(ROOT / name for name in set(listed.split("\0")) - {""} if (ROOT / name).is_file())


def documents() -> list[Path]:
    """What is written for those who run the software or change it."""
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def test_every_file_opens_with_a_sentence() -> None:
    silent = []
    for path in tracked_files():
        opening = OPENINGS.get(path.suffix)
        if opening is None or "seed" in path.parts:
            continue
        match = opening.match(path.read_text())
        if match is None or len(match[1].split()) < 3:
            silent.append(str(path.relative_to(ROOT)))
    assert not silent, "\n".join(silent)


def test_nothing_is_left_unfinished() -> None:
    marked = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked_files()
        if path.suffix in {*OPENINGS, ".md", ".toml", ".json", ".yaml"}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNFINISHED.search(line) and path.name != "package-lock.json"
    ]
    assert not marked, "\n".join(marked)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_hold_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "sha256:" in text or '"integrity": "sha512-' in text
    if lock.suffix == ".json":
        packages = json.loads(text)["packages"]
        for package in packages.values():
            # Where a project asks for money is not where a package comes from.
            package.pop("funding", None)
            assert "resolved" not in package
        unhashed = [name for name, package in packages.items() if name and "integrity" not in package]
        assert not unhashed
        text = json.dumps(packages)
    assert not re.findall(r"\w+://\S+|\b[\w-]+\.(?:com|dev|io|net|org)\b|--(?:extra-)?index-url|--find-links", text)


def test_no_file_names_where_packages_come_from() -> None:
    named = [
        str(path.relative_to(ROOT)) for path in tracked_files() if PACKAGE_HOST.search(path.read_text(errors="replace"))
    ]
    assert not named, "\n".join(named)


def test_the_lock_has_every_platform_of_each_package() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    missing = [
        f"{name} wants {optional}"
        for name, package in packages.items()
        for optional in package.get("optionalDependencies", {})
        if f"node_modules/{optional}" not in packages
    ]
    assert not missing, "\n".join(missing)


def test_no_style_sheet_turns_the_page_with_the_phone() -> None:
    """The rule that audits in the browser leave out, for its price."""
    sheets = list((ROOT / "static/css").rglob("*.css"))
    assert sheets
    assert [sheet.name for sheet in sheets if "orientation" in sheet.read_text("utf-8")] == []


def test_the_readme_states_the_browsers_the_client_is_built_for() -> None:
    built_for = re.search(r"const oldest = \[(.*?)\]", (ROOT / "static" / "build.mjs").read_text())
    assert built_for is not None
    readme = (ROOT / "README.md").read_text()
    for engine, version in re.findall(r'"([a-z]+)([\d.]+)"', built_for[1]):
        assert re.search(rf"{engine}[^\n|]*\|? *{re.escape(version)}\b", readme, re.IGNORECASE), f"{engine} {version}"


def test_the_readme_maps_every_folder() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = {path.relative_to(ROOT).parts[0] for path in tracked_files() if len(path.relative_to(ROOT).parts) > 1}
    packages = {f"pwa/{path.parent.name}" for path in ROOT.glob("pwa/*/__init__.py")}
    unnamed = [folder for folder in sorted((folders | packages) - {".ci"}) if f"`{folder}/`" not in readme]
    assert not unnamed, unnamed


def test_the_readme_names_every_command() -> None:
    commands = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    fixed = {"setup", "run", "test", "dev", "check", "bench", "soak", "screenshots", "help"}
    assert fixed <= set(commands)
    contributing = (ROOT / "CONTRIBUTING.md").read_text() + (ROOT / "README.md").read_text()
    unnamed = [command for command in commands if f"make {command}" not in contributing]
    assert not unnamed, unnamed


def test_the_documents_name_only_settings_that_exist() -> None:
    named = {name for path in documents() for name in re.findall(r"PWA_[A-Z_]+", path.read_text())}
    assert "PWA_ORIGIN" in named
    assert named <= {f"PWA_{field.name.upper()}" for field in fields(Settings)}


def test_the_documents_name_only_commands_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = {
        tuple(match)
        for path in documents()
        for match in re.findall(r"(?:python -m pwa|ketamine-companion) ([a-z]+)(?: ([a-z-]+)\b)?", path.read_text())
    }
    assert ("release", "publish") in named
    for command, verb in named:
        given = [command, verb] if command in {"content", "release", "notice"} else [command]
        with pytest.raises(SystemExit) as left:
            main([*given, "--help"])
        assert left.value.code == 0, f"{command} {verb}"
        assert "usage:" in capsys.readouterr().out


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in documents()
        for target in re.findall(r"\]\((?![a-z]+:|#|/)([^)#\s]+)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)
