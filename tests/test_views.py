"""Index form and matrix form of every layer, written out, equal the scalar equations and what the backward walk finds."""

import re
from decimal import Decimal
from functools import cache
from types import MappingProxyType

import layer_matrices
import pytest
import sympy
from conftest import solution_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layer_matrices import backward_matrices, forward_matrices, has_matrices
from matrix_language import parse_matrix_form
from nets import numbers, problems

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.catalog.activations import ACTIVATIONS
from derive.catalog.layers import layers
from derive.catalog.layers.kernels import KernelLayer
from derive.catalog.listing import catalog
from derive.errors import FormulaError
from derive.graph import closed
from derive.graph.formula import Call, Slot, leaves
from derive.graph.quantity import Role
from derive.graph.symbolic import to_sympy
from derive.graph.tensor import Tensor
from derive.graph.views import index_form, matrix_form
from derive.graph.views.application import Application, Applied
from derive.graph.views.language import ViewEquation, parse_index_form
from derive.network import views
from derive.network.views import layer_views
from derive.network.work import exact_plan, work
from derive.sources import assets

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


def require_views(problem, seen=None):
    """Every view of every layer, written out with a round's numbers in, gives the scalars' numbers.

    Forward, each entry equals the quantity. Backward, what all layers contribute to an adjoint adds up to what the
    backward walk found, for every quantity but those that the loss uses itself. `seen` notes the names of each
    layer's arrays, and for each equation whether it gave anything but 0.
    """
    solution = derive.solve(problem)
    graph, values = solution.lowered.graph, exact_values(solution)
    views = layer_views(solution.lowered, int(problem.relu_at_zero))
    divisor = Decimal(graph.roots.gradient_divisor)
    by_loss = {q for e in graph.forward if e.output in graph.roots for q in e.operands}
    for expand, matrices in EXPANSIONS:
        found = {}
        for one in views:
            note = (seen if seen is not None else {}).setdefault(one.placed.layer.layer, set())
            for application in one.applications:
                note.update(application.tensors, application.numbers)
                for equation in forward_matrices(one, application) if matrices else one.index(application):
                    note.add((matrices, equation.of))
                    for quantity, formula in expand(equation, application):
                        assert close(numbers_of([formula], values), values[quantity]), (equation, quantity)
                for equation in backward_matrices(one, application) if matrices else one.backward(application):
                    note.update([] if matrices else [("derived", equation.of)])
                    for adjoint, formula in expand(equation, application):
                        found.setdefault(adjoint, []).append(numbers_of([formula], values))
                        note.update([(matrices, equation.of)] if found[adjoint][-1] else [])
        if matrices and not all(has_matrices(one) or not one.forms for one in views):
            continue
        for quantity, adjoint in graph.adjoint_of.items():
            if quantity in by_loss:
                continue
            shared = divisor if graph.blocks.of(quantity).role is Role.GIVEN else Decimal(1)
            total = ARITHMETIC.divide(ARITHMETIC.add([Decimal(0), *found.get(adjoint, [])]), shared)
            assert close(total, values[adjoint]), graph.blocks.names[adjoint]


@settings(max_examples=25, deadline=None, phases=[Phase.generate])
@given(problems(most_units=3, most_layers=3, rounds=1))
def test_views_of_dense_networks(problem):
    require_views(problem)


@st.composite
def arrays(draw, *shape, entry=numbers):
    if not shape:
        return draw(entry)
    return [draw(arrays(*shape[1:], entry=entry)) for _ in range(shape[0])]


HEAD = "{{units: 2, activation: tanh, weights: {w22}, biases: {v2}, name: a}}"
LAST = "{{units: 1, activation: tanh, weights: 0.7, biases: 0.1}}"
FLAT = f"{{{{layer: flatten}}}}, {LAST}"
CONV = "{{layer: conv2d, kernels: {w%s}, padding: same, biases: {v%s}, activation: tanh, name: a}}"
VECTOR, LONG, SEQUENCE, IMAGE = (
    ("2", HEAD, LAST),
    ("2", "{{units: 5, activation: tanh, weights: {w25}, biases: {v5}, name: a}}", FLAT),
    ("[3, 2]", HEAD, FLAT),
    ("[4, 3]", CONV % ("222", "2"), FLAT),
)
"""The input's shape, a trainable layer `a` before the one at hand, and what follows it."""
GATES = [
    f"{{{{weights: {{{a}22}}, recurrent: {{{b}22}}, biases: {{{c}2}}, recurrent_biases: {{{d}2}}}}}}"
    for a, b, c, d in ("ghij", "klmn", "opqr", "stuz")
]
PROJECTIONS = (
    "query: {w22}, key: {u22}, value: {w23}, output: {w32}, query_biases: {v2}, value_biases: {v3}, output_biases: {t2}"
)
WINDOWS = ("size: 2", "size: 3, stride: 1, padding: 1", "size: 2, stride: 1", "size: 2, stride: 3")
DIFFERENTIABLE = [name for name, entry in ACTIVATIONS.items() if entry.differentiable]


