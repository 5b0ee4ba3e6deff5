"""Reads and changes what stands above a text, leaving every line that says the same as before exactly as it was."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from pwa.content.markdown import load_yaml, load_yaml_with_node
from pwa.content.model import ContentError, Problem

Value: TypeAlias = "str | int | bool | date | Sequence[Value] | Mapping[str, Value]"
"""What a key may hold; a list of mappings is a list of dictionaries, as `read` gives it."""

ORDER = (
    *("title", "summary", "part", "place", "risk", "ask_clinic", "region", "author", "reviewed_by", "reviewed_role"),
    *("reviewed_on", "review_due", "change", "note", "see_also", "numbers", "clinic", "sources"),
)
"""The keys as docs/content-format.md lists them: a key that is new in a text is put where it belongs."""

LINE = 100
"""Columns within which prose is wrapped."""

_PLAIN = re.compile(r"[A-Za-z0-9(/$][^\x00-\x1f]*")
_COMMENT = re.compile(r"[ \t]+#.*")


def read(text: str) -> dict[str, Any]:
    """The values above a text by key: words, whole numbers, true or false, dates, lists and dictionaries.

    Raises ContentError when they cannot be read; whether they are allowed is for `markdown.parse` to say.
    """
    value = load_yaml("\n".join(_parts(text)[0]), first_line=2)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContentError((Problem(2, "the front matter is a list of keys and values, like title: …"),))
    return value


def write(text: str, values: "Mapping[str, Value | None]") -> str:
    """The text with these keys set; None takes a key away. Everything else stays byte for byte.

    Lists and mappings are given whole, as `read` gave them with the change made: entries that say the same keep their
    lines, wherever they move to; an entry that changed keeps its other lines; one that is gone takes the comments
    above it along. Raises ContentError when what is there cannot be read.
    """
    before = read(text)
    lines, body = _parts(text)
    wanted = {key: value for key, value in before.items() if values.get(key, value) is not None}
    wanted |= {key: value for key, value in values.items() if value is not None}
    wanted = dict(sorted(wanted.items(), key=lambda item: _place(item[0], list(before))))
    if before and wanted:
        node = load_yaml_with_node("\n".join(lines))[1]
        written = list(_Old(lines).mapping(node, before, wanted, 0, len(lines)))
    else:
        written = [line for key, value in wanted.items() for line in _entry(key, value, 0)]
    after = "\n".join(["---", *written, "---", *body])
    if not _same(read(after), wanted):
        raise ContentError((Problem(0, "the form cannot write these values; edit the lines above the text by hand"),))
    return after


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The lines between the two `---`, and those after them."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        raise ContentError((Problem(1, "the text must start with front matter between two lines of ---"),))
    end = lines.index("---", 1)
    return lines[1:end], lines[end + 1 :]


def _place(key: str, old: Sequence[str]) -> tuple[int, int]:
    """Old keys stay in their order; a new one comes after the last old one that belongs before it."""
    if key in old:
        return old.index(key), -1
    mine = ORDER.index(key) if key in ORDER else len(ORDER)
    earlier = [place for place, name in enumerate(old) if name in ORDER and ORDER.index(name) < mine]
    return max(earlier, default=-1), mine


class _Old:
    """The lines as they are, and what of them can be kept; nodes are those of PyYAML, which know their lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    def mapping(
        self, node: Any, old: Mapping[str, Any], new: Mapping[str, Any], start: int, stop: int
    ) -> Iterator[str]:
        """Lines for `new` in place of the block mapping `node`, which has the lines from `start` to before `stop`."""
        indent = node.start_mark.column
        entries = {key.value: (key, value) for key, value in node.value}
        spans, after = self._spans([key.start_mark.line for key, _ in node.value], list(entries.values()), start)
        for key, value in new.items():
            if key not in entries:
                yield from _entry(key, value, indent)
                continue
            comments, first, end = spans[list(entries).index(key)]
            yield from self.lines[comments:first]
            if _same(old[key], value):
                yield from self.lines[first:end]
            else:
                yield from self._changed(entries[key], old[key], value, first, end)
        yield from self.lines[after:stop]

    def _changed(self, entry: tuple[Any, Any], old: Value, new: Value, first: int, end: int) -> Iterator[str]:
        key, node = entry
        block = node.start_mark.line > first and node.id != "scalar" and not node.flow_style
        if block and new and isinstance(old, dict) and isinstance(new, Mapping):
            yield self.lines[first]
            yield from self.mapping(node, old, new, first + 1, end)
        elif block and new and isinstance(old, list) and isinstance(new, Sequence) and not isinstance(new, str):
            yield self.lines[first]
            yield from self._sequence(node, old, new, first + 1, end)
        else:
            written = _entry(key.value, new, key.start_mark.column, style=getattr(node, "style", None))
            if node.id == "scalar" and node.start_mark.line == end - 1 and len(written) == 1:
                rest = self.lines[first][node.end_mark.column :]
                written[0] += rest if _COMMENT.fullmatch(rest) else ""
            yield from written

    def _sequence(self, node: Any, old: Sequence[Any], new: Sequence[Any], start: int, stop: int) -> Iterator[str]:
        column = node.start_mark.column
        firsts = [self._dash(item, column) for item in node.value]
        spans, after = self._spans(firsts, [(item, item) for item in node.value], start)
        left = list(range(len(old)))
        kept: dict[int, int] = {}
        for place, value in enumerate(new):
            same = next((one for one in left if _same(old[one], value)), None)
            if same is not None:
                left.remove(same)
                kept[place] = same
        for place, value in enumerate(new):
            if place in kept:
                comments, _, end = spans[kept[place]]
                yield from self.lines[comments:end]
                continue
            likest = max(left, key=lambda one: (_likeness(old[one], value), -one), default=None)
            item = node.value[likest] if likest is not None else None
            if likest is None or item is None or not _likeness(old[likest], value) or item.flow_style:
                yield from _item(value, column)
                continue
            left.remove(likest)
            comments, first, end = spans[likest]
            yield from self.lines[comments:first]
            yield from self._changed_item(item, old[likest], value, first, end, column)
        yield from self.lines[after:stop]

    def _changed_item(
        self, node: Any, old: Mapping[str, Any], new: Mapping[str, Any], first: int, end: int, column: int
    ) -> Iterator[str]:
        # The dash is taken for a space meanwhile, so that the item reads as a mapping of its own.
        whole = self.lines[first]
        self.lines[first] = f"{whole[:column]} {whole[column + 1 :]}"
        written = [line for line in self.mapping(node, old, new, first, end) if line.strip()]
        self.lines[first] = whole
        yield f"{' ' * column}-{written[0][column + 1 :]}"
        yield from written[1:]

    def _dash(self, item: Any, column: int) -> int:
        line: int = item.start_mark.line
        while self.lines[line][column : column + 1] != "-" or self.lines[line][:column].strip():
            line -= 1
        return line

    def _spans(
        self, firsts: Sequence[int], entries: Sequence[tuple[Any, Any]], start: int
    ) -> tuple[list[tuple[int, int, int]], int]:
        """Per entry where the comments above it start, its first line, and the line after its last."""
        spans = []
        for first, (key, value) in zip(firsts, entries, strict=True):
            end = max(first, key.end_mark.line if key is not value else first, self._last_line(value)) + 1
            spans.append((start, first, end))
            start = end
        return spans, start

    def _last_line(self, node: Any) -> int:
        if node.id != "scalar" and not node.flow_style:
            last = node.value[-1]
            return self._last_line(last[1] if isinstance(last, tuple) else last)
        line: int = node.end_mark.line
        if node.id == "scalar" and node.style in ("|", ">"):
            line -= 1
            while line > node.start_mark.line and not self.lines[line].strip():
                line -= 1
        return line


