"""The colours of static/css/tokens.css: hex and OKLCH agree, both darks agree, and every pair can be read."""

import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text("utf-8")
THEMES = {"light": ":root", "dark": ':root[data-theme="dark"]', "dim": ':root[data-theme="dim"]'}
TEXT, BOUNDARY = 4.5, 3.0


def colours(selector: str) -> dict[str, str]:
    body = TOKENS.split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """The sRGB hex of an OKLCH colour (CSS Color 4, §§ 8.4 and 10.2); fails outside of sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    assert all(-0.0005 <= light <= 1.0005 for light in linear)
    curved = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in (max(c, 0) for c in linear)]
    return "#" + "".join(f"{round(min(c, 1) * 255):02x}" for c in curved)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two hex colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_hex_is_what_the_oklch_beside_it_says() -> None:
    pairs = re.findall(r"(#[0-9a-f]{6}); /\* oklch\(([\d.]+) ([\d.]+) ([\d.]+)\) \*/", TOKENS)
    assert len(pairs) == 27
    for written, *values in pairs:
        assert from_oklch(*map(float, values)) == written


def test_the_phone_s_dark_is_the_chosen_dark() -> None:
    assert colours(':root:not([data-theme="light"])') == colours(THEMES["dark"])


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_that_meets_on_a_page_can_be_read(theme: str) -> None:
    named = colours(THEMES[theme])
    for ground in ("paper", "card", "wash"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(named[ink], named[ground]) >= TEXT, (ink, ground)
    for ground in ("paper", "card"):
        assert contrast(named["edge"], named[ground]) >= BOUNDARY, ground
    assert contrast(named["on-accent"], named["accent"]) >= TEXT
