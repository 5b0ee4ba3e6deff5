"""Searches a folder for a word as a thief with the disk would: every file, unpacked, in every usual encoding."""

import base64
from collections.abc import Iterator
from pathlib import Path

from tests.browser.journal.unpacking import (
    LEVELDB_TABLE,
    SQLITE,
    cached_body,
    leveldb_log,
    leveldb_table,
    sqlite_values,
    unpacked,
)

MARK = "qzvjxkwb"
"""What every canary begins with; no word of any language, so that finding it once is finding a leak."""
CACHES = ("Cache_Data", "CacheStorage", "cache2", "Code Cache", "WebKitCache", "cache")


def canary(name: str) -> str:
    """A word that is typed nowhere else; `name` in letters, to know it again."""
    return MARK + name


def traces(folder: Path, word: str = MARK) -> list[str]:
    """Where the word lies in the folder, each as `file (how): what stands around it`; empty when it lies nowhere."""
    forms = forms_of(word)
    found = []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.is_symlink():
            continue
        for how, content in readings(file):
            for form, sought in forms.items():
                if (at := content.find(sought)) >= 0:
                    around = content[max(0, at - 40) : at + 80]
                    found.append(f"{file.relative_to(folder)} ({how}, {form}): {around!r}")
        if word.encode() in file.name.encode():
            found.append(f"{file.relative_to(folder)} (its name)")
    return found


def forms_of(word: str) -> dict[str, bytes]:
    """The word in UTF-8, UTF-16, base64 at each of three offsets, hexadecimal and URL encoding.

    The usual URL encoding leaves letters alone, as every encoding on the base of ASCII does: it is found as UTF-8.
    """
    plain = word.encode()
    forms = {
        "utf-8": plain,
        "utf-16le": word.encode("utf-16le"),
        "utf-16be": word.encode("utf-16be"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "url": "".join(f"%{byte:02X}" for byte in plain).encode(),
    }
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + plain + bytes(3))
        # Characters that also hold bits of what stands before or behind differ from place to place.
        forms[f"base64 at {offset}"] = whole[(8 * offset + 5) // 6 : 8 * (offset + len(plain)) // 6]
    coded = {name: form for name, form in forms.items() if not name.startswith("utf")}
    return forms | {f"{name}, utf-16": form.decode().encode("utf-16le") for name, form in coded.items()}


def readings(file: Path) -> Iterator[tuple[str, bytes]]:
    """The content of a file as it lies, and everything unpacked from it, with the way it was had."""
    content = file.read_bytes()
    yield "as it lies", content
    if content.startswith(SQLITE):
        for value in sqlite_values(file):
            yield "value", value
            yield from (("packed value", one) for one in unpacked(value))
        return
    parts = [content]
    if content.endswith(LEVELDB_TABLE):
        parts = list(leveldb_table(content))
    elif file.suffix == ".log":
        parts = list(leveldb_log(content))
    for part in parts:
        if part is not content:
            yield "record", part
        yield from (("unpacked", one) for one in unpacked(part))
    if any(name in file.parts for name in CACHES):
        yield from (("Brotli body", one) for one in cached_body(content))
