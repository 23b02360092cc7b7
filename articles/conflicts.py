"""Two people wrote on one revision: what each changed, and putting together what a person decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from articles.blocks import split_blocks, words_of
from articles.comparing import BODY, Content, Known, Part, find_names, parts_of, values_of, words_of_part
from articles.differing import Piece, diff_words, sides

THEIRS, MINE, BOTH = "theirs", "mine", "both"


class Undecided(Exception):  # noqa: N818
    """A choice is missing; `names` says which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True)
class Choice:
    """One field, or one stretch of the body, that the two wrote differently. `proposed` is empty when both changed it:
    then only a person can say."""

    name: str
    theirs: list[Piece]
    mine: list[Piece]
    proposed: str
    may_take_both: bool = False


@dataclass(frozen=True)
class Stretch:
    """Blocks in a row: the same in both, or a choice."""

    theirs: list[str]
    mine: list[str]
    choice: Choice | None = None

    def blocks(self, decision: str) -> list[str]:
        return (self.theirs if decision != MINE else []) + (self.mine if decision in (MINE, BOTH) else [])


@dataclass(frozen=True)
class Field:
    part: Part
    choice: Choice | None = None
    stretches: list[Stretch] | None = None

    @property
    def choices(self) -> list[Choice]:
        found = [self.choice, *(stretch.choice for stretch in self.stretches or [])]
        return [choice for choice in found if choice]


def find_choices(*, base: Content | None, theirs: Content, mine: Content) -> list[Field]:
    """The fields that differ, in the order of the form. `base` is what both began from."""
    known = find_names(theirs, mine)
    fields = [_field(part, base, theirs, mine, known) for part in parts_of(theirs)]
    return [field for field in fields if field is not None and field.choices]


def put_together(*, base: Content | None, theirs: Content, mine: Content, decided: Mapping[str, str]) -> Content:
    """The content that the decisions make. Raises Undecided when one is missing: what was forgotten is not decided."""
    fields = find_choices(base=base, theirs=theirs, mine=mine)
    missing = [choice.name for field in fields for choice in field.choices if not _decision(choice, decided)]
    if missing:
        raise Undecided(missing)
    values: dict[str, Any] = {}
    for field in fields:
        if field.stretches is not None:
            values["body"] = _body(field.stretches, decided)
        elif field.choice is not None:
            values |= _values(field.part, decided[field.choice.name], theirs, mine)
    return replace(theirs, **values)


def _field(part: Part, base: Content | None, theirs: Content, mine: Content, known: Known) -> Field | None:
    ours, hers = values_of(part, mine), values_of(part, theirs)
    if ours == hers:
        return None
    if part is BODY:
        return Field(part, stretches=_stretches(base.body if base else "", theirs.body, mine.body, known))
    pieces = diff_words(words_of_part(part, theirs, known), words_of_part(part, mine, known))
    before = values_of(part, base) if base else None
    proposed = MINE if hers == before else THEIRS if ours == before else ""
    return Field(part, choice=Choice(part.name, *sides(pieces), proposed, may_take_both=part.is_list))


def _stretches(base: str, theirs: str, mine: str, known: Known) -> list[Stretch]:
    before, hers, ours = split_blocks(base), split_blocks(theirs), split_blocks(mine)
    found: list[Stretch] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, hers, ours, autojunk=False).get_opcodes():
        choice = None
        if tag != "equal":
            name = f"body-{sum(1 for stretch in found if stretch.choice)}"
            choice = _body_choice(name, before, hers[i1:i2], ours[j1:j2], known)
        found.append(Stretch(hers[i1:i2], ours[j1:j2], choice))
    return found


def _body_choice(name: str, base: list[str], hers: list[str], ours: list[str], known: Known) -> Choice:
    pieces = diff_words(words_of("".join(hers), known), words_of("".join(ours), known))
    return Choice(name, *sides(pieces), _proposed(base, hers, ours), may_take_both=bool(hers and ours))


def _proposed(base: list[str], hers: list[str], ours: list[str]) -> str:
    """Whoever's stretch stood so in the base changed nothing there: the other's change stands. A stretch that is
    missing on one side was taken out if the base had it, and is new if it had none of it."""
    if not hers:
        return _unless_known(base, ours, MINE, THEIRS)
    if not ours:
        return _unless_known(base, hers, THEIRS, MINE)
    if _holds(base, hers):
        return MINE
    return THEIRS if _holds(base, ours) else ""


def _unless_known(base: list[str], blocks: list[str], when_new: str, when_known: str) -> str:
    if _holds(base, blocks):
        return when_known
    return "" if any(block in base for block in blocks) else when_new


def _holds(base: list[str], blocks: list[str]) -> bool:
    length = len(blocks)
    return any(base[start : start + length] == blocks for start in range(len(base) - length + 1))


def _decision(choice: Choice, decided: Mapping[str, str]) -> str:
    allowed = (THEIRS, MINE, BOTH) if choice.may_take_both else (THEIRS, MINE)
    wanted = decided.get(choice.name, "")
    return wanted if wanted in allowed else ""


def _values(part: Part, decision: str, theirs: Content, mine: Content) -> dict[str, Any]:
    hers = dict(zip(part.holds, values_of(part, theirs), strict=True))
    ours = dict(zip(part.holds, values_of(part, mine), strict=True))
    if decision == BOTH:
        return {name: hers[name] + [item for item in ours[name] if item not in hers[name]] for name in part.holds}
    return hers if decision == THEIRS else ours


def _body(stretches: list[Stretch], decided: Mapping[str, str]) -> str:
    return "".join(
        block
        for stretch in stretches
        for block in stretch.blocks(decided[stretch.choice.name] if stretch.choice else THEIRS)
    )
