"""Archives are read without trusting them: tricks with paths, sizes, names and bytes are refused in a sentence."""

import io
import random
import stat
import warnings
import zipfile
from contextlib import suppress

import pytest

from pwa.content import bundle
from pwa.content.bundle import Bundle, SourcePicture, SourceText, archive_of, files_of, read_archive
from pwa.content.drawn import Drawn
from pwa.content.media import name_of
from pwa.content.model import ContentError, Refused

DRAWN = (Drawn("image/webp", 480, 320, b"one"), Drawn("image/avif", 480, 320, b"two"))
DOOR = SourcePicture(name_of("Front door", DRAWN), "Front door", "The door", False, "0" * 64, DRAWN)
WHOLE = Bundle((SourceText("guide", "iv", "Ärzte"), SourceText("site", "our-clinic", "Ours")), (DOOR,))


def packed(*files: tuple[str, bytes], mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the same name twice
        for name, body in files:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = mode << 16
            archive.writestr(info, body)
    return written.getvalue()


def refusal(archive: bytes) -> str:
    with pytest.raises((Refused, ContentError)) as refused:
        read_archive(archive)
    return str(refused.value)


def test_a_bundle_comes_back_exactly_and_its_archive_is_always_the_same() -> None:
    assert read_archive(archive_of(WHOLE)) == WHOLE
    assert archive_of(WHOLE) == archive_of(read_archive(archive_of(WHOLE)))


def test_a_folder_around_everything_and_what_computers_add_do_not_matter() -> None:
    files = [(f"my export (2)/{name}", body) for name, body in files_of(WHOLE).items()]
    litter = [("my export (2)/.DS_Store", b"x"), ("__MACOSX/my export (2)/guide/._iv.md", b"x")]
    assert read_archive(packed(*files, *litter, ("my export (2)/guide/", b""))) == WHOLE


@pytest.mark.parametrize(
    "name",
    [
        "../guide/iv.md", "guide/../../etc/iv.md", "/guide/iv.md", "guide//iv.md", "guide/a/iv.md", "guide\\iv.md",
        "C:/guide/iv.md", "guide/iv.md.exe", "guide/.md", "iv.md", "etc/passwd", "guide/ïv.md", "guide/iv.md ",
        "media/a.svg", "media/a.png", "media/../a.json", "guide/\u202eiv.md",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    assert "has no place here" in refusal(packed((name, b"x"), ("site/x.md", b"x")))


@pytest.mark.parametrize("name", ["guide/IV.md", "guide/a b.md", "site/admin.md", "guide/-iv.md"])
def test_a_name_that_no_page_can_have_is_refused(name: str) -> None:
    assert "cannot be a page's address" in refusal(packed((name, b"x")))


def test_links_pipes_and_secrets_are_refused() -> None:
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        assert "has no place here" in refusal(packed(("guide/iv.md", b"/etc/passwd"), mode=kind))
    secret = bytearray(packed(("guide/iv.md", b"x")))
    at = secret.rindex(b"PK\x01\x02")
    secret[at + 8] |= 1
    assert "has no place here" in refusal(bytes(secret))


def test_other_ways_of_packing_are_refused() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "has no place here" in refusal(packed(("guide/iv.md", b"x"), method=method))


def test_the_same_name_twice_is_refused() -> None:
    assert "guide/iv.md stands twice" in refusal(packed(("guide/iv.md", b"one"), ("guide/iv.md", b"two")))
    archive = packed(("x/guide/iv.md", b"one"), ("x/guide/iv.md", b"two"))
    assert "guide/iv.md stands twice" in refusal(archive)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed(("guide/iv.md", bytes(40_000_000)))
    assert len(bomb) < 50_000
    assert "guide/iv.md is longer than 64 kB" in refusal(bomb)


def test_a_bomb_that_lies_about_its_length_is_not_unpacked_either() -> None:
    bomb = bytearray(packed(("guide/iv.md", bytes(40_000_000))))
    at = bomb.rindex(b"PK\x01\x02")
    for length in (10, 1_000_000_000):
        bomb[at + 24 : at + 28] = length.to_bytes(4, "little")
        assert refusal(bytes(bomb))


def test_many_files_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1000)
    assert "together" in refusal(packed(*((f"guide/p{number}.md", bytes(300)) for number in range(4))))
    monkeypatch.setattr(bundle, "MOST_FILES", 3)
    assert "more than 3 files" in refusal(packed(*((f"guide/p{number}.md", b"") for number in range(4))))


def test_a_list_that_says_it_is_very_long_is_not_read() -> None:
    archive = bytearray(packed(("guide/iv.md", b"x")))
    archive[-10:-6] = (1 << 30).to_bytes(4, "little")
    assert "more than 3000 files" in refusal(bytes(archive))
    many = packed(*((f"guide/{number:05}{'x' * 60}.md", b"") for number in range(9000)))
    assert "more than 3000 files" in refusal(many)


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"PK",
        b"\x89PNG\r\n",
        archive_of(WHOLE)[:-1],
        archive_of(WHOLE) + b"x",
        b"x" * 100 + archive_of(WHOLE)[-22:],
    ],
    ids=["empty", "short", "picture", "cut", "more", "only its end"],
)
def test_what_is_no_archive_is_refused(archive: bytes) -> None:
    assert "no zip archive that can be read" in refusal(archive)


