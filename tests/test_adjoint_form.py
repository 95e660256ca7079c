"""Backward index forms derived from forward ones: how they read, and that they are the derivatives."""

import random
from dataclasses import replace
from decimal import Decimal, localcontext
from math import prod

import pytest

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import ACTIVATIONS
from derive.errors import FormulaError
from derive.graph.tensor import Tensor
from derive.graph.views import adjoint_form, adjoint_terms, index_form, partials, solving
from derive.graph.views.adjoint_form import adjoint_equations
from derive.graph.views.application import Application, Applied
from derive.graph.views.language import parse_index_form

ARITHMETIC = DecimalArithmetic(60)
STEP = Decimal("1e-18")
TINY = Decimal("1e-24")
FAR = 1000
"""How far behind a quantity its adjoint is numbered."""
SIZE = "(count(k)*count(i))"
WINDOW = {"d": "2", "p": "1", "n": "3"}


def application_of(shapes, numbers=None, constants=(), activation=None, parameters=()):
    """Arrays of the given shapes, numbered through, all but the constants with adjoints."""
    tensors, start = {}, 0
    for name, shape in shapes.items():
        tensors[name] = Tensor(range(start, start + prod(shape)), shape)
        start += prod(shape)
    adjoints = {q: q + FAR for name, one in tensors.items() if name not in constants for q in one.ids}
    used = {}
    if activation is not None:
        rule = ACTIVATIONS[activation].rule
        used["activation"] = Applied(rule, {slot: tensors[slot].ids[0] for slot in rule.slots[1:]})
    return Application(tensors, adjoints, numbers or {}, used, frozenset(parameters))


