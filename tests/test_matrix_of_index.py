"""Equations of matrices that are derived from index forms: as they are written, and with the same numbers."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from math import prod

import pytest
from array_slices import joined, sliced
from conftest import problem_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layer_problems import batch_normalized, dropped, embedded, normalized, spatial
from matrix_language import parse_matrix_form
from test_views import CASES, LETTERS, arrays, close, exact_values, moves_windows, numbers_of, sample

import derive
from derive.catalog.activations import ACTIVATIONS
from derive.errors import FormulaError
from derive.graph.formula import Call, Product, Slot, calls, rebuild
from derive.graph.tensor import Tensor
from derive.graph.views import index_form, matrix_form
from derive.graph.views.application import Application, Applied
from derive.graph.views.language import parse_index_form
from derive.graph.views.matrix_of_index import as_matrices
from derive.network.views import layer_views
from derive.sources import assets
from derive.writing.matrix_views import matrix_latex
from derive.writing.view_symbols import ViewSymbols


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
        layer, windowed = views.placed.layer.layer, moves_windows(type(views.placed.layer))
        for way in (views.index, views.backward):
            for application in views.applications:
                for equation in way(application):
                    for one, own in sliced(equation, application) if windowed else [(equation, application)]:
                        require_same(one, own, values)
            if not windowed:
                require_joined(way, views.applications, values, SEPARATE.get(layer, frozenset()))


SEPARATE = {"rbf": {"r", "dx", "dc"}}
"""What a layer gives by differences of every row and every column, which no matrix of several samples holds."""


def require_joined(way, applications, values, separate):
    def kind(one):
        return (way(one), {name: tensor.shape for name, tensor in one.tensors.items()})

    for (equations, shapes), group in groupby(applications, kind):
        alike = list(group)
        if len(alike) > 1 and max(map(len, shapes.values())) < 3:
            for equation in equations:
                one, own = joined(equation, alike)
                if one.of in separate:
                    assert as_matrices(one, own) is None, one
                elif max(len(own.find(name)[0].shape) for name in one.names() if own.find(name)) < 3:
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


def application(activations=(), numbers=(), **shapes):
    """Tensors of the given shapes, numbered through, each with an adjoint 1000 further on."""
    tensors, start = {}, 0
    for name, shape in shapes.items():
        tensors[name] = Tensor(range(start, start + prod(shape)), shape)
        start += prod(shape)
    used = {name: Applied(ACTIVATIONS["tanh"].rule, {}) for name in activations}
    return Application(tensors, {q: q + 1000 for q in range(start)}, dict(numbers), used)


def values_of(given_):
    """A number of its own for each quantity and each adjoint."""
    count = sum(len(one.ids) for one in given_.tensors.values())
    return {q: Decimal(1 + q * q % 17) / 7 for q in [*range(count), *range(1000, 1000 + count)]}


SHAPES = {"x": (2,), "s": (3,), "w": (2, 3), "b": (3,), "a": (4, 3), "X": (4, 2), "S": (4, 3), "m": (4,), "c": ()}
SHAPES |= {"f": (3,), "F": (4, 3), "g": (4,), "W": (3, 5), "R": (4, 5), "t": (3,), "E": (6, 2), "Y": (3, 2)}
SHAPES |= {"Z": (2, 5), "Q": (3, 3), "T": (4, 2, 3)}
READS = [
    ("s[j] = sum(i, w[i,j]*x[i]) + b[j]", "s = T(w)*x + b"),
    ("s[j] = sum(i, x[i]*w[i,j])", "s = T(w)*x"),
    ("S[n,j] = sum(i, w[i,j]*X[n,i]) + b[j]", "S = X*w + T(b)"),
    ("dw[i,j] = x[i]*ds[j]", "dw = x*T(ds)"),
    ("dw[i,j] = ds[j]*x[i]", "dw = x*T(ds)"),
    ("dw[i,j] = sum(n, X[n,i]*dS[n,j])", "dw = T(X)*dS"),
    ("db[j] = sum(n, dS[n,j])", "db = rowsum(T(dS))"),
    ("dX[n,i] = sum(j, w[i,j]*dS[n,j])", "dX = dS*T(w)"),
    ("f[j] = exp(s[j])/sum(l, exp(s[l]))", "f = softmax(s)"),
    ("F[n,j] = exp(S[n,j])/sum(l, exp(S[n,l]))", "F = rowsoftmax(S)"),
    ("F[n,j] = exp(S[n,j])/sum(l, exp(S[l,j]))", "F = softmax(S)"),
    ("ds[j] = f[j]*(df[j] - sum(l, df[l]*f[l]))", "ds = f .* (df - T(df)*f)"),
    ("dS[n,j] = F[n,j]*(dF[n,j] - sum(l, dF[n,l]*F[n,l]))", "dS = F .* (dF - rowsum(dF .* F))"),
    ("m[n] = sum(j, S[n,j])/count(j)", "m = rowsum(S)/columns(S)"),
    ("c = sum(n, j, (S[n,j]-b[j])*F[n,j])", "c = sum((S - T(b)) .* F)"),
    ("c = sum(n, sum(j, S[n,j]))/(count(n)*count(j))", "c = sum(S)/(rows(S)*columns(S))"),
    ("F[n,j] = m[n]*S[n,j]*b[j]", "F = m .* S .* T(b)"),
    ("f[j] = sum(n, m[n]*S[n,j]*g[n])", "f = T(S)*(m .* g)"),
    ("R[n,k] = sum(i, j, X[n,i]*w[i,j]*W[j,k])", "R = X*w*W"),
    ("c = sum(i, j, k, w[i,j]*W[j,k]*Z[i,k])", "c = sum(W .* (T(w)*Z))"),
    ("S[n,j] = sum(i, k, X[n,i]*w[i,j]*Z[i,k])", "S = (colsum(T(Z)) .* X)*w"),
    ("S[n,j] = -sum(i, w[i,j]*X[n,i]) - c*b[j]", "S = -(X*w) - c*T(b)"),
    ("S[n,j] = b[j]", "S = ones(S)*T(b)"),
    ("S[n,j] = m[n]", "S = m*T(ones(T(S)))"),
    ("s[j] = tanh(b[j])^2/sqrt(s[j]+c)", "s = tanh(b) .* tanh(b) ./ sqrt(s + c)"),
    ("dS[n,j] = dF[n,j]*activation'(S[n,j])", "dS = dF .* activation'(S)"),
    ("Y[t,i] = sum(k, equals(f[t], k)*E[k,i])", "Y = onehot(f, rows(E))*E"),
    ("dE[k,i] = sum(t, equals(f[t], k)*dY[t,i])", "dE = T(onehot(f, rows(dE)))*dY"),
]


@pytest.mark.parametrize(("text", "wanted"), READS)
def test_what_the_axes_say(text, wanted):
    given_ = application(["activation"], **SHAPES)
    made = require_same(parse_index_form(text), given_, values_of(given_))
    assert made == parse_matrix_form(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "S[n,j] = sum(i, k, X[n,i]*w[i,j]*Z[i,k]*R[n,k]*W[j,k])",
        "s[j] = Q[j,j]",
        "s[j] = j*b[j]",
        "s[j] = sum(i=1..2, x[i])",
        "s[j] = is_argmax(b[j], c, all(l, b[l]))",
        "T[n,i,j] = X[n,i]*w[i,j]",
        "s[j] = max(b[j], unknown(b[j]))",
    ],
)
def test_what_has_no_form_of_matrices(text):
    assert as_matrices(parse_index_form(text), application(**SHAPES)) is None


def test_axes_of_different_lengths_are_refused():
    with pytest.raises(FormulaError, match="i runs to 2 and at Q to 3"):
        as_matrices(parse_index_form("s[j] = sum(i, w[i,j]*Q[j,i])"), application(**SHAPES))


GRIDS = {"x": (5, 4), "k": (2, 2), "s": (4, 3), "z": (3, 4), "h": (3, 2), "v": (7,), "q": (3,), "y": (5,), "o": (3,)}
WINDOWS = [
    ("s[i,j] = sum(u, v, k[u,v]*x[i+u-1,j+v-1])", "s = corr(x, k)"),
    ("dk[u,v] = sum(i, j, ds[i,j]*x[i+u-1,j+v-1])", "dk = corr(x, ds)"),
    ("dx[r,t] = sum(i, j, k[r-i+1,t-j+1]*ds[i,j])", "dx = conv(ds, k)"),
    ("dx[r,t] = sum(i, j, 1 <= r-i+1 <= 2, k[r-i+1,t-j+1]*ds[i,j])", "dx = conv(ds, k)"),
    ("s[i,j] = 2*sum(u, v, x[i+2-u,j+2-v]*k[u,v]) + q[1]", None),
    ("s[i,j] = sum(u, v, x[i+2-u,j+2-v]*k[u,v])/2", "s = conv(x, k, s, 1, 1, 1, -2, 1, 1, 1, -2)/2"),
    ("dk[u,v] = sum(i, j, ds[i,j]*x[i+2-u,j+2-v])", "dk = corr(ds, x, dk, 1, 1, 1, -2, 1, 1, 1, -2)"),
    ("y[i] = sum(u, q[u]*v[i+u-1])", "y = corr(v, q)"),
    ("o[i] = sum(u, q[u]*v[2*(i-1)+u])", "o = corr(v, q, o, 2, 1, 1, -2)"),
    ("dq[u] = sum(i, do[i]*v[2*(i-1)+u])", "dq = corr(v, do, dq, 1, 1, 2, -2)"),
    ("dv[r] = sum(i, q[r-2*(i-1)]*do[i])", "dv = conv(do, q, dv, 1, 2, 1, -2)"),
    ("h[i,j] = max(u=1..2, v=1..2, x[2*(i-1)+u,2*(j-1)+v])", "h = maxpool(x, h, 2, 2, 1, -2, 2, 2, 1, -2)"),
    ("o[i] = sum(u=1..3, v[2*(i-1)+u])/3", "o = meanpool(v, o, 1, 3, 2, 1, -2)"),
    ("dv[r] = sum(i, 1 <= r-2*(i-1) <= 3, do[i]/3)", "dv = meanunpool(do, dv, 1, 3, 2, 1, -2)"),
    (
        "dv[r] = sum(i, is_argmax(v[r], o[i], all(u=1..3, v[2*(i-1)+u]))*do[i])",
        "dv = maxunpool(do, o, v, 3, 2, 1, -2)",
    ),
    ("s[i,j] = sum(u, v, k[u,v]*x[i+u-1,i+v-1])", None),
    ("s[i,j] = sum(u, v, k[u,v]*x[i+u-1,j+v-1]*s[i,j])", None),
    ("s[i,j] = sum(u, v, 1 <= i+u <= 3, k[u,v]*x[i+u-1,j+v-1])", None),
    ("o[i] = sum(u=1..3, v[2*(i-1)+u])/2", None),
    ("dv[r] = sum(i, 1 <= r-2*(i-1) <= 3, do[i]/2)", None),
    ("dv[r] = sum(i, 1 <= r-2*(i-1) <= 2, is_argmax(v[r], o[i], all(u=1..3, v[2*(i-1)+u]))*do[i])", None),
]


@pytest.mark.parametrize(("text", "wanted"), WINDOWS)
def test_windows_over_grids(text, wanted):
    given_ = application(**GRIDS)
    equation = parse_index_form(text)
    if wanted is None:
        assert as_matrices(equation, given_) is None
        return
    assert require_same(equation, given_, values_of(given_)) == parse_matrix_form(wanted)


def slips(formula):
    """The formula without each of its transposes, without each sum, with the factors of each product the other way."""
    for place, node in enumerate(nodes(formula)):
        match node:
            case Call("T" | "sum" | "rowsum" | "colsum", (argument,)):
                yield put(formula, place, argument)
            case Product(factors) if not {Slot("c"), Call("rows", (Slot("S"),))} & set(factors):
                yield put(formula, place, Product(factors[::-1]))


def nodes(formula):
    found = []
    rebuild(formula, found.append)
    return found


def put(formula, place, instead):
    count = iter(range(1000))
    return rebuild(formula, lambda _: instead if next(count) == place else None)


@pytest.mark.parametrize("text", [text for text, wanted in READS if "T(" in wanted or "sum" in wanted])
def test_a_slip_is_found(text):
    """A transpose forgotten, a sum left out or factors exchanged do not fit their arrays, or give other numbers."""
    given_ = application(["activation"], **SHAPES)
    equation = parse_index_form(text)
    values, made, found = values_of(given_), as_matrices(equation, given_), 0
    wanted = summed(index_form.expand(equation, given_))
    for wrong in slips(made.right):
        try:
            got = summed(matrix_form.expand(replace(made, right=wrong), given_))
        except FormulaError:
            found += 1
            continue
        pairs = [(numbers_of(got[target], values), numbers_of(wanted[target], values)) for target in wanted]
        assert not all(close(*pair) for pair in pairs), wrong
        found += 1
    assert found


GRID_PROBLEM = """
network: {{inputs: [5, 5], layers: [
  {{layer: conv2d, kernels: [[1, 2], [3, 4]], biases: 0, padding: same}},
  {{layer: {layer}}}, {{layer: flatten}}, {{units: 1, weights: 0.1, biases: 0}}]}}
