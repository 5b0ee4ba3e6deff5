"""Any order of editing, publishing, undoing, scheduling, recalling and restarting keeps the promises to readers."""

import asyncio
import json
import tempfile
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pwa.content import store
from pwa.content.drafts import draft, move
from pwa.content.live import load
from pwa.content.migrations import FEATURES
from pwa.content.model import Refused
from pwa.content.notice import lift, recall
from pwa.content.release import handlers, publish, rebuild_if_needed, rollback, schedule
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.database import Database, open_database
from pwa.database.jobs import JobRunner
from tests.publishing import DAY, NOW, make_renderer, text, write_seed

SENTENCES = tuple(f"Sentence number {number} is here." for number in range(4))
PATHS = ("/guide/iv", "/guide/im")
TEXTS = st.builds(
    str.join, st.sampled_from(["\n\n", " "]), st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3)
)


class Publishing(RuleBasedStateMachine):
    """Staff of a small clinic who do whatever comes to mind."""

    url: ClassVar[str]

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        url, schema = self.url, f"s{uuid.uuid4().hex[:8]}"
        if url == "sqlite":
            url = f"sqlite:///{self.folder.name}/test.db"
        self.database: Database = self.run(open_database(url, schema=schema, migrations=FEATURES))
        self.now, self.version, self.sequence = NOW, "1", 0
        folder = write_seed(Path(self.folder.name) / "seed")
        self.run(seed_if_empty(self.database, make_renderer(), now=NOW, folder=folder))
        self.served: dict[str, bytes] = {}
        self.recalled: dict[str, str] = {}
        self.corrected: set[str] = set()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def tried(self, work: Any) -> Any:
        """What the rules allow happens; what they refuse changes nothing."""
        before = self.run(store.head(self.database))
        try:
            return self.run(work)
        except Refused:
            assert self.run(store.head(self.database)) == before
            return None

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(self.database.close())
            self.loop.close()
            self.folder.cleanup()

    @rule(minutes=st.sampled_from([-60, 0, 1, 2000]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * 60_000

    @rule(path=st.sampled_from(PATHS), body=TEXTS, signed=st.booleans())
    def edit(self, path: str, body: str, signed: bool) -> None:
        revision = self.tried(draft(self.database, path, text("Page", body), by="Ana", now=self.now))
        if revision and signed:
            self.tried(sign_off(self.database, path, digest=revision.sha256, by="Ben", now=self.now))

    @rule(path=st.sampled_from([None, *PATHS]), glass=st.sampled_from(["", "urgent"]))
    def publish(self, path: str | None, glass: str) -> None:
        paths = [path] if path else None
        render = make_renderer(self.version)
        self.tried(publish(self.database, render, by="Cleo", now=self.now, paths=paths, break_glass=glass))

    @rule(to=st.sampled_from([None, 1, 2, 3]))
    def undo(self, to: int | None) -> None:
        self.tried(rollback(self.database, make_renderer(self.version), by="Cleo", now=self.now, to=to))

    @rule(days=st.integers(0, 2))
    def plan(self, days: int) -> None:
        at = self.now + days * DAY
        self.tried(schedule(self.database, make_renderer(self.version), at=at, by="Cleo", now=self.now))

    @rule()
    def jobs_run(self) -> None:
        runner = JobRunner(self.database, handlers(make_renderer(self.version), lambda: self.now), lambda: self.now)
        self.run(runner.run_due())

    @rule(words=st.sampled_from(SENTENCES))
    def recall(self, words: str) -> None:
        work = recall(self.database, words=words, text="Ask.", everywhere=True, by="Cleo", now=self.now)
        for stored in self.tried(work) or []:
            self.recalled[stored.notice.id] = words

    @precondition(lambda self: self.recalled)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.recalled)))
        words = self.recalled[name]
        self.tried(lift(self.database, name, by="Cleo", now=self.now))
        active = {one.notice.id for one in self.run(store.notices(self.database))}
        if name not in active:
            responses = self.run(load(self.database)).responses.values()
            assert not any(words.encode() in one.identity for one in responses), "lifted before it was corrected"
            self.corrected.add(words)
        self.recalled = {one: words for one, words in self.recalled.items() if one in active}

    @rule(version=st.sampled_from("12"))
    def restart(self, version: str) -> None:
        self.version = version
        self.run(rebuild_if_needed(self.database, make_renderer(version), now=self.now))

    @rule(slug=st.sampled_from(["im", "muscle"]))
    def rename(self, slug: str) -> None:
        for path in ("/guide/im", "/guide/muscle"):
            self.tried(move(self.database, path, slug, by="Ana", now=self.now))

    @invariant()
    def readers_are_safe(self) -> None:
        if not hasattr(self, "database"):
            return
        live = self.run(load(self.database))
        head = json.loads(live.head)
        bodies = {path: one.identity for path, one in live.responses.items() if path != "/c/head.json"}
        # The head rises whenever anything changed, and only then need it.
        assert head["sequence"] == live.sequence >= self.sequence
        if live.sequence == self.sequence:
            assert bodies == self.served
        self.sequence, self.served = live.sequence, bodies
        # One whole release: everything the manifest names is there under its hash, and nothing else is served.
        manifest = bodies[f"/c/m/{head['manifests']['en']}"]
        assert sha256(manifest).hexdigest() == head["manifests"]["en"]
        document = json.loads(manifest)
        for entry in document["entries"]:
            assert sha256(bodies[f"/c/o/{entry['object']}"]).hexdigest() == entry["object"]
        pages = {path for path in bodies if not path.startswith("/c/")}
        assert pages == {one["path"] for one in document["entries"] if one["policy"] == "page"} | set(
            document["redirects"]
        )
        # Recalled words are on no page, nor do they come back once they were corrected.
        for words in {*self.recalled.values(), *self.corrected}:
            assert not [path for path in pages if words.encode() in bodies[path]]
            assert not any(words in block.text for page in live.snapshot.pages for block in page.document.blocks)


@pytest.mark.parametrize(("engine", "examples"), [("sqlite", 20), ("postgresql", 8)])
def test_any_order_of_verbs_keeps_the_promises(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, engine: str, examples: int
) -> None:
    url = "sqlite" if engine == "sqlite" else request.getfixturevalue("postgresql_url")
    monkeypatch.setattr(Publishing, "url", url, raising=False)
    run_state_machine_as_test(
        Publishing,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Finding the shortest failing story costs minutes; the one that was found can be read as well.
            phases=(Phase.reuse, Phase.generate),
        ),
    )
