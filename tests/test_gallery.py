"""The gallery: every problem file solves, says what it is, and sets without an overfull box."""

from decimal import Decimal

import pytest
from conftest import engine_or_skip
from editions import to_latex_document

import derive
from derive.sources import assets
from derive.tex.compile import compile_latex

EXAMPLES = assets.examples()


def test_one_idea_a_file():
    titles = [derive.load(path).title for path in EXAMPLES.values()]
    assert len(EXAMPLES) >= 24
    assert all(titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_key_sets_without_an_overfull_box(name):
    solution = derive.solve(derive.load(EXAMPLES[name]))
    assert solution.check.largest < 1e-10
    compiled = compile_latex(to_latex_document(solution, f"{name}.yaml"), engine_or_skip())
    assert compiled.pdf, compiled.error
    assert compiled.overfull == ()


def test_the_numbers_of_a_step_by_step_backpropagation_example():
    """As published by Mazur, A step by step backpropagation example (2015)."""
    solution = derive.solve(derive.load(EXAMPLES["two-two-two"]))
    published = {
        "s1_1": "0.3775",
        "f1_1": "0.593269992",
        "f1_2": "0.596884378",
        "f2_1": "0.75136507",
        "f2_2": "0.772928465",
        "L": "0.298371109",
        "dL/dw2_11": "0.082167041",
        "dL/dw1_11": "0.000438568",
        "w1_11_new": "0.149780716",
        "w1_21_new": "0.19956143",
        "w1_12_new": "0.24975114",
        "w1_22_new": "0.29950229",
        "w2_11_new": "0.35891648",
        "w2_21_new": "0.408666186",
        "w2_12_new": "0.511301270",
        "w2_22_new": "0.561370121",
    }
    for name, number in published.items():
        assert abs(solution.rounds[1][name].unrounded - Decimal(number)) < Decimal("6e-9"), name
    assert not [name for name in solution.graph.blocks.names if "_new" in name and name.startswith("b")]
