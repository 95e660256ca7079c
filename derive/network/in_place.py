"""Statements of adjoints where updates are in place: the new parameters of later layers stand in place of the old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.graph.graph import Graph
from derive.graph.quantity import Kind, Role
from derive.graph.tensor import HOLE, Tensor
from derive.network.statements import Contribution, Statement


def with_new_parameters(worked: Graph, statements: Iterable[Statement]) -> Iterator[Statement]:
    """The statements as they are worked: changed only where backward and update equations take turns."""
    for one in statements:
        yield _with_new(worked, one) if worked.interleaved else one


def _with_new(worked: Graph, statement: Statement) -> Statement:
    return replace(
        statement,
        contributions=tuple(_contribution(worked, one) for one in statement.contributions),
        added=tuple(_with_new(worked, one) for one in statement.added),
    )


def _contribution(worked: Graph, contribution: Contribution) -> Contribution:
    """A contribution with the new parameters of the layers after its own; what goes to a parameter stays as it is."""
    equation, application = contribution
    found = application.find(equation.of)
    if found is None:
        raise LookupError(f"no array {equation.of!r}")
    of = worked.blocks.of(next(quantity for quantity in found[0].ids if quantity != HOLE))
    if of.role is Role.GIVEN:
        return contribution
    later = {name: _new(worked, tensor, of.layer) for name, tensor in application.tensors.items()}
    return equation, replace(application, tensors=later)


def _new(worked: Graph, tensor: Tensor, layer: int) -> Tensor:
    """An array of parameters as it is after the update, where its layer comes after another."""
    blocks = worked.blocks
    ids = list(tensor.ids)
    for place, quantity in enumerate(ids):
        block = blocks.of(quantity) if quantity != HOLE else None
        new = None if block is None or block.layer <= layer else blocks.derived(block, Role.UPDATED)
        if block is not None and new is not None and new.kind is not Kind.STATE:
            ids[place] = new.first + quantity - block.first
    return Tensor(ids, tensor.shape)