CASES = {
    "dense": (
        ["s[j] = sum(i, w[i,j]*x[i]) + b[j]", "f[j] = activation(s[j])"],
        [
            "ds[j] = df[j]*activation'(s[j])",
            "dw[i,j] = x[i]*ds[j]",
            "db[j] = ds[j]",
            "dx[i] = sum(j, w[i,j]*ds[j])",
        ],
        {"x": (3,), "w": (3, 2), "b": (2,), "s": (2,), "f": (2,)},
        {"activation": "softplus", "parameters": ["w", "b"]},
    ),
    "a trained constant of an activation": (
        ["f[i,j] = activation(x[i,j])"],
        ["dx[i,j] = df[i,j]*activation'(x[i,j])", "dalpha = sum(i, j, df[i,j]*activation'alpha(x[i,j]))"],
        {"x": (3, 2), "alpha": (), "f": (3, 2)},
        {"activation": "elu"},
    ),
    "a threshold of all units": (
        ["s[j] = sum(i, w[i,j]*x[i]) - b"],
        ["dw[i,j] = x[i]*ds[j]", "dx[i] = sum(j, w[i,j]*ds[j])", "db = -sum(j, ds[j])"],
        {"x": (3,), "w": (3, 2), "b": (), "s": (2,)},
        {},
    ),
    "a softmax": (
        ["a[m] = exp(s[m])/sum(l, exp(s[l]))"],
        ["ds[m] = a[m]*(da[m] - sum(l, da[l]*a[l]))"],
        {"s": (4,), "a": (4,)},
        {},
    ),
    "a softmax of rows with a temperature": (
        ["a[t,m] = exp(s[t,m]/T)/sum(l, exp(s[t,l]/T))"],
        ["ds[t,m] = a[t,m]*(da[t,m] - sum(l, da[t,l]*a[t,l]))/T"],
        {"s": (2, 3), "T": (), "a": (2, 3)},
        {"constants": ["T"]},
    ),
    "a softmax of those before": (
        ["a[m] = exp(s[m])/sum(l=1..m, exp(s[l]))"],
        None,
        {"s": (3,), "a": (3,)},
        {},
    ),
    "a softmax inside something else": (
        ["a[m] = 1 - exp(s[m])/sum(l, exp(s[l]))"],
        None,
        {"s": (3,), "a": (3,)},
        {},
    ),
    "shares of a sum": (
        ["y[i] = x[i]/sum(l, x[l])"],
        ["dx[i] = dy[i]/sum(l, x[l]) - sum(j, dy[j]*x[j])/sum(l, x[l])^2"],
        {"x": (3,), "y": (3,)},
        {},
    ),
    "a normalization": (
        [
            "mu = sum(i, x[i])/count(i)",
            "v = sum(i, (x[i]-mu)^2)/count(i)",
            "z[i] = (x[i]-mu)/sqrt(v+c)",
            "f[i] = g[i]*z[i] + b[i]",
        ],
        [
            "dg[i] = df[i]*z[i]",
            "dz[i] = df[i]*g[i]",
            "db[i] = df[i]",
            "dv = -(sum(i, dz[i]*z[i])/(2*(v+c)))",
            "dmu = -(sum(i, dz[i])/sqrt(v+c)) - 2*dv*sum(i, x[i]-mu)/count(i)",
            "dx[i] = dz[i]/sqrt(v+c) + 2*dv*(x[i]-mu)/count(i) + dmu/count(i)",
        ],
        {"x": (3,), "c": (), "g": (3,), "b": (3,), "mu": (), "v": (), "z": (3,), "f": (3,)},
        {"constants": ["c"]},
    ),
    "a normalization of groups": (
        [
            "mu[g] = sum(k, i, x[g,k,i])/(count(k)*count(i))",
            "v[g] = sum(k, i, (x[g,k,i]-mu[g])^2)/(count(k)*count(i))",
            "z[g,k,i] = (x[g,k,i]-mu[g])/sqrt(v[g]+c)",
        ],
        [
            "dv[g] = -(sum(k, i, dz[g,k,i]*z[g,k,i])/(2*(v[g]+c)))",
            "dmu[g] = -(sum(k, i, dz[g,k,i])/sqrt(v[g]+c)) - 2*dv[g]*sum(k, i, x[g,k,i]-mu[g])/(count(k)*count(i))",
            f"dx[g,k,i] = dz[g,k,i]/sqrt(v[g]+c) + 2*dv[g]*(x[g,k,i]-mu[g])/{SIZE} + dmu[g]/{SIZE}",
        ],
        {"x": (2, 2, 3), "c": (), "mu": (2,), "v": (2,), "z": (2, 2, 3)},
        {"constants": ["c"]},
    ),
    "a length": (
        ["r = sqrt(sum(i, x[i]^2))", "y[i] = x[i]/r"],
        ["dr = -(sum(i, dy[i]*x[i])/r^2)", "dx[i] = dy[i]/r + dr*x[i]/r"],
        {"x": (3,), "r": (), "y": (3,)},
        {},
    ),
    "the root of a product with another": (
        ["y[i] = 3*x[i]/sqrt(v[i]*x[i])+1"],
        None,
        {"x": (3,), "v": (3,), "y": (3,)},
        {},
    ),
    "radial basis functions": (
        ["f[j] = exp(-g[j]*sum(i, (x[i]-m[i,j])^2))"],
        [
            "dg[j] = -(df[j]*f[j]*sum(i, (x[i]-m[i,j])^2))",
            "dx[i] = -(2*sum(j, df[j]*f[j]*g[j]*(x[i]-m[i,j])))",
            "dm[i,j] = 2*df[j]*f[j]*g[j]*(x[i]-m[i,j])",
        ],
        {"x": (3,), "m": (3, 2), "g": (2,), "f": (2,)},
        {},
    ),
    "a gate between two": (
        ["z[j] = sigmoid(s[j])", "h[j] = (1-z[j])*n[j] + z[j]*p[j]"],
        ["dz[j] = dh[j]*(p[j]-n[j])", "dn[j] = dh[j]*(1-z[j])", "dp[j] = dh[j]*z[j]", "ds[j] = dz[j]*z[j]*(1-z[j])"],
        {"s": (2,), "n": (2,), "p": (2,), "z": (2,), "h": (2,)},
        {},
    ),
    "sums over a state under another name": (
        [
            "r[j] = sum(k, u[k,j]*h[k])",
            "s[j] = sum(k, v[k,j]*h[k])",
            "y[j] = tanh(r[j])*h[j] + s[j]",
        ],
        [
            "dr[j] = dy[j]*h[j]*(1-tanh(r[j])^2)",
            "ds[j] = dy[j]",
            "du[k,j] = h[k]*dr[j]",
            "dv[k,j] = h[k]*ds[j]",
            "dh[k] = dy[k]*tanh(r[k]) + sum(j, u[k,j]*dr[j] + v[k,j]*ds[j])",
        ],
        {"h": (2,), "u": (2, 2), "v": (2, 2), "r": (2,), "s": (2,), "y": (2,)},
        {},
    ),
    "sums of other lengths under the same index": (
        ["r[j] = sum(i, u[i,j]*x[i])", "s[j] = sum(i, w[i,j]*x[i])"],
        None,
        {"x": (3,), "u": (3, 2), "w": (3, 4), "r": (2,), "s": (4,)},
        {},
    ),
    "a product with itself": (
        ["y = sum(i, j, x[i]*x[j]*w[i,j])", "z = sum(i, x[i]*x[i])"],
        None,
        {"x": (3,), "w": (3, 3), "y": (), "z": ()},
        {},
    ),
    "squares": (["z = sum(i, x[i]*x[i])"], ["dx[i] = 2*x[i]*dz"], {"x": (3,), "z": ()}, {}),
    "powers": (["z = 0.5*sum(i, x[i]^3)/2"], ["dx[i] = 1.5*dz*x[i]^2/2"], {"x": (3,), "z": ()}, {}),
    "a cross-correlation": (
        ["s[o,i] = sum(c, u, k[o,c,u]*x[c,d*(i-1)+u-p]) + b[o]"],
        [
            "dk[o,c,u] = sum(i, x[c,d*(i-1)+u-p]*ds[o,i])",
            "dx[c,r] = sum(o, i, k[o,c,r-d*(i-1)+p]*ds[o,i])",
            "db[o] = sum(i, ds[o,i])",
        ],
        {"x": (2, 6), "k": (2, 2, 3), "b": (2,), "s": (2, 3)},
        {"numbers": WINDOW},
    ),
    "a kernel with holes": (
        ["s[i] = sum(u, k[u]*x[d*(i-1)+e*(u-1)+1-p])"],
        [
            "dk[u] = sum(i, x[d*(i-1)+e*(u-1)+1-p]*ds[i])",
            "dx[r] = sum(i, u, r <= d*(i-1)+e*(u-1)+1-p <= r, k[u]*ds[i])",
        ],
        {"x": (9,), "k": (3,), "s": (3,)},
        {"numbers": {"d": "2", "e": "3", "p": "1"}},
    ),
    "a kernel whose holes are none": (
        ["s[i] = sum(u, k[u]*x[d*(i-1)+e*(u-1)+1-p])"],
        None,
        {"x": (9,), "k": (3,), "s": (3,)},
        {"numbers": {"d": "2", "e": "1", "p": "1"}},
    ),
    "a transposed convolution": (
        ["s[m,i] = sum(c, r, k[c,m,i-d*(r-1)+p]*x[c,r]) + b[m]"],
        [
            "dk[c,m,t] = sum(r, x[c,r]*ds[m,t+d*(r-1)-p])",
            "dx[c,r] = sum(m, i, k[c,m,i-d*(r-1)+p]*ds[m,i])",
            "db[m] = sum(i, ds[m,i])",
        ],
        {"x": (2, 3), "k": (2, 1, 3), "b": (1,), "s": (1, 5)},
        {"numbers": WINDOW},
    ),
    "the largest of a window": (
        ["m[c,i] = max(u=1..n, x[c,d*(i-1)+u-p])"],
        ["dx[c,r] = sum(i, 1 <= r-d*(i-1)+p <= n, is_argmax(x[c,r], m[c,i], all(u=1..n, x[c,d*(i-1)+u-p]))*dm[c,i])"],
        {"x": (2, 6), "m": (2, 3)},
        {"numbers": WINDOW},
    ),
    "the largest of a window from its end": (
        ["m[c,i] = max(u=1..n, x[c,d*(i-1)+n+1-u-p])"],
        [
            "dx[c,r] = sum(i, 1 <= r-d*(i-1)+p <= n, is_argmax(x[c,r], m[c,i], all(u=1..n, x[c,d*(i-1)+n+1-u-p]))*dm[c,i])"
        ],
        {"x": (2, 6), "m": (2, 3)},
        {"numbers": WINDOW},
    ),
    "a part of the largest": (
        ["m[i] = 2*max(u=1..n, x[d*(i-1)+u-p])*w[i]"],
        None,
        {"x": (6,), "w": (3,), "m": (3,)},
        {"numbers": WINDOW},
    ),
    "the mean of a window": (
        ["a[c,i] = sum(u=1..n, x[c,d*(i-1)+u-p])/n"],
        ["dx[c,r] = sum(i, 1 <= r-d*(i-1)+p <= n, da[c,i])/n"],
        {"x": (2, 6), "a": (2, 3)},
        {"numbers": WINDOW},
    ),
    "the mean of what a window holds": (
        ["a[i] = sum(u=1..n, x[d*(i-1)+u-p])/sum(u=1..n, 1 <= d*(i-1)+u-p <= l, 1)"],
        ["dx[r] = sum(i, 1 <= r-d*(i-1)+p <= n, da[i]/sum(u=1..n, 1 <= d*(i-1)+u-p <= l, 1))"],
        {"x": (6,), "a": (3,)},
        {"numbers": {**WINDOW, "l": "6"}},
    ),
    "squares in a window": (
        ["y[i] = sqrt(sum(u=1..n, x[i+u-1]^2))"],
        ["dx[r] = x[r]*sum(i, 1 <= r-i+1 <= n, dy[i]/y[i])"],
        {"x": (5,), "y": (3,)},
        {"numbers": {"n": "3"}},
    ),
    "sums up to an index": (
        ["y[t] = sum(u=1..t, x[u]*w[u,t])"],
        ["dx[u] = sum(t, 1 <= u <= t, w[u,t]*dy[t])", "dw[u,t] = sum(1 <= u <= t, x[u]*dy[t])"],
        {"x": (3,), "w": (3, 3), "y": (3,)},
        {},
    ),
    "the largest of products": (
        ["m[i] = max(u=1..n, k[u]*x[i+u-1])"],
        None,
        {"x": (5,), "k": (3,), "m": (3,)},
        {"numbers": {"n": "3"}},
    ),
    "functions": (
        ["y[i] = erf(x[i])*relu(1-x[i]) + tan(x[i]/4) - abs(x[i]-1)*sin(x[i])*cos(x[i])"],
        None,
        {"x": (4,), "y": (4,)},
        {},
    ),
    "an embedding": (
        ["e[t,j] = sum(k, equals(x[t], k)*E[k,j])"],
        ["dE[k,j] = sum(t, equals(x[t], k)*de[t,j])"],
        {"x": (2,), "E": (4, 2), "e": (2, 2)},
        {"constants": ["x"]},
    ),
    "an entry by number": (["y[j] = x[2]*w[j]"], None, {"x": (3,), "w": (2,), "y": (2,)}, {}),
    "a diagonal": (["y[i] = w[i,i]*x[i]"], None, {"x": (3,), "w": (3, 3), "y": (3,)}, {}),
    "a trace": (["y = sum(i, w[i,i])"], None, {"w": (3, 3), "y": ()}, {}),
    "what goes to every entry": (["y[i,j] = 1/x[j] - log(v)"], None, {"x": (2,), "v": (), "y": (3, 2)}, {}),
    "a logarithm of a sum": (
        ["y[t] = log(sum(l, exp(s[t,l])))"],
        ["ds[t,l] = dy[t]*exp(s[t,l])/sum(m, exp(s[t,m]))"],
        {"s": (2, 3), "y": (2,)},
        {},
    ),
    "scores": (
        ["s[m] = sum(c, Q[c]*K[m,c])/sqrt(count(c))"],
        ["dQ[c] = sum(m, K[m,c]*ds[m])/sqrt(count(c))", "dK[m,c] = Q[c]*ds[m]/sqrt(count(c))"],
        {"Q": (2,), "K": (3, 2), "s": (3,)},
        {},
    ),
}


