"""Pictures for tests: small ones of every kind a telephone makes, and some that nobody should send."""

import io
import struct
import zlib

from PIL import Image


def photograph(width: int = 600, height: int = 400, kind: str = "JPEG", **extra: object) -> bytes:
    """A picture whose upper left quarter is red and whose rest is blue."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height // 2))
    written = io.BytesIO()
    image.save(written, kind, **extra)
    return written.getvalue()


def turned_and_located() -> bytes:
    """A photograph lying on its side, as a telephone held upright writes it, with the place it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return photograph(exif=exif, comment=b"Secret comment")


def moving() -> bytes:
    """A WebP of two pictures."""
    first, second = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    written = io.BytesIO()
    first.save(written, "WEBP", save_all=True, append_images=[second])
    return written.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of few bytes that says it has very many pixels."""
    rows = zlib.compress(bytes(1024 * 1024), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
