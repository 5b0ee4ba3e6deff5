"""Puts the built client into the wheel, building it first where it is missing."""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface[Any]):
    """Hatchling finds the hook by its base class; `pwa/web/assets.py` finds the files by their place in the package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add `static/dist` and `static/icons` as `pwa/static/…`; an editable install reads them where they are."""
        static = Path(self.root, "static")
        if not (static / "dist" / "inline.css").is_file():
            build_client(Path(self.root))
        if version != "editable":
            for folder in ("dist", "icons"):
                build_data["force_include"][str(static / folder)] = f"pwa/static/{folder}"


def build_client(root: Path) -> None:
    """Install the client's packages where they are missing and build it; needs Node 20 and npm on the path."""
    if not (root / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=root, check=True, env=os.environ)  # noqa: S607
    subprocess.run(["node", "static/build.mjs"], cwd=root, check=True)  # noqa: S607
