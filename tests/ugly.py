"""Problems that are hard to set: ugly numbers, long names, many units, deep networks, every rounding and style."""

from __future__ import annotations

import random
from itertools import pairwise

from effective import effective
from sequences import Numbers, gru, lstm, rnn

import derive

STYLES = ("table", "worked", "graph", "matrix")
NOTATIONS = ("partials", "delta")
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "softplus")
STEADY = ("identity", "relu")
"""Activations that ugly numbers do not drive to where nothing can be told apart."""
UGLY = ("-123456.789012", "0.000000000001", "-0.0000123456789", "98765.4321", "-1e-7", "3", "-2.5", "0.30", "1234567")
LONG_NAMES = ("averagecost", "x", "momentumofinert", "w12", "alpha", "angularspeed_12", "q")


class Ugly(Numbers):
    """Numbers of every length, mostly short ones so that functions do not overflow."""

    def __init__(self, seed, share):
        super().__init__(seed)
        self.share = share

    def __call__(self, *shape):
        if shape:
            return [self(*shape[1:]) for _ in range(shape[0])]
        if self.random.random() < self.share:
            return self.random.choice(UGLY)
        return f"{self.random.uniform(-1.5, 1.5):.{self.random.randint(1, 8)}f}"


def _dense(numbers, pick):
    sizes = [pick.choice((1, 2, 3, 4, 5, 8)) for _ in range(pick.choice((2, 2, 3, 3, 4, 6)))]
    if pick.random() < 0.1:
        sizes = [2, 16, 2]
    layers = [
        {
            "units": units,
            "activation": pick.choice(STEADY if numbers.share else ACTIVATIONS),
            "weights": numbers(before, units),
            "biases": pick.choice(("none", numbers(units), numbers())),
        }
        for before, units in pairwise(sizes)
    ]
    samples = [{"x": numbers(sizes[0]), "y": numbers(sizes[-1])} for _ in range(pick.randint(1, 3))]
    return {"network": {"inputs": sizes[0], "layers": layers}, "data": samples, "rounds": pick.randint(1, 3)}


def _recurrent(numbers, pick):
    inputs, units, steps = pick.randint(1, 2), pick.randint(1, 2), pick.choice((2, 3, 4))
    numbers = Ugly(pick.random(), 0.0)
    made = pick.choice((rnn, lstm, gru))(numbers, inputs, units, returns="last")
    return {
        "network": {"inputs": [steps, inputs], "layers": [made]},
        "data": [{"x": numbers(steps, inputs), "y": numbers(units)}],
        "rounds": 1,
    }


def _equations(numbers, pick):
    names = pick.sample(LONG_NAMES, 4)
    values = {name: numbers() for name in names}
    equations = {
        "intermediatestep": f"{names[0]}*{names[1]} + {names[2]}",
        "b": f"intermediatestep^2 - 3*{names[3]} + {names[0]}*{names[2]}*{names[3]}*{names[1]}",
        "c": "tanh(b/(1 + b^2)) + intermediatestep/(2 + b^2)",
    }
    return {"equations": equations, "values": values}


def ugly(seed: int) -> derive.Problem:
    """The problem of a seed."""
    pick = random.Random(seed)
    numbers = Ugly(seed, pick.choice((0.0, 0.05, 0.3)))
    made = pick.choice((_dense, _dense, _dense, _recurrent, _equations))(numbers, pick)
    precision = pick.choice(({"places": pick.choice((1, 3, 4, 6, 10))}, {"significant": pick.choice((2, 4, 9))}))
    style = STYLES[seed % len(STYLES)]
    asks = ["functions", "rounds", "losses"] if "network" in made else ["functions", "rounds"]
    return effective(
        {
            **made,
            "learning_rate": pick.choice(("0.1", "0.000125", "1")),
            "style": style if "network" in made else STYLES[seed % 3],
            "notation": pick.choice(NOTATIONS),
            "inline": pick.choice(([], ["error"], ["error", "squared error", "adjoint"])),
            "rounding": {
                **precision,
                "mode": pick.choice(("half-up", "half-even", "cut")),
                "carry": pick.choice(("full", "rounded")),
                "zeros": pick.choice(("keep", "drop", "inexact")),
            },
            "questions": [{"title": "All of it", "asks": asks, "working": pick.random() < 0.5}],
        }
    )
