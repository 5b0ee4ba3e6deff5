"""A picture in the sizes and formats of the web, and how one process hands it to another."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 12 * 1024 * 1024
"""Bytes an upload may have; a telephone's largest photographs have about ten million."""


class NoPicture(Exception):
    """The upload cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Drawn:
    """One size of a picture in one format."""

    media_type: str
    width: int
    height: int
    body: bytes


def pack(drawn: Sequence[Drawn]) -> bytes:
    """Pictures as the two ends hand them on: a line of JSON and their bytes."""
    about = [[one.media_type, one.width, one.height, len(one.body)] for one in drawn]
    return json.dumps({"drawn": about}).encode() + b"\n" + b"".join(one.body for one in drawn)


def unpack(packed: bytes) -> list[Drawn]:
    """What `pack` packed; raises NoPicture with the other end's reason when it refused."""
    line, _, bodies = packed.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise NoPicture(said["refused"])
    drawn = []
    for media_type, width, height, length in said["drawn"]:
        drawn.append(Drawn(media_type, width, height, bodies[:length]))
        bodies = bodies[length:]
    return drawn
