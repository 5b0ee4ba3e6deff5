"""What a reader of the guide sees, asked through a tab: whether it is saved, which release, which words."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tests.browser.engines import Tab

Manifest = Mapping[str, Any]

_STATUS = """
    const worker = (await navigator.serviceWorker.ready).active;
    return await new Promise((resolve) => {
      const hear = ({ data }) => {
        if (data?.type !== "status") return;
        navigator.serviceWorker.removeEventListener("message", hear);
        resolve(data);
      };
      navigator.serviceWorker.addEventListener("message", hear);
      navigator.serviceWorker.startMessages();
      worker.postMessage({ type: argument });
    });
"""

# All at once: one after the other takes a browser half as long again.
_FETCH_ALL = """
    const answers = argument.map(async (path) => [path, await told(path)]);
    return Object.fromEntries(await Promise.all(answers));
"""

_DIGESTS = f"""
    const digest = async (path) => {{
      const response = await fetch(path);
      const hash = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
      return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }};
    const told = (path) => digest(path).catch(String);
    {_FETCH_ALL}
"""

_HEADERS = f"""
    const told = async (path) => {{
      const response = await fetch(path);
      await response.arrayBuffer();
      return [response.status, Object.fromEntries(response.headers)];
    }};
    {_FETCH_ALL}
"""

_TEXTS = f"const told = async (path) => (await fetch(path)).text(); {_FETCH_ALL}"

_BLOCKS = r"""
    let root = document;
    if (argument !== null) {
      // The way to parse HTML without running it that our Trusted Types policy leaves open.
      const request = new XMLHttpRequest();
      request.open("GET", argument);
      request.responseType = "document";
      await new Promise((resolve) => { request.onloadend = resolve; request.send(); });
      root = request.response;
    }
    const found = {};
    for (const element of root.querySelectorAll("main [id]:not(article, section)"))
      if (/^[a-z2-7]{7}(-\d+)?$/.test(element.id))
        found[element.id] = element.textContent.replace(/\s+/g, " ").trim();
    return found;
"""


def wait_until_settled(tab: Tab) -> None:
    """Wait for what comes after the first paint: late styles, every control, and then a moment without a change."""
    tab.wait_for("""
        const styles = [...document.querySelectorAll("link[rel=stylesheet]")];
        return document.documentElement.dataset.script === "ready" && styles.every((style) => style.sheet !== null);
    """)
    tab.run("""
        await new Promise((resolve) => {
          let timer;
          const wait = () => { clearTimeout(timer); timer = setTimeout(end, 200); };
          const observer = new MutationObserver(wait);
          const end = () => { observer.disconnect(); resolve(); };
          observer.observe(document, { attributes: true, childList: true, subtree: true });
          wait();
        });
    """)


def wait_until_saved(tab: Tab, manifest: str | None = None) -> str:
    """Wait until the page says that the whole guide (of this manifest) is on the phone; the manifest's name."""
    script = """
        const { offline, release } = document.documentElement.dataset;
        return offline === "ready" && (argument === null || release === argument) && release;
    """
    return str(tab.wait_for(script, manifest))


def status(tab: Tab, question: str = "status") -> dict[str, Any]:
    """The worker's answer to `status`, `check`, `repair` or `forget`: the first status it sends after the question."""
    return dict(tab.run(_STATUS, question))


def wait_for_check(tab: Tab, before: float | None) -> dict[str, Any]:
    """Wait until another check has ended than the one of that time; the worker's status then."""
    return dict(
        tab.wait_for(
            f"const found = await (async (argument) => {{ {_STATUS} }})('status');"
            "return found.checkedAt !== argument && found.offline !== 'saving' && found;",
            before,
        )
    )


def last_check(tab: Tab) -> float | None:
    """When the worker's last check ended (Unix milliseconds); None while it does not answer."""
    script = f"""
        const answer = (async (argument) => {{ {_STATUS} }})("status").then((status) => status.checkedAt);
        return await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, null))]);
    """
    found = tab.run(script)
    return None if found is None else float(found)


def digests(tab: Tab, paths: Iterable[str]) -> dict[str, str]:
    """SHA-256 of what each path answers; what went wrong where none does."""
    return dict(tab.run(_DIGESTS, sorted(paths)))


def headers(tab: Tab, paths: Iterable[str]) -> dict[str, tuple[int, dict[str, str]]]:
    """Status and headers of what each path answers."""
    return {path: (status, dict(found)) for path, (status, found) in tab.run(_HEADERS, sorted(paths)).items()}


def texts(tab: Tab, paths: Iterable[str]) -> dict[str, str]:
    """The HTML of what each path answers."""
    return dict(tab.run(_TEXTS, sorted(paths)))


def blocks_shown(tab: Tab) -> dict[str, str]:
    """Every block of the page that is open, by its id, as it stands after all scripts."""
    return dict(tab.run(_BLOCKS))


def blocks_sent(tab: Tab, path: str) -> dict[str, str]:
    """Every block of a page as it was sent, before any script."""
    return dict(tab.run(_BLOCKS, path))


def pages_of(manifest: Manifest) -> list[str]:
    """Paths of the HTML pages; a piece of HTML that scripts fetch is none."""
    return [
        entry["path"]
        for entry in manifest["entries"]
        if entry["policy"] == "page" and entry["type"].startswith("text/html")
    ]


def sheets_of(manifest: Manifest) -> str:
    """The path of what scripts bring into every page, the one piece of HTML that is no page."""
    [path] = [
        entry["path"]
        for entry in manifest["entries"]
        if entry["policy"] == "asset" and entry["type"].startswith("text/html")
    ]
    return str(path)


def objects_of(manifest: Manifest) -> dict[str, str]:
    """Object names by path."""
    return {entry["path"]: entry["object"] for entry in manifest["entries"]}


def assert_one_whole_release(tab: Tab, *manifests: tuple[str, Manifest], covered: Iterable[str] = ()) -> str:
    """Every path answers with the bytes of one and the same of these releases; the name of that release.

    Pages that are covered by a recall have other bytes: they are left out.
    """
    return assert_one_release(
        tab, {path for _, manifest in manifests for path in objects_of(manifest)} - set(covered), *manifests
    )


def assert_one_release(tab: Tab, paths: Iterable[str], *manifests: tuple[str, Manifest]) -> str:
    """These paths answer with the bytes of one and the same of these releases; the name of that release."""
    found = digests(tab, paths)
    wanted = {name: objects_of(manifest) for name, manifest in manifests}
    differences = {
        name: [path for path, digest in found.items() if path in objects and objects[path] != digest]
        for name, objects in wanted.items()
    }
    whole = [name for name, wrong in differences.items() if not wrong]
    assert whole, {name[:12]: wrong[:8] for name, wrong in differences.items()}
    return whole[0]


def sha256(body: bytes) -> str:
    """The name of an object."""
    return hashlib.sha256(body).hexdigest()
