"""Where two texts differ, word by word. What comes out is data; templates write it, so that everything is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from articles.blocks import Names, Word, block_label, split_blocks, words_of

Mark = Literal["same", "removed", "added"]
MOST_STEPS = 4_000_000  # comparing grows with the square: past this two texts are shown whole, one after the other
ALIKE = 0.4  # a paragraph of which less stayed was written anew
MOST_CANDIDATES = 20  # how far on the block that one was is looked for


@dataclass(frozen=True)
class Piece:
    """Words in a row of one mark that are set alike."""

    mark: Mark
    word: Word

    @property
    def text(self) -> str:
        return self.word.text


@dataclass(frozen=True)
class Block:
    """A block of a body with its words marked; `mark` says whether all of it came or went."""

    mark: Literal["same", "removed", "added", "changed"]
    label: str
    pieces: list[Piece]


def diff_words(old: Sequence[Word], new: Sequence[Word]) -> list[Piece]:
    """What stayed, went and came, in the order of reading."""
    return _joined(_marked(old, new))


def is_same(pieces: Sequence[Piece]) -> bool:
    return all(piece.mark == "same" for piece in pieces)


def sides(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The older and the newer text, each with what only it has marked."""
    return (
        [piece for piece in pieces if piece.mark != "added"],
        [piece for piece in pieces if piece.mark != "removed"],
    )


def diff_bodies(old: str, new: str, names: Names) -> list[Block]:
    """Block by block, and within a block that changed word by word."""
    before, after = split_blocks(old), split_blocks(new)
    blocks: list[Block] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            blocks += [_whole(block, "same", names) for block in after[j1:j2]]
        else:
            blocks += _changed(before[i1:i2], after[j1:j2], names)
    return blocks


def _changed(before: list[str], after: list[str], names: Names) -> Iterator[Block]:
    old = [(block, words_of(block, names)) for block in before]
    for block, words in [(block, words_of(block, names)) for block in after]:
        place = _place_of_alike(words, [candidate for _block, candidate in old])
        if place is None:
            yield _whole(block, "added", names)
            continue
        yield from (_whole(gone, "removed", names) for gone, _words in old[:place])
        yield Block("changed", block_label(block), diff_words(old[place][1], words))
        del old[: place + 1]
    yield from (_whole(gone, "removed", names) for gone, _words in old)


def _place_of_alike(words: list[Word], candidates: list[list[Word]]) -> int | None:
    """Where the block that this one was stands among the old ones; None when it is new."""
    texts = [word.text for word in words if not word.text.isspace()]
    for place, candidate in enumerate(candidates[:MOST_CANDIDATES]):
        matcher = SequenceMatcher(None, [w.text for w in candidate if not w.text.isspace()], texts, autojunk=False)
        if matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            return place
    return None


def _whole(block: str, mark: Mark, names: Names) -> Block:
    return Block(mark, block_label(block), _joined((mark, word) for word in words_of(block, names)))


def _marked(old: Sequence[Word], new: Sequence[Word]) -> Iterator[tuple[Mark, Word]]:
    if len(old) * len(new) > MOST_STEPS:
        yield from (("removed", word) for word in old)
        yield from (("added", word) for word in new)
        return
    for is_same, before, after in _runs(old, new):
        if is_same:
            yield from (("same", word) for word in after)
        else:
            yield from (("removed", word) for word in before)
            yield from (("added", word) for word in after)


def _runs(old: Sequence[Word], new: Sequence[Word]) -> list[tuple[bool, list[Word], list[Word]]]:
    """Stretches that are the same and that are not. A space between two changed words is changed with them: a sentence
    that was written anew reads as one, not as a chequerboard."""
    runs: list[tuple[bool, list[Word], list[Word]]] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        is_between = 0 < place < len(opcodes) - 1
        is_same = tag == "equal" and not (is_between and all(word.text == " " for word in new[j1:j2]))
        if runs and not is_same and not runs[-1][0]:
            runs[-1][1].extend(old[i1:i2])
            runs[-1][2].extend(new[j1:j2])
        else:
            runs.append((is_same, list(old[i1:i2]), list(new[j1:j2])))
    return runs


def _joined(marked: Iterator[tuple[Mark, Word]]) -> list[Piece]:
    pieces = []
    for (mark, look), run in groupby(marked, key=lambda item: (item[0], replace(item[1], text=""))):
        pieces.append(Piece(mark, replace(look, text="".join(word.text for _mark, word in run))))
    return pieces
