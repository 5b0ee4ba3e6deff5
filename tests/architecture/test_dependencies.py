"""What the server imports is what pyproject.toml says it needs: nothing borrowed, nothing idle."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_of_the_server_is_declared_and_every_declaration_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.split(r"[\[<>=]", one)[0].lower() for one in project["dependencies"]}
    distributions = packages_distributions()
    imported = {
        distributions[name][0].lower().replace("_", "-") for name in imported_modules() if name in distributions
    }
    assert imported == declared


def imported_modules() -> set[str]:
    """The top-level names that files under pwa import from elsewhere."""
    found = set()
    for file in (ROOT / "pwa").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"pwa"}
