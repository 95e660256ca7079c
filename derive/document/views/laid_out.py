"""Statements of arrays in the layout of the notation: vectors as rows, weights with a row a unit, gradients turned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.document.context import Context
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Tensor
from derive.graph.views.transposing import transposed_arrays
from derive.network.statements import Statement


def laid_out(context: Context, items: Iterable[Statement | Equation]) -> Iterator[Statement | Equation]:
    """The lines of a pass with the arrays that the notation writes transposed."""
    for item in items:
        yield _statement(context, item) if isinstance(item, Statement) else item


def _statement(context: Context, statement: Statement) -> Statement:
    def is_turned(tensor: Tensor, adjoint: bool) -> bool:  # noqa: FBT001 - as `Application.find` gives them
        return _is_turned(context, tensor, adjoint=adjoint)

    return replace(
        statement,
        contributions=tuple(transposed_arrays(one, is_turned) for one in statement.contributions),
        added=tuple(_statement(context, one) for one in statement.added),
    )


def _is_turned(context: Context, tensor: Tensor, *, adjoint: bool) -> bool:
    """Whether an array is written transposed: a whole vector, or a whole matrix of weights."""
    notation = context.notation
    block = context.solution.lowered.graph.blocks.of(tensor.ids[0])
    of = block.of or block
    is_matrix = of.kind is Kind.WEIGHT and len(of.shape) == 2
    if tensor.shape != of.shape or not (is_matrix or len(of.shape) == 1):
        return False
    gradient = (adjoint or block.role is Role.BACKWARD) and notation.layout == "numerator"
    return gradient != (notation.product == ("W x" if is_matrix else "x W"))
