"""Stacks of dense layers on one vector: the networks that are drawn unit by unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.catalog.layers.activated import rule_of
from derive.catalog.layers.dense import Dense
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.network.lowered import Lowered


@dataclass(frozen=True)
class DenseBlocks:
    """The blocks of one dense layer: `weights` has a row for each input; `sums` are the pre-activations."""

    number: int
    inputs: Block
    weights: Block
    biases: Block | None
    sums: Block
    outputs: Block
    activation: Rule


def is_dense_stack(lowered: Lowered) -> bool:
    """Whether a network is dense layers one after another, none of them frozen or a softmax, on one vector a round."""
    return len(lowered.inputs) == 1 and all(
        isinstance(placed.layer, Dense)
        and not placed.layer.from_
        and not placed.layer.frozen
        and len(lowered.inputs[0].shape) == 1
        and rule_of(placed.layer.activation, 0) is not None
        for placed in lowered.placed
    )


def dense_blocks(lowered: Lowered) -> Iterator[DenseBlocks]:
    """The blocks of every layer of such a stack, the first layer first."""
    blocks = lowered.graph.blocks
    for placed in lowered.placed:
        rule = rule_of(placed.layer.activation, 0) if isinstance(placed.layer, Dense) else None
        sums = blocks.find(Kind.PRE_ACTIVATION, placed.number, Role.FORWARD)
        if rule is None or sums is None:
            raise LookupError(f"layer {placed.number} is no dense layer")
        (signal,), output = placed.inputs[0], placed.outputs[0]
        yield DenseBlocks(
            placed.number,
            blocks.of(signal.ids[0]),
            placed.parameters["weights"],
            placed.parameters.get("biases"),
            sums,
            blocks.of(output.ids[0]),
            rule,
        )
