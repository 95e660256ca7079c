"""Index form and matrix form of every layer, written out, equal the scalar equations and what the backward walk finds."""

from decimal import Decimal
from functools import cache
from types import MappingProxyType

import pytest
import sympy
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from nets import numbers, problems

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.layers.base import Forms
from derive.errors import FormulaError
from derive.graph import closed
from derive.graph.formula import Position
from derive.graph.quantity import Role
from derive.graph.symbolic import to_sympy
from derive.graph.tensor import Tensor
from derive.graph.views import index_form, matrix_form
from derive.graph.views.application import Application, Applied
from derive.graph.views.language import parse_index_form, parse_matrix_form
from derive.network.views import contributions, layer_views
from derive.network.work import exact_plan, work

ARITHMETIC = DecimalArithmetic(50)
TINY = Decimal("1e-24")
EXPANSIONS = [(index_form.expand, False), (matrix_form.expand, True)]


def exact_values(solution):
    """Every quantity of the first round, nothing rounded."""
    graph = solution.lowered.graph
    given_ = {q: v.carried for q, v in solution.values[0].items() if graph.blocks.of(q).role is Role.GIVEN}
    return {q: v.unrounded for q, v in work(exact_plan(solution.plan, graph, given_))[0].items()}


def numbers_of(formulas, values):
    return ARITHMETIC.add([Decimal(0), *(compile_formula(formula, ARITHMETIC)(values) for formula in formulas)])


def close(first, second):
    return abs(first - second) <= TINY * max(1, abs(first), abs(second))


def require_views(problem, names=None):
    """Every view of every layer, written out with a round's numbers in, gives the scalars' numbers.

    Forward, each entry equals the quantity. Backward, what all layers contribute to an adjoint adds up to what the
    backward walk found, for every quantity but those that the loss uses itself.
    """
    solution = derive.solve(problem)
    graph, values = solution.lowered.graph, exact_values(solution)
    views = layer_views(solution.lowered, int(problem.relu_at_zero))
    size = problem.batch.size if problem.batch.gradients == "averaged" else 1
    by_loss = {q for e in graph.forward if e.output in graph.roots for q in e.operands}
    for expand, matrices in EXPANSIONS:
        found = {}
        for one in views:
            for application in one.applications:
                for equation in one.matrices(application) if matrices else one.index(application):
                    for quantity, formula in expand(equation, application):
                        assert close(numbers_of([formula], values), values[quantity]), (equation, quantity)
            for adjoint, formulas in contributions(one, expand, matrices=matrices).items():
                found.setdefault(adjoint, []).extend(formulas)
        if matrices and not all(has_matrices(one.forms) for one in views):
            continue
        for quantity, adjoint in graph.adjoint_of.items():
            if quantity in by_loss:
                continue
            shared = Decimal(size if graph.blocks.of(quantity).role is Role.GIVEN else 1)
            total = ARITHMETIC.divide(numbers_of(found.get(adjoint, []), values), shared)
            assert close(total, values[adjoint]), graph.blocks.names[adjoint]
    if names is not None:
        for one in views:
            names.setdefault(one.placed.layer.layer, set()).update(*(a.tensors for a in one.applications))


def has_matrices(forms):
    """Whether a layer that has an index form has one as matrices too."""
    return bool(forms.matrices) or not forms.index


@settings(max_examples=25, deadline=None, phases=[Phase.generate])
@given(problems(most_units=3, most_layers=3, rounds=1))
def test_views_of_dense_networks(problem):
    require_views(problem)


@st.composite
def arrays(draw, *shape):
    if not shape:
        return draw(numbers)
    return [draw(arrays(*shape[1:])) for _ in range(shape[0])]


