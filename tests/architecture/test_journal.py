"""Holds the journal's one import order, and that keys and storage are named in one place each."""

import re
from pathlib import Path

from tests.architecture.test_import_order import typescript_imports

ROOT = Path(__file__).parents[2]
JOURNAL = ROOT / "static" / "client" / "journal"

# Each piece with the pieces it may import from, beside itself and `lib`.
_GROUND = frozenset({"fault"})
_RECORDS = _GROUND | {"entry", "envelope"}
_KEYS = _RECORDS | {"cipher", "vault"}
MAY_IMPORT = {
    "fault": frozenset[str](),
    "entry": _GROUND,
    "envelope": _GROUND,
    "cipher": _RECORDS,
    "vault": _RECORDS | {"cipher"},
    "drawer": _KEYS,
    "backup": _KEYS | {"drawer"},
    "contract": _KEYS | {"drawer"},
    "core": _KEYS | {"drawer", "backup", "contract"},
    "journal": _KEYS | {"drawer", "contract", "core"},
}
# Screens and what serves them see the door and the records' vocabulary, never keys or storage.
SCREENS_MAY_NOT = frozenset({"envelope", "cipher", "vault", "drawer", "backup", "core"})
# What names a power, and the pieces that may. Random numbers are no secret's handling, and "delete everything" must
# reach all that a browser keeps: what is held here is who encrypts and who keeps.
POWERS = {
    r"crypto\.subtle|hash-wasm|@noble/hashes": {"cipher"},
    r"\bindexedDB\.open\b|from \"idb\"|\bopenDB\b": {"drawer"},
    r"\b(?:local|session)Storage\.setItem|document\.cookie = (?!.*max-age=0)|\bcaches\.open\b": set[str](),
}


def test_every_piece_imports_only_from_earlier_ones() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in JOURNAL.rglob("*.ts")
        for module, _ in typescript_imports(path.read_text())
        if module.startswith(".") and not may_import(piece_of(path), path, module)
    ]
    assert not wrong, "\n".join(wrong)


def test_keys_and_storage_are_named_in_one_place_each() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} names {match[0]}"
        for path in JOURNAL.rglob("*.ts")
        for pattern, pieces in POWERS.items()
        if piece_of(path) not in pieces
        for match in re.finditer(pattern, without_comments(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_order_would_notice_a_screen_with_keys() -> None:
    screen = JOURNAL / "elements" / "page.ts"
    assert not may_import("elements", screen, "../cipher/cipher.ts")
    assert not may_import("elements", screen, "../drawer/drawer.ts")
    assert may_import("elements", screen, "../journal.ts")
    assert not may_import("cipher", JOURNAL / "cipher" / "cipher.ts", "../vault/vault.ts")


def piece_of(path: Path) -> str:
    """`journal/entry/merge.ts` → `entry`."""
    return path.relative_to(JOURNAL).parts[0].removesuffix(".ts")


def may_import(piece: str, path: Path, module: str) -> bool:
    """Whether a file of this piece may import what stands at this relative place."""
    target = (path.parent / module).resolve()
    if not target.is_relative_to(JOURNAL):
        return target.is_relative_to(ROOT / "static" / "client")
    other = piece_of(target)
    allowed = MAY_IMPORT.get(piece)
    return other == piece or (other not in SCREENS_MAY_NOT if allowed is None else other in allowed)


def without_comments(source: str) -> str:
    """The source without comments, which may name what they warn of."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
