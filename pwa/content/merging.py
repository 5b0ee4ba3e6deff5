"""Puts two texts of one page together: what only one person changed is suggested, the rest is for people to choose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pwa.content.difference import Block, Piece, compare_words, hunks, split
from pwa.content.markdown import normalise

Pick = Literal["mine", "theirs", "both"]


@dataclass(frozen=True)
class Same:
    """A run that both texts have."""

    text: str
    passages: int


@dataclass(frozen=True)
class Choice:
    """A run in which the texts differ; either may be empty."""

    number: int
    mine: str
    theirs: str
    suggested: Pick | None
    """What only one side changed; None where both did, or one cannot know."""
    may_both: bool
    """Whether one after the other makes sense: never in the front matter."""
    pieces: tuple[Piece, ...]
    """From theirs to mine, word by word."""
    key: str = ""
    """Of the front matter: the name of the key that it is about."""


def choices(mine: str, theirs: str, base: str | None) -> list[Same | Choice]:
    """The runs of both texts in order; `base` is the text that both began from, if it is known."""
    return list(_runs(mine, theirs, base))


def merge(mine: str, theirs: str, picks: Mapping[int, Pick]) -> str:
    """One text of two, by the number of each choice; KeyError for a choice without a pick."""
    parts: list[str] = []
    for run in _runs(mine, theirs, None):
        if isinstance(run, Same):
            parts.append(run.text)
            continue
        pick = picks[run.number]
        if pick == "both":
            parts += [_with_blank_line(run.theirs), run.mine]
        else:
            parts.append(run.mine if pick == "mine" else run.theirs)
        if parts[-1] and not parts[-1].endswith("\n"):
            parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _runs(mine: str, theirs: str, base: str | None) -> Iterator[Same | Choice]:
    old = None if base is None else {block.words for block in split(base)}
    number = 0
    for same, ours, others in hunks(split(mine), split(theirs)):
        if same:
            text = "".join(_farther_apart(*both) for both in zip(ours, others, strict=True))
            yield Same(text, sum(bool(block.words) for block in ours))
            continue
        for some, other in _pairs(ours, others):
            in_front = any(block.key or block.text.startswith("---") for block in (*some, *other))
            pieces = tuple(compare_words(normalise(_text(other)), normalise(_text(some))))
            may_both = bool(some and other) and not in_front
            keys = {block.key for block in (*some, *other)}
            key = keys.pop() if len(keys) == 1 else ""
            yield Choice(number, _text(some), _text(other), _suggested(some, other, old), may_both, pieces, key)
            number += 1


def _pairs(mine: Sequence[Block], theirs: Sequence[Block]) -> Iterator[tuple[Sequence[Block], Sequence[Block]]]:
    """Passage by passage where they stand one to one, above the text key by key, else all at once."""
    if [block.key for block in mine] == [block.key for block in theirs]:
        yield from (((one,), (other,)) for one, other in zip(mine, theirs, strict=True))
    else:
        yield from _by_key(mine, theirs) or [(mine, theirs)]


def _by_key(mine: Sequence[Block], theirs: Sequence[Block]) -> list[tuple[Sequence[Block], Sequence[Block]]]:
    """Each key's lines on both sides; nothing where these are no keys, or stand in another order."""
    some, others = _keyed(mine), _keyed(theirs)
    whole = _flat(some) == [*mine] and _flat(others) == [*theirs]
    if "" in some | others or not whole or [*filter(others.get, some)] != [*filter(some.get, others)]:
        return []
    pairs: list[tuple[Sequence[Block], Sequence[Block]]] = []
    left = list(others)
    for key, blocks in some.items():
        while key in left and left[0] != key:
            pairs.append(((), others[left.pop(0)]))
        if key in left:
            left.remove(key)
        pairs.append((blocks, others.get(key, ())))
    return [*pairs, *(((), others[key]) for key in left)]


def _keyed(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.key, []).append(block)
    return found


def _flat(keyed: Mapping[str, list[Block]]) -> list[Block]:
    return [block for blocks in keyed.values() for block in blocks]


def _suggested(mine: Sequence[Block], theirs: Sequence[Block], base: set[str] | None) -> Pick | None:
    if base is None:
        return None
    mine_is_old, theirs_is_old = (all(block.words in base for block in side) for side in (mine, theirs))
    if mine_is_old and theirs_is_old:  # one side took the passage away, or only the order differs
        return None if mine and theirs else "theirs" if mine else "mine"
    if mine_is_old or theirs_is_old:
        return "theirs" if mine_is_old else "mine"
    return None


def _text(blocks: Sequence[Block]) -> str:
    return "".join(block.text for block in blocks)


def _farther_apart(mine: Block, theirs: Block) -> str:
    """The last passage of one text may be followed by another in the other: what parts them must stay."""
    return max((mine.text, theirs.text), key=lambda text: len(text) - len(text.rstrip("\n")))


def _with_blank_line(text: str) -> str:
    return text if text.endswith("\n\n") else f"{text.rstrip()}\n\n"
