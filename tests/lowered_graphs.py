"""What a problem is lowered to, as text, for many problems: every layer, every option, the gallery, random networks.

`python tests/lowered_graphs.py` writes their digests to `tests/data/lowered_graphs.json` anew; with a name, it prints
the text of that problem.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from random_networks import random_network
from test_layer_options import BASES, ONLY_NAMES, OTHERS, VARIANTS, options, problem
from test_views import CASES

import derive
from derive.errors import DeriveError
from derive.graph.formula import Formula
from derive.graph.rule import renumber
from derive.network.lower import lower
from derive.network.lowered import Lowered
from derive.problem.model import Problem
from derive.problem.read import problem_of
from derive.sources.marked import parse

DIGESTS = Path(__file__).parent / "data" / "lowered_graphs.json"
EXAMPLES = Path(__file__).parent.parent / "examples"
NETWORKS = 80
WINDOWS = {
    "conv1d": ("kernels: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], biases: {b}", "[5]"),
    "conv2d": ("kernels: [[[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]]], biases: {b}", "[2, 4, 3]"),
    "max_pool1d": ("size: 3", "[2, 7]"),
    "max_pool2d": ("size: [3, 2]", "[2, 4, 5]"),
    "average_pool1d": ("size: 3, padding_counts: {counts}", "[2, 7]"),
    "average_pool2d": ("size: [3, 2], padding_counts: {counts}", "[4, 5]"),
}
"""Layers with windows and what they move over."""
SHAPES = {
    "layer: activation, activation: tanh": ("[3, 2]", "[2, 2, 3]", "4"),
    "layer: activation, activation: {name: elu, alpha: 0.3}": ("[3, 2]",),
    "layer: activation, activation: none": ("[3, 2]",),
    "layer: activation, activation: softmax": ("[3, 2]", "4"),
    "layer: add, from: [input, input]": ("[3, 2]", "[2, 2, 3]"),
    "layer: multiply, from: [input, input]": ("[3, 2]", "[2, 2, 3]"),
    "layer: concatenate, from: [input, input]": ("[3, 2]", "[2, 2, 3]"),
    "layer: dropout, mask: 1, rate: 0.2": ("[3, 2]", "[2, 2, 3]"),
    "units: 2, weights: 0.5, biases: 0.1, activation: softmax": ("[3, 2]",),
    "units: 2, weights: 0.5, biases: 0.1, activation: {formula: s/(1+exp(-s)), label: swish}": ("[3, 2]",),
    "layer: layer_norm": ("[3, 2]", "4", "1"),
    "layer: rms_norm, shift: 0.1": ("[3, 2]", "1"),
    "layer: batch_norm, axis: first, scale: none": ("[3, 2]", "[2, 2, 3]"),
    "layer: batch_norm, axis: last, momentum: 0.2, running: biased": ("[3, 2]", "[2, 2, 3]"),
    "layer: batch_norm, phase: test, running_mean: 0, running_variance: 1, axis: first": ("[3, 2]", "[2, 2, 3]"),
    "layer: conv_transpose1d, kernels: [1, 2], stride: 3, biases: none": ("4",),
    "layer: conv_transpose1d, kernels: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], biases: 0.1, activation: tanh": (
        "[2, 3]",
    ),
    "layer: conv_transpose2d, kernels: [[1, 2, 0], [3, 4, 1]], stride: 2, padding: [0, 1], biases: 0.1": ("[3, 2]",),
    "layer: rbf, units: 2, centres: 0.3, widths: [1, 2]": ("[3, 2]", "4"),
    "layer: group_norm, groups: 2, epsilon: 0.1": ("[4, 2]", "[2, 2, 3]", "4"),
    "layer: embedding, table: [[1, 2, 3], [4, 5, 6]]": ("4", "1"),
    "layer: rnn, units: 1, weights: 1, recurrent: 1, biases: none, recurrent_biases: 0.1, returns: last": ("[3, 2]",),
    "layer: rnn, units: 3, weights: 1, recurrent: 1, biases: 1, truncate: 2, activation: none": ("[5, 2]",),
    "layer: attention, query: [[1, 2], [3, 4]], key: [[1, 2], [3, 4]], value: [[1, 2], [3, 4]], heads: 2, output: 0.5": (
        "[3, 2]",
    ),
    "layer: attention, from: [input, input], causal: true, scale: false": ("[3, 2]", "[1, 1]"),
}
"""Layers and the shapes that they are to take."""


def texts() -> Iterator[tuple[str, str]]:
    """Problem files by name, but for the gallery and random networks."""
    for layer, (_, needed) in BASES.items():
        for number, variant in enumerate(({}, *VARIANTS.get(layer, []))):
            yield f"options {layer} {number}", problem(layer, variant)
            for key in sorted(options(layer) - ONLY_NAMES):
                for place, value in enumerate(OTHERS[key]):
                    if value != {**needed, **variant}.get(key):
                        yield f"options {layer} {number} {key} {place}", problem(layer, {**variant, key: value})
    for layer, ((inputs, before, after), filled) in CASES.items():
        for number, text in enumerate(filled):
            every = ", ".join(filter(None, (before, text, after)))
            numbers = {key: _array([int(n) for n in key[1:]]) for key in re.findall(r"(?<=\{)[a-z]\d*(?=\})", every)}
            yield f"views {layer} {number}", _file(inputs, every.format(**numbers))
    for layer, (stated, inputs) in WINDOWS.items():
        for stride in (1, 2, 3):
            for padding in (0, 1, "same"):
                for b, counts, turned in (("[0.1]", "true", ""), ("none", "false", _TURNED[layer[:3]])):
                    own = stated.replace("{b}", b if b == "none" or "2d" in layer else "[0.1, 0.2]")
                    own = own.replace("{counts}", counts)
                    one = f"{{layer: {layer}, {own}, stride: {stride}, padding: {padding}{turned}}}"
                    last = "{layer: flatten}, {units: 1, weights: 0.3, biases: none}"
                    name = f"windows {layer} {stride} {padding} {b} {counts}"
                    yield name, _file(inputs, f"{one}, {last}")
    last = "{layer: flatten}, {units: 1, weights: 0.3, biases: none}"
    for one, shapes in SHAPES.items():
        for shape in shapes:
            yield f"shapes {one} {shape}", _file(shape, f"{{{one}}}, {last}")


_TURNED = {"con": ", flipped: true", "max": ", ties: last", "ave": ""}


def _array(shape: list[int]) -> object:
    return [_array(shape[1:]) for _ in range(shape[0])] if shape else 0.5


def _file(inputs: str, layers: str) -> str:
    return (
        f"network: {{inputs: {inputs}, layers: [{layers}]}}\nlearning_rate: 0.1\nbatch: {{size: 2}}\n"
        "data: [{x: 1, y: 1}, {x: 2, y: 2}]\n"
    )


@cache
def problems() -> dict[str, Problem]:
    """All problems that can be read, by name."""
    found = {f"gallery {path.stem}": derive.load(path) for path in sorted(EXAMPLES.glob("*.yaml"))}
    for name, text in texts():
        try:
            found[name] = problem_of(parse(_fitting(text), f"{name}.yaml"))
        except DeriveError:
            continue
    return found | {f"random {seed}": random_network(seed) for seed in range(NETWORKS)}


def _fitting(text: str) -> str:
    """The text with one number a sample grown to the shape of the input, which the views' cases leave out."""
    shape = re.match(r"network: \{inputs: (\[?[\d, ]+\]?)", text)
    if shape is None:
        return text
    lengths = [int(one) for one in re.findall(r"\d+", shape[1])]
    grown = str(_array(lengths)) if "embedding" not in text else str([1] * lengths[0])
    return re.sub(r"x: \d", f"x: {grown}", text)


