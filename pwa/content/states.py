"""Where every page stands, in the plain words that staff see: all pages at once, in a few queries."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pwa.content import front_matter, review_store, store
from pwa.content.alone import reviews_alone
from pwa.content.check import REVIEW_SOON
from pwa.content.model import ContentError, page_path
from pwa.content.review_store import Request, Standing
from pwa.content.signing import same_person
from pwa.content.store import SignOff
from pwa.database import Reader

State = Literal[
    "live",
    "draft",
    "waiting for sign-off",
    "changes asked",
    "signed and ready",
    "scheduled",
    "withdrawn",
]
Mark = Literal["review due", "review due soon", "covered by a recall", "new address", "an earlier text is planned"]


@dataclass(frozen=True)
class PageState:
    """One page: where its latest text stands, and what else staff should know of it."""

    page_id: int
    locale: str
    kind: str
    slug: str
    title: str
    part: str
    place: int
    risk: str
    state: State
    marks: tuple[Mark, ...]
    live_path: str | None
    """Where readers find it now; None where they do not."""
    sha256: str | None
    """Of the draft, or else of the live text; None for a page that has neither."""
    live_sha256: str | None
    has_draft: bool
    writers: tuple[str, ...]
    """Whose words are in the draft: they cannot sign it."""
    changed_by: str
    changed_at: int
    """Who kept the draft, and when; for a page without one, nobody and when its live text was written."""
    change: str
    """What the draft changes: wording, meaning or safety."""
    review_due: date | None
    """Of the live text."""
    requests: tuple[Request, ...]
    """Open ones, about exactly this draft."""
    signed: tuple[SignOff, ...]
    """Who signed exactly this draft, its writers only where the clinic reviews alone."""
    due_at: int | None
    """When it, or an earlier text of it, goes live, or away, as planned; milliseconds."""
    planned_id: int | None
    """The release that does so."""

    @property
    def path(self) -> str:
        """Where its next release puts it."""
        return page_path(self.kind, self.slug)

    @property
    def needs_attention(self) -> bool:
        """Whether someone has something to do about it now."""
        return self.state not in ("live", "withdrawn", "scheduled") or any(
            one != "review due soon" for one in self.marks
        )

    def waits_for(self, name: str) -> bool:
        """Whether it waits for a sign-off that this person may give."""
        if self.state != "waiting for sign-off" or any(same_person(name, one) for one in self.writers):
            return False
        asked = [one.addressee for one in self.requests if one.kind == "review"]
        return any(not one or same_person(one, name) for one in asked)


async def page_states(reader: Reader, *, today: date, page_id: int | None = None) -> list[PageState]:
    """Every page there is or was, ordered by kind, part, place and slug; or one of them."""
    planned = await review_store.planned(reader)
    alone = await reviews_alone(reader)
    requests: dict[int, list[Request]] = {}
    for asked in await review_store.draft_requests(reader):
        requests.setdefault(asked.page_id, []).append(asked)
    signed: dict[int, list[SignOff]] = {}
    for one in await review_store.draft_sign_offs(reader):
        signed.setdefault(one.page_id, []).append(one)
    recalled = {(one.notice.locale, one.notice.path) for one in await store.notices(reader)}
    states = [
        _state(
            standing,
            planned.get(standing.page_id),
            tuple(requests.get(standing.page_id, ())),
            signed.get(standing.page_id, []),
            recalled,
            today,
            alone=alone,
        )
        for standing in await review_store.standings(reader, page_id)
    ]
    return sorted(states, key=lambda one: (_KINDS.index(one.kind), _part(one.part), one.place, one.slug))


def _state(
    standing: Standing,
    planned: tuple[int | None, int, int] | None,
    requests: tuple[Request, ...],
    signed: list[SignOff],
    recalled: set[tuple[str, str]],
    today: date,
    *,
    alone: bool,
) -> PageState:
    live = _front(standing.live_text) if standing.live_text is not None else None
    front = _front(standing.draft_text) if standing.draft_text is not None else live or {}
    writers = tuple(json.loads(standing.draft_contributors)) if standing.draft_contributors else ()
    counting = [
        one
        for one in signed
        if not any(same_person(one.signed_by, name) for name in writers) or (alone and one.kind == "own")
    ]
    goes = planned is not None and (standing.draft_id is None or planned[0] in (standing.draft_id, None))
    due = live.get("review_due") if live else None
    live_path = page_path(standing.kind, standing.live_slug) if standing.live_slug and live is not None else None
    marks: list[Mark] = []
    if isinstance(due, date) and due <= today + timedelta(days=REVIEW_SOON):
        marks.append("review due" if due <= today else "review due soon")
    if (standing.locale, live_path) in recalled:
        marks.append("covered by a recall")
    if live_path is not None and standing.live_slug != standing.slug:
        marks.append("new address")
    if planned is not None and not goes:
        marks.append("an earlier text is planned")
    return PageState(
        page_id=standing.page_id,
        locale=standing.locale,
        kind=standing.kind,
        slug=standing.slug,
        title=str(front.get("title") or standing.slug),
        part=str(front.get("part") or ""),
        place=place if isinstance(place := front.get("place"), int) else 0,
        risk="high" if front.get("risk") == "high" else "ordinary",
        state=_word(standing, requests, goes=goes, signed=bool(counting)),
        marks=tuple(marks),
        live_path=live_path,
        sha256=standing.draft_sha256 or standing.live_sha256,
        live_sha256=standing.live_sha256,
        has_draft=standing.draft_id is not None,
        writers=writers,
        changed_by=standing.draft_by or "",
        changed_at=standing.draft_at or standing.live_at or 0,
        change=str(front.get("change") or "wording"),
        review_due=due if isinstance(due, date) else None,
        requests=requests,
        signed=tuple(counting),
        due_at=planned[1] if planned is not None else None,
        planned_id=planned[2] if planned is not None else None,
    )


def _word(standing: Standing, requests: tuple[Request, ...], *, goes: bool, signed: bool) -> State:
    if goes:
        return "scheduled"
    if standing.draft_id is None:
        return "withdrawn" if standing.live_text is None else "live"
    if any(one.kind == "changes" for one in requests):
        return "changes asked"
    if signed:
        return "signed and ready"
    return "waiting for sign-off" if requests else "draft"


@functools.lru_cache(maxsize=512)
def _front(text: str) -> Mapping[str, Any]:
    """What stands above a text, as far as it can be read: a draft may be half a text."""
    try:
        return front_matter.read(text)
    except ContentError:
        return {}


def _part(part: str) -> int:
    return _PARTS.index(part) if part in _PARTS else len(_PARTS)


_KINDS = ("guide", "faq", "site")
_PARTS = ("basics", "ways", "before", "session", "risks", "about", "suitable", "treatment", "after", "money")
