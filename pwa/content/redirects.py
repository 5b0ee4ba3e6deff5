"""Where old addresses lead, what is about to move, and which pages still link to where something was."""

from dataclasses import dataclass

from pwa.content import store
from pwa.content.markdown import parse
from pwa.content.model import ContentError
from pwa.database import Reader


@dataclass(frozen=True)
class Redirect:
    """An address that leads to another one; `linked_from` are live pages whose texts still say the old one."""

    old: str
    new: str
    linked_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redirects:
    """Those that readers and phones follow now, and those that the next release of a moved page adds."""

    live: tuple[Redirect, ...]
    coming: tuple[Redirect, ...]


async def read_redirects(reader: Reader) -> Redirects:
    """Everything about old addresses, in the order of their names."""
    head = await store.head(reader)
    release = await store.release(reader, head.release_id) if head.release_id is not None else None
    if release is None:
        return Redirects((), ())
    items = await store.items(reader, release.id)
    moved = {
        items[page.id].path: page.path
        for page in await store.pages(reader)
        if page.id in items and items[page.id].slug != page.slug
    }
    texts = await store.revisions(reader, [one.revision_id for one in items.values() if one.revision_id])
    links: dict[str, set[str]] = {}
    for item in items.values():
        for target in _targets(texts[item.revision_id].text if item.revision_id else ""):
            links.setdefault(target, set()).add(item.path)

    def listed(pairs: dict[str, str]) -> tuple[Redirect, ...]:
        return tuple(Redirect(old, new, tuple(sorted(links.get(old, ())))) for old, new in sorted(pairs.items()))

    return Redirects(listed(dict(release.redirects)), listed(moved))


def _targets(text: str) -> set[str]:
    try:
        document = parse(text)
    except ContentError:
        return set()
    return {address.partition("#")[0] for address in (*document.links, *document.front.see_also)}
