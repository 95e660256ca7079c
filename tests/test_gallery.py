"""The gallery: every problem file solves, says what it is, and sets without an overfull box."""

import pytest
from conftest import engine_or_skip

import derive
from derive.render.latex import to_latex_document
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
