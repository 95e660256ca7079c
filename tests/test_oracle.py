"""Printed numbers against an evaluator of the tests' own, written from the mathematics (`tests/oracle`)."""

import json

import pytest
import yaml
from oracle import equations
from oracle.dense import Network
from oracle.lines import faults
from oracle.problems import problem, rounding_of
from oracle.tape import context

import derive
from derive.errors import NumberError
from derive.sources import assets

CLOSE = context.mpf(10) ** -28


def disagreements(tree, rounds):
    """The names whose numbers in the trace are others than the evaluator's, or that the trace lacks."""
    try:
        solution = derive.solve(derive.loads(yaml.safe_dump(tree, sort_keys=False)))
    except NumberError:
        return []  # a saturated unit under a logarithm; the evaluator has no number there either
    known, found = {quantity.name for quantity in solution.quantities}, []
    for number, expected in enumerate(rounds(tree), 1):
        for name, value in expected.items():
            if name.startswith("d/d") and tree.get("update_form") == "ascent":
                continue  # the ascent form works deltas, and no gradients
            names = [one for one in (name.replace("d/d", "dJ/d"), name.replace("d/d", "dL/d")) if one in known]
            if not names:
                found.append(f"{name} in round {number} is not there")
                continue
            got = context.mpf(str(solution.rounds[number][names[0]].unrounded))
            if abs(got - value) > CLOSE * (1 + abs(value)):
                found.append(f"{name} in round {number}: {got}, not {value}")
    return found


def of_network(tree):
    return Network(tree).rounds(int(tree["rounds"]))


@pytest.mark.parametrize("first", range(0, 120, 5))
def test_dense_networks_of_every_option(first):
    wrong = {s: found[:3] for s in range(first, first + 5) if (found := disagreements(problem(s), of_network))}
    assert wrong == {}


@pytest.mark.parametrize("first", range(0, 60, 5))
def test_graphs_of_equations(first):
    trees = {seed: equations.problem(seed) for seed in range(first, first + 5)}
    wrong = {s: found[:3] for s, tree in trees.items() if (found := disagreements(tree, equations.rounds))}
    assert wrong == {}


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_every_line_of_the_gallery_worked_again_from_its_text(name):
    path = assets.examples()[name]
    rounding = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader).get("rounding", {})
    assert faults(json.loads(derive.solve(path).to_json()), rounding) == []


@pytest.mark.parametrize("first", range(0, 60, 5))
def test_lines_of_random_networks_under_every_rounding(first):
    wrong = {}
    for seed in range(first, first + 5):
        tree = {**problem(seed), "rounding": rounding_of(seed, problem(seed))}
        try:
            solution = derive.solve(derive.loads(yaml.safe_dump(tree, sort_keys=False)))
        except NumberError:
            continue
        if found := faults(json.loads(solution.to_json()), tree["rounding"]):
            wrong[seed] = found[:3]
    assert wrong == {}
