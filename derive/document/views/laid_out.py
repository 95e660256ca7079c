"""Statements of arrays as the notation has them: in order, with augmented inputs, vectors as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from derive.document.context import Context
from derive.document.views.labels import parameter_kind
from derive.graph.equations import Equation
from derive.graph.formula import Slot
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import Tensor
from derive.graph.views.augmenting import AffineMap, affine_map, augmented
from derive.graph.views.language import ViewEquation
from derive.graph.views.transposing import transposed_arrays
from derive.network.array_statements import Stated
from derive.network.solution import Round
from derive.network.statements import Statement


def in_order(context: Context, round: Round, items: Iterable[Stated]) -> list[Stated]:
    """The lines of a pass in the order of a page; the gradients of augmented biases, which are deltas, are none."""
    maps = augmented_maps(context, round)
    biases = {one.biases for one in maps}
    every = sorted(_without_identities(round, items, maps), key=lambda item: parameter_kind(context, item))
    return [one for one in every if isinstance(one, Equation) or not _is_delta(one, biases)]


def laid_out(context: Context, round: Round, items: Iterable[Stated]) -> Iterator[Stated]:
    """Lines with the arrays that the notation writes augmented, or transposed."""
    maps = augmented_maps(context, round)
    for item in items:
        yield _statement(context, item, maps) if isinstance(item, Statement) else item


def _without_identities(round: Round, items: Iterable[Stated], maps: Sequence[AffineMap]) -> Iterator[Stated]:
    """Stateds with outputs that are the sums of augmented inputs, as precisely, in place of these sums."""
    sums: Statement | None = None
    for item in items:
        joined = None if sums is None else _as_outputs(round, sums, item)
        if joined is not None:
            yield joined
            sums = None
            continue
        if sums is not None:
            yield sums
        is_augmented = isinstance(item, Statement) and affine_map(item.contributions[0]) in maps
        sums = item if isinstance(item, Statement) and is_augmented else None
        if sums is None:
            yield item
    if sums is not None:
        yield sums


def _as_outputs(round: Round, sums: Statement, item: Stated) -> Statement | None:
    """The equation of sums as that of outputs which are those sums; None where the outputs are anything else."""
    (equation, application), name = sums.contributions[0], sums.contributions[0][0].of
    outputs, use = item.contributions[0] if isinstance(item, Statement) else (None, None)
    if (
        outputs is None
        or use is None
        or outputs.right != Slot(name)
        or use.tensors.get(name) != application.tensors[name]
    ):
        return None
    pairs = zip(application.tensors[name].ids, use.tensors[outputs.of].ids, strict=True)
    if any(round.precision_of(one) != round.precision_of(other) for one, other in pairs):
        return None
    tensors = {**application.tensors, outputs.of: use.tensors[outputs.of]}
    made = ViewEquation(outputs.left, equation.right), replace(application, tensors=tensors)
    return replace(sums, contributions=(made,))


def augmented_maps(context: Context, round: Round) -> tuple[AffineMap, ...]:
    """The layers whose bias is an entry of their input in a round: where the notation says so, and biases are equal."""
    if context.notation.bias != "augmented":
        return ()
    uses = (use for one in context.array_pass.forward if isinstance(one, Statement) for use in one.contributions)
    maps = (found for use in uses if (found := affine_map(use)) is not None)
    return tuple(one for one in maps if context.are_equal(round, one.biases))


def with_equal_biases(context: Context, round: Round, item: Stated) -> Stated:
    """The update of augmented biases that are one number, and take one step, as that of one number."""
    biases = {one.biases for one in augmented_maps(context, round)}
    if isinstance(item, Equation) or not biases:
        return item
    ((equation, application),) = item.contributions
    arrays = {name: found for name in equation.names() if (found := application.find(name)) is not None}
    if not any(tuple(one.ids) in biases and not adjoint for one, adjoint in arrays.values()):
        return item
    first = dict(application.tensors)
    for name, (tensor, adjoint) in arrays.items():
        ids = [application.target(one, adjoint=adjoint) for one in tensor.ids]
        if not context.are_equal(round, [one for one in ids if one is not None]):
            return item
        own = name if name in first else name.removeprefix("d")
        first[own] = Tensor(tensor.ids[:1], (1,) if tensor.shape else ())
    return replace(item, contributions=((equation, replace(application, tensors=first)),))


def _is_delta(statement: Statement, biases: set[tuple[int, ...]]) -> bool:
    """Whether a line says no more than that the gradient of some biases is the delta of their layer."""
    equation, application = statement.contributions[0]
    found = application.find(equation.of)
    is_gradient = found is not None and found[1] and tuple(found[0].ids) in biases
    return is_gradient and len(statement.all_contributions) == 1 and isinstance(equation.right, Slot)


def _statement(context: Context, statement: Statement, maps: Sequence[AffineMap]) -> Statement:
    def transposed(tensor: Tensor, adjoint: bool) -> bool:  # noqa: FBT001 - as `Application.find` gives them
        return is_transposed(context, tensor, adjoint=adjoint)

    return replace(
        statement,
        contributions=tuple(transposed_arrays(augmented(one, maps), transposed) for one in statement.contributions),
        added=tuple(_statement(context, one, maps) for one in statement.added),
    )


def is_transposed(context: Context, tensor: Tensor, *, adjoint: bool) -> bool:
    """Whether an array is written transposed: a whole vector, or a whole matrix of weights."""
    notation = context.notation
    block = context.solution.lowered.graph.blocks.of(tensor.ids[0])
    of = block.of or block
    is_matrix = of.kind is Kind.WEIGHT and len(of.shape) == 2
    if tensor.shape != of.shape or not (is_matrix or len(of.shape) == 1):
        return False
    gradient = (adjoint or block.role is Role.BACKWARD) and notation.layout == "numerator"
    return gradient != (notation.product == ("W x" if is_matrix else "x W"))