def _entry(key: str, value: Value, indent: int, style: str | None = None) -> list[str]:
    """The lines of a key and its value; words keep the quotation marks or the folding (`style`) they had."""
    space = " " * indent
    if isinstance(value, Mapping) and value:
        return [f"{space}{key}:", *(line for name, one in value.items() for line in _entry(name, one, indent + 2))]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [f"{space}{key}:", *(line for one in value for line in _item(one, indent + 2))]
    if not isinstance(value, str):
        return [f"{space}{key}: {_scalar(value)}"]
    if "\n" in value.strip("\n"):
        if all(line == line.strip() for line in value.split("\n")) and value == value.strip("\n"):
            return [f"{space}{key}: |-", *(f"{space}  {line}".rstrip() for line in value.split("\n"))]
        return [f"{space}{key}: {_quoted(value)}"]
    line = f"{space}{key}: {_quoted(value) if style == chr(34) else _words(value)}"
    if (style == ">" or len(line) > LINE) and value and value == " ".join(value.split()):
        wrapped = textwrap.wrap(value, LINE - indent - 2, break_long_words=False, break_on_hyphens=False)
        return [f"{space}{key}: >-", *(f"{space}  {one}" for one in wrapped)]
    return [line]


def _item(value: Value, indent: int) -> list[str]:
    space = " " * indent
    if isinstance(value, Mapping) and value:
        lines = [line for name, one in value.items() for line in _entry(name, one, indent + 2)]
        return [f"{space}- {lines[0][indent + 2 :]}", *lines[1:]]
    return [f"{space}- {_words(value) if isinstance(value, str) else _scalar(value)}"]


def _scalar(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, Sequence):
        return "[]"
    return value.isoformat() if isinstance(value, date) else str(value)


def _words(value: str) -> str:
    """Without quotation marks where every reader of YAML then reads the same words."""
    import yaml  # noqa: PLC0415  see markdown.py

    if not _PLAIN.fullmatch(value):
        return _quoted(value)
    try:
        alike = load_yaml(f"- {value}\n") == [value] == yaml.safe_load(f"- {value}\n")
    except (ContentError, yaml.YAMLError, ValueError):
        alike = False
    return value if alike and ": " not in value and " #" not in value else _quoted(value)


def _quoted(value: str) -> str:
    import yaml  # noqa: PLC0415

    written: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return written.strip()


def _same(one: object, other: object) -> bool:
    """Equal and of the same kind throughout: `"988"` is not 988, and true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def _likeness(old: object, new: object) -> int:
    """How many keys of two mappings say the same."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return 0
    return sum(key in old and _same(old[key], value) for key, value in new.items())