learning_rate: 0.1
data: [{{x: [[1, 0, 2, 1, 3], [0, 1, 1, 0, 2], [2, 0, 1, 3, 1], [1, 1, 0, 2, 0], [1, 0, 0, 2, 5]], y: 1}}]
"""
FROM = r"\frac{\mathrm{d}L}{\mathrm{d}%s^{(%d)}}"
SIGNS = [
    (
        "",
        r"S^{(1)} \star K^{(2)}",
        rf"S^{{(1)}} \star {FROM % ('S', 2)}",
        rf"{FROM % ('S', 2)} *_{{\mathrm{{full}}}} K^{{(2)}}",
    ),
    (
        ", stride: [2, 1], padding: 1",
        r"S^{(1)} \star_{d = 2 \times 1, p = 1} K^{(2)}",
        rf"S^{{(1)}} \star_{{d = 2 \times 1, p = 1}} {FROM % ('S', 2)}",
        rf"{FROM % ('S', 2)} *_{{d = 2 \times 1, p = 1}} K^{{(2)}}",
    ),
    (
        ", flipped: true",
        "S^{(1)} * K^{(2)}",
        rf"{FROM % ('S', 2)} \star S^{{(1)}}",
        rf"{FROM % ('S', 2)} \star_{{\mathrm{{full}}}} K^{{(2)}}",
    ),
    (
        ", flipped: true, stride: 2, padding: [1, 0]",
        r"S^{(1)} *_{d = 2, p = 1 \times 0} K^{(2)}",
        rf"{FROM % ('S', 2)} \star_{{d = 2, p = 1 \times 0}} S^{{(1)}}",
        rf"{FROM % ('S', 2)} \star_{{d = 2, p = 1 \times 0}} K^{{(2)}}",
    ),
]
NAMES = [
    ("max_pool2d, size: 2", r"\mathrm{maxpool}_{2 \times 2}(S^{(1)})", r"\mathrm{maxunpool}_{2 \times 2}"),
    (
        "max_pool2d, size: [2, 3], stride: 1, padding: [1, 0], ties: last",
        r"\mathrm{maxpool}_{2 \times 3, d = 1, p = 1 \times 0}(S^{(1)})",
        r"\mathrm{maxunpool}_{2 \times 3, d = 1, p = 1 \times 0}",
    ),
    ("average_pool2d, size: 2", r"\mathrm{meanpool}_{2 \times 2}(S^{(1)})", r"\mathrm{meanunpool}_{2 \times 2}"),
]


def written_sides(layer):
    """What the second layer's equations of grids are written as, by the left side."""
    solution = derive.solve(derive.loads(GRID_PROBLEM.format(layer=layer)))
    views = layer_views(solution.lowered, 0)[1]
    found = {}
    for given_ in views.applications:
        for equation in (*views.index(given_), *views.backward(given_)):
            for one, own in sliced(equation, given_):
                symbols = ViewSymbols(solution.lowered.graph, solution.notation, own, several=True)
                dialect = solution.notation.dialects(stacked=True).names
                found[one.of.split("_")[0]] = matrix_latex(as_matrices(one, own), own, symbols, dialect)[1]
    return found


