"""Every number of the ReLU homework, carried rounded as its key says, but for the slips in that key."""

import json
from pathlib import Path

import pytest
from conftest import MATRIX, compiled, problem_of, solution_of, tex_of, text_of

PRINTED = json.loads((Path(__file__).parent / "data" / "seed_000.json").read_text())
SLIPS = {
    "p2.out": "2.46575625",
    "p2.dW1.bias": "-1.4447",
    "p2.dW1.w": "5.0692",
    "p2.dW3.bias.again": "-0.7842",
    "p3.out.r": "1.8653",
    "p3.loss": "0.37437204",
    "p3.loss.r": "0.3744",
}
NOT_UPDATED = {f"p{p}.W{layer}new.bias" for p in (1, 2) for layer in (1, 2, 3)}
EXPECTED = {n: SLIPS.get(n, printed) for n, printed in PRINTED.items() if n not in NOT_UPDATED}


def trace_name(seed_name):
    """The trace's name of a seed's number, its pass, and whether the unrounded number is meant."""
    part, name, *_ = seed_name.split(".")
    number = int(part[1:])
    if name[0] == "s" and len(name) == 2:
        return f"{name}_1", number
    if name in ("out", "loss"):
        return {"out": "f3_1", "loss": "L"}[name], number
    if name.startswith("dW"):
        return f"dL/dw{name[2]}_11", number
    if name[0] == "d":
        return f"dL/ds{name[1]}_1", number
    if name[0] == "b":
        return f"b{name[1]}_1_new", number
    return f"w{name[1]}_11_new", number


WORKED = [n for n in EXPECTED if not n.endswith(("bias", "bias.again"))]


@pytest.mark.parametrize("name", WORKED)
def test_number_as_printed(matrix, name):
    trace, number = trace_name(name)
    value = matrix.rounds[number][trace]
    rounded_follows = f"{name}.r" in EXPECTED
    if trace == "f3_1" and rounded_follows:
        value = matrix.rounds[number]["s3_1"]
    found = f"{value.unrounded:f}"[: len(EXPECTED[name])] if rounded_follows else value.shown
    assert found == EXPECTED[name]


def test_every_number_is_in_the_pdf(tmp_path):
    text = text_of(compiled(tex_of(MATRIX)).pdf, tmp_path)
    printed_rounded_only = {"p3.s2"}  # the notation prints deltas, biases, output and loss unrounded first
    missing = [name for name, number in EXPECTED.items() if number not in text]
    assert set(missing) <= printed_rounded_only
    for wrong in ("1.4448", "5.0691", "0.7482", "1.0074", "1.8654", "0.3745", "1.035", "1.0175", "1.0144", "1.0072"):
        assert wrong not in text


def test_unrounded_then_rounded_after_a_dotted_equals():
    tex = tex_of(MATRIX)
    assert r"=2.46575625\doteq2.4658" in tex
    assert r"=0.37437204\ldots\doteq0.3744" in tex


def test_full_precision_prints_the_unrounded_run():
    stated = problem_of(MATRIX).rounding
    full = solution_of(MATRIX, rounding=type(stated)(**{**dict(stated), "carry": "full"}))
    assert full.rounds[3]["f3_1"].shown == "1.8654"
    assert full.rounds[3]["L"].shown == "0.3745"


def test_the_bias_row_is_shown_and_not_updated():
    tex = tex_of(MATRIX)
    assert r"\quiet{-1.4447}" in tex
    assert r"\quiet{\text{–}}" in tex


def test_three_passes_each_with_its_loss(matrix):
    assert [round["L"].shown for round in matrix.rounds] == ["6.125", "1.0743", "0.3744"]
    assert tex_of(MATRIX).count(r"\matrixrow{Loss}") == 3
