"""Contents: every page with where it stands, by part, to be searched and narrowed down."""

from collections.abc import Iterable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.house import answer, requires, site, today, words
from pwa.content.markdown import normalise
from pwa.content.model import Snapshot
from pwa.content.states import PageState, page_states

KINDS = {"guide": "Guide", "faq": "Questions", "site": "Site pages"}
PARTS = {
    "basics": "The basics",
    "ways": "Ways it is given",
    "before": "Before you start",
    "session": "The session and after",
    "risks": "Risks",
    "about": "About ketamine",
    "suitable": "Is it for me?",
    "treatment": "The treatment",
    "after": "Afterwards and long term",
    "money": "Money and access",
}
STATES = (
    "draft", "waiting for sign-off", "changes asked", "signed and ready", "scheduled", "live", "withdrawn",
    "review due", "review due soon", "covered by a recall", "new address",
)  # fmt: skip
"""What the list can be narrowed down to: states, then marks."""
LONGEST_SEARCH = 200


@requires()
async def show(request: Request) -> Response:
    """The pages that match what is searched for and the state that is chosen; all of them without either."""
    asked = request.query_params
    search = normalise(asked.get("q", "")[:LONGEST_SEARCH])
    chosen = asked.get("state", "") if asked.get("state") in STATES else ""
    async with site(request).database.snapshot() as reader:
        states = await page_states(reader, today=today(request))
    inside = _holding(site(request).live.snapshot, search)
    found = [
        one
        for one in states
        if (not chosen or chosen in (one.state, *one.marks))
        and (not search or search.casefold() in f"{one.title} {one.path}".casefold() or one.live_path in inside)
    ]
    return answer(
        request,
        "admin/contents.html",
        title=words(request, "Contents"),
        tree=_tree(found),
        kinds=KINDS,
        parts=PARTS,
        found=len(found),
        counts=_counts(states),
        search=search,
        chosen=chosen,
        inside=inside,
    )


def _holding(snapshot: Snapshot, search: str) -> set[str]:
    """Paths of live pages that say these words somewhere."""
    wanted = search.casefold()
    if not wanted:
        return set()
    return {
        page.path for page in snapshot.pages if any(wanted in block.text.casefold() for block in page.document.blocks)
    }


def _tree(states: Iterable[PageState]) -> Mapping[str, Mapping[str, Sequence[PageState]]]:
    """Pages by kind and part, in the order they come; "" for a part that is none, and for all site pages."""
    tree: dict[str, dict[str, list[PageState]]] = {}
    for one in states:
        part = one.part if one.kind != "site" and one.part in PARTS else ""
        tree.setdefault(one.kind, {}).setdefault(part, []).append(one)
    return tree


def _counts(states: Iterable[PageState]) -> Mapping[str, int]:
    """How many pages each choice would leave."""
    named = [word for one in states for word in (one.state, *one.marks)]
    return {word: named.count(word) for word in STATES if word in named}


ROUTES = (Route("/contents", show, name="contents"),)