HEAD = "{{units: 2, activation: tanh, weights: {w22}, biases: {v2}, name: a}}"
CASES = {
    "dense": [
        f"{{{{units: 3, activation: {activation}, weights: {{w23}}, biases: {{v3}}}}}}" for activation in ACTIVATIONS
    ]
    + [
        "{{units: 3, activation: softmax, weights: {w23}, biases: none}}",
        "{{units: 3, activation: none, weights: {w23}, biases: {v3}}}",
        *(
            f"{{{{units: 3, activation: sigmoid, weights: {{w23}}, biases: {{v{size}}}, bias: {bias}, bias_form: {form}}}}}"
            for bias, size in (("unit", "3"), ("shared", ""))
            for form in ("added", "threshold", "input", "minus input")
        ),
    ],
    "activation": ["{{layer: activation, activation: sigmoid}}", "{{layer: activation, activation: softmax}}"],
    "add": ["{{layer: activation, activation: tanh, name: b}}, {{layer: add, from: [a, b, a]}}"],
    "multiply": ["{{layer: activation, activation: tanh, name: b}}, {{layer: multiply, from: [a, b]}}"],
    "flatten": ["{{layer: flatten}}"],
    "concatenate": ["{{layer: activation, activation: tanh, name: b}}, {{layer: concatenate, from: [a, b]}}"],
}
"""For each layer of the catalog, instances of it after a trainable dense layer `a` of 2 units; w23 is a random 2 x 3 matrix."""
EVERY = [(name, text) for name, texts in CASES.items() for text in texts]
LAST = "{{units: 1, activation: tanh, weights: 0.7, biases: 0.1}}"
UNTRAINABLE = frozenset(name for name, entry in ACTIVATIONS.items() if not entry.differentiable)


@cache
def seen_names():
    return {}


@pytest.mark.parametrize(("name", "text"), EVERY, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EVERY)])
@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(data=st.data())
def test_views_of_every_layer(name, text, data):
    if any(f"activation: {activation}," in text for activation in UNTRAINABLE):
        return
    filled = {
        key: str(data.draw(arrays(*map(int, key[1:])), label=key)).replace("'", "")
        for key in ("w22", "w23", "v2", "v3", "v", "v1")
    }
    layer_texts = ", ".join(one.format(**filled) for one in (HEAD, text, LAST))
    samples = [f"{{x: [{data.draw(numbers)}, {data.draw(numbers)}], y: {data.draw(numbers)}}}" for _ in range(2)]
    require_views(
        derive.loads(
            f"network: {{inputs: 2, layers: [{layer_texts}]}}\nlearning_rate: 0.1\nrounds: 1\n"
            f"data: [{', '.join(samples)}]\nbatch: {{size: 2}}\n"
        ),
        seen_names(),
    )


def test_every_layer_of_the_catalog_has_cases_and_views():
    """A layer without views computes nothing, or takes its equations from the problem."""
    assert set(CASES) == set(layers()) - {"equations"}
    without = {name for name, kind in layers().items() if not kind.formulas}
    assert without == {"flatten", "concatenate", "equations"}
    for name in set(layers()) - without:
        assert layers()[name].backward, name


def test_no_name_of_a_view_is_a_slip():
    """Terms whose array a layer does not have fall away: so every name must be one that some instance has."""
    seen = seen_names()
    if set(CASES) - set(seen):
        pytest.skip("runs after the tests of every layer")
    for name, kind in layers().items():
        texts = (*kind.formulas, *kind.backward), (*kind.matrices, *kind.backward_matrices)
        for parse, group in zip((parse_index_form, parse_matrix_form), texts, strict=True):
            for equation in map(parse, group):
                assert equation.of in seen[name] or equation.of.removeprefix("d") in seen[name], (name, equation.of)
                arrays_ = [one for one in equation.names() if len(one) > 1 or one in seen[name]]
                assert all(a in seen[name] or a.removeprefix("d") in seen[name] for a in arrays_), (name, arrays_)


def test_sequences_step_by_step():
    require_views(
        derive.loads(
            "network: {inputs: [3, 2], layers: [{units: 2, activation: tanh, weights: [[1, 0.5], [0.2, 1]], biases: 0.1},"
            " {layer: activation, activation: softmax}]}\nlearning_rate: 1\nloss: cross-entropy\n"
            "data: [{x: [[1, 2], [0.3, 0.4], [0.1, 0.7]], y: [[1, 0], [0, 1], [0.5, 0.5]]}]\n"
        )
    )


def test_a_wrong_view_is_found():
    """The tests above fail for a view with a mistake in it."""
    problem = derive.loads(
        "network: {inputs: 2, layers: [{units: 2, weights: [[1, 2], [3, 4]], biases: 0}, {units: 1, weights: 1, biases: 0}]}\n"
        "learning_rate: 1\ndata: [{x: [1, 2], y: 1}]\n"
    )
    dense = layers()["dense"]
    for key, right, wrong in (
        ("formulas", "w[i,j]*x[i]", "w[j,i]*x[i]"),
        ("backward", "dx[i] = sum(j, w[i,j]*ds[j])", "dx[i] = sum(j, w[j,i]*ds[j])"),
        ("backward_matrices", "dx = w*ds", "dx = T(w)*ds"),
    ):
        stated = getattr(dense, key)
        changed = tuple(text.replace(right, wrong) for text in stated)
        assert changed != stated
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dense, key, changed)
            with pytest.raises((AssertionError, FormulaError)):
                require_views(problem)
    require_views(problem)


