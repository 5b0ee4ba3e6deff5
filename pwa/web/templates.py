"""Turns templates into bytes: one Jinja environment for everything the server writes, ready for other languages."""

import re
from datetime import UTC, date, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from pwa.web.compiled_templates import CompiledTemplates

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates"

_INDENT = re.compile(r"\s*\n\s*")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def make_environment(translations: NullTranslations | None = None) -> "Environment":
    """An environment that escapes, refuses undefined names and translates by `translations` (default: English)."""
    # Published pages need no templates, so a server that has none to write does without the library's 6 MB.
    from jinja2 import Environment, FileSystemLoader, MemcachedBytecodeCache, StrictUndefined, __version__  # noqa: PLC0415

    translations = translations or NullTranslations()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        bytecode_cache=MemcachedBytecodeCache(CompiledTemplates(TEMPLATES), prefix=f"jinja-{__version__}-"),
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["day"] = lambda value: day(value, translations)
    environment.filters["moment"] = lambda value: moment(value, translations)
    return environment


def day(value: date, translations: NullTranslations) -> str:
    """The date in words, as "22 November 2026"."""
    return f"{value.day} {translations.gettext(_MONTHS[value.month - 1])} {value.year}"


def moment(milliseconds: int, translations: NullTranslations) -> Markup:
    """A `<time>` element with the time in words, "22 November 2026, 14:03 UTC"; a script says it locally."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    words = f"{day(when.date(), translations)}, {when:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(when.strftime("%Y-%m-%dT%H:%M:%SZ"), words)


def render(environment: "Environment", template: str, **context: object) -> bytes:
    """The template's text as UTF-8, its indentation taken out: no element of ours keeps white space."""
    return _INDENT.sub("\n", environment.get_template(template).render(context)).strip().encode()