def each(*texts):
    return [f"{{{{{text}}}}}" for text in texts]


def pools(kind, axes, place, *options):
    return place, each(*(f"layer: {kind}_pool{axes}d, {window}{more}" for window in WINDOWS for more in options))


CASES = {
    "dense": (
        VECTOR,
        each(
            *(f"units: 3, activation: {activation}, weights: {{w23}}, biases: {{v3}}" for activation in DIFFERENTIABLE),
            "units: 3, activation: softmax, weights: {w23}, biases: none",
            "units: 3, activation: none, weights: {w23}, biases: {v3}",
            *(
                f"units: 3, activation: sigmoid, weights: {{w23}}, biases: {{v{size}}}, bias: {bias}, bias_form: {form}"
                for bias, size in (("unit", "3"), ("shared", ""))
                for form in ("added", "threshold", "input", "minus input")
            ),
        ),
    ),
    "activation": (VECTOR, each("layer: activation, activation: sigmoid", "layer: activation, activation: softmax")),
    "add": (VECTOR, ["{{layer: activation, activation: tanh, name: b}}, {{layer: add, from: [a, b, a]}}"]),
    "multiply": (SEQUENCE, ["{{layer: activation, activation: tanh, name: b}}, {{layer: multiply, from: [a, b]}}"]),
    "flatten": (VECTOR, each("layer: flatten")),
    "concatenate": (VECTOR, ["{{layer: activation, activation: tanh, name: b}}, {{layer: concatenate, from: [a, b]}}"]),
    "select": (("[3, 2]", HEAD, LAST), each("layer: select, step: 2")),
    "dropout": (
        VECTOR,
        each(
            "layer: dropout, mask: [1, 0], rate: 0.2",
            "layer: dropout, mask: [1, 0], keep: 0.3",
            "layer: dropout, mask: [[1, 0], [1, 1]], inverted: false",
            "layer: dropout, rate: 0.2, inverted: false, phase: test",
            "layer: dropout, keep: 0.2, inverted: false, phase: test",
            "layer: dropout, keep: 0.2, phase: test",
        ),
    ),
    "embedding": (("3", "", FLAT), each("layer: embedding, table: {w42}")),
    "layer_norm": (
        SEQUENCE,
        each(
            "layer: layer_norm, scale: {v2}, shift: {t2}",
            "layer: layer_norm, scale: none, shift: {t2}",
            "layer: layer_norm, scale: {v2}, shift: none",
            "layer: layer_norm, scale: none, shift: none",
        ),
    ),
    "rms_norm": (
        VECTOR,
        each(
            "layer: rms_norm, scale: {v2}",
            "layer: rms_norm, scale: {v2}, shift: {t2}",
            "layer: rms_norm, scale: none",
            "layer: rms_norm, scale: none, shift: {t2}",
        ),
    ),
    "batch_norm": (
        VECTOR,
        each(
            "layer: batch_norm, scale: {v2}, shift: {t2}",
            "layer: batch_norm, scale: none, shift: {t2}",
            "layer: batch_norm, scale: none, shift: none",
            "layer: batch_norm, scale: {v2}, phase: test, running_mean: 0.2, running_variance: 0.7",
            "layer: batch_norm, scale: {v2}, momentum: 0.1",
        ),
    ),
    "conv1d": (
        LONG,
        each(
            *(
                f"layer: conv1d, kernels: {{v3}}, biases: {biases}, {more}"
                for biases in ("{v1}", "none")
                for more in ("stride: 2, padding: 1", "flipped: true, padding: same", "activation: tanh")
            ),
            "layer: conv1d, kernels: {w23}, biases: {v2}, stride: 2, padding: 1, activation: sigmoid, flipped: true",
        ),
    ),
    "conv2d": (
        IMAGE,
        each(
            "layer: conv2d, kernels: {w2222}, biases: {v2}, stride: [2, 1], padding: [1, 0]",
            "layer: conv2d, kernels: {w2222}, biases: none, flipped: true, activation: tanh, padding: same",
        ),
    ),
    "conv_transpose1d": (
        LONG,
        each(
            *(
                f"layer: conv_transpose1d, kernels: {{v3}}, biases: {biases}, {more}"
                for biases in ("{v1}", "none")
                for more in ("stride: 2, padding: 1", "stride: 4", "activation: tanh", "padding: 2, stride: 3")
            ),
            "layer: conv_transpose1d, kernels: {w23}, filters: 2, size: 3, biases: {v2}, stride: 2, activation: sigmoid",
        ),
    ),
    "conv_transpose2d": (
        IMAGE,
        each(
            "layer: conv_transpose2d, kernels: {w2222}, biases: {v2}, stride: [2, 1], padding: [1, 0]",
            "layer: conv_transpose2d, kernels: {w222}, biases: none, activation: tanh, padding: 1",
        ),
    ),
    "rbf": (
        SEQUENCE,
        each(
            "layer: rbf, units: 3, centres: {w32}, widths: [0.5, 1, 1.5]",
            "layer: rbf, units: 3, rows: inputs, centres: {w23}, widths: 0.7",
        ),
    ),
    "group_norm": (
        IMAGE,
        each(
            "layer: group_norm, groups: 2, scale: {v2}, shift: {t2}",
            "layer: group_norm, groups: 1, scale: none, shift: {t2}",
            "layer: group_norm, groups: 1, scale: {v2}, shift: none",
            "layer: group_norm, groups: 2, scale: none, shift: none",
        ),
    ),
    "max_pool1d": pools("max", 1, LONG, "", ", ties: last"),
    "max_pool2d": pools("max", 2, IMAGE, "", ", ties: last"),
    "average_pool1d": pools("average", 1, LONG, "", ", padding_counts: false"),
    "average_pool2d": pools("average", 2, IMAGE, "", ", padding_counts: false"),
    "rnn": (
        SEQUENCE,
        each(
            "layer: rnn, units: 2, weights: {w22}, recurrent: {u22}, biases: {v2}, recurrent_biases: {t2}",
            "layer: rnn, units: 2, weights: {w22}, recurrent: {u22}, biases: none, state: {v2}, activation: sigmoid, "
            "truncate: 2",
            "layer: rnn, units: 2, weights: {w22}, recurrent: {u22}, biases: {v2}, activation: softmax",
        ),
    ),
    "lstm": (
        SEQUENCE,
        each(
            f"layer: lstm, units: 2, forget: {GATES[0]}, input: {GATES[1]}, output: {GATES[2]}, candidate: {GATES[3]}",
            f"layer: lstm, units: 2, forget: {GATES[0]}, input: {GATES[1]}, output: {GATES[2]}, candidate: {GATES[3]}, truncate: 2",
        ),
    ),
    "gru": (
        SEQUENCE,
        each(
            *(
                f"layer: gru, units: 2, reset: {GATES[0]}, update: {GATES[1]}, candidate: {GATES[2]}, reset_gate: {place}, "
                f"update_gate: {meaning}"
                for place in ("before", "after")
                for meaning in ("keeps", "replaces")
            )
        ),
    ),
    "attention": (
        SEQUENCE,
        each(
            f"layer: attention, {PROJECTIONS}",
            "layer: attention, query: {w22}, key: {u22}, value: {w24}, heads: 2, causal: true",
            "layer: attention, scale: false, key_biases: {v2}, key: {w22}",
        ),
    ),
}
"""For each layer of the catalog, where it stands, and instances of it; w23 is a random 2 x 3 matrix."""
EVERY = [(name, place, text) for name, (place, texts) in CASES.items() for text in texts]
UNSTATED = {"equations"}
"""Layers whose equations the problem states itself."""
LETTERS = re.compile(r"(?<=\{)[a-z]\d*(?=\})")


