"""Layers: each lays out its parameters and emits equations from existing rules."""

from __future__ import annotations

from collections.abc import Iterator

from derive.graph.builder import GraphBuilder
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule

AFFINE = Rule("weighted sum", "sum(w*x)+b", frozenset({"w", "x"}))
"""s_j = sum_i w_ij x_i + b_j; Bishop (2006), equation 5.2."""

LINEAR = Rule("weighted sum without bias", "sum(w*x)", frozenset({"w", "x"}))
"""The same without a bias."""


def dense(builder: GraphBuilder, inputs: Block, weights: Block, biases: Block | None, pre_activation: Block) -> None:
    """A dense layer: one pre-activation a unit.

    Shapes: `inputs` (n,), `weights` (n, m) with the weight from input i to unit j in row i, column j, `biases`
    and `pre_activation` (m,).
    """
    count, units = weights.shape
    rule = (LINEAR if biases is None else AFFINE).sized(count)
    for unit, output in enumerate(pre_activation.ids):
        column = range(weights.first + unit, weights.first + count * units, units)
        bias = () if biases is None else (biases.ids[unit],)
        builder.equation(rule, output, (*column, *inputs.ids, *bias))


def apply(builder: GraphBuilder, rule: Rule, inputs: Block, outputs: Block) -> None:
    """A rule of one slot applied entry by entry; both blocks have the same shape."""
    sized = rule.sized()
    for source, output in zip(inputs.ids, outputs.ids, strict=True):
        builder.equation(sized, output, (source,))


def parameters(builder: GraphBuilder) -> Iterator[Block]:
    """The given blocks that an optimizer updates, in layer order."""
    return (b for b in builder.blocks if b.role is Role.GIVEN and b.kind in (Kind.WEIGHT, Kind.BIAS))
