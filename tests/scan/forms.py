"""Reads the forms that our own screens offer: where they go and what they send, as a scanner reads them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override


@dataclass
class OfferedForm:
    """One form as its page fills it in."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects the forms of a page and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[OfferedForm] = []
        self.links: list[str] = []
        self._form: OfferedForm | None = None
        self._text: str | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])
        if tag == "form" and given.get("method", "get").lower() == "post":
            self._form = OfferedForm(given.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag in ("input", "button") and given.get("name"):
            self._form.fields.append((given["name"], given.get("value", "")))
            if "formaction" in given:
                self.forms.append(OfferedForm(given["formaction"], self._form.fields))
        if tag in ("textarea", "select") and given.get("name"):
            self._form.fields.append((given["name"], ""))
            self._text = given["name"] if tag == "textarea" else None
        if tag == "option" and self._form.fields and not self._form.fields[-1][1]:
            self._form.fields[-1] = (self._form.fields[-1][0], given.get("value", ""))

    @override
    def handle_data(self, data: str) -> None:
        if self._form is not None and self._text is not None:
            name, before = self._form.fields[-1]
            self._form.fields[-1] = (name, before + data)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None
        if tag == "form":
            self._form = None


async def offered(get: Callable[[str], Awaitable[str]], start: str, most: int) -> tuple[list[OfferedForm], list[str]]:
    """The different forms on the pages that can be reached from `start`, and the addresses of up to `most` pages."""
    waiting, seen = [start], {start}
    forms: dict[tuple[str, tuple[str, ...]], OfferedForm] = {}
    visited: list[str] = []
    while waiting and len(visited) < most:
        address = waiting.pop(0)
        visited.append(address)
        page = _Reader()
        page.feed(await get(address))
        for form in page.forms:
            form.action = form.action or address.partition("?")[0]
            forms.setdefault((form.action, tuple(name for name, _ in form.fields)), form)
        for link in page.links:
            if link.startswith("/admin") and link not in seen:
                seen.add(link)
                waiting.append(link)
    return list(forms.values()), visited