@cache
def seen():
    return {}


def sample(data, inputs, tokens):
    shape = [int(one) for one in inputs.strip("[]").split(",")]
    x = data.draw(arrays(*shape, entry=st.integers(1, 4) if tokens else numbers))
    return f"{{x: {x}, y: {data.draw(numbers)}}}".replace("'", "")


@pytest.mark.parametrize(("name", "place", "text"), EVERY, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(EVERY)])
@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_views_of_every_layer(name, place, text, data):
    inputs, before, after = place
    layer_texts = ", ".join(filter(None, (before, text, after)))
    filled = {
        key: str(data.draw(arrays(*map(int, key[1:])), label=key)).replace("'", "")
        for key in sorted(set(LETTERS.findall(layer_texts)))
    }
    samples = ", ".join(sample(data, inputs, name == "embedding") for _ in range(2))
    problem = (
        f"network: {{inputs: {inputs}, layers: [{layer_texts.format(**filled)}]}}\nlearning_rate: 0.1\nrounds: 1\n"
        f"data: [{samples}]\nbatch: {{size: 2}}\n"
    )
    require_views(derive.loads(problem), seen())


def test_every_layer_of_the_catalog_has_cases_and_views():
    """A layer without views computes nothing, or takes its equations from the problem."""
    assert set(CASES) == set(layers()) - UNSTATED
    without = {name for name, kind in layers().items() if not kind.forward}
    assert without == {"flatten", "concatenate", "select", *UNSTATED}


