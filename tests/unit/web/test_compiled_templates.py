"""Compiled templates are kept beside their sources, and nothing depends on their being there."""

import sys
from pathlib import Path

import jinja2
import pytest
from jinja2 import Environment

from pwa.web.templates import make_environment, render


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.html").write_text("Hello {{ name }}", "utf-8")
    monkeypatch.setattr("pwa.web.templates.TEMPLATES", folder)
    return folder


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the templates that were compiled since the test began."""
    names: list[str] = []
    compile_template = Environment.compile

    def note(self: Environment, source: str, name: str, filename: str) -> object:
        names.append(name)
        return compile_template(self, source, name, filename)

    monkeypatch.setattr(Environment, "compile", note)
    return names


def page() -> bytes:
    """What a process that has just started makes of the page."""
    return render(make_environment(), "page.html", name="Ada")


def test_a_template_is_compiled_once_for_all_processes(templates: Path, compiled: list[str]) -> None:
    assert [page(), page()] == [b"Hello Ada", b"Hello Ada"]
    assert compiled == ["page.html"]


def test_a_changed_template_is_compiled_anew(templates: Path, compiled: list[str]) -> None:
    page()
    (templates / "page.html").write_text("Good day {{ name }}", "utf-8")
    assert page() == b"Good day Ada"
    assert len(compiled) == 2


def test_another_version_of_the_library_compiles_for_itself(
    templates: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page()
    monkeypatch.setattr(jinja2, "__version__", "99.0")
    assert page() == b"Hello Ada"
    assert len(compiled) == 2


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_damaged_file_is_compiled_anew(templates: Path, compiled: list[str], kept: int) -> None:
    page()
    [file] = (templates / "__pycache__").iterdir()
    file.write_bytes(file.read_bytes()[:kept])
    assert [page(), page()] == [b"Hello Ada", b"Hello Ada"]
    assert len(compiled) == 2


def test_a_folder_that_takes_nothing_is_no_fault(templates: Path, compiled: list[str]) -> None:
    # Permissions stop no administrator; a file where the folder should be stops everybody.
    (templates / "__pycache__").write_bytes(b"")
    assert [page(), page()] == [b"Hello Ada", b"Hello Ada"]
    assert len(compiled) == 2


def test_nothing_is_written_where_python_writes_no_bytecode(
    templates: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [page(), page()] == [b"Hello Ada", b"Hello Ada"]
    assert len(compiled) == 2
    assert not (templates / "__pycache__").exists()


def test_it_lies_where_python_was_told_to_keep_bytecode(
    templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    page()
    assert not (templates / "__pycache__").exists()
    assert [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]
