"""Signs of a document that are no quantities: functions, the transpose, the elementwise product, arrays of data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.document.context import Context
from derive.document.data_table import whole_symbol
from derive.document.mathematics import Math, Rich
from derive.document.model import SymbolRow
from derive.graph.views.window_operators import CORRELATION
from derive.writing.window_symbols import SIGNS

SUM = r"\Sigma"
CROSS_CORRELATION = SIGNS[CORRELATION]


def sign_rows(context: Context, corpus: str) -> Iterator[SymbolRow]:
    """A row for each sign that stands in the mathematics."""
    notation, words = context.notation, context.locale.symbol_meanings
    lowered = context.solution.lowered
    for tensors, key in ((lowered.inputs, "all inputs"), (lowered.targets, "all targets")):
        if tensors and _stands_alone(whole_symbol(context, tensors[0]), corpus):
            yield _row(whole_symbol(context, tensors[0]), context.phrase(words[key]))
    if _stands_alone(SUM, corpus):
        yield _row(SUM, context.phrase(words["sum sign"]))
    rules = {equation.rule.name: equation.rule for equation in lowered.graph.forward if equation.rule.label}
    for name in (name for name in notation.activations if name in rules):
        letter = notation.activations[name]
        if letter[1:].isalpha() and _stands_alone(letter, corpus):
            yield _row(letter, context.phrase(words["activation function"], name=rules[name].label))
    if f"{notation.activation}'" in corpus:
        yield _row(f"{notation.activation}'", context.phrase(words["slope"]))
    if notation.transpose.replace("%s", "") in corpus:
        yield _row(notation.transpose % r"\dots", context.phrase(words["transposed"]))
    if notation.elementwise.strip() in corpus:
        yield _row(notation.elementwise.strip(), context.phrase(words["by entries"]))
    if CROSS_CORRELATION in corpus:
        yield _row(CROSS_CORRELATION, Rich((context.locale.cross_correlation,)))


def _row(symbol: str, meaning: Rich) -> SymbolRow:
    return SymbolRow(Math(symbol), meaning, "")


def _stands_alone(symbol: str, corpus: str) -> bool:
    """Whether the mathematics has a line that is this symbol and nothing else, as a title or in a circle."""
    return re.search(rf"(?m)^{re.escape(symbol)}$", corpus) is not None
