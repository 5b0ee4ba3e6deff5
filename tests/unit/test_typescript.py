"""Runs every `*.test.ts` with Node's own test runner, one test here for each file there."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Node may be the system's or, where there is none, the one that `make setup` put beside Python.
PATH = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])


@pytest.mark.parametrize("source", sorted(ROOT.glob("tests/unit/**/*.test.ts")), ids=lambda path: path.stem)
def test_in_node(source: Path, tmp_path: Path) -> None:
    bundle = tmp_path / f"{source.stem}.mjs"
    subprocess.run(
        [
            ROOT / "node_modules" / ".bin" / "esbuild", source, f"--outfile={bundle}", "--bundle", "--platform=node",
            "--format=esm", "--target=node20", "--sourcemap=inline", "--log-level=warning",
        ],
        env=os.environ | {"PATH": PATH}, check=True, timeout=60,
    )  # fmt: skip
    run = subprocess.run(
        ["node", "--enable-source-maps", "--test-reporter=spec", bundle],
        env=os.environ | {"PATH": PATH}, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
