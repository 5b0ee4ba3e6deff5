"""Publishing: opening the editor, saving, and making one page of 200 live, against a Wagtail site of the same texts."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.desk import Desk, Form, Reply
from tests.bench.large_site import (
    AUTHOR,
    PAGES,
    PASSWORD,
    REVIEWER,
    REVISIONS,
    Text,
    fill_ours,
    fill_wagtail,
    wagtail,
    wagtail_slug,
)
from tests.bench.peers import Peer, our_server
from tests.bench.site import seeded
from tests.bench.table import Aim, Table, median

TIMES = 100
"""Pages opened and saved by each; the slowest percent is the slowest one."""
PUBLICATIONS = 60
SETTLES = 0.3
"""Seconds after a publication in which what it leaves to do is still counted."""


@dataclass(frozen=True)
class Done:
    """What one act took: milliseconds on the wall and of the server's processors, and bytes written."""

    wall: float
    cpu: float
    written: int


@dataclass(frozen=True)
class Ours:
    """Our site, with its author, who publishes too, and its reviewer at their desks."""

    peer: Peer
    author: Desk
    reviewer: Desk

    def edit(self, text: Text) -> Reply:
        """Open the editor."""
        return self.author.get(f"/admin/pages/{text.kind}/{text.slug}/edit")

    def form(self, text: Text) -> Form:
        """The editor's form."""
        return self.author.form(f"/admin/pages/{text.kind}/{text.slug}/edit", "body")

    def save(self, form: Form) -> Reply:
        """Save what is typed as a draft."""
        return self.author.send(form)

    def before_publishing(self, text: Text, form: Form) -> Form:
        """Save, sign, put into the release and look at that; the form that then publishes it."""
        place = f"/admin/pages/{text.kind}/{text.slug}"
        self.author.send(form)
        self.reviewer.send(self.reviewer.form(f"{place}/review", "text"))
        self.author.send(Form("/admin/release/pages", [("path", self.path(text))]))
        form = self.author.form("/admin/release", "page")
        # The screen's script asks at once what the release weighs.
        assert self.author.get("/admin/release/cost").status == 200
        return form

    def publish(self, form: Form) -> Reply:
        """Make it live."""
        return self.author.send(form)

    def path(self, text: Text) -> str:
        """Where readers find the page."""
        return f"/{text.slug}" if text.kind == "site" else f"/{text.kind}/{text.slug}"


@dataclass(frozen=True)
class Wagtails:
    """The Wagtail site, with its editor, who may publish without anyone else."""

    peer: Peer
    editor: Desk
    numbers: Mapping[str, int]

    def edit(self, text: Text) -> Reply:
        """Open the editor."""
        return self.editor.get(self._edit(text))

    def form(self, text: Text) -> Form:
        """The editor's form."""
        return self.editor.form(self._edit(text), "body")

    def save(self, form: Form) -> Reply:
        """Save what is typed as a draft."""
        return self.editor.send(form)

    def before_publishing(self, _text: Text, form: Form) -> Form:
        """Nothing: the same form publishes."""
        return form.with_button("action-publish")

    def publish(self, form: Form) -> Reply:
        """Save and make it live."""
        return self.editor.send(form)

    def path(self, text: Text) -> str:
        """Where readers find the page."""
        return f"/{wagtail_slug(text)}/"

    def _edit(self, text: Text) -> str:
        return f"/admin/pages/{self.numbers[wagtail_slug(text)]}/edit/"


Measured = dict[tuple[str, str], list[Done]]
ACTS = {
    "open": "opening the editor",
    "save": "saving a draft",
    "publish": "publishing, until the answer",
    "read": "publishing, until a reader has it",
}


def measure() -> Table:
    """Both sites made anew, then every act by each in turn."""
    with seeded() as folder, tempfile.TemporaryDirectory(prefix="bench-wagtail-") as beside:
        texts, secrets = fill_ours(folder)
        numbers = fill_wagtail(Path(beside), texts)
        return _table(compare(folder, Path(beside), texts, secrets, numbers))


