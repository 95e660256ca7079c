"""Every printed form of random problems, read back: index form, matrices, closed forms, chain rules.

A few problems of each kind run always, many under `slow`.
"""

from __future__ import annotations

import pytest
from effective import effective
from hypothesis import HealthCheck, Phase, assume, given, settings
from layer_problems import avoids_ties, batch_normalized, dropped, embedded, normalized, spatial
from oracle.problems import problem as dense_problem
from test_array_lines import require_all_numbers
from test_printed_closed import require_chain_forms, require_closed_forms
from test_printed_forms import require_index_form

import derive
from derive.catalog.activations import ACTIVATIONS
from derive.errors import NumberError
from derive.problem.rounding import Rounding

LAYERS = {
    "spatial": spatial(),
    "embedded": embedded(),
    "normalized": normalized(),
    "batch normalized": batch_normalized(),
    "dropped": dropped(),
}
KINKED = {entry.rule.label for entry in ACTIVATIONS.values() if entry.kink_at_zero}
EVERY_FORM = (require_index_form, require_all_numbers, require_closed_forms, require_chain_forms)


def require_forms(solution):
    for require in EVERY_FORM:
        require(solution)


def require_dense(seed):
    """The forms of a dense network of the evaluator's, whose options are drawn too; False without numbers or at a kink."""
    try:
        solution = derive.solve(effective({**dense_problem(seed), "rounding": {"places": "8"}}))
    except NumberError:
        return False
    if at_a_kink(solution):
        return False
    require_forms(solution)
    return True


def at_a_kink(solution):
    """Whether an activation's derivative is a convention in some round, which no difference of its values can tell."""
    kinked = [e for e in solution.lowered.graph.forward if e.rule.rule.label in KINKED]
    return any(not values[equation.operands[0]].carried for values in solution.values for equation in kinked)


def require_layer(kind, count):
    @settings(max_examples=count, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(LAYERS[kind])
    def check(problem):
        solution = derive.solve(problem.model_copy(update={"rounding": Rounding(places=8)}))
        assume(avoids_ties(solution))
        require_forms(solution)

    check()


@pytest.mark.parametrize("first", [0])
def test_dense_networks_of_every_option(first):
    assert sum(require_dense(seed) for seed in range(first, first + 3)) > 1


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", range(4, 112, 12))
def test_many_dense_networks_of_every_option(first):
    assert sum(require_dense(seed) for seed in range(first, first + 12)) > 8


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_of_random_sizes(kind):
    require_layer(kind, 1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", LAYERS)
def test_many_layers_of_random_sizes(kind):
    require_layer(kind, 12)
