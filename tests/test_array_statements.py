"""Losses, penalties, clipping, updates and states of optimizers as statements of arrays."""

from itertools import product

import pytest
from allpairspy import AllPairs
from array_statements import exact_values, require_stated, require_statements
from conftest import solution_of
from everyday import first_of_each
from losses import problem_tree

import derive
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES
from derive.network.array_statements import array_statements
from derive.network.arrays import NoArrayError, require_array
from derive.network.statements import Statement
from derive.sources import assets

STATED = {"gamma": "0.5", "T": "2", "k": "0.5", "end": "0.01"}
RATES = {
    "one": "0.3",
    **{
        name: {"start": "0.3", "schedule": name, "constants": {key: STATED[key] for key in schedule.constants}}
        for name, schedule in SCHEDULES.items()
    },
}
PENALTIES = {
    "none": {},
    "l2": {"penalty": {"l2": "0.1"}},
    "whole l2": {"penalty": {"l2": "0.1", "half": False}},
    "l1": {"penalty": {"l1": "0.2"}},
    "both": {"penalty": {"l2": "0.1", "l1": "0.2", "biases": True}},
}
BEFORE = {
    "nothing": {},
    "clip value": {"clip_value": "0.4"},
    "clip norm": {"clip_norm": "0.5"},
    "decay": {"weight_decay": "0.1"},
    "all": {"clip_value": "0.4", "clip_norm": "0.5", "weight_decay": "0.1", "weight_decay_order": "before clipping"},
}
BATCHES = {
    "one": {},
    "added": {"batch": {"size": 3, "gradients": "summed"}},
    "averaged": {"batch": {"size": 3}},
    "own": {"batch": {"size": 2, "per_sample_gradients": True}},
    "many": {"batch": {"size": 6}},
}
FORMS = {"descent": {}, "ascent": {"update_form": "ascent"}, "in place": {"updates": "in place"}}


def is_allowed(row):
    """All norms of gradients are known before the first update."""
    return len(row) < 6 or row[5] != "in place" or row[3] not in ("clip norm", "all")


CASES = list(
    AllPairs(
        [[*LOSSES], [*OPTIMIZERS], [*PENALTIES], [*BEFORE], [*BATCHES], [*FORMS], [*RATES], [1, 3]],
        filter_func=is_allowed,
    )
)


@pytest.mark.parametrize(
    ("loss", "optimizer", "penalty", "before", "batch", "form", "rate", "outputs"), first_of_each(map(tuple, CASES))
)
def test_every_entry_is_the_worked_number(loss, optimizer, penalty, before, batch, form, rate, outputs):
    optimizing = {"optimizer": {"name": optimizer, **BEFORE[before]}, "learning_rate": RATES[rate]}
    tree = problem_tree(
        loss, outputs, 7, samples=6, **PENALTIES[penalty], **BATCHES[batch], **FORMS[form], **optimizing
    )
    assert require_statements(derive.solve(derive.Problem.model_validate(tree))) == 0


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_the_gallery(name):
    assert require_statements(solution_of(name)) == 0


@pytest.mark.parametrize("name", ["two-two-two", "softmax-fused", "adam-parabola"])
def test_equations_of_some_entries(name):
    solution = solution_of(name)
    values = exact_values(solution)
    for equations in (solution.graph.update, solution.graph.backward, solution.graph.worked_forward):
        for part in (equations[1:], equations[:-1]):
            require_stated(array_statements(solution.graph, part), part, values)


@pytest.mark.parametrize(
    "name", ["two-two-two", "softmax-fused", "layer-norm", "lstm-cell", "matrix-graph", "batch-norm-three-samples"]
)
def test_forward_passes(name):
    solution = solution_of(name)
    equations = solution.graph.worked_forward
    found = array_statements(solution.graph, equations)
    require_stated(found, equations, exact_values(solution))
    assert all(isinstance(stated, Statement) for stated in found)


def numbers(*shape):
    """Numbers as a problem file writes them, none twice."""
    flat = (f"0.{n:02}" for n in range(11, 99))
    return _filled(shape, flat)


def _filled(shape, flat):
    return [_filled(shape[1:], flat) for _ in range(shape[0])] if shape else next(flat)


