"""What every page shares: the document around it, the paths of its assets, and the headers it is served with."""

import base64
import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from markupsafe import Markup

from pwa.web.assets import Assets, asset
from pwa.web.headers import EVERYWHERE, document_headers, permissions
from pwa.web.templates import TEMPLATES, make_environment, render

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = Path(__file__).parents[1] / "locale"

_SHEETS = b"{sheets}"
_NOT_A_DIGIT = re.compile(r"[^0-9+]")


FIRST_VIEWS = ("help_now", "home", "phone", "search", "words")
"""Names of the style sheets in `static/css/first/`; their bytes stand in pages, so they are no objects."""


@dataclass(frozen=True)
class Layout:
    """One locale's pages before their content is known."""

    built: Assets
    """What the client's build left."""
    site_name: str
    operator: str = ""
    contact: str = ""
    locale: str = "en"

    def page(self, template: str, *, title: str, here: str = "", **context: object) -> bytes:
        """The finished page from `pwa/templates/pages/<template>`; `here` is its path, for the mark in the bar."""
        defaults = {"description": "", "linked_data": "", "unlisted": False}
        return render(self.environment, f"pages/{template}", **{**defaults, **context}, title=title, here=here)

    def words(self, text: str) -> str:
        """The text in this locale."""
        return self._translations.gettext(text)

    def count(self, one: str, many: str, number: int) -> str:
        """The singular or plural text for the number in this locale."""
        return self._translations.ngettext(one, many, number)

    @cached_property
    def environment(self) -> "Environment":
        """Templates with everything a page may name beside its own content."""
        environment = self._templates
        environment.globals["asset"] = self.assets.path
        return environment

    @cached_property
    def assets(self) -> Assets:
        """The built files, and the sheets that scripts bring into every page.

        The scripts name the sheets, for in pages their 64 digits would cost each page as much as a sentence.
        """
        sheets = asset("sheets.html", render(self._templates, "pages/sheets.html"))
        named = sheets.path.encode()
        files = {name: replace(one, body=one.body.replace(_SHEETS, named)) for name, one in self.built.by_name.items()}
        return Assets({**files, sheets.name: sheets})

    @cached_property
    def _templates(self) -> "Environment":
        environment = make_environment(self._translations)
        environment.filters["digits"] = digits
        environment.filters["host"] = host
        environment.globals.update(
            locale=self.locale,
            site_name=self.site_name,
            operator=self.operator,
            contact=self.contact,
            appearance=Markup(self._appearance),  # noqa: S704  our own files, whose hashes the policy names
            inline_css=Markup(self._inline_css),  # noqa: S704
            first_css={name: Markup(css) for name, css in self._first_css.items()},  # noqa: S704
        )
        return environment

    @cached_property
    def policies(self) -> Mapping[str, Mapping[str, str]]:
        """Response headers by policy name: `page` and `journal` for documents, the others for immutable objects.

        `kdf` is for the worker that stretches passphrases: what a worker may do is said by its own response.
        """
        return {
            "page": self._document({"img-src": "'self'", "form-action": "'self'"}, permissions()),
            "journal": self._document(
                {"img-src": "'self' blob:", "media-src": "blob:", "form-action": "'none'"},
                # Voice notes, and the screen of a session's day.
                permissions("fullscreen", "microphone"),
            ),
            "asset": _object("default-src 'none'; frame-ancestors 'none'"),
            "kdf": _object("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'"),
        }

    def _document(self, directives: Mapping[str, str], permitted: str) -> Mapping[str, str]:
        own = {
            "script-src": f"'self' {_source_hash(self._appearance)}",
            "style-src": " ".join(["'self'", *map(_source_hash, (self._inline_css, *self._first_css.values()))]),
            "trusted-types": "app",
        }
        return document_headers({**own, **directives}, permitted)

    @cached_property
    def _translations(self) -> gettext.NullTranslations:
        return gettext.translation("pages", LOCALES, languages=[self.locale], fallback=True)

    @cached_property
    def _appearance(self) -> str:
        """The one inline script: the reader's colours and text size, before the first paint."""
        return (TEMPLATES / "pages" / "appearance.js").read_text("utf-8").strip()

    @cached_property
    def _inline_css(self) -> str:
        return self.built["inline.css"].body.decode().strip()

    @cached_property
    def _first_css(self) -> Mapping[str, str]:
        """What a few pages need inline for their first view beside that."""
        return {name: self.built[f"first_{name}.css"].body.decode().strip() for name in FIRST_VIEWS}


def linked_data(value: Mapping[str, object]) -> Markup:
    """schema.org data as JSON that cannot end the script element it stands in."""
    text = msgspec.json.encode({"@context": "https://schema.org", **value}).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  JSON, and no `<` is left in it


def digits(printed: str) -> str:
    """What a phone dials of a printed number."""
    return _NOT_A_DIGIT.sub("", printed)


def host(url: str) -> str:
    """The site a link leads to, as readers know it."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _source_hash(inline: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(inline.encode()).digest()).decode()}'"


def _object(policy: str) -> Mapping[str, str]:
    return {
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": policy,
        **EVERYWHERE,
    }
