"""The Nu HTML checker finds no error on any page, as served, recalled words and search results included."""

import json
import subprocess
from pathlib import Path

from tests.browser.reading import pages_of
from tests.browser.servers import ROOT, Server

CHECKER = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"


def test_every_page_is_valid_html(server: Server, tmp_path: Path) -> None:
    paths = [*pages_of(server.manifest()[1]), "/search?q=bladder", "/search?q=%22%3Cb%3E", "/no-such-page"]
    for number, path in enumerate(paths):
        (tmp_path / f"{number}.html").write_bytes(server.answer(path).body)
    # One more that has a fault, so that silence means something.
    (tmp_path / f"{len(paths)}.html").write_text("<!DOCTYPE html><html lang=en><title>x</title><p><img src=x>")
    assert {error.split()[0] for error in _errors(tmp_path, [*paths, "the-planted-one"])} == {"the-planted-one"}


def _errors(folder: Path, paths: list[str]) -> list[str]:
    finished = subprocess.run(
        ["java", "-Xss4m", "-jar", CHECKER, "--format", "json", "--stdout", "--skip-non-html", folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return [
        f"{paths[int(Path(message['url']).stem)]} line {message.get('lastLine')}: {message['message']}"
        for message in json.loads(finished.stdout)["messages"]
        if message["type"] != "info"
    ]
