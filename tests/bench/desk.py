"""Somebody at a desk: a browser's connection, cookies and forms, without its screen."""

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

_STAYS_OPEN = 3
"""Seconds of silence after which a server may have hung up."""


@dataclass(frozen=True)
class Reply:
    """One answer, and the milliseconds from asking to its last byte."""

    status: int
    location: str
    body: bytes
    milliseconds: float


@dataclass
class Form:
    """A form as a browser would send it if nobody touched it."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        """What stands in a field."""
        return next(value for key, value in self.fields if key == name)

    def with_value(self, name: str, value: str) -> "Form":
        """The same with something else typed into one field."""
        return Form(self.action, [(key, value if key == name else old) for key, old in self.fields])

    def with_button(self, name: str) -> "Form":
        """The same, sent by a button of this name."""
        return Form(self.action, [*self.fields, (name, name)])


class Desk:
    """One connection that stays open while it is used, and the cookies of one person."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=120)
        self._cookies = dict(cookies or {})
        self._asked_at = time.monotonic()

    def get(self, path: str) -> Reply:
        """Ask for a page."""
        return self._ask("GET", path, b"")

    def form(self, path: str, holding: str) -> Form:
        """The form of a page that has this field."""
        reply = self.get(path)
        assert reply.status == 200, f"{path}: {reply.status} {reply.location}"
        return form_of(reply.body, holding, path)

    def send(self, form: Form) -> Reply:
        """Send a form; anything but a redirect is a refusal."""
        reply = self._ask("POST", form.action, urlencode(form.fields).encode())
        assert reply.status in (302, 303), f"{form.action}: {reply.status} {reply.body.decode()[-3000:]}"
        return reply

    def _ask(self, method: str, path: str, body: bytes) -> Reply:
        headers = {
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            # What a browser says of our own pages, and asks for.
            "sec-fetch-site": "same-origin",
            "accept-encoding": "identity",
        }
        if method == "POST":
            headers["content-type"] = "application/x-www-form-urlencoded"
        if time.monotonic() - self._asked_at > _STAYS_OPEN:
            self._connection.close()
        began = time.perf_counter()
        self._connection.request(method, path, body or None, headers)
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - began) * 1000
        self._asked_at = time.monotonic()
        for line in response.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Reply(response.status, response.headers.get("location", ""), content, took)


def form_of(html: bytes, holding: str, here: str) -> Form:
    """The form of a page that has a field of this name."""
    reader = _Forms(here)
    reader.feed(html.decode())
    return next(form for form in reader.forms if any(name == holding for name, _ in form.fields))


class _Forms(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._here = here
        self._name = ""
        self._words: list[str] | None = None
        self._chosen: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        name = about.get("name") or ""
        if tag == "form":
            self.forms.append(Form(about.get("action") or self._here))
        elif tag == "input" and name:
            kind = about.get("type") or "text"
            if kind in ("submit", "button", "file", "image") or (
                kind in ("checkbox", "radio") and "checked" not in about
            ):
                return
            self._add(name, about.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "textarea" and name:
            self._name, self._words = name, []
        elif tag == "select" and name:
            self._name, self._chosen = name, []
        elif tag == "option" and self._chosen is not None and "value" in about:
            # The first one counts until another is selected.
            if "selected" in about:
                self._chosen.insert(0, about["value"] or "")
            else:
                self._chosen.append(about["value"] or "")

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._words is not None:
            self._add(self._name, "".join(self._words).removeprefix("\n"))
            self._words = None
        elif tag == "select" and self._chosen is not None:
            if self._chosen:
                self._add(self._name, self._chosen[0])
            self._chosen = None

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].fields.append((name, value))