RNN = {"layer": "rnn", "units": 2, "weights": numbers(2, 2), "recurrent": numbers(2, 2), "biases": numbers(2)}
CONV = {"layer": "conv2d", "kernels": numbers(2, 2, 2, 2), "biases": numbers(2)}
HEAD = {"layer": "attention", **{key: numbers(2, 2) for key in ("query", "key", "value")}}
NORM = {"layer": "batch_norm", "scale": numbers(2), "shift": numbers(2)}
DENSE = {"units": 2, "weights": numbers(2, 2), "biases": numbers(2), "activation": "softplus"}
FLAT = [{"layer": "flatten"}, {"units": 1, "weights": numbers(8, 1), "biases": "none"}]
NETS = {
    "steps": ([3, 2], [RNN], (3, 2)),
    "positions": ([2, 2], [HEAD], (2, 2)),
    "kernels": ([2, 3, 3], [CONV, *FLAT], (1,)),
    "mixed samples": (2, [DENSE, NORM], (2,)),
    "layers": (2, [DENSE, {**DENSE, "activation": {"name": "prelu", "alpha": "0.2"}}], (2,)),
}
CHOICES = {
    "plain": {},
    "averaged": {"batch": {"size": 3}},
    "own": {"batch": {"size": 3, "per_sample_gradients": True}},
    "ascent": {"update_form": "ascent"},
    "inline": {"inline": ["adjoint", "error"]},
}


SCALARS = {("kernels", "ascent", "sgd")}
"""Where an update sums over the windows of a kernel, which is no array's."""
MADE = [pair for pair in product(NETS, CHOICES) if pair not in {("mixed samples", "own"), ("steps", "inline")}]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(("net", "choice"), MADE)
def test_networks(net, choice, optimizer):
    inputs, layers, outputs = NETS[net]
    shape = inputs if isinstance(inputs, list) else [inputs]
    tree = {
        "network": {"inputs": inputs, "layers": layers},
        "optimizer": {"name": optimizer, **({"clip_norm": "0.1"} if optimizer == "adam" else {})},
        "learning_rate": "0.1",
        "loss": "half squared error",
        "penalty": {"l2": "0.1"},
        "data": [{"x": numbers(*shape), "y": numbers(*outputs)} for _ in range(3)],
        **({"batch": {"size": 3}} if net == "mixed samples" else {}),
        **CHOICES[choice],
    }
    scalars = require_statements(derive.solve(derive.Problem.model_validate(tree)))
    assert (scalars > 0) == ((net, choice, optimizer) in SCALARS)


@pytest.mark.parametrize("loss", [name for name in LOSSES if "cross" in name or "kl" in name])
@pytest.mark.parametrize("samples", [1, 3])
def test_smoothed_targets_and_other_logarithms(loss, samples):
    smoothing = {"smoothing": "0.1"} if loss.startswith("cross") else {}
    tree = problem_tree(loss, 3, 7, samples=3, log="2", **({"batch": {"size": samples}} if samples > 1 else {}))
    tree["loss"].update(smoothing)
    assert require_statements(derive.solve(derive.Problem.model_validate(tree))) == 0


def test_what_is_an_array():
    solution = solution_of("xor")
    blocks = solution.graph.blocks
    weights, (first, second) = blocks.by_name["w1_11"], [blocks.by_name[f"s1_1@n{n}"] for n in (1, 2)]
    arrays = [range(weights, weights + 4), range(weights, weights + 2), [first, first + 1, second, second + 1]]
    for ids in arrays:
        require_array(blocks, list(ids))
    wrong = [range(weights + 1, weights + 3), range(weights, weights + 1), [first, first + 1] * 2, [first, second]]
    for ids in (*wrong, [weights + 1, weights], range(weights, weights + 5)):
        with pytest.raises(NoArrayError):
            require_array(blocks, list(ids))


def test_what_only_looks_like_a_square_or_a_softmax():
    tree = {
        "equations": {"c": "a^3", "q": "exp(a)/sum(exp(b))", "L": "sum(q*c)"},
        "values": {"a": ["0.2", "0.5", "0.7"], "b": ["0.3", "0.1", "0.4"]},
        "parameters": ["a", "b"],
        "learning_rate": "0.1",
        "rounds": 1,
    }
    solution = derive.solve(derive.Problem.model_validate(tree))
    equations = solution.graph.worked_forward
    found = array_statements(solution.graph, equations)
    require_stated(found, equations, exact_values(solution))
    assert [isinstance(stated, Statement) for stated in found] == [False] * 3 + [True, True]
