"""Matrix expressions over blocks: a view of the same derivation, tested against the scalars.

An expression expands to a matrix of formulas whose positions are quantities. Vectors are columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.graph.formula import Formula, Position, add, multiply, negate
from derive.graph.quantity import Block
from derive.graph.rule import Rule, renumber


@dataclass(frozen=True)
class Entries:
    """The entries of a block: a matrix, a column, or a single number."""

    block: Block


@dataclass(frozen=True)
class Transpose:
    """A transposed matrix."""

    argument: MatrixExpression


@dataclass(frozen=True)
class MatrixProduct:
    """A product of matrices."""

    left: MatrixExpression
    right: MatrixExpression


@dataclass(frozen=True)
class MatrixSum:
    """A sum of matrices, or a difference."""

    left: MatrixExpression
    right: MatrixExpression
    minus: bool = False


@dataclass(frozen=True)
class Hadamard:
    """The product entry by entry."""

    left: MatrixExpression
    right: MatrixExpression


@dataclass(frozen=True)
class Slope:
    """The derivative of an activation at each unit: `rule` has one slot, fed by `inputs`, giving `outputs`."""

    rule: Rule
    inputs: Block
    outputs: Block


MatrixExpression = Entries | Transpose | MatrixProduct | MatrixSum | Hadamard | Slope
Rows = tuple[tuple[Formula, ...], ...]


def expand(expression: MatrixExpression) -> Rows:
    """The entries as formulas; each position in them is a quantity.

    Raises `ValueError` where shapes do not fit.
    """
    match expression:
        case Entries(block):
            return _block_rows(block)
        case Transpose(argument):
            return tuple(zip(*expand(argument), strict=True))
        case MatrixProduct(left, right):
            columns = tuple(zip(*expand(right), strict=True))
            return tuple(tuple(_dot(row, column) for column in columns) for row in expand(left))
        case MatrixSum(left, right, minus):
            return _entrywise(left, right, lambda a, b: add((a, negate(b) if minus else b)))
        case Hadamard(left, right):
            return _entrywise(left, right, lambda a, b: multiply((a, b)))
        case Slope(rule, inputs, outputs):
            return tuple((slope(rule, a, b),) for a, b in zip(inputs.ids, outputs.ids, strict=True))


def slope(rule: Rule, argument: int, value: int) -> Formula:
    """The derivative of a rule of one slot, at the quantity `argument` where the rule gives `value`."""
    local, mentions = rule.sized().locals[0]
    return renumber(local.formula, {new: (argument, value)[old] for new, old in enumerate(mentions)})


def _block_rows(block: Block) -> Rows:
    rows, columns = (*block.shape, 1, 1)[:2] if block.shape else (1, 1)
    return tuple(tuple(Position(block.first + i * columns + j) for j in range(columns)) for i in range(rows))


def _dot(row: tuple[Formula, ...], column: tuple[Formula, ...]) -> Formula:
    return add(tuple(multiply(pair) for pair in zip(row, column, strict=True)))


def _entrywise(left: MatrixExpression, right: MatrixExpression, combine: Callable[[Formula, Formula], Formula]) -> Rows:
    return tuple(
        tuple(combine(a, b) for a, b in zip(above, below, strict=True))
        for above, below in zip(expand(left), expand(right), strict=True)
    )
