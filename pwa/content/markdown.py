"""Turns one text (docs/content-format.md) into a Document, or says what is wrong with it and where."""

import base64
import functools
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from pwa.content.model import Block, BlockKind, ContentError, Document, FrontMatter, Problem

# A server that only hands out what is published reads no text: it does without these libraries' 5 MB.
if TYPE_CHECKING:
    import yaml
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MAX_TEXT_BYTES = 64 * 1024

# Control characters, halves of characters, and marks that show words in another order than they are written.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_WORD = "tag:yaml.org,2002:str"
_WHOLE_NUMBER = "tag:yaml.org,2002:int"
_MOST_DIGITS = 15
_DEEPEST = 20
_FRONT = re.compile(r"---\n(.*?)^---(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_CONTAINER = re.compile(r" {0,3}(:{3,})[ \t]*(.*?)[ \t]*")
_CITATION = re.compile(r"\[@([A-Za-z][A-Za-z0-9-]*(?:,\s*@?[A-Za-z][A-Za-z0-9-]*)*)\]")
_FIGURE = re.compile(r'figure ([a-z0-9]+(?:-[a-z0-9]+)*) "([^"]*)"')
_PICTURE = re.compile(r'picture ([a-z0-9]+(?:-[a-z0-9]+)*) (?:"([^"]*)"|decorative)')
_ICONS = re.compile(r'icons "([^"]+)"')
_ICON_ROW = re.compile(r"([0-9]{1,3}): *(?=\S)")
_ADDRESS = re.compile(r"/(?!/)|#|https?://|tel:|sms:|mailto:")

_CALLOUTS = ("note", "warning", "emergency")
_WRAPPERS = ("compare", "estimator", "checklist")
_CONTAINERS = (*_CALLOUTS, "figure", "picture", "icons", *_WRAPPERS)
_BLOCK_KINDS: Mapping[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "list_item_open": "item",
    "tr_open": "row",
    "dt_open": "term",
    "dd_open": "definition",
}


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Document:
    """The Document of a text; raises ContentError with a line number for every fault found.

    A figure becomes `<figure id=… class="figure"><span data-figure="NAME" data-alt="ALTERNATIVE"></span>twin</figure>`
    and the page puts the drawing in place of the span; a picture's is `<span data-picture="NAME" data-alt="…"></span>`,
    without `data-alt` where it only decorates, and its body is its caption. Icon arrays become
    `<figure id=… class="icons"><figcaption>title</figcaption><ul><li id=… data-count="52"><b>52 in 100</b> who</li>…`
    and the page draws 100 marks into each `li`. Remembered, because a release of one changed text looks at all of them.
    """
    front, body, first_line = _split(text)
    problems = list(_container_problems(body, first_line))
    if problems:
        raise ContentError(tuple(problems))
    return _Reading(front, body, first_line).document()


def block_id(text: str) -> str:
    """The seven characters that name a block: the start of the Base32 of the SHA-256 of its normalised text."""
    return base64.b32encode(hashlib.sha256(normalise(text).encode()).digest()).decode().lower()[:7]


def normalise(text: str) -> str:
    """Unicode NFC with runs of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def term_anchor(term: str) -> str:
    """The anchor of a glossary term: its lower-case name with dashes."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def _split(text: str) -> tuple[FrontMatter, str, int]:
    if found := UNREADABLE.search(text):
        raise ContentError((Problem(text.count("\n", 0, found.start()) + 1, _unreadable(found)),))
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ContentError((Problem(0, f"the text is longer than {MAX_TEXT_BYTES // 1024} kB"),))
    text = text.replace("\r\n", "\n")
    match = _FRONT.match(text)
    if match is None:
        raise ContentError((Problem(1, "the text must start with front matter between two lines of ---"),))
    return _front_matter(match[1]), text[match.end() :], match[0].count("\n") + 1


def _unreadable(found: re.Match[str]) -> str:
    return f"a character that nobody can read stands here (U+{ord(found[0]):04X}); take it out"


def load_yaml(text: str, first_line: int = 1) -> Any:
    """The value of a YAML text; ContentError with the line of what cannot be read."""
    return load_yaml_with_node(text, first_line)[0]


def load_yaml_with_node(text: str, first_line: int = 1) -> tuple[Any, Any]:
    """The same, with the node that knows where each value stands; both None for an empty text."""
    import yaml  # noqa: PLC0415

    loader = _loader()(text)
    try:
        for problem, mark in _refused(text):
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        node = loader.get_single_node()
        if node is None:
            return None, None
        for problem, mark in _wrong(node):
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        return loader.construct_document(node), node
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        # What is never closed is missed after the last line.
        line = first_line + (min(place.line, text.rstrip().count("\n")) if place else 0)
        raise ContentError((Problem(line, f"not readable as YAML: {error.problem or error.context}"),)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ContentError((Problem(first_line, f"not readable as YAML: {error}"),)) from None
    finally:
        loader.dispose()


@functools.cache
def _loader() -> "type[yaml.CSafeLoader]":
    import yaml  # noqa: PLC0415

    class Loader(yaml.CSafeLoader):
        """YAML as this project writes it: yes, no, on and off are words (NO is Norway), only true and false are not."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
    return Loader


def _refused(text: str) -> Iterator[tuple[str, Any]]:
    """What is refused before anything is made of it, and where it stands.

    Lists in lists without end, for which the parser has no stack; aliases (a few lines can stand for gigabytes); tags,
    which say that a word is something else; and characters that nobody can read, which may hide behind an escape.
    """
    import yaml  # noqa: PLC0415

    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            yield "write the value out; & and * are not used", event.start_mark
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            yield "put the value in quotation marks; tags like !this are not used", event.start_mark
        elif isinstance(event, yaml.ScalarEvent) and (found := UNREADABLE.search(event.value)):
            yield _unreadable(found), event.start_mark
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                yield "too many brackets in each other", event.start_mark


def _wrong(node: Any) -> Iterator[tuple[str, Any]]:
    """What is wrong with values, and where: keys that stand twice, of which the first would be lost unseen, or that are
    no words, and numbers so long that Python takes seconds to read them and refuses to write them.
    """
    if node.id == "scalar" and node.tag == _WHOLE_NUMBER and len(node.value) > _MOST_DIGITS:
        yield f"a number of more than {_MOST_DIGITS} digits", node.start_mark
    elif node.id == "mapping":
        names: set[str] = set()
        for key, value in node.value:
            if key.id != "scalar" or key.tag != _WORD:
                yield "a key is one word", key.start_mark
            if key.value in names:
                yield f"`{key.value}` stands twice", key.start_mark
            names.add(key.value)
            yield from _wrong(value)
    elif node.id == "sequence":
        for value in node.value:
            yield from _wrong(value)


def _front_matter(source: str) -> FrontMatter:
    value, node = load_yaml_with_node(source, first_line=2)
    try:
        return msgspec.convert(value, FrontMatter)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        keys = re.findall(r"[^.\[\]`$]+", path)
        if unknown := re.search(r"unknown field `(.*?)`", message):
            keys.append(unknown[1])
            message = f"unknown key `{unknown[1]}`"
        elif missing := re.search(r"missing required field `(.*?)`", message):
            message = f"`{missing[1]}` is missing"
        elif keys:
            message = f"`{'.'.join(keys)}`: {message[:1].lower()}{message[1:]}"
        raise ContentError((Problem(_line_of(node, keys), message),)) from None


def _line_of(node: Any, keys: Sequence[str]) -> int:
    """The line of a text at which the value under `keys` stands in its front matter."""
    line = 2
    for key in keys:
        kind = node.id if node else ""
        if kind == "sequence" and key.isdigit() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 2
        elif kind == "mapping" and key in (names := {name.value: name for name, _ in node.value}):
            line = names[key].start_mark.line + 2
            node = next(value for name, value in node.value if name.value == key)
        else:
            break
    return line


def _container_problems(body: str, first_line: int) -> Iterator[Problem]:
    opened: tuple[int, str] | None = None
    for line, content in enumerate(body.split("\n"), first_line):
        match = _CONTAINER.fullmatch(content)
        if match is None:
            continue
        name = match[2].split(" ", 1)[0]
        if not name and opened is None:
            yield Problem(line, "this ::: closes nothing")
        elif not name:
            opened = None
        elif opened is not None:
            yield Problem(line, f"::: {name} starts inside ::: {opened[1]} of line {opened[0]}; close that one first")
        else:
            opened = (line, name)
            if name not in _CONTAINERS:
                yield Problem(line, f"unknown container ::: {name}; there are {', '.join(_CONTAINERS)}")
            elif name == "figure" and not _FIGURE.fullmatch(match[2]):
                yield Problem(line, '::: figure needs a name and its alternative text: ::: figure NAME "what it shows"')
            elif name == "picture" and not _PICTURE.fullmatch(match[2]):
                message = '::: picture needs a name and "what it shows", or the word decorative where it shows nothing'
                yield Problem(line, message)
            elif name == "icons" and not _ICONS.fullmatch(match[2]):
                yield Problem(line, '::: icons needs a title: ::: icons "what is counted"')
            elif name not in ("figure", "picture", "icons") and match[2] != name:
                yield Problem(line, f"::: {name} stands alone on its line")
    if opened is not None:
        yield Problem(opened[0], f"::: {opened[1]} is never closed")


def _citation_rule(state: "StateInline", silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        # The mark belongs to the word before it, so the space between them goes.
        state.pending = state.pending.rstrip()
        if not state.pending and state.tokens and state.tokens[-1].type == "softbreak":
            state.tokens.pop()
        token = state.push("citation", "", 0)
        token.meta = {"keys": [key.strip().lstrip("@") for key in match[1].split(",")]}
    state.pos = match.end()
    return True


@functools.cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415
    from mdit_py_plugins.container import container_plugin  # noqa: PLC0415
    from mdit_py_plugins.deflist import deflist_plugin  # noqa: PLC0415

    # Raw HTML is parsed as such only to be refused with its line.
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.use(deflist_plugin)
    parser.use(container_plugin, "box", validate=lambda parameters, _marker: bool(parameters.strip()))
    parser.inline.ruler.before("link", "citation", _citation_rule)
    # Every address is judged by _Reading, with its line.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


@dataclass
class _Reading:
    """One pass over a body's tokens: gives blocks their ids, collects what checks need, and renders."""

    front: FrontMatter
    body: str
    first_line: int
    problems: list[Problem] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)

    def document(self) -> Document:
        summary = self._add("summary", self.front.summary)
        facts = dict(self._facts())
        tokens = _parser().parse(self.body)
        self._check(tokens)
        if not self.problems:
            _name_cells(tokens)
            self._name_blocks(tokens)
        html = "".join(self._render(tokens)) if not self.problems else ""
        if self.problems:
            raise ContentError(tuple(sorted(set(self.problems))))
        return Document(
            front=self.front,
            html=html,
            blocks=tuple(self.blocks),
            citations=tuple(self.citations),
            links=tuple(self.links),
            figures=tuple(self.figures),
            summary_block=summary,
            fact_blocks=facts,
            anchors=tuple(self.anchors),
            pictures=tuple(self.pictures),
        )

    def _add(
        self, kind: BlockKind, text: str, level: int = 0, citations: tuple[str, ...] = (), line: int = 0, of: str = ""
    ) -> str:
        """The id of a new block; `of` names what it shows beside its words."""
        text = normalise(text)
        base = block_id(f"{text} {of}")
        self.repeats[base] += 1
        name = base if self.repeats[base] == 1 else f"{base}-{self.repeats[base]}"
        self.blocks.append(Block(name, kind, text, level, citations, line))
        return name

    def _facts(self) -> Iterator[tuple[str, str]]:
        for index, number in enumerate(self.front.numbers):
            words = (number.country, number.service, number.press, number.call, number.word, number.text, number.web)
            yield f"numbers.{index}", self._add("fact", " ".join(words))
        for name, answer in (msgspec.to_builtins(self.front.clinic) if self.front.clinic else {}).items():
            if answer:
                yield f"clinic.{name}", self._add("fact", answer)

    def _check(self, tokens: "Sequence[Token]") -> None:
        """Everything that is refused, with its line; also fills the words of icon rows in."""
        level = 1
        container, opened_at, icon_rows = "", 0, 0
        for index, token in enumerate(tokens):
            line = self._line(token)
            if token.type == "html_block":
                self._refuse(line, "raw HTML is not used here; write it as Markdown")
            elif token.type in ("fence", "code_block"):
                self._refuse(line, "this reads as program code; take the indentation or the ``` away")
            elif token.type == "container_box_open":
                container, opened_at, icon_rows = token.info.split()[0], line, 0
            elif token.type == "container_box_close":
                if container == "icons" and not 1 <= icon_rows <= 4:
                    self._refuse(opened_at, "::: icons needs one to four rows like - 52: who they are")
                container = ""
            elif token.type == "heading_open":
                depth = int(token.tag[1])
                if depth == 1:
                    self._refuse(line, "the title is the page's only # heading; start at ##")
                elif depth > level + 1:
                    self._refuse(line, f"a heading level is skipped: {'#' * depth} comes after {'#' * level}")
                level = depth
            elif token.type == "inline":
                if container == "icons" and tokens[index - 2].type == "list_item_open":
                    icon_rows += 1
                    self._icon_row(tokens[index - 2], token, line)
                self._check_inline(token, line)

    def _icon_row(self, item: "Token", inline: "Token", line: int) -> None:
        make = type(inline)
        first = (inline.children or [make("text", "", 0)])[0]
        match = _ICON_ROW.match(first.content)
        if match is None or int(match[1]) > 100:
            self._refuse(line, "a row of ::: icons is a number up to 100, a colon and who they are: - 52: who they are")
            return
        item.attrSet("data-count", match[1])
        first.content = first.content[match.end() :]
        opening, words, closing = make("strong_open", "b", 1), make("text", "", 0), make("strong_close", "b", -1)
        words.content = f"{match[1]} in 100"
        space = make("text", "", 0)
        space.content = " "
        inline.children = [opening, words, closing, space, *(inline.children or [])]

    def _check_inline(self, inline: "Token", line: int) -> None:
        for token in inline.children or ():
            if token.type == "html_inline":
                self._refuse(line, f"raw HTML is not used here: {token.content}")
            elif token.type == "image":
                self._refuse(line, "pictures come as ::: figure (a drawing) or ::: picture (a photograph)")
            elif token.type == "link_open":
                address = str(token.attrGet("href") or "")
                if not _ADDRESS.match(address):
                    self._refuse(line, f"a link needs an absolute path or https://, not {address or 'nothing'}")
                self.links.append(address)
            elif found := UNREADABLE.search(token.content):
                self._refuse(line, _unreadable(found))
            elif token.type == "text" and "[@" in token.content:
                self._refuse(line, f"not a citation: {token.content[token.content.index('[@') :][:40]}")

    def _refuse(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, message))

    def _line(self, token: "Token") -> int:
        return self.first_line + (token.map[0] if token.map else 0)

    def _name_blocks(self, tokens: "Sequence[Token]") -> None:
        inside: list[str] = []
        for index, token in enumerate(tokens):
            if token.type == "inline":
                self._number_citations(token)
            if token.nesting == 1:
                inside.append(token.type)
            elif token.nesting == -1:
                inside.pop()
            if token.nesting != 1:
                continue
            name = token.info.split()[0] if token.type == "container_box_open" else ""
            kind = _kind_of_block(token, name, inside)
            if kind is None:
                continue
            text, keys = _words(tokens, index, whole=bool(name))
            if name in ("figure", "icons"):
                shown = token.info.split('"')[1]
                text = f"{shown}. {text}"
            shows = _PICTURE.fullmatch(token.info.strip()) if name == "picture" else None
            if shows:
                text = " ".join(words for words in (shows[2], text) if words)
            level = int(token.tag[1]) if kind == "heading" else 0
            named = self._add(kind, text, level, keys, self._line(token), of=shows[1] if shows else "")
            token.attrs = {"id": named, **token.attrs}
            if kind == "term":
                token.meta["anchor"] = self._anchor(text, self._line(token))

    def _anchor(self, term: str, line: int) -> str:
        anchor = term_anchor(term)
        if not anchor or anchor in self.anchors:
            self._refuse(line, f"a term needs letters or digits (a to z) of its own: {normalise(term)}")
        self.anchors.append(anchor)
        return anchor

    def _number_citations(self, inline: "Token") -> None:
        for token in inline.children or ():
            if token.type == "citation":
                self.citations += [key for key in dict.fromkeys(token.meta["keys"]) if key not in self.citations]

    def _render(self, tokens: "Sequence[Token]") -> Iterator[str]:
        boxes: list[str] = []
        for index, token in enumerate(tokens):
            if token.type == "inline":
                yield self._render_inline(token)
            elif token.hidden:
                continue
            elif token.type == "container_box_open":
                opening, closing = self._box(token, empty=tokens[index + 1].nesting == -1)
                boxes.append(closing)
                yield opening
            elif token.type == "container_box_close":
                yield boxes.pop()
            elif token.type == "dt_open":
                yield f'{_tag(token)}<span id="{token.meta["anchor"]}">'
            elif token.type == "dt_close":
                yield "</span></dt>"
            else:
                yield _tag(token)

    def _box(self, token: "Token", *, empty: bool) -> tuple[str, str]:
        name = token.info.split()[0]
        identity = f' id="{token.attrGet("id")}"' if token.attrGet("id") else ""
        if match := _FIGURE.fullmatch(token.info.strip()):
            self.figures.append(match[1])
            drawing = f'<span data-figure="{match[1]}" data-alt="{escape(match[2])}"></span>'
            return f'<figure{identity} class="figure">{drawing}', "</figure>"
        if match := _PICTURE.fullmatch(token.info.strip()):
            self.pictures.append(match[1])
            alternative = "" if match[2] is None else f' data-alt="{escape(match[2])}"'
            picture = f'<span data-picture="{match[1]}"{alternative}></span>'
            caption = ("", "") if empty else ("<figcaption>", "</figcaption>")
            return f'<figure{identity} class="picture">{picture}{caption[0]}', f"{caption[1]}</figure>"
        if match := _ICONS.fullmatch(token.info.strip()):
            return f'<figure{identity} class="icons"><figcaption>{escape(match[1])}</figcaption>', "</figure>"
        role = ' role="note"' if name in _CALLOUTS else ""
        return f'<div{identity} class="{name}"{role}>', "</div>"

    def _render_inline(self, inline: "Token") -> str:
        parts = []
        for token in inline.children or ():
            if token.type == "citation":
                for key in dict.fromkeys(token.meta["keys"]):
                    number = self.citations.index(key) + 1
                    parts.append(f'<a class="cite" href="#source-{key}">{number}</a>')
            elif token.type == "text":
                parts.append(escape(token.content))
            elif token.type == "code_inline":
                parts.append(f"<code>{escape(token.content)}</code>")
            elif token.type == "softbreak":
                parts.append("\n")
            else:
                parts.append(_tag(token))
        return "".join(parts)


