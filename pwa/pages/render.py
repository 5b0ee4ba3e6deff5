"""Renders a snapshot of the content into every page, script, style and icon that a release hands out."""

import functools
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

from pwa.content.model import Edition, HelpNumber, LivePage, Picture, Rendered, Renderer, Snapshot, Source
from pwa.pages.drawing import draw
from pwa.pages.layout import FIRST_VIEWS, Layout, linked_data
from pwa.pages.names import NAMES
from pwa.pages.search import LONGEST_QUERY
from pwa.web.assets import Assets

HTML = "text/html; charset=utf-8"

# Parts in the order readers meet them. The words stand here as they stand in English and go through the catalogue.
GUIDE_PARTS = {
    "basics": "The basics",
    "ways": "Ways it is given",
    "before": "Before you start",
    "session": "The session and after",
    "risks": "Risks",
}
FAQ_PARTS = {
    "about": "About ketamine",
    "suitable": "Is it for me?",
    "treatment": "The treatment",
    "after": "Afterwards and long term",
    "money": "Money and access",
}
# Where to start, by the reader's moment; a page that a release does not hold is left out.
MOMENTS = {
    "Thinking about it": (
        "/guide/what-ketamine-is", "/guide/depression", "/guide/routes", "/guide/suitability", "/guide/cost",
    ),
    "Before a session": ("/guide/preparing", "/guide/checklist", "/guide/medicines", "/companion"),
    "The day itself": ("/guide/session", "/guide/side-effects", "/faq/stopping-a-session"),
    "Afterwards": ("/guide/after", "/guide/when-to-get-help", "/guide/integration", "/guide/long-term"),
}  # fmt: skip
# Parts of the journal's script that load when they are needed: `journal_<name>.js`.
JOURNAL_PARTS = ("measures", "plan", "out", "in", "settings")
SOURCE_KINDS = {
    "trial": "Trials",
    "review": "Reviews",
    "guideline": "Guidelines",
    "label": "Labels",
    "regulator": "Regulators",
    "law": "Law",
    "price": "Prices (weak sources)",
    "history": "History (weak sources)",
    "other": "Other (weak sources)",
}
SOURCE_SEEN = {"original": "Original.", "copy": "Copy.", "citation": "Citation."}
CLINIC_ANSWERS = {
    "name": "Name",
    "phone": "Phone",
    "after_hours": "At night and at the weekend",
    "address": "Address",
    "eating_and_drinking": "Eating and drinking before a session",
    "medicines": "Medicines on the day",
    "arrival": "When to arrive",
    "going_home": "Going home",
    "costs": "Costs",
}


@dataclass(frozen=True)
class Link:
    """A page that another one points to."""

    path: str
    title: str


def make_renderer(assets: Assets, *, site_name: str, operator: str = "", contact: str = "") -> Renderer:
    """A renderer for the build of a release. The same snapshot always gives the same bytes."""

    @functools.cache
    def writer_of(locale: str) -> _Writer:
        return _Writer(Layout(assets, site_name, operator, contact, locale))

    def render(snapshot: Snapshot) -> Edition:
        writer = writer_of(snapshot.locale)
        return Edition(
            entries=tuple(sorted(_Rendering(writer, snapshot).entries(), key=lambda entry: entry.path)),
            policies=writer.layout.policies,
            redirects={"/guide": "/guide/", "/faq": "/faq/", "/journal": "/journal/", **snapshot.redirects},
        )

    def render_page(snapshot: Snapshot, page: LivePage) -> bytes:
        # It is not written down: what somebody types is no page yet.
        writer = _Writer(writer_of(snapshot.locale).layout)
        return _Rendering(writer, snapshot).content_page(page).body

    return Renderer(render, _fingerprint(assets, site_name, operator, contact), render_page)


class _Writer:
    """Writes one locale's pages, and gives a page's bytes again as long as its template is given the same."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._written: dict[str, tuple[Mapping[str, object], bytes]] = {}
        self._drawn: dict[str, tuple[object, Markup]] = {}

    def page(self, template: str, *, title: str, here: str, **context: object) -> bytes:
        """What `Layout.page` gives. Texts are parsed once, so most of what is compared is the same object."""
        given = {"template": template, "title": title, **context}
        known = self._written.get(here)
        if known is not None and known[0] == given:
            return known[1]
        body = self.layout.page(template, title=title, here=here, **context)
        self._written[here] = given, body
        return body

    def drawn(self, page: LivePage, pictures: Mapping[str, Picture]) -> Markup:
        """A text's HTML with its drawings and pictures in it."""
        given = page.document.html, [pictures.get(name) for name in page.document.pictures]
        known = self._drawn.get(page.path)
        if known is not None and known[0] == given:
            return known[1]
        html = Markup(draw(page.document.html, self.layout.words, pictures=pictures))  # noqa: S704  the build escaped it
        self._drawn[page.path] = given, html
        return html


