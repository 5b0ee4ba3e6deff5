"""Two people's texts of one page put together: nothing of either goes missing unless somebody chose so."""

from hypothesis import given
from hypothesis import strategies as st

from pwa.content.merging import Choice, Pick, Same, choices, merge

BASE = """---
title: Drip
note: First.
---

## How long

It takes 40 minutes.

Eat nothing before.

Rest afterwards.
"""


def test_what_only_one_person_changed_is_suggested() -> None:
    mine = BASE.replace("40 minutes", "45 minutes")
    theirs = BASE.replace("Rest afterwards.", "Rest for an hour.")
    assert [(one.mine, one.suggested) for one in open_choices(mine, theirs)] == [
        ("It takes 45 minutes.\n\n", "mine"),
        ("Rest afterwards.\n", "theirs"),
    ]
    assert merge(mine, theirs, {0: "mine", 1: "theirs"}) == BASE.replace("40 minutes", "45 minutes").replace(
        "Rest afterwards.", "Rest for an hour."
    )


def test_what_both_changed_is_left_to_people_and_can_be_had_both_ways() -> None:
    mine, theirs = BASE.replace("40", "45"), BASE.replace("40", "60")
    (choice,) = open_choices(mine, theirs)
    assert (choice.suggested, choice.may_both) == (None, True)
    assert "60 minutes.\n\nIt takes 45 minutes.\n\nEat" in merge(mine, theirs, {0: "both"})


def test_neighbouring_passages_are_chosen_one_by_one() -> None:
    mine = BASE.replace("40", "45")
    theirs = BASE.replace("Eat nothing before.", "Eat nothing for 6 hours.")
    assert [one.suggested for one in open_choices(mine, theirs)] == ["mine", "theirs"]


def test_taking_a_passage_away_and_adding_one_are_changes_too() -> None:
    mine = BASE.replace("Eat nothing before.\n\n", "")
    theirs = BASE.replace("Rest afterwards.\n", "Rest afterwards.\n\nCall us.\n")
    assert [one.suggested for one in open_choices(mine, theirs)] == ["mine", "theirs"]
    assert [one.suggested for one in open_choices(theirs, mine)] == ["theirs", "mine"]
    assert merge(mine, theirs, {0: "mine", 1: "theirs"}).endswith("40 minutes.\n\nRest afterwards.\n\nCall us.\n")


def test_without_the_text_both_began_from_nothing_is_suggested() -> None:
    (choice,) = [one for one in choices(BASE.replace("40", "45"), BASE, None) if isinstance(one, Choice)]
    assert choice.suggested is None


def test_keys_above_the_text_are_never_put_in_twice() -> None:
    (choice,) = open_choices(BASE.replace("First.", "Mine."), BASE.replace("First.", "Theirs."))
    assert not choice.may_both


def test_keys_above_the_text_are_chosen_one_by_one_whatever_came_between() -> None:
    mine = BASE.replace("Drip", "A drip").replace("First.", "Mine.")
    theirs = BASE.replace("Drip\n", "The drip\nrisk: high\n").replace("First.", "Theirs.")
    found = open_choices(mine, theirs)
    assert [(one.key, one.mine, one.theirs) for one in found] == [
        ("title", "title: A drip\n", "title: The drip\n"),
        ("risk", "", "risk: high\n"),
        ("note", "note: Mine.\n", "note: Theirs.\n"),
    ]
    assert [one.suggested for one in found] == [None, "theirs", None]
    merged = merge(mine, theirs, {0: "mine", 1: "theirs", 2: "mine"})
    assert merged.startswith("---\ntitle: A drip\nrisk: high\nnote: Mine.\n---\n")


def test_a_key_that_stands_there_twice_is_not_moved() -> None:
    mine = BASE.replace("Drip", "A drip").replace("First.", "Mine.\ntitle: Again")
    theirs = BASE.replace("Drip", "The drip\nrisk: high").replace("First.", "Theirs.")
    assert merge(mine, theirs, {0: "mine"}) == mine
    assert merge(mine, theirs, {0: "theirs"}) == theirs


keys = st.permutations(["title", "note", "risk", "part"])


@given(keys, keys, st.integers(0, 4), st.data())
def test_no_choice_puts_a_key_in_twice(some: list[str], others: list[str], fewer: int, data: st.DataObject) -> None:
    one, other = (
        "\n".join(["---", *(f"{key}: {who}" for key in order), "---", "", "Words.", ""])
        for order, who in ((some[:fewer], "me"), (others, "they"))
    )
    numbers = [run.number for run in choices(one, other, None) if isinstance(run, Choice)]
    picks: dict[int, Pick] = {number: data.draw(st.sampled_from(("mine", "theirs"))) for number in numbers}
    merged = [line.partition(":")[0] for line in merge(one, other, picks).split("\n") if ": " in line]
    assert len(merged) == len(set(merged))
    assert merge(one, other, dict.fromkeys(numbers, "mine")) == one
    assert merge(one, other, dict.fromkeys(numbers, "theirs")) == other


passages = st.lists(
    st.sampled_from(["One.", "Two words.", "Three more words.", "- item", "- another item"]), max_size=6
)


@given(passages, passages)
def test_either_text_can_be_had_whole(mine: str, theirs: str) -> None:
    one, other = (f"---\ntitle: A\n---\n\n{some}\n" for some in (mine, theirs))
    runs = choices(one, other, None)
    numbers = [run.number for run in runs if isinstance(run, Choice)]
    assert words(merge(one, other, dict.fromkeys(numbers, "mine"))) == words(one)
    assert words(merge(one, other, dict.fromkeys(numbers, "theirs"))) == words(other)
    assert all(isinstance(run, Same | Choice) for run in runs)


def open_choices(mine: str, theirs: str) -> list[Choice]:
    return [one for one in choices(mine, theirs, BASE) if isinstance(one, Choice)]


def words(text: str) -> list[str]:
    return text.split()
