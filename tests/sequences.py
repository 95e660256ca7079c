"""Random sequence problems, and the index forms of layers worked as plain Python."""

import math
import random

import numpy as np

import derive

FUNCTIONS = {
    "sigmoid": lambda s: 1 / (1 + math.exp(-s)),
    "tanh": math.tanh,
    "activation": math.tanh,
    "exp": math.exp,
    "sqrt": math.sqrt,
}


class Numbers:
    """Random numbers as a problem file writes them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def __call__(self, *shape):
        if shape:
            return [self(*shape[1:]) for _ in range(shape[0])]
        return f"{self.random.choice((-1, 1)) * self.random.randint(5, 120) / 100:.2f}"

    def sums(self, inputs, units, *, biases=True, recurrent_biases=False):
        return {
            "weights": self(inputs, units),
            "recurrent": self(units, units),
            "biases": self(units) if biases else "none",
            **({"recurrent_biases": self(units)} if recurrent_biases else {}),
        }

    def choice(self, *options):
        return self.random.choice(options)


def lstm(numbers, inputs, units, **options):
    biases = {key: options.pop(key) for key in ("biases", "recurrent_biases") if key in options}
    gates = {key: numbers.sums(inputs, units, **biases) for key in ("forget", "input", "output", "candidate")}
    return {"layer": "lstm", "units": units, **gates, **options}


def gru(numbers, inputs, units, **options):
    biases = {key: options.pop(key) for key in ("biases", "recurrent_biases") if key in options}
    gates = {key: numbers.sums(inputs, units, **biases) for key in ("reset", "update", "candidate")}
    return {"layer": "gru", "units": units, **gates, **options}


def rnn(numbers, inputs, units, **options):
    biases = {key: options.pop(key) for key in ("biases", "recurrent_biases") if key in options}
    return {"layer": "rnn", "units": units, **numbers.sums(inputs, units, **biases), **options}


def problem(layers, inputs, data, rounds=1, **options):
    return derive.Problem.model_validate(
        {
            "network": {"inputs": inputs, "layers": layers},
            "learning_rate": "0.1",
            "data": data,
            "rounds": rounds,
            **options,
        }
    )


def solved(layers, inputs, data, rounds=1, **options):
    """A solution; its partials have been compared with a complex step, and its names are all different."""
    solution = derive.solve(problem(layers, inputs, data, rounds, **options))
    assert solution.check.checked == solution.check.total
    names = solution.graph.blocks.names
    assert len(set(names)) == len(names)
    return solution


def array(solution, ids, shape, number=1):
    """Quantities of a round as an array."""
    values = solution.values[number - 1]
    return np.array([float(values[q].unrounded) for q in ids]).reshape(shape)


def tensor(solution, found, number=1):
    return array(solution, found.ids, found.shape, number)


def outputs(solution, number=1):
    """The network's result for each sample."""
    return [tensor(solution, found, number) for found in solution.lowered.placed[-1].outputs]


def gradient(solution, block, number=1):
    adjoint = solution.lowered.graph.adjoint_of
    return array(solution, [adjoint[q] for q in block.ids], block.shape, number)
