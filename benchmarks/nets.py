"""The networks of the benchmarks, as derivations."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from derive import Problem
from derive.network.lower import differentiated
from derive.network.lowered import Lowered


@cache
def problem(sizes: tuple[int, ...]) -> Problem:
    """A dense net of sigmoid units of the given sizes, inputs first."""
    layers = [{"units": units, "activation": "sigmoid", "weights": 1, "biases": 0} for units in sizes[1:]]
    network = {"inputs": sizes[0], "layers": layers}
    return Problem.model_validate({"network": network, "learning_rate": 1})


def sigmoid_net(sizes: Sequence[int]) -> Lowered:
    """The derivation of such a net."""
    return derived(problem(tuple(sizes)))


def derived(made: Problem) -> Lowered:
    """The forward pass and the adjoints of a problem's network."""
    if made.network is None:
        raise LookupError("the problem has a network")
    return differentiated(made, made.network)[0]
