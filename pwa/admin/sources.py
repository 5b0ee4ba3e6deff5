"""Sources to cite and pages to link to: a screen to look through, a form for one more, and lists for the editor."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import Form, read_form, whole_number
from pwa.admin.house import answer, answer_json, now, requires, see_other, site, staff_of, words
from pwa.content.model import ContentError, Refused, Source
from pwa.content.sources import add_source, sources, suggest_key

KINDS = ("trial", "review", "guideline", "label", "regulator", "law", "price", "history", "other")
_FIELDS = ("title", "authors", "publisher", "year", "url", "kind", "seen", "key")
SEEN = ("original", "copy", "citation")


@requires()
async def show(request: Request) -> Response:
    """Every source with the mark that cites it; `?q=` looks in titles, people and keys."""
    query = request.query_params.get("q", "")[:100]
    known = await sources(site(request).database)
    found = {key: one for key, one in sorted(known.items()) if _matches(key, one, query)}
    return answer(request, "admin/sources.html", title=words(request, "Sources"), found=found, query=query)


@requires("author")
async def new(request: Request) -> Response:
    """The form for one more source."""
    return _show_new(request, Form(()), "")


@requires("author")
async def add(request: Request) -> Response:
    """Write one more source into the draft of Sources."""
    form = await read_form(request)
    database = site(request).database
    year = form.text("year", limit=4)
    try:
        source = msgspec.convert(
            {
                "title": form.text("title", limit=400, required=True),
                "authors": form.text("authors", limit=200),
                "publisher": form.text("publisher", limit=200, required=True),
                "year": whole_number(year),
                "url": form.text("url", limit=400),
                "kind": form.choice("kind", KINDS, "other"),
                "seen": form.choice("seen", SEEN, "citation"),
            },
            Source,
        )
        key = form.text("key", limit=40) or suggest_key(
            source.authors or source.publisher, source.year, await sources(database)
        )
        await add_source(database, key, source, by=staff_of(request).name, now=now(request))
    except msgspec.ValidationError:
        fault = words(request, "The address must be a whole one, like https://doi.org/….")
        return _show_new(request, form, fault, status=422)
    except (Refused, ContentError) as refusal:
        return _show_new(request, form, str(refusal), status=409)
    message = (
        words(request, "Cite it as [@%s]. It is in the draft of Sources; have that signed and published too.") % key
    )
    return see_other(request, "sources", message=message, query=f"q={key}")


@requires()
async def source_list(request: Request) -> Response:
    """Every source for the editor's script: what is written to cite it, its name, and what tells it apart."""
    known = await sources(site(request).database)
    return answer_json(
        [{"mark": f"[@{key}]", "name": one.title, "about": _about(key, one)} for key, one in sorted(known.items())]
    )


@requires()
async def links(request: Request) -> Response:
    """Every live page for the editor's script: its address, and its title."""
    manifest: Mapping[str, list[dict[str, str]]] = site(request).live.manifests.get("en", {"entries": []})
    pages = [one for one in manifest["entries"] if one.get("title")]
    return answer_json(
        [
            {"mark": one["path"], "name": one["title"], "about": one["path"]}
            for one in sorted(pages, key=lambda page: page["title"].casefold())
        ]
    )


def _show_new(request: Request, form: Form, fault: str, *, status: int = 200) -> Response:
    return answer(
        request,
        "admin/new_source.html",
        title=words(request, "A new source"),
        status=status,
        typed=dict.fromkeys(_FIELDS, "") | dict(form.fields),
        kinds=KINDS,
        seen=SEEN,
        fault=fault,
    )


def _about(key: str, source: Source) -> str:
    return " · ".join(one for one in (key, source.authors, source.publisher, str(source.year or "")) if one)


def _matches(key: str, source: Source, query: str) -> bool:
    hay = f"{_about(key, source)} {source.title}".casefold()
    return all(word in hay for word in query.casefold().split())


ROUTES = (
    Route("/sources", show, name="sources"),
    Route("/sources/new", new, name="new-source"),
    Route("/sources/new", add, methods=["POST"], name="add-source"),
    Route("/sources/list", source_list, name="source-list"),
    Route("/links/list", links, name="links"),
)
