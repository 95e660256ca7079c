"""The table of symbols: a row for each family of letters that a document prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from derive.document.aids.symbol_families import LAYER, SAMPLE, TIME, Member, members, places
from derive.document.aids.symbol_signs import sign_rows
from derive.document.context import Context
from derive.document.document import Question
from derive.document.mathematics import Math, Rich
from derive.document.model import SymbolList, SymbolRow
from derive.document.pictures.geometry import Circle, Drawing, Label
from derive.document.walk import within
from derive.graph.quantity import Block

MOST_COUNTED = 3
"""Numbers of layers, steps or samples that are all written."""


def empty_symbol_list(context: Context) -> SymbolList:
    """The table without its rows, which what else is printed decides."""
    words = context.locale
    return SymbolList((words.symbol, words.meaning, words.shape_or_value), ())


def with_symbols(context: Context, questions: tuple[Question, ...], beside: tuple[Any, ...]) -> tuple[Question, ...]:
    """The questions with their tables of symbols filled by what they, and what stands `beside` them, print."""
    if not any(isinstance(section, SymbolList) for question in questions for section in question.sections):
        return questions
    filled = symbol_list(context, printed_mathematics((questions, *beside)))
    return tuple(
        replace(question, sections=tuple(filled if isinstance(one, SymbolList) else one for one in question.sections))
        for question in questions
    )


def symbol_list(context: Context, printed: Iterable[str]) -> SymbolList:
    """The symbols among the mathematics that a document prints, in the order of the derivation."""
    corpus = "\n".join(dict.fromkeys(printed))
    shown = [one for one in members(context) if any(is_printed(symbol, corpus) for symbol in one.written)]
    rows = (*_rows(context, shown), *sign_rows(context, corpus), *_mark_rows(context, shown))
    return replace(empty_symbol_list(context), rows=rows)


def printed_mathematics(value: Any) -> Iterator[str]:
    """All the mathematics in a part of a document, that of its drawings included."""
    for one in within(value, Math, Drawing):
        if isinstance(one, Drawing):
            yield from (shape.text for shape in one.shapes if isinstance(shape, Label) and shape.math)
            yield from (shape.label for shape in one.shapes if isinstance(shape, Circle))
        else:
            yield str(one)


def is_printed(symbol: str, corpus: str) -> bool:
    """Whether a symbol stands in mathematics as itself, and not as a part of a longer one."""
    before = r"(?<![A-Za-z\\])" + "".join(rf"(?<!\\{accent}\{{)" for accent in ("hat", "bar", "tilde", "mathrm"))
    bare = symbol[-1] not in "}'"
    after = r"(?![A-Za-z_']|\^\{[^\d}])" if bare else r"(?!_)"
    return re.search(before + re.escape(symbol) + after, corpus) is not None


def _rows(context: Context, shown: Sequence[Member]) -> Iterator[SymbolRow]:
    """A row for each letter and meaning; what several kinds write alike has one row."""
    by_symbol: dict[str, list[Member]] = {}
    for member in shown:
        by_symbol.setdefault(member.symbol, []).append(member)
    rows: dict[tuple[str, tuple[Rich, ...]], list[list[Member]]] = {}
    for found in by_symbol.values():
        meanings = tuple(dict.fromkeys(_meaning(context, member) for member in found))
        rows.setdefault((found[0].letter, meanings), []).append(found)
    for (_, meanings), groups in rows.items():
        symbols = Math(r",\ ".join(group[0].symbol for group in groups))
        size = _size(context, [member for group in groups for member in group])
        yield SymbolRow(symbols, joined(meanings, context.locale.comma), size)


def joined(runs: Sequence[Rich], between: str) -> Rich:
    """Runs of text with a separator between them."""
    return Rich(tuple(part for run in runs for part in (between, *run.parts))[1:])


def _meaning(context: Context, member: Member) -> Rich:
    """What a family is, in words."""
    known = context.locale.symbol_meanings
    pattern = next(known[key] for key in member.meanings if key in known)
    found = dict(zip(("first", "second", "third", "fourth"), map(Math, member.indices), strict=False))
    of = member.block.of
    sums = Math(context.notation.letter(of)) if of is not None and member.letter != member.symbol else Math("")
    return context.phrase(pattern, **found, loss=Math(member.loss), sums=sums)


def _size(context: Context, found: Sequence[Member]) -> str | Math:
    """The first value of a single given number, else the shapes, nothing for a single number that is worked."""
    blocks = list(dict.fromkeys(member.block for member in found if member.block.of is None))
    first = context.solution.rounds[1]
    if len(blocks) == 1 and blocks[0].size == 1 and context.is_given(first, blocks[0].first):
        return Math(f"= {context.number(first, blocks[0].first)}") if blocks[0].first in first.values else ""
    shapes = dict.fromkeys(_shape(block) for block in blocks if block.shape)
    return context.locale.comma.join(shapes)


def _shape(block: Block) -> str:
    return " \N{MULTIPLICATION SIGN} ".join(map(str, block.shape))


def _mark_rows(context: Context, shown: Sequence[Member]) -> Iterator[SymbolRow]:
    """A row for each letter that counts layers, steps or samples in the symbols."""
    found: dict[str, list[int]] = {}
    for member in shown:
        for letter, number in places(context, member.block.of or member.block).items():
            found.setdefault(letter, []).append(number)
    meanings = {LAYER: "layer mark", TIME: "time mark", SAMPLE: "sample mark"}
    for letter in (letter for letter in meanings if letter in found):
        numbers = range(min(found[letter]), max(found[letter]) + 1)
        few = list(map(str, numbers if len(numbers) <= MOST_COUNTED else (numbers[0], r"\dots", numbers[-1])))
        meaning = context.phrase(context.locale.symbol_meanings[meanings[letter]])
        yield SymbolRow(Math(letter), meaning, Math(context.separator.join(few)))
