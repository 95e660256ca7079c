"""Random sequence problems, and the index forms of layers worked as plain Python."""

import ast
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


def compare_with_index_forms(solution, layer=1):
    """Every formula of a layer, worked from its text over the tensors of each application; how often each fitted."""
    placed = solution.lowered.placed[layer - 1]
    used = dict.fromkeys(placed.layer.formulas, 0)
    for view in placed.views:
        known = {name: tensor(solution, found) for name, found in view.items()}
        for formula in placed.layer.formulas:
            left, right = (ast.parse(side.strip(), mode="eval").body for side in formula.split(" = "))
            names = {
                node.value.id for side in (left, right) for node in ast.walk(side) if isinstance(node, ast.Subscript)
            }
            if not names <= known.keys():
                continue
            used[formula] += 1
            wanted = known[left.value.id]
            for index in np.ndindex(wanted.shape):
                letters = dict(zip(_letters(left), index, strict=True))
                assert math.isclose(_work(right, known, letters), wanted[index], rel_tol=1e-10, abs_tol=1e-13), formula
    return used


def _letters(node):
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [entry.id for entry in entries]


def _length(node, letter, known):
    """How far an index runs: as the tensors that it stands in have it."""
    found = {
        known[one.value.id].shape[place]
        for one in ast.walk(node)
        if isinstance(one, ast.Subscript)
        for place, name in enumerate(_letters(one))
        if name == letter
    }
    (length,) = found
    return length


def _work(node, known, letters, whole=None):
    whole = whole or node
    match node:
        case ast.Constant(value):
            return value
        case ast.Subscript():
            return known[node.value.id][tuple(letters[one] for one in _letters(node))]
        case ast.BinOp(left, operator, right):
            a, b = (_work(side, known, letters, whole) for side in (left, right))
            return {ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b, ast.Div: a / (b or math.nan)}[type(operator)]
        case ast.Call(ast.Name("sum"), [ast.Name(letter), body]):
            count = range(_length(body, letter, known))
            return sum(_work(body, known, {**letters, letter: k}, whole) for k in count)
        case ast.Call(ast.Name("count"), [ast.Name(letter)]):
            return _length(whole, letter, known)
        case ast.Call(ast.Name(function), [argument]):
            return FUNCTIONS[function](_work(argument, known, letters, whole))
    raise TypeError(ast.dump(node))
