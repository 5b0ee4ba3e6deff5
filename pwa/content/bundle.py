"""Texts and pictures as files: a folder or a zip archive of it, laid out as docs/content-format.md says."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pwa.content.drafts import split_path
from pwa.content.drawn import Drawn
from pwa.content.markdown import MAX_TEXT_BYTES
from pwa.content.media import digest_of
from pwa.content.model import ContentError, Problem, Refused, page_path

KINDS = ("guide", "faq", "site")
MOST_ARCHIVE_BYTES = 48 * 1024 * 1024
MOST_BYTES = 96 * 1024 * 1024
"""Bytes that all files of an archive may have together, once unpacked."""
MOST_FILES = 3000

_MOST_DIRECTORY_BYTES = 1024 * 1024
_MOST_OF_EACH = {".md": MAX_TEXT_BYTES, ".json": 16 * 1024, ".webp": 4 * 1024 * 1024, ".avif": 4 * 1024 * 1024}
_MEDIA_TYPES = {".webp": "image/webp", ".avif": "image/avif"}
_ENDINGS = {media_type: ending for ending, media_type in _MEDIA_TYPES.items()}
# What some computers put into every archive by themselves.
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)$")
_END = b"PK\x05\x06"
_END_OF_LARGE = b"PK\x06\x07"
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SourceText:
    """One file of a folder: the page it is for, and its exact text."""

    kind: str
    slug: str
    text: str

    @property
    def path(self) -> str:
        """Where readers find it."""
        return page_path(self.kind, self.slug)


class _Size(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    media_type: str
    width: int
    height: int


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`media/<name>.json`."""

    title: str
    alternative: str
    decorative: bool
    original_sha256: str
    sizes: list[_Size]


@dataclass(frozen=True)
class SourcePicture:
    """A picture with what is known of it and all its sizes; its name fits its bytes."""

    name: str
    title: str
    alternative: str
    decorative: bool
    original_sha256: str
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True)
class Bundle:
    """What a folder or an archive holds, in a fixed order."""

    texts: tuple[SourceText, ...] = ()
    pictures: tuple[SourcePicture, ...] = ()


def read_folder(folder: Path) -> Bundle:
    """What stands under `guide/`, `faq/`, `site/` and `media/`; ContentError or Refused for what cannot be used."""
    texts = []
    for kind in KINDS:
        for file in sorted((folder / kind).glob("*.md")):
            split_path(page_path(kind, file.stem))
            texts.append(SourceText(kind, file.stem, read_text(file)))
    files = {}
    for file in sorted((folder / "media").glob("*")):
        if file.suffix in (*_MEDIA_TYPES, ".json"):
            if not file.is_file() or file.stat().st_size > _MOST_OF_EACH[file.suffix]:
                raise ContentError((Problem(0, f"{file} is no file, or too long for a picture"),))
            files[f"media/{file.name}"] = file.read_bytes()
    return Bundle(tuple(texts), tuple(_pictures(files)))


def read_text(file: Path) -> str:
    """A file's text with line ends as ours; ContentError for what is no plain file, too long or not UTF-8."""
    if not file.is_file():  # a pipe would keep the server waiting for ever
        raise ContentError((Problem(0, f"{file} is no file"),))
    if file.stat().st_size > MAX_TEXT_BYTES:
        raise ContentError((Problem(0, f"{file} is longer than {MAX_TEXT_BYTES // 1024} kB"),))
    return _decoded(str(file), file.read_bytes())


def read_archive(archive: bytes) -> Bundle:
    """What a zip archive of such a folder holds; Refused, or ContentError about one file, for anything else in it.

    Nothing is written anywhere: a name only says which page or picture a file is for.
    """
    files = dict(_unpacked(archive))
    texts = []
    for name, body in sorted(files.items(), key=lambda item: _place(item[0])):
        kind, _, file = name.partition("/")
        if kind in KINDS:
            slug = file.removesuffix(".md")
            split_path(page_path(kind, slug))
            texts.append(SourceText(kind, slug, _decoded(name, body)))
    pictures = tuple(_pictures({name: body for name, body in files.items() if name.startswith("media/")}))
    return Bundle(tuple(texts), pictures)


def files_of(bundle: Bundle) -> dict[str, bytes]:
    """The files that `read_folder` and `read_archive` read as this bundle."""
    files = {f"{one.kind}/{one.slug}.md": one.text.encode() for one in bundle.texts}
    for picture in bundle.pictures:
        sizes = [_Size(one.media_type, one.width, one.height) for one in picture.drawn]
        about = _About(picture.title, picture.alternative, picture.decorative, picture.original_sha256, sizes)
        files[f"media/{picture.name}.json"] = msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n"
        for one in picture.drawn:
            files[_file_of(picture.name, one.media_type, one.width)] = one.body
    return files