def text_of(lowered: Lowered) -> Iterator[str]:
    """Its blocks, then its equations over quantities with what they are called and how they are differentiated."""
    graph = lowered.graph
    for block in graph.blocks.blocks:
        yield f"{block.first} {block.name} {block.kind} {block.role} {block.shape} {block.letter} {block.tag}"
    for part in (graph.forward, graph.working, graph.backward, graph.update):
        for rule, output, operands, peers in part:
            stops = sorted(operands[place] for place in rule.detached)
            said = f"{rule.name} ({rule.label}) {list(peers)} {stops}"
            yield f"{output} = {plain(renumber(rule.formula, dict(enumerate(operands))))} {list(operands)} {said}"


def plain(formula: Formula) -> str:
    """The tree of a formula over quantities."""
    return re.sub(r"[a-z_]+=|'", "", repr(formula))


def digest(of: Problem) -> str:
    """The digest of what a problem is lowered to."""
    return hashlib.sha256("\n".join(text_of(lower(of))).encode()).hexdigest()[:16]


if __name__ == "__main__":
    if sys.argv[1:]:
        print("\n".join(text_of(lower(problems()[sys.argv[1]]))))  # noqa: T201
    else:
        made = {name: digest(one) for name, one in problems().items()}
        DIGESTS.write_text(json.dumps(made, indent=0) + "\n", encoding="utf-8")
