"""The result of a line in arrays: the printed numbers, after the unrounded ones where the notation wants both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from derive.arithmetic.rounding import Value
from derive.document.mathematics import Math, Relation
from derive.document.model import Entry, Matrix, Piece
from derive.document.views.index import EQUALS
from derive.document.views.number_matrices import padded, plain_part
from derive.document.views.numbers import Numbers
from derive.graph.formula import Formula, Position
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
    copies = {one for one in defined if isinstance(printed.get(one), Position)}
    values = {one: numbers.value(one if one in copies else numbers.copied(one)) for one in defined}
    if not _is_rounded(numbers, values):
        return [sign, plain_part(shown)]
    pairs = [
        [(target, entry) for target, entry in zip(*row, strict=True)] for row in zip(targets, shown.rows, strict=True)
    ]
    unrounded = [[entry if one is None else _unrounded(numbers, values[one]) for one, entry in row] for row in pairs]
    follows = all(
        cut(numbers.worked(formula, shown=True)) == cut(values[target].unrounded) for target, formula in printed.items()
    )
    first = sign if sign not in (EQUALS, APPROXIMATELY) else EQUALS if follows else APPROXIMATELY
    return [first, plain_part(padded(unrounded)), DOTTED, plain_part(shown)]


def _is_rounded(numbers: Numbers, values: Mapping[int, Value]) -> bool:
    """Whether the notation tells the rounding of some quantities, and one of them is rounded."""
    blocks = numbers.solution.lowered.graph.blocks
    if not any(blocks.of(one).kind in numbers.context.notation.dotted_equals for one in values):
        return False
    return any(value.unrounded != Decimal(value.shown) for value in values.values())


def _unrounded(numbers: Numbers, value: Value) -> Entry:
    text, goes_on = cut(value.unrounded)
    return Entry(Math(numbers.context.writer.number(text) + (r"\ldots" if goes_on else "")))
