"""What the browser gets beside pages: the built scripts and styles and the icons, each named by its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
}
_SOURCE_TREE = Path(__file__).parents[2] / "static"
_INSTALLED = Path(__file__).parents[1] / "static"


class AssetsMissing(RuntimeError):
    """The client has not been built; the message says how to build it."""


@dataclass(frozen=True)
class Asset:
    """One file as the browser gets it."""

    name: str
    """The file's name in `static/dist` or `static/icons`: `guide.js`, `icon-192.png`."""
    body: bytes
    media_type: str

    @cached_property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes."""
        return sha256(self.body).hexdigest()

    @property
    def path(self) -> str:
        """The address that never changes its bytes."""
        return f"/c/o/{self.sha256}"


@dataclass(frozen=True)
class Assets:
    """Every asset by name."""

    by_name: Mapping[str, Asset]

    def __getitem__(self, name: str) -> Asset:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def path(self, name: str) -> str:
        """Where the asset is served: `/c/o/<sha256>`."""
        return self.by_name[name].path


def asset(name: str, body: bytes) -> Asset:
    """An asset whose media type follows from its name; raises `KeyError` for a kind that is not served."""
    return Asset(name, body, _MEDIA_TYPES[Path(name).suffix])


def load_assets(static: Path | None = None) -> Assets:
    """Read `dist/` and `icons/` below `static`, by default the source tree's or the installed package's own.

    Raises `AssetsMissing` when the client has not been built.
    """
    static = static or _static()
    return _read(static, "inline.css", static / "dist", static / "icons")


def load_admin_assets(static: Path | None = None) -> Assets:
    """Read `dist/admin/`, the staff's own scripts and styles, which are in no release and on no reader's phone."""
    folder = (static or _static()) / "dist" / "admin"
    return _read(folder.parent.parent, "admin/admin.css", folder)


def _static() -> Path:
    return _INSTALLED if _INSTALLED.is_dir() else _SOURCE_TREE


def _read(static: Path, needed: str, *folders: Path) -> Assets:
    if not (static / "dist" / needed).is_file():
        raise AssetsMissing(f"{static / 'dist'} holds no built client. Run `make setup` and start again.")
    files = [file for folder in folders for file in folder.iterdir()]
    return Assets({file.name: asset(file.name, file.read_bytes()) for file in files if file.suffix in _MEDIA_TYPES})