def made(name):
    forward, backward, shapes, more = CASES[name]
    equations = [parse_index_form(text) for text in forward]
    return equations, backward, application_of(shapes, **more), more.get("constants", ())


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[1] is not None])
def test_derived_forms_read_as_a_person_writes_them(name):
    equations, backward, application, _ = made(name)
    assert [*adjoint_equations(equations, application)] == [parse_index_form(text) for text in backward]


def forward_values(equations, application, values):
    found = dict(values)
    for equation in equations:
        for target, formula in index_form.expand(equation, application):
            found[target] = compile_formula(formula, ARITHMETIC)(found)
    return found


def require_derivatives(name):
    with localcontext(prec=60):
        _require_derivatives(name)


def _require_derivatives(name):
    """What the derived equations carry back from a weighted sum of all results is its derivative by every entry."""
    equations, _, application, constants = made(name)
    draw, tensors = random.Random(name), application.tensors
    computed = [equation.of for equation in equations]
    used = {one for equation in equations for one in equation.names()[1:]}
    start = {
        q: Decimal(draw.randint(1, 4) if name == "an embedding" and array == "x" else draw.randint(30, 250) / 100)
        for array, tensor in tensors.items()
        if array not in computed
        for q in tensor.ids
    }
    weights = {q: Decimal(draw.randint(-90, 90)) for one in computed for q in tensors[one].ids}

    def loss(values):
        found = forward_values(equations, application, values)
        return sum(weight * found[q] for q, weight in weights.items())

    adjoints = {**forward_values(equations, application, start), **{q + FAR: Decimal(0) for q in range(FAR)}}
    adjoints |= {q + FAR: weight for q, weight in weights.items()}
    for equation in adjoint_equations(equations, application):
        for target, formula in index_form.expand(equation, application):
            adjoints[target] += compile_formula(formula, ARITHMETIC)(adjoints)
    checked = [q for one in sorted(used - {*computed, *constants}) if one in tensors for q in tensors[one].ids]
    assert checked
    for q in checked:
        moved = [loss({**start, q: start[q] + sign * STEP}) for sign in (1, -1)]
        slope = (moved[0] - moved[1]) / (2 * STEP)
        assert abs(slope - adjoints[q + FAR]) <= TINY * max(1, abs(slope)), (name, q, slope, adjoints[q + FAR])


