"""Equations of matrices that are derived from index forms: as they are written, and with the same numbers."""

from itertools import groupby

import pytest
from array_slices import joined, sliced
from conftest import problem_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layer_problems import batch_normalized, dropped, embedded, normalized, spatial
from test_views import CASES, LETTERS, arrays, close, exact_values, numbers_of, sample

import derive
from derive.graph.views import index_form, matrix_form
from derive.graph.views.matrix_of_index import as_matrices
from derive.network.views import layer_views
from derive.sources import assets


def summed(pairs):
    found = {}
    for target, formula in pairs:
        found.setdefault(target, []).append(formula)
    return found


def require_same(equation, application, values):
    """The derived equation, written out, gives each entry the number that the index form gives it."""
    made = as_matrices(equation, application)
    assert made is not None, equation
    wanted = summed(index_form.expand(equation, application))
    got = summed(matrix_form.expand(made, application))
    assert got.keys() == wanted.keys(), equation
    for target, formulas in wanted.items():
        assert close(numbers_of(got[target], values), numbers_of(formulas, values)), (equation, made)
    return made


def require_matrices(problem):
    """Every equation of every layer, alone and joined with the others of its kind, as matrices."""
    solution = derive.solve(problem)
    values = exact_values(solution)
    for views in layer_views(solution.lowered, int(problem.relu_at_zero)):
        for way in (views.index, views.backward):
            for application in views.applications:
                for equation in way(application):
                    has_windows = views.placed.layer.has_windows
                    for one, own in sliced(equation, application) if has_windows else [(equation, application)]:
                        require_same(one, own, values)
            if not views.placed.layer.has_windows:
                require_joined(way, views.applications, values)


def require_joined(way, applications, values):
    def kind(one):
        return (way(one), {name: tensor.shape for name, tensor in one.tensors.items()})

    for (equations, shapes), group in groupby(applications, kind):
        alike = list(group)
        if len(alike) > 1 and max(map(len, shapes.values())) < 3:
            for equation in equations:
                one, own = joined(equation, alike)
                if max(len(own.find(name)[0].shape) for name in one.names() if own.find(name)) < 3:
                    require_same(one, own, values)


@pytest.mark.parametrize("name", sorted(assets.examples()))
def test_gallery(name):
    require_matrices(problem_of(name))


MANY = settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("problems", [spatial, embedded, dropped, normalized, batch_normalized])
def test_random_layers(problems):
    @MANY
    @given(problem=problems())
    def matrices_agree(problem):
        require_matrices(problem)

    matrices_agree()


@pytest.mark.parametrize("name", sorted(CASES))
@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_layer(name, data):
    (inputs, before, after), texts = CASES[name]
    for text in texts:
        layer_texts = ", ".join(filter(None, (before, text, after)))
        letters = sorted(set(LETTERS.findall(layer_texts)))
        filled = {key: str(data.draw(arrays(*map(int, key[1:])))).replace("'", "") for key in letters}
        samples = ", ".join(sample(data, inputs, name == "embedding") for _ in range(2))
        require_matrices(
            derive.loads(
                f"network: {{inputs: {inputs}, layers: [{layer_texts.format(**filled)}]}}\nlearning_rate: 0.1\n"
                f"rounds: 1\ndata: [{samples}]\nbatch: {{size: 2}}\n"
            )
        )
