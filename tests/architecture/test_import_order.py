"""Holds the one written import order: a piece imports only from pieces that come before it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Each piece with the pieces it may import from. Where two are not in each other's row they never meet: `content` and
# `vault`, `pages` and `admin`.
_GROUND = frozenset({"settings", "database", "web"})
_FEATURES = _GROUND | {"staff", "content", "vault"}
MAY_IMPORT = {
    "settings": frozenset[str](),
    "database": frozenset({"settings"}),
    "web": frozenset({"settings", "database"}),
    "staff": _GROUND,
    "content": _GROUND | {"staff"},
    "vault": _GROUND | {"staff"},
    "pages": _FEATURES,
    "admin": _FEATURES,
    "app": _FEATURES | {"pages", "admin"},
    "cli": _FEATURES | {"pages", "admin", "app"},
    "__main__": frozenset({"cli"}),
}
_TYPESCRIPT_IMPORT = re.compile(
    r"""(?:^|;|\})\s*(?:import|export)\s+(?P<type>type\s)?(?:[^'"();]*?\sfrom\s*)?['"](?P<module>[^'"]+)['"]"""
    r"""|\bimport\(\s*['"](?P<dynamic>[^'"]+)['"]""",
    re.MULTILINE,
)


def test_every_piece_imports_only_from_earlier_ones() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports pwa.{piece}"
        for path in python_files()
        for line, piece in imported_pieces(path.read_text())
        if piece != piece_of(path) and piece not in MAY_IMPORT[piece_of(path)]
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_stand_at_the_top() -> None:
    lazy = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and any(is_ours(name) for name in names(node))
    ]
    assert not lazy, "\n".join(lazy)


def test_nothing_of_the_product_imports_a_test() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and any(name.startswith("tests") for name in names(node))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_feature_has_a_cycle_inside() -> None:
    imports = {module_of(path): imported_modules(path) for path in python_files()}
    finished: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module in finished:
            return
        for following in sorted(imports.get(module, set())):
            follow(following, (*way, module))
        finished.add(module)

    for module in sorted(imports):
        follow(module, ())


def test_worker_and_page_are_two_worlds() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted([*ROOT.glob("service_worker/**/*.ts"), *ROOT.glob("static/client/**/*.ts")])
        for module, types_only in typescript_imports(path.read_text())
        if not may_import(path, module, types_only)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_pattern_for_typescript_imports_sees_every_form() -> None:
    source = """
import type { Message } from "../messages.ts";
import { a,
  b } from "./b.ts";
import "./effect.ts";
export { c } from "./c.ts";
const later = await import("./d.ts");
const text = 'important "words" from "here"';
"""
    assert list(typescript_imports(source)) == [
        ("../messages.ts", True),
        ("./b.ts", False),
        ("./effect.ts", False),
        ("./c.ts", False),
        ("./d.ts", False),
    ]


def python_files() -> list[Path]:
    """Every file of the package."""
    return sorted((ROOT / "pwa").rglob("*.py"))


def piece_of(path: Path) -> str:
    """`pwa/web/headers.py` → `web`; the package's own first file counts as the first piece."""
    first = path.relative_to(ROOT / "pwa").parts[0]
    return "settings" if first == "__init__.py" else first.removesuffix(".py")


def module_of(path: Path) -> str:
    """`pwa/web/__init__.py` → `pwa.web`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_pieces(source: str) -> Iterator[tuple[int, str]]:
    """Line and piece of every import from `pwa`; imports name the package, so a relative one is refused."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"relative import on line {node.lineno}"
            for name in names(node):
                if name.startswith("pwa."):
                    yield node.lineno, name.split(".")[1]


def imported_modules(path: Path) -> set[str]:
    """The other modules of the package that a file imports; a name taken from a module counts as that module."""
    found = {
        name if (ROOT / f"{name.replace('.', '/')}.py").exists() else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in names(node)
        if is_ours(name)
    }
    return found - {module_of(path), ""}


def names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The full dotted names that an import mentions."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def is_ours(name: str) -> bool:
    """Whether a dotted name is the package or inside it."""
    return name == "pwa" or name.startswith("pwa.")


def typescript_imports(source: str) -> Iterator[tuple[str, bool]]:
    """Module and whether only types are taken, for every import and re-export."""
    for match in _TYPESCRIPT_IMPORT.finditer(source):
        yield match["module"] or match["dynamic"], match["type"] is not None


def may_import(path: Path, module: str, types_only: bool) -> bool:
    """The worker takes nothing from the page's side; the page takes only types from the worker's."""
    if not module.startswith("."):
        return True
    target = (path.parent / module).resolve()
    inside_worker = target.is_relative_to(ROOT / "service_worker")
    if path.is_relative_to(ROOT / "service_worker"):
        return inside_worker
    return types_only if inside_worker else target.is_relative_to(ROOT / "static" / "client")
