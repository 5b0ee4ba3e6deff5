"""Makes web pictures of an uploaded one, in a process of its own: what comes out is drawn anew and holds nothing else.

`main` is that process. Asked to `draw` it reads an upload from standard input and answers with its pictures; asked to
`verify` it reads pictures that came in an archive and says whether they are such as `draw` makes.
"""

import io
import json
import re
import resource
import sys
import warnings
import zipfile
from collections.abc import Iterator

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from pwa.content.drawn import MOST_BYTES, Drawn, NoPicture, pack, unpack

MOST_PIXELS = 64_000_000
LONGEST = 5
"""How many times longer than wide, or wider than long, a picture may be."""
LEAST = 48
"""Pixels that a picture needs in each direction to show anything."""
WIDTHS = (480, 960, 1440)
"""Pixels across: a small phone with a coarse screen, most phones, and a desktop."""
QUALITY = {"WEBP": {"quality": 74, "method": 5}, "AVIF": {"quality": 50, "speed": 8, "max_threads": 1}}
MEDIA_TYPES = {"WEBP": "image/webp", "AVIF": "image/avif"}

_SECONDS = 40
_MEMORY = 2 << 30
_READ = ("JPEG", "PNG", "WEBP", "AVIF")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
# A picture that is something else as well: harmless once it is drawn anew, but nobody takes such a one with a phone.
_SOMETHING_ELSE = re.compile(rb"%PDF-[12]\.|<script[\s>/]|<html[\s>]|<svg[\s>]|<!doctype\b|<\?php", re.IGNORECASE)


def reencode(upload: bytes) -> list[Drawn]:
    """The picture at each of WIDTHS that it reaches (or its own), as WebP and AVIF; raises NoPicture."""
    _refuse_unwanted(upload)
    image = _upright(_open(upload))
    drawn = []
    for width in sorted({min(width, image.width) for width in WIDTHS}):
        height = max(1, round(image.height * width / image.width))
        sized = image.resize((width, height), Image.Resampling.LANCZOS)
        for name, media_type in MEDIA_TYPES.items():
            written = io.BytesIO()
            sized.save(written, name, **QUALITY[name])
            drawn.append(Drawn(media_type, width, height, written.getvalue()))
    return drawn


def verify(drawn: Drawn) -> None:
    """Raise NoPicture for bytes that `reencode` could not have made: another format or size, or something beside it."""
    wrong = NoPicture(f"a picture of {drawn.width} pixels is not such as this program makes.")
    made = {media_type: name for name, media_type in MEDIA_TYPES.items()}.get(drawn.media_type)
    if made is None or drawn.width not in range(LEAST, WIDTHS[-1] + 1) or drawn.height > LONGEST * WIDTHS[-1]:
        raise wrong
    plain = _plain_webp(drawn.body) if made == "WEBP" else _plain_avif(drawn.body)
    if not plain or _SOMETHING_ELSE.search(drawn.body) or zipfile.is_zipfile(io.BytesIO(drawn.body)):
        raise wrong
    try:
        image = Image.open(io.BytesIO(drawn.body), formats=(made,))
        if image.size != (drawn.width, drawn.height) or getattr(image, "n_frames", 1) > 1:
            raise wrong
        image.load()
    except Exception:  # noqa: BLE001  decoders raise whatever they stumble over
        raise wrong from None


def _plain_webp(body: bytes) -> bool:
    """Whether a WebP file holds one picture, perhaps with its transparency, and nothing beside, before or after it."""
    names = []
    at = 12
    while at + 8 <= len(body):
        name, length = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        names.append(name)
        at += 8 + length + length % 2
    whole = body[:4] == b"RIFF" and body[8:12] == b"WEBP" and int.from_bytes(body[4:8], "little") == len(body) - 8
    return (
        whole and at == len(body) and names in ([b"VP8 "], [b"VP8L"], [b"VP8X", b"VP8L"], [b"VP8X", b"ALPH", b"VP8 "])
    )