def test_a_damaged_file_in_it_is_refused() -> None:
    archive = bytearray(packed(("guide/iv.md", b"some words to pack" * 20)))
    archive[45] ^= 0xFF
    assert "may be damaged" in refusal(bytes(archive))


def test_whatever_is_damaged_is_refused_or_read() -> None:
    dice = random.Random(4)
    whole = packed(("guide/iv.md", b"some words " * 300), ("site/x.md", b"y" * 3000))
    for _ in range(1000):
        archive = bytearray(dice.choice((whole, archive_of(WHOLE))))
        for _ in range(dice.choice((1, 2, 20))):
            archive[dice.randrange(len(archive))] = dice.randrange(256)
        with suppress(Refused, ContentError):
            read_archive(bytes(archive))


def test_an_archive_larger_than_allowed_is_not_opened() -> None:
    assert "larger than 48 MB" in refusal(bytes(bundle.MOST_ARCHIVE_BYTES + 1))


def test_an_empty_one_says_so() -> None:
    assert "empty" in refusal(packed())


@pytest.mark.parametrize("body", [b"\xff\xfe", "Ä".encode("latin-1")])
def test_texts_are_utf_8(body: bytes) -> None:
    assert "guide/iv.md is not UTF-8" in refusal(packed(("guide/iv.md", body)))


def test_pictures_are_what_their_names_stand_for() -> None:
    files = files_of(WHOLE)
    first = f"media/{DOOR.name}-480.webp"
    cases = [
        (files | {first: b"other bytes"}, "not those that their name stands for"),
        ({name: body for name, body in files.items() if name != first}, "which is not there"),
        (files | {"media/stray-480.webp": b"x"}, "described by no .json"),
        (files | {f"media/{DOOR.name}.json": b"{"}, "does not describe a picture"),
        (files | {f"media/{DOOR.name}.json": b'{"title": 1}'}, "does not describe a picture"),
        (files | {f"media/{DOOR.name}.json": b"\xff"}, "does not describe a picture"),
        (files | {f"media/{DOOR.name}.json": b"[" * 10_000}, "does not describe a picture"),
    ]
    for given, words in cases:
        assert words in refusal(packed(*given.items()))
    renamed = {name.replace(DOOR.name, f"other-{DOOR.name}"): body for name, body in files.items()}
    assert read_archive(packed(*renamed.items())).pictures[0].drawn == DRAWN, "titles may differ, bytes may not"
