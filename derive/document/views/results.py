"""The result of a line in arrays: the printed numbers, after the unrounded ones where the notation wants both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from derive.document.mathematics import Math, Relation
from derive.document.matrices.entries import padded, plain_part
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.index import EQUALS
from derive.document.views.numbers import Numbers
from derive.graph.formula import Formula
from derive.writing.lines import cut

DOTTED, APPROXIMATELY = Relation(r"\doteq"), Relation(r"\approx")
Targets = Sequence[Sequence[int | None]]


def result_parts(
    numbers: Numbers, targets: Targets, shown: Matrix, sign: Relation, printed: Mapping[int, Formula]
) -> list[Piece]:
    """The `sign` and the `shown` numbers; or unrounded numbers, a dotted equals sign and these.

    `printed` gives what stands before as a formula for each quantity; the unrounded number follows from its shown
    numbers, or does not.
    """
    defined = [one for row in targets for one in row if one is not None]
    if not _is_rounded(numbers, defined):
        return [sign, plain_part(shown)]
    pairs = [
        [(target, entry) for target, entry in zip(*row, strict=True)] for row in zip(targets, shown.rows, strict=True)
    ]
    unrounded = [[entry if one is None else _unrounded(numbers, one) for one, entry in row] for row in pairs]
    follows = all(
        cut(numbers.worked(formula, shown=True)) == cut(numbers.value(target).unrounded)
        for target, formula in printed.items()
    )
    first = sign if sign not in (EQUALS, APPROXIMATELY) else EQUALS if follows else APPROXIMATELY
    return [first, plain_part(padded(unrounded)), DOTTED, plain_part(shown)]


def _is_rounded(numbers: Numbers, defined: Sequence[int]) -> bool:
    """Whether the notation tells the rounding of some quantities, and one of them is rounded."""
    blocks = numbers.solution.lowered.graph.blocks
    if not any(blocks.of(one).kind in numbers.context.notation.dotted_equals for one in defined):
        return False
    values = [numbers.value(one) for one in defined]
    return any(value.unrounded != Decimal(value.shown) for value in values)


def _unrounded(numbers: Numbers, quantity: int) -> Entry:
    text, goes_on = cut(numbers.value(quantity).unrounded)
    return Entry(Math(numbers.context.writer.number(text) + (r"\ldots" if goes_on else "")))