def test_symbols_too():
    """For a dense layer the views equal the equations as expressions, not only in numbers."""
    problem = derive.loads(
        "network: {inputs: 2, layers: [{units: 2, activation: sigmoid, weights: [[1, 2], [3, 4]], biases: 0},"
        " {units: 2, weights: 1, biases: 0}]}\nlearning_rate: 1\ndata: [{x: [1, 2], y: [1, 0]}]\n"
    )
    lowered = derive.solve(problem).lowered
    graph = lowered.graph
    for one in layer_views(lowered, 0):
        (application,) = one.applications
        for expand, equations in (
            (index_form.expand, (*one.index(application), *one.backward(application))),
            (matrix_form.expand, (*one.matrices(application), *one.backward_matrices(application))),
        ):
            for quantity, formula in (pair for equation in equations for pair in expand(equation, application)):
                written = to_sympy(formula, lambda node: closed.symbol(graph, node.index))
                stated = closed.chain_form(graph, quantity)
                outputs = {
                    closed.symbol(graph, e.output): closed.chain_form(graph, e.output)
                    for e in graph.forward
                    if e.rule.label
                }
                difference = (written - stated).subs(outputs)
                assert sympy.simplify(difference) == 0, (graph.blocks.names[quantity], difference)


def application(adjoints=(), numbers_=(), **shapes):
    """Tensors of the given shapes, numbered through, each with an adjoint 1000 further on."""
    tensors, start = {}, 0
    for name, shape in shapes.items():
        size = 1
        for length in shape:
            size *= length
        tensors[name] = Tensor(range(start, start + size), shape)
        start += size
    return Application(tensors, {q: q + 1000 for q in range(start)}, MappingProxyType(dict(numbers_)))


def worked(text, values, parse=parse_index_form, expand=index_form.expand, **given_):
    return {target: numbers_of([formula], values) for target, formula in expand(parse(text), application(**given_))}


def test_offsets_of_a_convolution_and_their_transpose():
    """Kernel offsets, stride and padding as whole-number arithmetic; backward over the offsets that are in range."""
    length, kernel, stride, padding = 5, 3, 2, 1
    outputs = (length + 2 * padding - kernel) // stride + 1
    shapes = {"x": (length,), "w": (kernel,), "s": (outputs,)}
    sizes = {"stride": str(stride), "padding": str(padding)}
    values = {q: Decimal(q * q + 1) for q in range(length + kernel + outputs)}
    values |= {q + 1000: Decimal(3 * q - 7) for q in values}
    w, ds = length, 1000 + length + kernel
    forward = worked("s[i] = sum(k, w[k]*x[(i-1)*stride+k-padding])", values, numbers_=sizes, **shapes)
    backward = worked("dx[p] = sum(i, w[p-(i-1)*stride+padding]*ds[i])", values, numbers_=sizes, **shapes)
    for i in range(outputs):
        inside = [(k, i * stride + k - padding) for k in range(kernel) if 0 <= i * stride + k - padding < length]
        assert forward[length + kernel + i] == sum(values[w + k] * values[p] for k, p in inside)
    for p in range(length):
        uses = [(i, p - i * stride + padding) for i in range(outputs) if 0 <= p - i * stride + padding < kernel]
        assert backward[1000 + p] == sum(values[w + k] * values[ds + i] for i, k in uses)


def test_the_winner_of_a_pool_and_bounds():
    values = {0: Decimal(1), 1: Decimal(5), 2: Decimal(5), 3: Decimal(2), 4: Decimal(5), 5: Decimal(5)}
    values |= {1004: Decimal(7), 1005: Decimal(11)}
    given_ = {"numbers_": {"size": "2", "stride": "2"}, "x": (4,), "f": (2,)}
    assert list(worked("f[i] = max(k=1..size, x[(i-1)*stride+k])", values, **given_).values()) == [5, 5]
    winner = "dx[p] = sum(i, wins(x[p], f[i], all(k=1..size, x[(i-1)*stride+k]))*df[i])"
    assert list(worked(winner, values, **given_).values()) == [0, 7, 11, 0]
    mean = "dx[p] = sum(i, 1 <= p-(i-1)*stride <= size, df[i]/size)"
    assert list(worked(mean, values, **given_).values()) == [Decimal("3.5")] * 2 + [Decimal("5.5")] * 2


