"""Every printed substituted line, read back from its LaTeX, gives the result beside it."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import pytest
from conftest import MATRIX, TABLE, solution_of
from everyday import examples
from hypothesis import given, settings
from nets import problems
from read_back import read

import derive
from derive.errors import CheckError

MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "cut": ROUND_DOWN}
WIDE = Context(prec=200)


def lines(solution):
    blocks = solution.graph.blocks
    for round in solution.rounds:
        for equation in round.equations:
            name = blocks.names[equation.output]
            precision = solution.policy.precision_of(blocks.of(equation.output), name, round.number)
            for writer in (solution.writer, solution.inline_writer):
                yield round, equation, round.line(equation, writer), precision


def rounded(value, places, mode):
    return value.quantize(Decimal(1).scaleb(-places), MODES[mode], WIDE)


def check_lines(solution):
    carried = solution.policy.carries_rounded
    mode = solution.policy.mode.value
    for _, _, line, precision in lines(solution):
        result, worked = read(line.value), read(line.substituted)
        if carried:
            assert line.exact
            assert rounded(worked, precision.count, mode) == result, line
        elif line.exact:
            assert rounded(worked, precision.count, mode) == result or abs(result) < Decimal(10) ** -precision.count


@pytest.mark.parametrize("name", [TABLE, MATRIX])
def test_examples_read_back(name):
    check_lines(solution_of(name))


@settings(max_examples=examples(120), deadline=None)
@given(problems())
def test_random_keys_read_back(problem):
    check_lines(derive.solve(problem))


@settings(max_examples=examples(60), deadline=None)
@given(problems(carry=("full",)))
def test_a_missed_digit_stays_within_what_the_shown_inputs_allow(problem):
    """Move each shown operand by half a unit in its last place: the result lies between the extremes, to first order."""
    solution = derive.solve(problem)
    for round, equation, line, precision in lines(solution):
        if line.exact:
            continue
        step = Decimal(10) ** -precision.count
        bound = step
        from derive.writing.lines import _SHOWN_EVALUATORS

        evaluate = _SHOWN_EVALUATORS.of(equation.rule)
        shown = [Decimal(round.shown[q]) for q in equation.operands]
        for index in range(len(shown)):
            moved = max(
                abs(evaluate([v + d if k == index else v for k, v in enumerate(shown)]) - evaluate(shown))
                for d in (step, -step)
            )
            bound += 2 * moved
        assert abs(read(line.substituted) - read(line.value)) <= bound


def test_the_line_of_the_handout(table):
    line = table.rounds[1].lines[0]
    assert line.substituted == r"0.2 \times 0.4 + 0.1 \times 0.8 + 0.3"
    assert line.value == "0.46"


def test_trailing_zeros_stay_as_written():
    problem = derive.loads(
        "network: {inputs: 1, layers: [{units: 1, weights: 0.30, biases: none}]}\n"
        "learning_rate: 0.10\ndata: [{x: -2.0, y: 1}]\n"
    )
    line = derive.solve(problem).rounds[1].lines[0]
    assert line.substituted == r"0.30 \times (-2.0)"
    assert line.value == "-0.6000"


def test_a_wrong_partial_is_noticed(monkeypatch, table):
    from derive.catalog.activations import ACTIVATIONS
    from derive.graph import rule

    sigmoid = ACTIVATIONS["sigmoid"].rule
    broken = rule.Rule("sigmoid", sigmoid.text, frozenset(), "f", {"s": "f*(1+f)"}, "sigmoid")
    entry = type(ACTIVATIONS["sigmoid"])(broken, "f*(1+f)", saturates=True)
    monkeypatch.setattr("derive.catalog.layers.activated.activation", lambda name, at_zero=0: entry)
    with pytest.raises(CheckError, match="complex step"):
        derive.solve(table.problem)