@pytest.mark.parametrize("name", CASES)
def test_derived_forms_are_the_derivatives(name):
    require_derivatives(name)


def test_only_what_is_worked_is_derived():
    """Nothing reaches a constant, and nothing comes from a result that the loss does not depend on."""
    equations = [parse_index_form(text) for text in ("s[j] = sum(i, w[i,j]*x[i])", "r[j] = s[j]^2")]
    shapes = {"x": (2,), "w": (2, 2), "s": (2,), "r": (2,)}
    frozen = adjoint_equations(equations, application_of(shapes, constants=["w", "r"]))
    assert [*frozen] == [parse_index_form("dx[i] = sum(j, w[i,j]*ds[j])")]
    assert adjoint_equations(equations[:1], application_of(shapes, constants=["s"])) == ()


@pytest.mark.parametrize(
    "text", ["y[i] = log(x[i], 2)", "y[i] = max(x[i], 1)", "y[i] = 2^x[i]", "y = min(i=1..2, x[i])"]
)
def test_what_has_no_stated_partial_is_refused(text):
    equation = parse_index_form(text)
    given = application_of({"x": (2,), "y": (2,) if "[" in text.partition("=")[0] else ()})
    with pytest.raises(FormulaError, match="nothing says what the partial by x is"):
        adjoint_equations([equation], given)


def with_lost_sum(use, known, place):
    found = real_contribution(use, known, place)
    return replace(found, path=replace(found.path, spans=found.path.spans[:-1]))


def with_wrong_sign(self, above, below, path, *, whole):
    for argument, found in real_below(self, above, below, path, whole=whole):
        yield argument, replace(found, negative=not found.negative)


def without_last(terms):
    yield from list(real_joined(terms))[:-1]


real_contribution, real_below, real_joined = solving.contribution, partials._Walk.below, adjoint_terms._joined


@pytest.mark.parametrize(
    ("name", "place", "fault"),
    [
        ("dense", (adjoint_form, "contribution"), with_lost_sum),
        ("a normalization", (partials._Walk, "below"), with_wrong_sign),
        ("sums over a state under another name", (adjoint_terms, "_joined"), without_last),
        ("the mean of a window", (solving, "_is_inside"), lambda *given: True),
    ],
)
def test_a_planted_fault_is_found(name, place, fault, monkeypatch):
    require_derivatives(name)
    monkeypatch.setattr(*place, fault)
    adjoint_form.derived.cache_clear()
    with pytest.raises((AssertionError, FormulaError)):
        require_derivatives(name)
    adjoint_form.derived.cache_clear()
