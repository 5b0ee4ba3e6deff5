"""Builds the wheel, installs it in an environment of its own, and finds the client inside."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv" / "bin" / "uv"
PATH = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the source tree as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder],
        cwd=ROOT,
        check=True,
        env=os.environ | {"PATH": PATH},
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_it_carries_client_templates_and_texts_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for path in [*ROOT.glob("static/dist/**/*.*"), *ROOT.glob("static/icons/*")]:
        assert f"pwa/{path.relative_to(ROOT)}" in names
    for pattern in ("pwa/templates/**/*.html", "pwa/content/seed/**/*.md"):
        assert {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern)} <= set(names)
    assert {name.split("/")[0] for name in names} == {"pwa", names[-1].split("/")[0]}
    assert not [name for name in names if name.endswith((".db", ".key", ".map"))]


def test_what_it_installs_finds_the_client(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, environment], check=True, timeout=60)
    subprocess.run([UV, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel], check=True, timeout=60)
    found = subprocess.run(
        [
            python,
            "-c",
            "from pwa.web.assets import load_assets; import pwa; print(pwa.__file__, *load_assets().by_name)",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert Path(found[0]).is_relative_to(environment)
    assert {path.name for path in ROOT.glob("static/dist/*.*")} <= set(found[1:])
    assert (environment / "bin" / "ketamine-companion").is_file()