def test_sums_to_an_index_and_the_size_of_one():
    values = {0: Decimal(1), 1: Decimal(2), 2: Decimal(4)}
    assert list(worked("y[t] = sum(u=1..t, x[u])*count(t)", values, x=(3,), y=(3,)).values()) == [3, 9, 21]


def test_matrices_of_rows():
    values = {q: Decimal(q + 1) for q in range(20)}
    given_ = {"parse": parse_matrix_form, "expand": matrix_form.expand}
    assert list(worked("y = rowsum(x)", values, x=(2, 2), y=(2,), **given_).values()) == [3, 7]
    assert list(worked("y = T(colsum(x))/rows(x)", values, x=(2, 2), y=(2,), **given_).values()) == [2, 3]
    assert list(worked("y = x + T(b)", values, x=(2, 2), b=(2,), y=(2, 2), **given_).values()) == [6, 8, 8, 10]
    share = Decimal("0.26894142136999512074884")
    soft = worked("y = rowsoftmax(x)", values, x=(2, 2), y=(2, 2), **given_)
    assert [
        abs(soft[q] - wanted) < Decimal("1e-20") for q, wanted in zip(range(4, 8), [share, 1 - share] * 2, strict=True)
    ] == [True] * 4
    column = worked("y = softmax(x)", values, x=(2,), y=(2,), **given_)
    assert abs(column[2] - share) < Decimal("1e-20")
    assert abs(column[3] - 1 + share) < Decimal("1e-20")


def test_an_activation_of_an_option_and_its_derivatives():
    rule = ACTIVATIONS["elu"].rule
    one = Application(
        {"s": Tensor((0,), (1,)), "f": Tensor((1,), (1,))}, {}, activations={"candidate": Applied(rule, {"alpha": 2})}
    )
    values = {0: Decimal(-1), 2: Decimal(3)}
    raised = ARITHMETIC.call("exp", [Decimal(-1)])
    for text, wanted in (
        ("f[i] = candidate(s[i])", 3 * (raised - 1)),
        ("f[i] = candidate'(s[i])", 3 * raised),
        ("f[i] = candidate'alpha(s[i])", raised - 1),
    ):
        ((_, formula),) = index_form.expand(parse_index_form(text), one)
        assert close(numbers_of([formula], values), wanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s[i] = x[i,i]", "x has 1 axes, not 2"),
        ("s[i] = w[i]", "i runs to 2 and at w to 3"),
        ("s[i] = sum(k, x[i])", "nothing says how far k runs"),
        ("s[i] = x[i]*size", "'size' is no array, index or option"),
        ("s[i+1] = x[i]", "one index alone for each of its axes"),
        ("s[i] = x[exp(i)]", "is no index"),
    ],
)
def test_what_does_not_fit_is_named(text, message):
    given_ = application(s=(2,), x=(2,), w=(3,))
    with pytest.raises(FormulaError) as caught:
        list(index_form.expand(parse_index_form(text), given_))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["s[j]", "s[j] = ", "1 = x", "s[j] = sum(i*2, x[i])", "s[j] = x[j", "s[j] = x[j] y"])
def test_what_is_outside_the_language_is_refused(text):
    with pytest.raises(FormulaError, match="column"):
        parse_index_form(text)


def test_matrices_that_do_not_fit_are_named():
    given_ = application(s=(2,), x=(2,), w=(3, 2))
    for text, message in (("s = w*T(x)", "3 x 2 and 1 x 2"), ("s = w*x", "s is 2 x 1, and its right side 3 x 1")):
        with pytest.raises(FormulaError, match=message):
            list(matrix_form.expand(parse_matrix_form(text), given_))


def test_a_term_without_its_array_falls_away():
    given_ = application(s=(2,), x=(2,))
    whole = parse_index_form("s[i] = x[i] + b[i]")
    assert index_form.present(whole, given_) == parse_index_form("s[i] = x[i]")
    assert index_form.present(parse_index_form("db[i] = ds[i]"), given_) is None
    assert index_form.present(parse_index_form("s[i] = s[i]"), given_) is None
    assert index_form.present(parse_index_form("s[i] = sum(k, x[k]*b[i])"), given_) is None


def test_forms_that_become_empty_fall_away():
    assert Forms(("a", "b"), ("a",)).changed(lambda text: text.replace("a", "")) == Forms(("b",), ())
    assert Position(0) != Position(1)
