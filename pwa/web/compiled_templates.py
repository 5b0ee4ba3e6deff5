"""Keeps compiled templates beside their sources, as Python keeps modules: compiling takes longer than rendering."""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path

_DIGEST = 32


class CompiledTemplates:
    """The store that Jinja's cache of bytecode writes through, in `__pycache__` or where Python was told to have that.

    Nothing depends on it: Jinja takes every error of a store for a template that is not there, and compiles it.
    """

    def __init__(self, templates: Path) -> None:
        self.folder = Path(importlib.util.cache_from_source(str(templates / "template.py"))).parent

    def get(self, key: str) -> bytes:
        """The bytecode of that name; raises `OSError` or `ValueError` where none is whole."""
        content = (self.folder / key).read_bytes()
        digest, bytecode = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(bytecode).digest() != digest:
            raise ValueError(f"{key} is damaged")
        return bytecode

    def set(self, key: str, value: bytes, timeout: int | None = None) -> None:  # noqa: ARG002  what Jinja calls
        """Keep the bytecode for good, unless Python writes none; raises `OSError`."""
        if sys.dont_write_bytecode:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # Other processes read it meanwhile, or write the same.
        begun = self.folder / f"{key}.{os.getpid()}"
        begun.write_bytes(hashlib.sha256(value).digest() + value)
        begun.replace(self.folder / key)
