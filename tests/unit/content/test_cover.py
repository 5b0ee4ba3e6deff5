"""Recalled words are covered byte for byte as the shared vectors say."""

import json
from pathlib import Path

import msgspec
import pytest

from pwa.content.cover import cover
from pwa.content.model import Notice

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "cover.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_shared_vectors(case: dict[str, object]) -> None:
    notices = msgspec.convert(case["notices"], list[Notice])
    html, path = str(case["html"]), str(case["path"])
    assert cover(html, notices, path) == case["covered"]
    assert cover(cover(html, notices, path), notices, path) == case["covered"], "covering twice changes nothing"