@pytest.mark.parametrize(("options", "sums", "kernel", "inputs"), SIGNS)
def test_how_correlations_are_written(options, sums, kernel, inputs):
    found = written_sides(f"conv2d, kernels: [[1, 2], [0, 1]], biases: none{options}")
    assert (found["s"], found["dk"], found["dx"]) == (sums, kernel, inputs)


def said(numbers, letter, usual):
    """What is said of a stride or of a padding that is not as usual."""
    found = [int(numbers[key]) for key in (letter, f"{letter}1", f"{letter}2") if key in numbers]
    once = found[:1] if len(set(found)) == 1 else found
    return [] if set(found) == {usual} else [f"{letter} = " + r" \times ".join(map(str, once))]


def is_full(call, application):
    """Whether a result has a place for every overlap of two grids."""
    if len(call.arguments) == 2:
        return call.function == "conv"
    first, second, result = (application.find(one.name)[0].shape for one in call.arguments[:3])
    return all(n + m - 1 == size for n, m, size in zip(first, second, result, strict=True))


@settings(max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(problem=spatial())
def test_strides_and_paddings_are_those_of_the_layer(problem):
    solution = derive.solve(problem)
    for views in layer_views(solution.lowered, 0):
        for given_ in views.applications if views.placed.layer.layer.startswith("conv") else ():
            stated = [*said(given_.numbers, "d", 1), *said(given_.numbers, "p", 0)]
            for equation in (*views.index(given_), *views.backward(given_)):
                for one, own in sliced(equation, given_):
                    symbols = ViewSymbols(solution.lowered.graph, solution.notation, own, several=True)
                    made = as_matrices(one, own)
                    right = matrix_latex(made, own, symbols, solution.notation.dialects(stacked=True).names)[1]
                    moves = [one for one in calls(made.right) if one.function in ("corr", "conv")]
                    signs = re.findall(r"(?:\\star|\*)(?:_\{((?:[^{}]|\{\w+\})*)\})?", right)
                    assert len(signs) == len(moves)
                    for call, below in zip(moves, signs, strict=True):
                        expected = ", ".join(stated) if len(call.arguments) > 2 else ""
                        assert below == (expected or (r"\mathrm{full}" if is_full(call, own) else ""))


@pytest.mark.parametrize(("layer", "forward", "back"), NAMES)
def test_how_poolings_are_written(layer, forward, back):
    found = written_sides(layer)
    assert forward in found.values()
    assert found["dx"].startswith(back)
