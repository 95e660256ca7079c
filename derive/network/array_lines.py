"""Whether a person would work a problem in whole arrays or entry by entry."""

from __future__ import annotations

from math import prod

from derive.graph.quantity import Role
from derive.network.lowered import Lowered, Placed

FEW = 4
"""Results of a layer at most that are worked entry by entry."""


def reads_in_arrays(lowered: Lowered) -> bool:
    """Whether whole arrays read better: anything but layers of few units, one after another on one vector.

    Equations without layers are worked in arrays where one of them, or a value, has two axes. Updates in place, each
    gradient from what is updated already, are worked entry by entry.
    """
    if lowered.graph.interleaved:
        return False
    if not lowered.placed:
        worked = (Role.GIVEN, Role.FORWARD)
        return any(len(block.shape) > 1 for block in lowered.graph.blocks.blocks if block.role in worked)
    return len(lowered.inputs) > 1 or not all(map(_reads_in_scalars, lowered.placed))


def _reads_in_scalars(placed: Placed) -> bool:
    shapes = (placed.outputs[0].shape, *(tensor.shape for tensor in placed.inputs[0]))
    return placed.layer.scalar_lines and all(len(shape) < 2 for shape in shapes) and prod(shapes[0]) <= FEW