def _kind_of_block(token: "Token", container: str, inside: Sequence[str]) -> BlockKind | None:
    if container in ("figure", "picture", "icons"):
        return "figure"
    if container in _CALLOUTS:
        return "callout"
    kind = _BLOCK_KINDS.get(token.type)
    if kind == "paragraph" and len(inside) > 1 and inside[-2] in ("list_item_open", "dd_open"):
        return None  # its words are the item's
    return kind


def _name_cells(tokens: "Sequence[Token]") -> None:
    """The first cell of each row says what the row is about; no cell carries a style."""
    for index, token in enumerate(tokens):
        if token.type == "th_open":
            token.attrs = {"scope": "col"}
        elif token.type == "td_open" and tokens[index - 1].type == "tr_open":
            token.tag = tokens[index + 2].tag = "th"
            token.attrs = {"scope": "row"}
        elif token.type == "td_open":
            token.attrs = {}


def _tag(token: "Token") -> str:
    if token.nesting == -1:
        return f"</{token.tag}>"
    attributes = "".join(f' {name}="{escape(str(value))}"' for name, value in token.attrs.items())
    return f"<{token.tag}{attributes}>"


def _words(tokens: "Sequence[Token]", start: int, *, whole: bool) -> tuple[str, tuple[str, ...]]:
    """Plain text and citations of the element opened at `start`; without `whole`, nested list items are left out."""
    parts: list[str] = []
    keys: dict[str, None] = {}
    depth = skipped = 0
    for index in range(start, len(tokens)):  # not a slice: that would copy the rest of the text for every block
        token = tokens[index]
        if token.type in ("list_item_open", "list_item_close") and depth and not (whole or depth + token.nesting == 0):
            skipped += token.nesting
        depth += token.nesting
        if depth == 0:
            break
        if token.type in ("td_open", "th_open") and tokens[index - 1].type != "tr_open":
            parts.append(" | ")
        if token.type != "inline" or skipped:
            continue
        for child in token.children or ():
            if child.type == "citation":
                keys.update(dict.fromkeys(child.meta["keys"]))
            else:
                parts.append(child.content or (" " if child.type in ("softbreak", "hardbreak") else ""))
        parts.append(" ")
    return "".join(parts), tuple(keys)
