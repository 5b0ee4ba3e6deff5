"""Publishes small changes as an editor in a hurry does: texts written out, edited, taken in, and made live."""

from collections.abc import Iterable
from pathlib import Path

from tests.browser.servers import Server


def add_sentence(server: Server, folder: Path, paths: Iterable[str], sentence: str) -> None:
    """Publish a release in which each of these pages ends with one more paragraph; `folder` keeps the texts."""
    if not (folder / "guide").exists():
        server.command("content", "export", str(folder))
    for path in paths:
        file = folder / f"{path.lstrip('/')}.md"
        file.write_text(f"{file.read_text('utf-8').rstrip()}\n\n{sentence}\n", "utf-8")
    server.command("content", "import", str(folder), "--by", "Ada Writer")
    server.command("release", "publish", "--by", "Ada Writer", "--break-glass", "a test of browsers")


def fill_in_clinic(server: Server, folder: Path, *, phone: str) -> None:
    """Publish the clinic's number; `folder` keeps the texts."""
    server.command("content", "export", str(folder))
    file = folder / "site" / "our-clinic.md"
    file.write_text(file.read_text("utf-8").replace('phone: ""', f'phone: "{phone}"'), "utf-8")
    server.command("content", "import", str(folder), "--by", "Ada Writer")
    server.command("release", "publish", "--by", "Ada Writer", "--break-glass", "a test of browsers")


def recall(server: Server, path: str, block: str, text: str) -> None:
    """Cover a passage of a page with this text."""
    server.command("notice", "recall", path, "--block", block, "--text", text, "--by", "Ada Writer")
