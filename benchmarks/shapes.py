"""Layers beyond dense ones at growing sizes: time against the number of equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from benchmarks.nets import derived
from derive import Problem
from derive.network.lowered import Lowered

_GATE = {"weights": 0.1, "recurrent": 0.2, "biases": 0}
_UNIT = {"units": 1, "weights": 0.1, "biases": 0}


def _problem(inputs: list[int], *layers: Mapping[str, Any]) -> Problem:
    network = {"inputs": inputs, "layers": list(layers)}
    return Problem.model_validate({"network": network, "learning_rate": 1})


def _lstm(steps: int) -> Problem:
    gates = dict.fromkeys(("forget", "input", "output", "candidate"), _GATE)
    return _problem([steps, 2], {"layer": "lstm", "units": 2, **gates, "returns": "last"}, _UNIT)


def _convolution(width: int) -> Problem:
    kernels = {"layer": "conv2d", "filters": 4, "size": [3, 3], "kernels": 0.1, "biases": 0, "activation": "relu"}
    return _problem([width, width], kernels, {"layer": "flatten"}, _UNIT)


def _attention(tokens: int) -> Problem:
    weights = [[0.1, 0.2], [0.3, 0.4]]
    heads = {"layer": "attention", "query": weights, "key": weights, "value": weights}
    return _problem([tokens, 2], heads, _UNIT)


def _samples(size: int) -> Problem:
    layers = [{"units": 3, "activation": "tanh", "weights": 0.1, "biases": 0}, _UNIT]
    network = {"inputs": 3, "layers": layers}
    return Problem.model_validate({"network": network, "learning_rate": 1, "batch": {"size": size}})


SHAPES: Mapping[str, tuple[Callable[[int], Problem], tuple[int, ...]]] = MappingProxyType(
    {
        "LSTM of 2 units, steps": (_lstm, (5, 10, 20, 40)),
        "4 kernels of 3 x 3, image width": (_convolution, (5, 10, 20, 40)),
        "attention, tokens": (_attention, (4, 8, 16, 32)),
        "dense 3-3-1, samples": (_samples, (4, 16, 64, 256)),
    }
)
"""For each kind of network, how a size makes it, and the sizes."""


def of_size(make: Callable[[int], Problem], size: int) -> Callable[[], Lowered]:
    """The derivation of a network of that size, its problem made beforehand."""
    problem = make(size)
    return lambda: derived(problem)
