"""The networks of the benchmarks, as derivations."""

from __future__ import annotations

from collections.abc import Sequence

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.losses import loss
from derive.network.lower import Lowered, lower_shapes


def sigmoid_net(sizes: Sequence[int]) -> Lowered:
    """A dense net of sigmoid units of the given sizes, inputs first."""
    layers = len(sizes) - 1
    activations = [ACTIVATIONS["sigmoid"]] * layers
    return lower_shapes(sizes[0], sizes[1:], activations, [True] * layers, loss("half squared error"))
