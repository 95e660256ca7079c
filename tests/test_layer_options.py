"""No option of a layer is lost: each changes what is worked, or is refused, or is named with its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

import derive
from derive.catalog.layers import layers
from derive.errors import DeriveError
from derive.problem.read import problem_of
from derive.sources.marked import parse

IMAGE, SEQUENCE, VECTOR = [[1, 2, 0], [-1, 3, 2], [2, 1, 1]], [[1, 2], [-1, 3], [0.5, 1]], [1, 2]
GATE = {"weights": [[0.2, 0.3], [0.4, 0.1]], "recurrent": [[0.1, 0.2], [0.3, 0.4]], "biases": [0.1, 0.2]}
SQUARE = [[0.1, 0.2], [0.3, 0.4]]
BASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "dense": (VECTOR, {"units": 2, "activation": "sigmoid", "weights": SQUARE, "biases": [0.1, 0.1]}),
    "activation": (VECTOR, {"activation": "tanh"}),
    "add": (VECTOR, {"from": ["input", "input"]}),
    "multiply": (VECTOR, {"from": ["input", "input"]}),
    "concatenate": (VECTOR, {"from": ["input", "input"]}),
    "attention": (
        SEQUENCE,
        {"query": SQUARE, "key": SQUARE, "value": SQUARE, "query_biases": [0.1, 0.2], "value_biases": [0.1, 0.2]},
    ),
    "average_pool1d": (VECTOR, {"size": 2}),
    "average_pool2d": (IMAGE, {"size": 2, "stride": 1}),
    "batch_norm": (VECTOR, {}),
    "conv1d": (VECTOR, {"kernels": [1, 2], "biases": 0.1}),
    "conv2d": (IMAGE, {"kernels": SQUARE, "biases": 0.1}),
    "dropout": (VECTOR, {"mask": [1, 0], "rate": 0.5}),
    "embedding": ([1, 2], {"table": SQUARE}),
    "equations": (VECTOR, {"equations": {"h": "w*x"}, "values": {"w": 0.5}}),
    "flatten": (IMAGE, {}),
    "gru": (SEQUENCE, {"units": 2, "reset": GATE, "update": GATE, "candidate": GATE}),
    "layer_norm": (VECTOR, {}),
    "lstm": (SEQUENCE, {"units": 2, "forget": GATE, "input": GATE, "output": GATE, "candidate": GATE}),
    "max_pool1d": (VECTOR, {"size": 2}),
    "max_pool2d": (IMAGE, {"size": 2, "stride": 1}),
    "rms_norm": (VECTOR, {}),
    "rnn": (SEQUENCE, {"units": 2, **GATE}),
    "select": (SEQUENCE, {"step": 1}),
    "conv_transpose1d": (VECTOR, {"kernels": [1, 2], "biases": 0.1}),
    "conv_transpose2d": (IMAGE, {"kernels": SQUARE, "biases": 0.1}),
    "rbf": (VECTOR, {"units": 2, "rows": "inputs", "centres": [[0, 1], [0.5, 2]], "widths": [1, 2]}),
    "group_norm": (VECTOR, {"groups": 1}),
}
"""For each layer the number of the input and the options that it needs."""
OTHERS: dict[str, list[Any]] = {
    "units": [3],
    "activation": ["relu", {"name": "leaky relu", "alpha": 0.3}, {"name": "tanh", "alpha": 0.3}],
    "weights": [0.7],
    "biases": ["none", 0.7],
    "recurrent": [0.7],
    "recurrent_biases": [0.7],
    "bias": ["shared"],
    "bias_form": ["threshold", "input", "minus input"],
    "frozen_biases": [True],
    "heads": [2],
    **{key: [0.7, SQUARE] for key in ("query", "key", "value")},
    **{key: [0.7] for key in ("query_biases", "key_biases", "value_biases", "output_biases")},
    "scale": [2, False],
    "shift": [2],
    "epsilon": [0.1],
    "causal": [True],
    "size": [1],
    "stride": [2],
    "padding": [1, "same"],
    "padding_counts": [False],
    "ties": ["last"],
    "phase": ["test"],
    "axis": ["first", "last"],
    "running_mean": [0.5],
    "running_variance": [0.5],
    "running": ["biased"],
    "momentum": [0.3],
    "momentum_of": ["running"],
    "filters": [2],
    "kernels": [[3, 4], [[3, 4], [5, 6]]],
    "flipped": [True],
    "mask": [[1, 1]],
    "rate": [0.2],
    "keep": [0.2],
    "inverted": [False],
    "table": [[[0.5, 0.6], [0.7, 0.8]]],
    "vocabulary": [3],
    "dimension": [3],
    "equations": [{"h": "w*x^2"}],
    "values": [{"w": 0.7}, {"w": 0.5, "u": 0.7}],
    "constants": [{"c": 0.7}],
    "state": [0.7],
    "cell": [0.7],
    "returns": ["last"],
    "truncate": [1, 3, 9],
    **{
        key: [0.7, SQUARE, GATE | {"biases": 0.7}]
        for key in ("reset", "update", "candidate", "forget", "input", "output")
    },
    "reset_gate": ["after"],
    "update_gate": ["replaces"],
    "step": [2],
    "centres": [0.7],
    "widths": [0.7],
    "groups": [2],
    "frozen": [True],
    "rows": ["units"],
    "from": [["nothing"]],
}
"""For each option of a layer values to try."""
ONLY_NAMES = {"layer", "name"}
"""What a layer is, and what others call it."""
ON_NUMBERS = {("ties", "max_pool1d"), ("ties", "max_pool2d")}
"""What shows where two numbers are equal."""
RESTATED = {
    (option, f"{layer}{axes}d")
    for option in ("size", "filters")
    for layer in ("conv", "conv_transpose")
    for axes in (1, 2)
}
"""What kernels that are written out say too; another value is refused."""
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "dense": [{"biases": "none"}, {"frozen": True}],
    "average_pool2d": [{"padding": 1}, {"size": 3, "padding": 1}],
    "batch_norm": [{"momentum": 0.1}, {"phase": "test", "running_mean": 0.1, "running_variance": 2}],
    "conv2d": [{"kernels": [[2]], "padding": "same"}, {"padding": 1}],
    "dropout": [{"inverted": False}, {"phase": "test"}, {"phase": "test", "inverted": False}],
}
"""Other places for the options of a layer."""


def options(layer: str) -> set[str]:
    """The options of a layer as problem files write them."""
    return {field.alias or key for key, field in layers()[layer].model_fields.items()}


def test_every_layer_and_every_option_has_something_to_try():
    assert BASES.keys() == layers().keys()
    every = {key for layer in layers() for key in options(layer)}
    assert every - OTHERS.keys() == ONLY_NAMES
    assert OTHERS.keys() <= every


def shape(numbers: Any) -> list[int]:
    return [len(numbers), *shape(numbers[0])] if isinstance(numbers, list) else []


def problem(layer: str, changes: dict[str, Any]) -> str:
    """A dense layer, so that the adjoint behind the layer is worked too, then the layer, then one number."""
    numbers, needed = BASES[layer]
    whole = shape(numbers)
    stated = {"layer": layer, **needed, **changes}
    taken = layers()[layer].takes_steps and len(whole) == 2
    first = [{"units": whole[-1], "weights": 0.5, "biases": 0.1}] if len(whole) == 1 or taken else []
    first = [] if layer == "embedding" else first
    if "from" in stated and first:
        stated["from"] = [{"input": "first"}.get(name, name) for name in stated["from"]]
        first = [{"name": "first", **first[0]}]
    last = [{"layer": "flatten"}, {"units": 1, "weights": 0.3, "biases": 0.1}]
    samples = [{"x": numbers, "y": 1}, {"x": shifted(numbers, layer), "y": 2}]
    tree = {
        "network": {"inputs": whole, "layers": [*first, stated, *last]},
        "data": samples,
        "batch": {"size": 2},
        "learning_rate": 0.1,
        "rounds": 2,
    }
    return json.dumps(tree)


def shifted(numbers: Any, layer: str) -> Any:
    """Another sample: other numbers, or other words."""
    if layer == "embedding":
        return numbers[::-1]
    return [shifted(one, layer) for one in numbers] if isinstance(numbers, list) else numbers * 2 + 1


def worked(text: str) -> tuple[str, set[str]]:
    """The lines of the rounds, and the options that are named."""
    solution = derive.solve(problem_of(parse(text, "case.yaml")))
    named = {str(path[-1]) for path, _ in solution.notices if path[:2] == ("network", "layers")}
    return solution.to_text() + json.dumps(json.loads(solution.to_json())["rounds"]), named


@pytest.mark.parametrize("layer", BASES)
def test_every_option_alone_changes_something_or_is_named(layer):
    lost = []
    for variant in ({}, *VARIANTS.get(layer, [])):
        usual, _ = worked(problem(layer, variant))
        for key in options(layer) - ONLY_NAMES:
            stated = {**BASES[layer][1], **variant}
            for value in (
                one for one in OTHERS[key] if one != stated.get(key) and (key, layer) not in ON_NUMBERS | RESTATED
            ):
                try:
                    now, named = worked(problem(layer, {**variant, key: value}))
                except DeriveError:
                    continue
                if (now == usual) != (key in named):
                    lost.append((key, value, variant, sorted(named)))
    assert lost == []