def _plain_avif(body: bytes) -> bool:
    """Whether an AVIF file holds pictures (its transparency is one) and no item of another kind."""
    boxes = list(_boxes(body))
    if [name for name, _ in boxes] != [b"ftyp", b"meta", b"mdat"]:
        return False
    listed = [content for name, content in _boxes(boxes[1][1][4:]) if name == b"iinf"]
    # A version and the number of entries come before the first; each entry's kind stands behind two numbers.
    kinds = [entry[8:12] for one in listed for _, entry in _boxes(one[6:])]
    return bool(kinds) and set(kinds) == {b"av01"}


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box of the ISO base media format; an unreadable rest counts as one without a name."""
    at = 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        if length < 8 or at + length > len(body):
            yield b"", body[at:]
            return
        yield body[at + 4 : at + 8], body[at + 8 : at + length]
        at += length


def _refuse_unwanted(upload: bytes) -> None:
    if not upload:
        raise NoPicture("The file is empty. Choose the picture again.")
    if len(upload) > MOST_BYTES:
        raise NoPicture(
            f"The picture is larger than {MOST_BYTES >> 20} MB. Choose a smaller size when the phone asks, or take a "
            "screenshot of it and upload that."
        )
    start = upload[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        raise NoPicture("SVG drawings can hold programs, so they are not taken. Save it as PNG and upload that.")
    if upload[4:8] == b"ftyp" and any(brand in upload[8:64] for brand in _HEIC):
        raise NoPicture(
            "This is a HEIC picture, which most browsers cannot show. On an iPhone choose Settings, Camera, Formats, "
            "Most Compatible; or open the picture, take a screenshot and upload that."
        )
    if upload[:6] in (b"GIF87a", b"GIF89a"):
        raise NoPicture("GIF pictures are not taken, because they can move. Save it as PNG and upload that.")
    if _SOMETHING_ELSE.search(upload) or zipfile.is_zipfile(io.BytesIO(upload)):
        raise NoPicture(
            "This file is a picture and something else at the same time. Take a screenshot of it and upload that."
        )


def _open(upload: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    too_large = NoPicture(
        f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels. Choose a smaller size and upload that."
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(upload), formats=_READ)
            _refuse_shape(image, too_large)
            # A JPEG is brought down while it is read, which saves most of the memory of a large photograph.
            image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            image.load()
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("This is no picture that can be read here. JPEG, PNG, WebP and AVIF are.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
        raise too_large from None
    except Exception:  # noqa: BLE001  decoders raise whatever they stumble over
        raise NoPicture("The picture is damaged or cut short. Choose it again, or take another one.") from None
    return image


def _refuse_shape(image: Image.Image, too_large: NoPicture) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise too_large
    if min(width, height) < LEAST:
        raise NoPicture(f"The picture is smaller than {LEAST} pixels, too small to show anything.")
    if max(width, height) > LONGEST * min(width, height):
        raise NoPicture(f"The picture is more than {LONGEST} times as long as it is wide. Cut it and upload it again.")
    # A telephone's JPEG may carry a second, hidden image (depth, or more light); the first one is the picture.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise NoPicture("The picture moves. Moving pictures distract from the words: upload a still one.")


def _upright(image: Image.Image) -> Image.Image:
    """The pixels alone, as they were meant to be seen: turned by what the camera noted, in the colours of the web."""
    try:
        turned = ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  what a camera notes is often damaged; the picture itself is not
        turned = image
    mode = "RGBA" if turned.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and turned.mode in ("RGB", "RGBA", "CMYK"):
        turned = _in_web_colours(turned, profile, mode)
    if turned.mode.startswith("I;16"):
        turned = turned.point(lambda value: value * (1 / 256)).convert("L")
    converted = turned.convert(mode)
    # Made from its bytes, so that no profile, comment or place comes along.
    return Image.frombytes(mode, converted.size, converted.tobytes())


def _in_web_colours(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return made or image


def _answer(verb: str, given: bytes) -> bytes:
    try:
        if verb == "draw":
            return pack(reencode(given))
        for one in unpack(given):
            verify(one)
        return pack([])
    except NoPicture as refusal:
        return json.dumps({"refused": str(refusal)}).encode() + b"\n"


def main() -> None:
    """Answer one request, within limits that a hostile picture cannot get around."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.stdout.buffer.write(_answer(sys.argv[1], sys.stdin.buffer.read()))