@dataclass(frozen=True)
class _Rendering:
    """One snapshot on its way to an edition."""

    writer: _Writer
    snapshot: Snapshot

    def entries(self) -> Iterable[Rendered]:
        for page in self.snapshot.pages:
            yield self.content_page(page)
        yield from self._own_pages()
        yield from self._kept_pictures()
        yield Rendered("/manifest.webmanifest", self._web_manifest(), "application/manifest+json", "page")
        yield Rendered("/notes.webmanifest", self._neutral_manifest(), "application/manifest+json", "page")
        for asset in self.layout.assets.by_name.values():
            if asset.name in _AT_THE_ROOT:
                yield Rendered(f"/{asset.name}", asset.body, asset.media_type, "page")
            elif asset.name not in _NOT_OBJECTS and not SCREENSHOT.fullmatch(asset.name):
                yield Rendered(asset.path, asset.body, asset.media_type, _OWN_POLICIES.get(asset.name, "asset"))

    def content_page(self, page: LivePage) -> Rendered:
        """A page of the guide, the questions or the site."""
        front = page.document.front
        template, special = self._kind(page)
        context = {
            "description": front.summary,
            "linked_data": self._linked_data(page),
            "page": page,
            "html": self.writer.drawn(page, self.snapshot.pictures),
            "related": self._links(front.see_also),
            "cited": [(key, self._sources[key]) for key in page.document.citations if key in self._sources],
            **special,
        }
        body = self.writer.page(template, title=front.title, here=page.path, **context)
        return Rendered(page.path, body, HTML, "page", front.title, front.change, page.sha256[:12])

    def _kept_pictures(self) -> Iterable[Rendered]:
        """The smallest form of each picture, which every phone keeps; the others come from the network alone."""
        named = {name for page in self.snapshot.pages for name in page.document.pictures}
        shown = [self.snapshot.pictures[name] for name in named & self.snapshot.pictures.keys()]
        # By their bytes, for two names may stand for the same ones.
        for kept, body in {picture.variants[0]: picture.kept for picture in shown}.items():
            yield Rendered(f"/c/o/{kept.sha256}", body, kept.media_type, "asset")

    def _kind(self, page: LivePage) -> tuple[str, Mapping[str, object]]:
        part = page.document.front.part or ""
        if page.kind == "guide":
            return "guide_page.html", {"part": self._(GUIDE_PARTS.get(part, "Guide")), **self._neighbours(page)}
        if page.kind == "faq":
            return "faq_page.html", {"part": self._(FAQ_PARTS.get(part, "Questions"))}
        own = {"help-now": self._help_now, "our-clinic": self._our_clinic, "sources": self._all_sources}
        template = _SITE_TEMPLATES.get(page.slug, "site_page.html")
        return template, own[page.slug](page) if page.slug in own else {}

    def _neighbours(self, page: LivePage) -> Mapping[str, object]:
        # A text that names no part yet, or one of another kind, has nothing next to it.
        previous, following = self._beside.get(page.path, (None, None))
        return {"previous": previous and _link(previous), "next": following and _link(following)}

    def _help_now(self, page: LivePage) -> Mapping[str, object]:
        facts = page.document.fact_blocks
        countries: dict[str, tuple[str, str, list[tuple[HelpNumber, str]]]] = {}
        for index, number in enumerate(page.document.front.numbers):
            country = countries.setdefault(number.code, (number.country, number.code, []))
            country[2].append((number, facts.get(f"numbers.{index}", "")))
        clinic = self._by_path.get("/our-clinic")
        answers = _answers(clinic) if clinic else {}
        signs = next((block.id for block in page.document.blocks if block.kind == "callout"), "")
        return {
            "countries": list(countries.values()),
            "clinic_numbers": [
                (self._(CLINIC_ANSWERS[name]), *answers.get(name, ("", ""))) for name in ("phone", "after_hours")
            ],
            "unchecked": sum(not (one.checked_by and one.checked_on) for one in page.document.front.numbers),
            "signs": signs,
        }

    def _our_clinic(self, page: LivePage) -> Mapping[str, object]:
        answers = _answers(page)
        return {"answers": [(self._(words), *answers[name]) for name, words in CLINIC_ANSWERS.items()]}

    def _all_sources(self, _page: LivePage) -> Mapping[str, object]:
        kinds = [
            (Link(f"kind-{kind}", self._(words)), [item for item in self._sources.items() if item[1].kind == kind])
            for kind, words in SOURCE_KINDS.items()
        ]
        return {
            "kinds": [(kind, listed) for kind, listed in kinds if listed],
            "seen": {seen: self._(words) for seen, words in SOURCE_SEEN.items()},
            "cited": [],
        }

    def _own_pages(self) -> Iterable[Rendered]:
        _ = self._
        moments = [(_(moment), links) for moment, paths in MOMENTS.items() if (links := self._links(paths))]
        about = _("A free guide to treatment with ketamine and esketamine, in plain words, readable without internet.")
        yield self._own("/", "home.html", self.layout.site_name, description=about, moments=moments)
        yield self._own(
            "/guide/", "guide_index.html", _("Guide"), description=about, parts=self._parts("guide", GUIDE_PARTS)
        )
        yield self._own(
            "/faq/",
            "faq_index.html",
            _("Questions"),
            description=_("Short answers to questions about treatment with ketamine and esketamine."),
            parts=self._parts("faq", FAQ_PARTS),
        )
        yield self._own(
            "/search",
            "search.html",
            _("Search"),
            unlisted=True,
            query="",
            limit=LONGEST_QUERY,
            names=NAMES,
            found="",
            results=(),
            paths=sorted(self._by_path),
        )
        yield self._own("/phone", "phone.html", _("This phone"), unlisted=True)
        yield self._journal()
        yield self._own(
            "/404",
            "message.html",
            _("This page is not here"),
            unlisted=True,
            sentences=[_("The address may have changed or may have a typing mistake. The guide itself is all here:")],
        )
        yield self._own(
            "/unavailable",
            "message.html",
            _("This page cannot be shown now"),
            unlisted=True,
            sentences=[
                _("The copy of this page on your phone is damaged, and it could not be fetched again just now."),
                _("It is fetched again by itself once there is a connection. Other pages still open."),
            ],
        )

    def _journal(self) -> Rendered:
        clinic = self._by_path.get("/our-clinic")
        body = self.writer.page(
            "journal.html",
            title=self._("Journal"),
            here="/journal/",
            unlisted=True,
            journal_parts=JOURNAL_PARTS,
            paths=frozenset(self._by_path),
            clinic_phone=_answers(clinic)["phone"] if clinic else ("", ""),
        )
        return Rendered("/journal/", body, HTML, "journal")

    def _own(self, path: str, template: str, title: str, **context: object) -> Rendered:
        return Rendered(path, self.writer.page(template, title=title, here=path, **context), HTML, "page")

    def _parts(self, kind: str, names: Mapping[str, str]) -> list[tuple[str, list[LivePage]]]:
        parts = []
        for part, words in names.items():
            pages = [page for page in self.snapshot.pages if page.kind == kind and page.document.front.part == part]
            if pages:
                parts.append((self._(words), sorted(pages, key=lambda page: (page.document.front.place, page.slug))))
        return parts

    def _links(self, paths: Sequence[str]) -> list[Link]:
        own = {"/": "Start page", "/guide/": "Guide", "/faq/": "Questions", "/search": "Search", "/phone": "This phone"}
        links = []
        for path in paths:
            if path in self._by_path:
                links.append(_link(self._by_path[path]))
            elif path in own:
                links.append(Link(path, self._(own[path])))
        return links

    def _linked_data(self, page: LivePage) -> Markup:
        front = page.document.front
        if page.kind == "faq":
            answer = {"@type": "Answer", "text": front.summary}
            question = {"@type": "Question", "name": front.title, "acceptedAnswer": answer}
            data: dict[str, object] = {"@type": "FAQPage", "mainEntity": [question]}
        elif page.kind == "guide":
            data = {
                "@type": "MedicalWebPage",
                "name": front.title,
                "description": front.summary,
                "audience": {"@type": "MedicalAudience", "audienceType": "Patient"},
            }
        else:
            return Markup("")
        data["inLanguage"] = self.snapshot.locale
        if front.reviewed_on:
            data["lastReviewed"] = front.reviewed_on.isoformat()
            data["reviewedBy"] = {"@type": "Person", "name": front.reviewed_by, "jobTitle": front.reviewed_role}
        return linked_data(data)

    def _web_manifest(self) -> bytes:
        assets, _ = self.layout.assets, self._
        manifest: dict[str, object] = {
            "id": "/",
            "name": self.layout.site_name,
            "short_name": _("Companion"),
            "description": _("A guide to ketamine treatment that opens without internet."),
            "lang": self.snapshot.locale,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#fbf7f1",
            "theme_color": "#fbf7f1",
            "categories": ["health", "medical", "education"],
            "icons": [
                {"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"},
                *(
                    {
                        "src": assets.path(f"icon-{size}{suffix}.png"),
                        "sizes": f"{size}x{size}",
                        "type": "image/png",
                        "purpose": purpose,
                    }
                    for size in (192, 512)
                    for suffix, purpose in (("", "any"), ("-maskable", "maskable"))
                ),
            ],
            "shortcuts": [
                {"name": _("Help now"), "url": "/help-now"},
                {"name": _("Guide"), "url": "/guide/"},
                {"name": _("Questions"), "url": "/faq/"},
                {"name": _("Journal"), "url": "/journal/"},
            ],
        }
        screenshots = [
            {
                "src": f"/{name}",
                "sizes": "{}x{}".format(*_png_size(asset.body)),
                "type": "image/png",
                "form_factor": match[1],
            }
            for name, asset in sorted(assets.by_name.items())
            if (match := SCREENSHOT.fullmatch(name))
        ]
        if screenshots:
            manifest["screenshots"] = screenshots
        return json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()

    def _neutral_manifest(self) -> bytes:
        """The journal under a name that says nothing, for whoever chose that; no word of it names the treatment."""
        assets, name = self.layout.assets, self._("Notes")
        manifest = {
            "id": "/journal/",
            "name": name,
            "short_name": name,
            "lang": self.snapshot.locale,
            "start_url": "/journal/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#fbf7f1",
            "theme_color": "#fbf7f1",
            "icons": [
                {"src": assets.path("notes.svg"), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {
                        "src": assets.path(f"notes-{size}.png"),
                        "sizes": f"{size}x{size}",
                        "type": "image/png",
                        "purpose": purpose,
                    }
                    for size in (192, 512)
                    # The picture fills its square and keeps to the middle of it, so that it can be cut to any shape.
                    for purpose in ("any", "maskable")
                ),
            ],
        }
        return json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def layout(self) -> Layout:
        return self.writer.layout

    @property
    def _(self) -> Callable[[str], str]:
        return self.layout.words

    @cached_property
    def _beside(self) -> Mapping[str, tuple[LivePage | None, LivePage | None]]:
        """The guide's pages before and after each of them."""
        ordered = [page for _, pages in self._parts("guide", GUIDE_PARTS) for page in pages]
        before, after = [None, *ordered[:-1]], [*ordered[1:], None]
        return {page.path: (one, other) for page, one, other in zip(ordered, before, after, strict=True)}

    @cached_property
    def _by_path(self) -> Mapping[str, LivePage]:
        return {page.path: page for page in self.snapshot.pages}

    @cached_property
    def _sources(self) -> Mapping[str, Source]:
        listed = self._by_path.get("/sources")
        return listed.document.front.sources if listed else {}