def moves_windows(kind):
    """Whether a layer's equations have arrays of channels, of which matrices hold one at a time."""
    return kind.has_windows or issubclass(kind, KernelLayer)


def stated(kind):
    return [parse_index_form(one.text) for one in kind.forward]


def derived(name):
    """The adjoints that some instance of a layer derives equations of."""
    return {note[1] for note in seen()[name] if note[0] == "derived"}


CONSTANTS = {("dropout", "dm")}
"""The catalog lists what would reach a mask, which no key works."""


def test_the_catalog_lists_what_is_derived():
    """What it derives for arrays of any size some instance of the layer derives too."""
    if set(CASES) - set(seen()):
        pytest.skip("runs after the tests of every layer")
    for one in catalog()["layers"]:
        listed = {parse_index_form(text).of for title, texts in one.formulas if title == "backward" for text in texts}
        known = derived(one.name) if one.name in CASES else set()
        missing = {adjoint for adjoint in listed - known if (one.name, adjoint) not in CONSTANTS}
        assert not missing, (one.name, missing)


def test_no_name_of_a_view_is_a_slip():
    """Terms whose array a layer does not have fall away: so every name must be one that some instance has."""
    if set(CASES) - set(seen()):
        pytest.skip("runs after the tests of every layer")
    for name, kind in layers().items():
        known = seen()[name] if name in CASES else set()
        for equation in stated(kind):
            alone = {leaf.name for leaf in leaves(equation.right) if type(leaf) is Slot and len(leaf.name) == 1}
            for one in {equation.of, *equation.names()} - alone:
                assert one in known or one.removeprefix("d") in known, (name, one)


def test_every_equation_of_every_layer_gave_something():
    """Sums that agree prove an equation only where it adds more than 0 to them."""
    if set(CASES) - set(seen()):
        pytest.skip("runs after the tests of every layer")
    for name, kind in layers().items():
        arrays_ = {equation.of for equation in stated(kind)} | (derived(name) if name in CASES else set())
        for one in arrays_:
            assert (False, one) in seen()[name], (name, one)
            assert moves_windows(kind) or (True, one) in seen()[name], (name, one)


def test_sequences_step_by_step():
    require_views(
        derive.loads(
            "network: {inputs: [3, 2], layers: [{units: 2, activation: tanh, weights: [[1, 0.5], [0.2, 1]], biases: 0.1},"
            " {layer: activation, activation: softmax}]}\nlearning_rate: 1\nloss: cross-entropy\n"
            "data: [{x: [[1, 2], [0.3, 0.4], [0.1, 0.7]], y: [[1, 0], [0, 1], [0.5, 0.5]]}]\n"
        )
    )


OF_EQUATIONS = {"fan-out", "matrix-graph", "sigmoid-circuit", "two-gates"}
"""Examples whose equations no layer states."""


@pytest.mark.parametrize("name", sorted(set(assets.examples()) - OF_EQUATIONS))
def test_views_of_the_gallery(name):
    require_views(solution_of(name).problem)


def test_a_wrong_view_is_found():
    """The tests above fail for a view with a mistake in it."""
    problem = derive.loads(
        "network: {inputs: 2, layers: [{units: 2, weights: [[1, 2], [3, 4]], biases: 0}, {units: 1, weights: 1, biases: 0}]}\n"
        "learning_rate: 1\ndata: [{x: [1, 2], y: 1}]\n"
    )
    derived_adjoints, as_matrices = views.adjoint_equations, layer_matrices.as_matrices

    def without_sums(*arguments):
        return tuple(ViewEquation(e.left, getattr(e.right, "body", e.right)) for e in derived_adjoints(*arguments))

    def transposed(equation, application):
        found = as_matrices(equation, application)
        return None if found is None else ViewEquation(found.left, Call("T", (found.right,)))

    for place, name, wrong in ((views, "adjoint_equations", without_sums), (layer_matrices, "as_matrices", transposed)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, name, wrong)
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
            (matrix_form.expand, (*forward_matrices(one, application), *backward_matrices(one, application))),
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
    winner = "dx[p] = sum(i, is_argmax(x[p], f[i], all(k=1..size, x[(i-1)*stride+k]))*df[i])"
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
