"""Puts into a text's HTML what Markdown cannot say: drawings, icon arrays, labels of cells, words for scripts."""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path

from pwa.content.model import Picture, Variant
from pwa.web.templates import TEMPLATES

_FIGURE = re.compile(r'<span data-figure="([a-z0-9-]+)" data-alt="([^"]*)"></span>')
_PICTURE = re.compile(r'<span data-picture="([a-z0-9-]+)"(?: data-alt="([^"]*)")?></span>')
_ICON_ROW = re.compile(r'(<li id="[^"]*") data-count="([0-9]+)">')
_TABLE = re.compile(r'(<div class="estimator">)?<table>(.*?)</table>', re.DOTALL)
_HEADING = re.compile(r'<th scope="col">(.*?)</th>', re.DOTALL)
_ROW = re.compile(r"<tr[ >].*?</tr>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_CITATION = re.compile(r'<a class="cite".*?</a>')
_WIDE = 3
"""Tables of this many columns do not fit a phone: their cells go one under the other, each with its label."""


class DrawingMissing(LookupError):
    """A text names a drawing that is not there."""


def draw(
    html: str,
    translate: Callable[[str], str],
    figures: Path = TEMPLATES / "figures",
    pictures: Mapping[str, Picture] | None = None,
) -> str:
    """The HTML of a parsed text, ready to be put into a page. Raises `DrawingMissing`.

    A picture that is not there any more (an undo may bring back a text older than its deletion) is told in words.
    """
    html = _FIGURE.sub(lambda match: _figure(figures, match[1], match[2]), html)
    html = _PICTURE.sub(lambda match: _picture((pictures or {}).get(match[1]), match[2] or ""), html)
    html = _ICON_ROW.sub(lambda match: f"{match[1]}>{icon_array(int(match[2]))}", html)
    html = _TABLE.sub(_label_cells, html.replace('<th scope="col"></th>', "<td></td>"))
    for container, words in _WORDS.items():
        html = html.replace(f'<div class="{container}">', f'<div class="{container}">{words(translate)}')
    return html


def icon_array(count: int) -> str:
    """A drawing of 100 dots in ten rows, the first `count` of them filled; the words beside it say the same.

    The dots are round caps of zero-length dashes, so a hundred of them cost three short paths.
    """
    return (
        '<svg class="dots" viewBox="0 0 100 100" aria-hidden="true">'
        f'<path d="{_dots(0, 100)}"/>'
        f'<path class="hollow" d="{_dots(count, 100)}"/><path class="full" d="{_dots(0, count)}"/>'
        "</svg>"
    )


def _dots(start: int, end: int) -> str:
    """One stroke per row, dashed every ten units, so that it puts a dot on each place from `start` up to `end`."""
    rows = []
    for row in range(10):
        first, last = max(start - row * 10, 0), min(end - row * 10, 10)
        if first < last:
            rows.append(f"M{first * 10 + 5} {row * 10 + 5}h{(last - first - 1) * 10 + 1}")
    return "".join(rows)


def _figure(figures: Path, name: str, alternative: str) -> str:
    file = figures / f"{name}.svg"
    if not file.is_file():
        raise DrawingMissing(f"There is no drawing {name}.svg in {figures}.")
    drawing = file.read_text("utf-8").strip().replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
    return drawing.replace("<svg", f'<svg class="drawing" role="img" aria-label="{alternative}"', 1)


def _picture(picture: Picture | None, alternative: str) -> str:
    """The picture in every size; a browser without the network falls back on the one that the phone keeps.

    `sizes` says how wide a page's column gets: the screen but for its margins, at most 34 rem of 18 pixels.
    """
    if picture is None:
        return f"<p>{alternative}</p>" if alternative else ""
    kept = picture.variants[0]
    sources = "".join(
        f'<source type="{media_type}" srcset="{srcset}" sizes="(min-width:39em) 580px, calc(100vw - 32px)">'
        for media_type in ("image/avif", "image/webp")
        if (srcset := _srcset(one for one in picture.variants if one.media_type == media_type))
    )
    image = (
        f'<img src="/c/o/{kept.sha256}" width="{kept.width}" height="{kept.height}" alt="{alternative}"'
        ' loading="lazy" decoding="async">'
    )
    return f"<picture>{sources}{image}</picture>"


def _srcset(variants: Iterable[Variant]) -> str:
    return ", ".join(f"/c/o/{one.sha256} {one.width}w" for one in variants)


def _label_cells(table: re.Match[str]) -> str:
    estimator, rows = table[1] or "", table[2]
    # What is left of a heading without its tags is escaped already.
    labels = [_TAG.sub("", _CITATION.sub("", heading)).strip() for heading in _HEADING.findall(rows)]
    if len(labels) < _WIDE:
        return table[0]

    def label(row: re.Match[str]) -> str:
        names = iter(labels[1:])
        return re.sub("<td>", lambda _cell: f'<td data-label="{next(names, "")}">', row[0])

    # An estimator's numbers are short enough to stay a table on a phone.
    opening = "<table>" if estimator else '<table class="wide">'
    return f"{estimator}{opening}{_ROW.sub(label, rows)}</table>"


def _compare(translate: Callable[[str], str]) -> str:
    words = escape(translate("Pick two or more to see them side by side"))
    return f'<fieldset class="pick" hidden><legend>{words}</legend></fieldset>'


def _estimator(translate: Callable[[str], str]) -> str:
    many = escape(translate("How many"))
    label = escape(translate("{item}: how many"))
    total = escape(translate("About ${low} to ${high} in all. Ask your clinic for a written quote."))
    one = escape(translate("About ${low} in all. Ask your clinic for a written quote."))
    return (
        f'<p class="sum" role="status" data-many="{many}" data-label="{label}" data-sum="{total}"'
        f' data-one="{one}" hidden></p>'
    )


def _checklist(translate: Callable[[str], str]) -> str:
    words = escape(translate("Ticks stay on this phone and are cleared the next day."))
    again = escape(translate("Clear the ticks"))
    undo = escape(translate("Undo"))
    return (
        f'<p class="small" hidden>{words} <button type="button" data-do="untick" data-on="{undo}">{again}</button></p>'
    )


_WORDS = {"compare": _compare, "estimator": _estimator, "checklist": _checklist}
