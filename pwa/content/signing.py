"""Who answers for a text: sign-offs bound to its exact bytes."""

from pwa.content import store
from pwa.content.check import Finding
from pwa.content.markdown import parse
from pwa.content.model import ContentError, Refused
from pwa.content.store import Item, SignOff
from pwa.database import Database, Reader
from pwa.staff import audit

SHIPPED_BY = "shipped with the software"
"""Signs the first texts: the software's makers answer for them, no clinician has."""


async def sign_off(
    database: Database, path: str, *, digest: str, by: str, now: int, note: str = "", locale: str = "en"
) -> SignOff:
    """Answer for the draft at `path`, whose exact text has this SHA-256 (its first 12 characters are enough).

    Raises Refused for another text, a text that cannot be read, and anyone whose words are in it.
    """
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page = await store.page_at(transaction, path, locale)
        if page is None or page.draft_id is None:
            raise Refused(f"There is no draft at {path} to sign.")
        revision = (await store.revisions(transaction, [page.draft_id]))[page.draft_id]
        if len(digest) < 12 or not revision.sha256.startswith(digest):
            raise Refused(
                f"The draft at {path} is now {revision.sha256[:12]}, not {digest[:12]}: it was edited since you read "
                "it. Read it again, then sign."
            )
        if any(same_person(by, name) for name in revision.contributors):
            raise Refused(f"{by} wrote part of this text, so someone else has to sign it.")
        try:
            parse(revision.text)
        except ContentError as error:
            raise Refused(f"{path} cannot be signed while it has faults: {error}") from None
        signed = SignOff(page.id, revision.sha256, "reviewed", by, now, note)
        await store.add_sign_off(transaction, signed)
        await audit.record(
            transaction, by=by, action="sign-off.give", subject=path, now=now, text=signed.sha256[:12], note=note
        )
    return signed


async def missing_sign_offs(reader: Reader, item: Item) -> list[Finding]:
    """What stands against publishing an item's text: nobody signed exactly it, or only those who wrote it."""
    if item.revision_id is None:
        return []
    revision = (await store.revisions(reader, [item.revision_id]))[item.revision_id]
    for signed in await store.sign_offs(reader, item.page_id, revision.sha256):
        if not any(same_person(signed.signed_by, name) for name in revision.contributors):
            return []
    return [
        Finding(
            "blocker", "sign-off", item.path, 0,
            f"nobody but its writers has signed this exact text ({revision.sha256[:12]})",
        )
    ]  # fmt: skip


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