def archive_of(bundle: Bundle) -> bytes:
    """A zip archive; the same bundle always makes the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files_of(bundle).items()):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), body, zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def _unpacked(archive: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(_one_archive(archive))) as opened:
            listed = [
                one for one in opened.infolist() if not one.filename.endswith("/") and not _LITTER.search(one.filename)
            ]
            if len(listed) > MOST_FILES:
                raise Refused(f"The archive holds more than {MOST_FILES} files. Nothing was read.")
            left = MOST_BYTES
            for name, info in _named(listed).items():
                body = _read(opened, info, name, left)
                left -= len(body)
                yield name, body
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError):
        raise Refused("This is no zip archive that can be read; it may be damaged. Nothing was read.") from None


def _one_archive(archive: bytes) -> bytes:
    """The bytes, if they end as a small archive does: what stands there says how much would be read as its list."""
    if len(archive) > MOST_ARCHIVE_BYTES:
        raise Refused(f"The archive is larger than {MOST_ARCHIVE_BYTES >> 20} MB. Nothing was read.")
    end = archive[-22:]
    if end[:4] != _END or end[20:] != b"\0\0" or archive[-42:-38] == _END_OF_LARGE:
        raise zipfile.BadZipFile
    if int.from_bytes(end[12:16], "little") > _MOST_DIRECTORY_BYTES:
        raise Refused(f"The archive holds more than {MOST_FILES} files. Nothing was read.")
    return archive


def _named(listed: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Files by their name below the folder that may be around all of them."""
    around = {one.filename.partition("/")[0] for one in listed}
    only = around.pop() if len(around) == 1 else ""
    top = f"{only}/" if re.fullmatch(r"\w[\w .()-]*", only) and only not in (*KINDS, "media") else ""
    named: dict[str, zipfile.ZipInfo] = {}
    for one in listed:
        name = one.filename.removeprefix(top)
        shown = name.encode("ascii", "backslashreplace").decode()[:120]
        if not _usable(one, name):
            raise Refused(
                f"{shown} has no place here: an archive holds guide/, faq/ and site/ with .md files, and media/ with "
                "pictures as they were exported. Nothing was read."
            )
        if name in named:
            raise Refused(f"{shown} stands twice in the archive. Nothing was read.")
        named[name] = one
    if not named:
        raise Refused("The archive is empty. Nothing was read.")
    return named


def _usable(info: zipfile.ZipInfo, name: str) -> object:
    folder, _, file = name.partition("/")
    endings = (".md",) if folder in KINDS else (*_MEDIA_TYPES, ".json") if folder == "media" else ()
    mode = info.external_attr >> 16
    plain = stat.S_ISREG(mode) or not stat.S_IFMT(mode)
    # A second name, which older programs show, hides in `orig_filename` behind a zero byte.
    whole = info.orig_filename == info.filename and not info.flag_bits & 1
    packed = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    return plain and whole and packed and re.fullmatch(r"[A-Za-z0-9 _-]+\.[a-z]+", file) and file.endswith(endings)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, left: int) -> bytes:
    """A file's bytes, of which no more are unpacked than it may have, whatever the archive says of its length."""
    most = _MOST_OF_EACH[Path(name).suffix]
    with archive.open(info) as file:
        body = file.read(min(most, left) + 1)
    if len(body) > most:
        raise Refused(f"{name} is longer than {most // 1024} kB. Nothing was read.")
    if len(body) > left:
        raise Refused(f"The files of the archive are longer than {MOST_BYTES >> 20} MB together. Nothing was read.")
    return body


def _pictures(files: Mapping[str, bytes]) -> Iterator[SourcePicture]:
    used = set()
    for name, body in sorted(files.items()):
        if not name.endswith(".json"):
            continue
        used.add(name)
        picture = name.removeprefix("media/").removesuffix(".json")
        try:
            about = msgspec.json.decode(body, type=_About)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(f"{name} does not describe a picture: {error}. Nothing was read.") from None
        drawn = []
        for size in about.sizes:
            file = _file_of(picture, size.media_type, size.width)
            if file not in files:
                raise Refused(f"{name} names {file}, which is not there. Nothing was read.")
            if file in used:  # one file named a hundred times would weigh as a hundred
                raise Refused(f"{name} names {file} twice. Nothing was read.")
            used.add(file)
            drawn.append(Drawn(size.media_type, size.width, size.height, files[file]))
        if not drawn or not re.fullmatch(f"[a-z0-9]+(-[a-z0-9]+)*-{digest_of(drawn)}", picture):
            raise Refused(f"{name}: the pictures are not those that their name stands for. Nothing was read.")
        yield SourcePicture(
            picture, about.title, about.alternative, about.decorative, about.original_sha256, tuple(drawn)
        )
    if left := sorted(files.keys() - used):
        raise Refused(
            f"{left[0]} is described by no .json beside it. Upload new pictures under Media; nothing was read."
        )


def _file_of(name: str, media_type: str, width: int) -> str:
    return f"media/{name}-{width}{_ENDINGS.get(media_type, '.unknown')}"


def _decoded(name: str, body: bytes) -> str:
    try:
        return body.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ContentError((Problem(0, f"{name} is not UTF-8: {error.reason}"),)) from None


def _place(name: str) -> tuple[int, str]:
    kind = name.partition("/")[0]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), name)