# The worker's script updates apart from a release, and the first styles stand in every page.
_NOT_OBJECTS = ("sw.js", "inline.css", *(f"first_{name}.css" for name in FIRST_VIEWS))
# What a worker may do is said by the response that brings its script.
_OWN_POLICIES = {"kdf.js": "kdf"}
# Browsers find these two by their plain names, which saves every page two long addresses.
_AT_THE_ROOT = ("favicon.svg", "apple-touch-icon.png")
_SITE_TEMPLATES = {
    "help-now": "help_now.html",
    "our-clinic": "our_clinic.html",
    "companion": "companion.html",
    "glossary": "glossary.html",
    "privacy": "privacy.html",
    "sources": "sources.html",
}
_PROGRAM_FILES = (".py", ".html", ".js", ".svg", ".mo")
_PROGRAM = Path(__file__).parents[1]
# Shown where a browser offers to install; served under their names beside the releases, so that no phone saves them.
SCREENSHOT = re.compile(r"screenshot-(narrow|wide)\.png")


def _fingerprint(assets: Assets, *settings: str) -> str:
    """A hash of everything beside the texts that pages are made with: the program, its libraries, assets, settings."""
    whole = hashlib.sha256(_program() + json.dumps(settings).encode())
    for name, one in sorted(assets.by_name.items()):
        whole.update(f"{name} {len(one.body)}\n".encode() + one.body)
    return whole.hexdigest()


@functools.cache
def _program() -> bytes:
    """The same of the program alone, as it was when it was first asked about: one that runs does not change."""
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    libraries = sorted({found.name for folder in folders for found in folder.glob("*.dist-info")})
    whole = hashlib.sha256(json.dumps([sys.version, libraries]).encode())
    for path in sorted(path for path in _PROGRAM.rglob("*.*") if path.suffix in _PROGRAM_FILES):
        body = path.read_bytes()
        whole.update(f"{path.relative_to(_PROGRAM)} {len(body)}\n".encode() + body)
    return whole.digest()


def _link(page: LivePage) -> Link:
    return Link(page.path, page.document.front.title)


def _answers(page: LivePage) -> Mapping[str, tuple[str, str]]:
    """The clinic's answers with the ids of their blocks; blank where the clinic left them out."""
    clinic, facts = page.document.front.clinic, page.document.fact_blocks
    return {name: (getattr(clinic, name) if clinic else "", facts.get(f"clinic.{name}", "")) for name in CLINIC_ANSWERS}


def _png_size(body: bytes) -> tuple[int, int]:
    """Width and height from a PNG's first chunk."""
    width, height = struct.unpack(">II", body[16:24])
    return width, height
