"""Uploads are drawn anew: what comes out holds pixels and nothing else, and what is no still picture is refused."""

import io
import random
import zipfile
from contextlib import suppress

import pytest
from PIL import Image

from pwa.content import reencode
from pwa.content.drawn import MOST_BYTES, Drawn, NoPicture, pack, unpack
from tests.pictures import bomb, moving, photograph, turned_and_located


def draw(upload: bytes) -> list[Drawn]:
    return reencode.reencode(upload)


def refusal(upload: bytes) -> str:
    with pytest.raises(NoPicture) as refused:
        draw(upload)
    return str(refused.value)


def zipped(content: bytes = b"<p>") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("index.html", content)
    return written.getvalue()


def test_a_picture_comes_in_every_width_it_reaches_as_webp_and_avif() -> None:
    drawn = draw(photograph(1000, 500))
    assert [(one.media_type, one.width, one.height) for one in drawn] == [
        ("image/webp", 480, 240), ("image/avif", 480, 240), ("image/webp", 960, 480), ("image/avif", 960, 480),
        ("image/webp", 1000, 500), ("image/avif", 1000, 500),
    ]  # fmt: skip
    for one in drawn:
        with Image.open(io.BytesIO(one.body)) as image:
            assert image.size == (one.width, one.height)


def test_a_small_picture_is_not_blown_up() -> None:
    assert {one.width for one in draw(photograph(200, 100, "PNG"))} == {200}


def test_it_stands_upright_and_has_forgotten_where_it_was_taken_and_by_what() -> None:
    upload = turned_and_located()
    assert b"Secret" in upload
    for one in draw(upload):
        assert not any(word in one.body for word in (b"Secret", b"Exif", b"http", b"ICCP", b"XMP "))
        with Image.open(io.BytesIO(one.body)) as image:
            assert image.height > image.width
            assert not image.getexif()
            assert "icc_profile" not in image.info
            assert "comment" not in image.info
            red = image.convert("RGB").getpixel((image.width * 3 // 4, image.height // 4))
            assert isinstance(red, tuple)
            assert red[0] > 200
            assert red[2] < 100


def test_what_is_see_through_stays_so() -> None:
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    written = io.BytesIO()
    image.save(written, "PNG")
    for one in draw(written.getvalue()):
        with Image.open(io.BytesIO(one.body)) as again:
            assert again.convert("RGBA").getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize(("mode", "grey"), [("1", 1), ("L", 128), ("P", 128), ("CMYK", 127), ("I;16", 128 * 256)])
def test_unusual_colours_are_taken(mode: str, grey: int) -> None:
    image = Image.new(mode, (64, 64), (grey, grey, grey, 0) if mode == "CMYK" else grey)
    if mode == "P":
        image.putpalette([value for value in range(256) for _ in range(3)])
    written = io.BytesIO()
    image.save(written, "JPEG" if mode == "CMYK" else "PNG")
    with Image.open(io.BytesIO(draw(written.getvalue())[0].body)) as again:
        darkest, brightest = again.convert("L").getextrema()
    assert (darkest, brightest) == pytest.approx((255, 255) if mode == "1" else (128, 128), abs=4)


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (b"", "empty"),
        (b"Not a picture at all", "no picture that can be read"),
        (photograph()[:2000], "damaged or cut short"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\xef\xbb\xbf  <svg onload=alert(1)>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(100), "HEIC"),
        (photograph(kind="GIF"), "GIF"),
        (moving(), "moves"),
        (bomb(), "million pixels"),
        (bomb(9_000, 9_000), "million pixels"),
        (photograph(2000, 100), "times as long"),
        (photograph(47, 47), "too small"),
        (b"\xff\xd8" + bytes(MOST_BYTES), "larger than 12 MB"),
        (photograph() + zipped(), "something else"),
        (photograph(comment=b"<script>alert(1)</script>"), "something else"),
        (photograph() + b"%PDF-1.7 ...", "something else"),
        (photograph(kind="PNG") + b"<?php system($_GET[0]);", "something else"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_refuses_in_a_sentence(upload: bytes, words: str) -> None:
    message = refusal(upload)
    assert words in message
    assert message.endswith(".")


def test_a_bomb_is_refused_before_its_pixels_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("it was unpacked"))
    assert "million pixels" in refusal(bomb())


@pytest.mark.filterwarnings("ignore")
def test_whatever_is_damaged_is_refused_or_drawn() -> None:
    dice = random.Random(4)
    whole = [photograph(60, 50, kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF")] + [turned_and_located()]
    for _ in range(80):
        upload = bytearray(dice.choice(whole))
        for _ in range(dice.choice((1, 2, 20))):
            upload[dice.randrange(min(len(upload), 500))] = dice.randrange(256)
        with suppress(NoPicture):
            draw(bytes(upload))
        for media_type in ("image/webp", "image/avif"):
            with suppress(NoPicture):
                reencode.verify(Drawn(media_type, 60, 50, bytes(upload)))


def test_what_was_drawn_here_is_known_again() -> None:
    see_through = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 255, 120)).save(see_through, "PNG")
    for one in (*draw(photograph(600, 400)), *draw(see_through.getvalue())):
        reencode.verify(one)


@pytest.mark.parametrize("media_type", ["image/webp", "image/avif"])
def test_what_holds_more_than_a_picture_is_not_such_as_is_drawn_here(media_type: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    kind = media_type.removeprefix("image/").upper()
    (plain,) = [one.body for one in draw(photograph(100, 100)) if one.media_type == media_type]
    for body in (
        photograph(100, 100, kind, exif=exif),
        photograph(100, 100, kind, xmp=b"<x:xmpmeta/>"),
        plain + b"more",
        plain + zipped(),
        b"\0" + plain,
        plain[:-1],
        photograph(99, 100, kind),
        photograph(100, 100, "PNG"),
        b"",
    ):
        with pytest.raises(NoPicture):
            reencode.verify(Drawn(media_type, 100, 100, body))
    with pytest.raises(NoPicture):
        reencode.verify(Drawn("image/png", 100, 100, photograph(100, 100, "PNG")))


def test_two_processes_understand_each_other() -> None:
    drawn = [Drawn("image/webp", 1, 2, b"a\nb"), Drawn("image/avif", 3, 4, b"")]
    assert unpack(pack(drawn)) == drawn