def compare(
    folder: Path, beside: Path, texts: Sequence[Text], secrets: Mapping[str, str], numbers: Mapping[str, int]
) -> Measured:
    """Every act by each site in turn, on pages that both have."""
    # Pages whose words go below their front matter; help numbers, sources and the clinic are forms of their own.
    pages = [text for text in texts if text.kind != "site"]
    measured: Measured = {}
    with our_server(folder, pinned=False) as us, wagtail(beside) as them:
        desks = {name: Desk(us.port, {"staff": secret}) for name, secret in secrets.items()}
        ours = Ours(us, desks[AUTHOR], desks[REVIEWER])
        theirs = Wagtails(them, _signed_in(them), numbers)
        for number in range(-3, TIMES):  # the first ones warm both up
            text = pages[(7 * number) % len(pages)]
            for name, site in _in_turn(ours, theirs, number):
                opened = _done(site.peer, partial(site.edit, text))
                form = _typed(site.form(text), f"Saved, {_letters(number)}.")
                saved = _done(site.peer, partial(site.save, form))
                if number >= 0:
                    measured.setdefault((name, "open"), []).append(opened)
                    measured.setdefault((name, "save"), []).append(saved)
        for number in range(-2, PUBLICATIONS):
            text = pages[(11 * number) % len(pages)]
            for name, site in _in_turn(ours, theirs, number):
                words = f"Published, {_letters(number)}."
                form = site.before_publishing(text, _typed(site.form(text), words))
                answered, read = _publish(site, form, text, words)
                if number >= 0:
                    measured.setdefault((name, "publish"), []).append(answered)
                    measured.setdefault((name, "read"), []).append(read)
    return measured


def _in_turn(ours: Ours, theirs: Wagtails, number: int) -> list[tuple[str, Ours | Wagtails]]:
    both: list[tuple[str, Ours | Wagtails]] = [("ours", ours), ("Wagtail", theirs)]
    return both if number % 2 else both[::-1]


def _done(peer: Peer, act: Callable[[], Reply]) -> Done:
    cpu, written = peer.cpu_seconds(), peer.bytes_written()
    reply = act()
    assert reply.status in (200, 302, 303), reply.status
    return Done(reply.milliseconds, (peer.cpu_seconds() - cpu) * 1000, peer.bytes_written() - written)


def _publish(site: Ours | Wagtails, form: Form, text: Text, words: str) -> tuple[Done, Done]:
    cpu, written = site.peer.cpu_seconds(), site.peer.bytes_written()
    reader = Desk(site.peer.port)
    began = time.perf_counter()
    reply = site.publish(form)
    while words.encode() not in reader.get(site.path(text)).body:
        assert time.perf_counter() - began < 60, f"{words} never came: {reply.status} {reply.location}"
    took = (time.perf_counter() - began) * 1000
    # What it still does afterwards is part of its price.
    time.sleep(SETTLES)
    used, bytes_written = (site.peer.cpu_seconds() - cpu) * 1000, site.peer.bytes_written() - written
    return Done(reply.milliseconds, used, bytes_written), Done(took, used, bytes_written)


def _typed(form: Form, words: str) -> Form:
    body = form.value("body").replace("\r\n", "\n").rstrip()
    return form.with_value("body", f"{body}\n\n{words}\n")


def _signed_in(peer: Peer) -> Desk:
    desk = Desk(peer.port)
    form = desk.form("/admin/login/", "password")
    desk.send(form.with_value("username", "editor").with_value("password", PASSWORD))
    return desk


def _table(measured: Measured) -> Table:
    rows: list[list[str | float]] = []
    aims = []
    for act, words in ACTS.items():
        some = {name: measured[name, act] for name in ("ours", "Wagtail")}
        for name, done in some.items():
            written = f"{median([one.written for one in done]) / 1000:,.0f}" if act in ("publish", "save") else ""
            rows.append([words, name, f"{median([one.wall for one in done]):.1f}", f"{_p99(done):.1f}",
                         f"{median([one.cpu for one in done]):.1f}", written])  # fmt: skip
        ours, theirs = some["ours"], some["Wagtail"]
        for what, figure in (("median", lambda done: median([one.wall for one in done])), ("p99", _p99)):
            ratio = figure(ours) / figure(theirs)
            aims.append(Aim(f"{words}, {what}, ours to Wagtail's", "under 1", f"{ratio:.2f}", ratio < 1))
    for act in ("save", "publish"):
        less, more = (median([one.written for one in measured[name, act]]) for name in ("ours", "Wagtail"))
        aims.append(Aim(f"{ACTS[act]}, bytes written, ours to Wagtail's", "under 1", f"{less / more:.2f}", less < more))
    return Table(
        "publishing",
        f"{PAGES} pages with {REVISIONS:,} revisions, {TIMES} opened and saved, {PUBLICATIONS} published by each",
        ("act", "site", "median ms", "p99 ms", "CPU ms", "kB written"),
        rows,
        aims,
        (
            "over HTTP on a connection that stays open, signed in by a cookie, each site one process, taking turns",
            "CPU and bytes of publishing are of everything it sets off, until all is quiet again",
        ),
    )


def _p99(done: Iterable[Done]) -> float:
    return statistics.quantiles([one.wall for one in done], n=100, method="inclusive")[98]


def _letters(number: int) -> str:
    """A number in letters: a figure without a source stops a release."""
    return "".join("abcdefghij"[int(digit)] for digit in str(abs(number)))


if __name__ == "__main__":
    measure().show()
