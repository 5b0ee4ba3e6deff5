"""Draws QR codes into pages, for what is opened on a phone beside."""

import io

from markupsafe import Markup


def qr_svg(text: str, *, label: str) -> Markup:
    """A QR code as SVG to stand in a page; `label` is what it says to those who cannot see it."""
    import segno  # noqa: PLC0415  asked for once in a while

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, title=label, light="#fff", dark="#000"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704  segno's own shapes; the label is escaped by it
