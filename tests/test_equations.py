"""Equations written down directly: against plain Python with long numbers, and every mistake named."""

import numpy as np
import pytest
from mpmath import MPContext

import derive
from derive.errors import FormulaError, InputError, NumberError
from derive.graph.array_grammar import index_form, parse_array
from derive.sources.fields import shape_of

MP = MPContext()
MP.dps = 50
NAMES = {
    **{name: np.vectorize(getattr(MP, name), otypes=[object]) for name in ("exp", "sin", "cos", "tan", "tanh", "sqrt")},
    "log": np.vectorize(MP.log, otypes=[object]),
    "sigmoid": np.vectorize(lambda s: 1 / (1 + MP.exp(-s)), otypes=[object]),
    "relu": np.vectorize(lambda s: s if s > 0 else MP.mpf(0), otypes=[object]),
    "abs": np.vectorize(abs, otypes=[object]),
    "max": lambda *parts: max(np.ravel(parts[0])) if len(parts) == 1 else np.vectorize(max, otypes=[object])(*parts),
    "min": lambda *parts: min(np.ravel(parts[0])) if len(parts) == 1 else np.vectorize(min, otypes=[object])(*parts),
    "sum": np.sum,
    "mean": lambda a: np.sum(a) / np.size(a),
    "norm": lambda a: MP.sqrt(np.sum(np.asarray(a) ** 2)),
    "T": np.transpose,
    "softmax": lambda a: np.vectorize(MP.exp)(a) / np.sum(np.vectorize(MP.exp)(a)),
    "pi": MP.pi,
}
GRAPHS = {
    "two gates": ({"q": "x + y", "f": "q*z"}, {"x": "-2", "y": "5", "z": "-4"}),
    "a value that is used three times": ({"a": "x*x", "b": "a + x", "f": "a*b/x"}, {"x": "1.7"}),
    "a neuron": (
        {"s": "w0*x0 + w1*x1 + w2", "f": "sigmoid(s)"},
        {"w0": "2", "x0": "-1", "w1": "-3", "x1": "-2", "w2": "-3"},
    ),
    "every function": (
        {
            "a": "sin(x)*cos(y) + tan(x/3)",
            "b": "tanh(a) + exp(-x) - log(y + 2)",
            "f": "sqrt(abs(b) + 1)/max(x, y, 0.1)",
        },
        {"x": "0.7", "y": "1.9"},
    ),
    "powers": ({"a": "x^3 + x^y - 2^y", "f": "a^2/x^(-1)"}, {"x": "1.3", "y": "0.8"}),
    "selections": ({"a": "relu(x) + relu(-x)*min(x, y)", "f": "a*max(x, y)"}, {"x": "-0.6", "y": "0.4"}),
    "a layer": (
        {"s": "W @ x + b", "h": "tanh(s)", "p": "softmax(h)", "L": "-sum(t*log(p))"},
        {"W": [["0.1", "-0.2"], ["0.3", "0.4"]], "x": ["1", "2"], "b": ["0.5", "-0.5"], "t": ["1", "0"]},
    ),
    "matrices": (
        {"C": "T(A) @ B", "D": "C*C/2 - mean(C)", "f": "norm(D) + D[1, 2] + sum(A[2, 1]*B)"},
        {"A": [["1", "2"], ["-1", "0.5"]], "B": [["0.2", "0.4", "1"], ["1.5", "-1", "2"]]},
    ),
    "a wide matrix transposed": (
        {"C": "T(B) @ A", "f": "sum(C*C) + norm(T(C)) + mean(T(B) @ v)"},
        {"A": [["1", "2"], ["-1", "0.5"]], "B": [["0.2", "0.4", "1"], ["1.5", "-1", "2"]], "v": ["3", "-1"]},
    ),
    "over all entries": ({"f": "max(v)*min(v) + mean(v)"}, {"v": ["1", "3", "-2"]}),
}


def problem(equations, values, **more):
    return derive.Problem.model_validate({"equations": equations, "values": values, **more})


def worked(equations, values):
    """Every quantity by plain Python."""
    known = {name: np.array(np.vectorize(MP.mpf, otypes=[object])(numbers)) for name, numbers in values.items()}
    known = {name: array if array.shape else array.item() for name, array in known.items()}
    for name, text in equations.items():
        code = text.replace("^", "**").replace("[2, 1]", "[1, 0]").replace("[1, 2]", "[0, 1]")
        known[name] = eval(code, {"__builtins__": {}}, {**NAMES, **known})
    return known


def moved(values, name, index, step):
    array = np.array(values[name], dtype=object)
    array[index] = MP.mpf(array[index]) + step
    return {**values, name: array}


@pytest.mark.parametrize("title", GRAPHS)
def test_values_and_gradients(title):
    equations, values = GRAPHS[title]
    solution = derive.solve(problem(equations, values))
    found, last = worked(equations, values), list(equations)[-1]
    blocks = {block.name: block for block in solution.graph.blocks.blocks}
    for name in equations:
        for quantity, number in zip(blocks[name].ids, np.ravel(found[name]), strict=True):
            value = solution.rounds[1].values[quantity].unrounded
            assert abs(MP.mpf(str(value)) - number) <= MP.mpf("1e-40") * (1 + abs(number))
    step = MP.mpf("1e-15")
    for name, numbers in values.items():
        for index in np.ndindex(*(shape_of(numbers) or ())):
            up, down = (worked(equations, moved(values, name, index, sign * step))[last] for sign in (1, -1))
            expected = (up - down) / (2 * step)
            entry = "".join(str(k + 1) for k in index)
            value = solution.rounds[1][f"d{last}/d{name}{entry}"].unrounded
            assert abs(MP.mpf(str(value)) - expected) <= MP.mpf("1e-12") * (1 + abs(expected))


@pytest.mark.parametrize(
    ("formula", "value", "slope"),
    [("pi*x", "3.141593", "3.141593"), ("x + pi", "4.141593", "1"), ("sin(pi*x/2)*pi^2", "9.869604", "0")],
)
def test_pi_is_a_number_in_every_equation(formula, value, slope):
    """At x = 1: pi x, x + pi, and pi^2 sin(pi x/2), whose derivative pi^3/2 cos(pi/2) is 0."""
    solution = derive.solve(problem({"L": formula}, {"x": "1"}, rounding={"places": 6, "zeros": "drop"}))
    assert (solution["L"].shown(1), solution["dL/dx"].shown(1)) == (value, slope)
    assert r"\pi" in solution["L"].latex("symbolic")
    assert "π" in solution.formulas("L")[0].mathml()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("equations: {L: pi*x}\nvalues: {pi: 2, x: 1}", {"L": 2, "dL/dpi": 1, "dL/dx": 2}),
        ("equations: {pi: 2*x, L: pi^2}\nvalues: {x: 1}", {"L": 4, "dL/dpi": 4, "dL/dx": 8}),
    ],
)
def test_a_name_of_the_authors_own_takes_the_place_of_pi(text, expected):
    solution = derive.solve(derive.loads(text))
    assert {name: solution[name].value() for name in expected} == expected
    assert solution.to_csv()
    assert r"\pi" in solution.to_latex()
    compile(solution.to_pytorch(), "script", "exec")


def test_a_zero_that_is_written_stays_in_its_equation():
    solution = derive.solve(problem({"a": "0*x + exp(0) + max(y, 0) - 0", "f": "a + 0/x"}, {"x": "2", "y": "3"}))
    rules = {solution.graph.blocks.names[e.output]: e.rule.name for e in solution.graph.forward}
    assert rules == {"a": "0*a1+exp(0)+max(a2, 0)-0", "f": "a1+0/a2"}
    assert {name: solution[name].value() for name in ("a", "df/dx")} == {"a": 4, "df/dx": 0}


def test_the_circuit_of_every_lecture():
    solution = derive.solve(problem(*GRAPHS["two gates"]))
    shown = {name: solution[name].shown() for name in ("q", "f", "df/dq", "df/dx", "df/dy", "df/dz")}
    assert shown == {
        "q": "3.0000",
        "f": "-12.0000",
        "df/dq": "-4.0000",
        "df/dx": "-4.0000",
        "df/dy": "-4.0000",
        "df/dz": "3.0000",
    }
    assert solution["df/dq"].latex() == "z"


def test_what_does_not_lead_to_the_output_is_left_out():
    solution = derive.solve(
        problem({"q": "x + y", "r": "x*y", "f": "q^2", "g": "r + f"}, {"x": "1", "y": "2"}, outputs="f")
    )
    names = [solution.graph.blocks.names[e.output] for e in solution.graph.backward]
    assert names == ["df/dq", "df/dy", "df/dx"]


def test_a_loss_on_a_vector():
    more = {"targets": ["1", "0"], "outputs": "f", "parameters": ["w"], "learning_rate": "0.1"}
    solution = derive.solve(problem({"f": "w*x"}, {"w": "2", "x": ["1", "3"]}, **more))
    assert solution["L"].shown() == "18.5000"
    assert solution["dL/dw"].shown() == "19.0000"
    assert solution["w_new"].shown() == "0.1000"


def test_a_function_optimized_without_a_network():
    more = {"parameters": ["theta"], "learning_rate": "0.1", "rounds": 3, "optimizer": "momentum"}
    solution = derive.solve(problem({"f": "theta^2"}, {"theta": "1"}, **more))
    assert [solution["theta"].shown(n) for n in (1, 2, 3)] == ["1", "0.8000", "0.4600"]
    assert solution["theta_new"].shown(3) == "0.0620"


def test_other_values_in_every_round():
    values = [{"w": "1", "x": "2"}, {"x": "3"}]
    solution = derive.solve(problem({"f": "(w*x - 1)^2"}, values, parameters=["w"], learning_rate="0.1"))
    assert [solution["x"].shown(n) for n in (1, 2)] == ["2", "3"]
    assert solution["w"].shown(2) == "0.6000"
    assert solution["f"].shown(2) == "0.6400"


def test_a_graph_inside_a_network():
    text = """
network:
  inputs: 2
  layers:
    - {layer: equations, values: {W: [[1, 2], [3, -1]]}, constants: {c: 0.5}, equations: {s: W @ x, h: tanh(c*s) + x}}
    - {units: 1, weights: [1, 2], biases: none}
learning_rate: 0.1
data: [{x: [1, 2], y: 0}]
"""
    solution = derive.solve(derive.loads(text))
    updated = {block.name for block in solution.graph.blocks.blocks if block.role == "updated"}
    assert updated == {"W1_new", "w2_new"}


SHAPES = {"v": (3,), "A": (2, 3), "s": ()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v + A", "shapes 2 x 3 and 3 do not go together"),
        ("A @ A", "a product @ of 2 x 3 and 2 x 3 does not fit"),
        ("v[4]", r"no entry \[4\] in an array of 3"),
        ("A[1]", r"no entry \[1\] in an array of 2 x 3"),
        ("T(v)", "only a matrix has a transpose"),
        ("1 + softmax(v)", "stands alone"),
        ("s @ v", "does not fit"),
        ("u + 1", "'u' is neither given nor an equation before"),
        ("v[0]", "the number of an entry, from 1"),
        ("v[x]", "the number of an entry, from 1"),
        ("v[1", r"expected '\]'"),
        ("sum(v, v)", r"expected '\)'"),
        ("__import__(v)", "unexpected '_'"),
        ("v.real", "unexpected '.'"),
    ],
)
def test_what_does_not_fit(text, message):
    with pytest.raises(FormulaError, match=message):
        index_form("f", parse_array(text), SHAPES)


def test_an_undefined_number_names_the_equation_and_the_round():
    with pytest.raises(NumberError, match=r"f in round 2: .*division by zero"):
        derive.solve(problem({"f": "1/x"}, [{"x": "1"}, {"x": "0"}]))


def test_a_step_is_not_differentiated():
    with pytest.raises(FormulaError, match="sign has no derivative"):
        derive.solve(problem({"f": "sign(x)*x"}, {"x": "1"}))


def test_a_vector_is_not_differentiated_by_itself():
    with pytest.raises(InputError, match=r"f has 2 entries, and one number is differentiated; .* L: sum\(f\)"):
        derive.solve(problem({"f": "2*x"}, {"x": ["1", "2"]}))


@pytest.mark.parametrize(
    ("equations", "values", "more"),
    [
        ({"f": "eta*x^2"}, {"eta": "1", "x": "1"}, {"parameters": ["x"], "learning_rate": "1"}),
        ({"f": "w1 + sum(w)"}, {"w1": "1", "w": ["1", "2"]}, {}),
    ],
)
def test_two_quantities_with_one_name(equations, values, more):
    with pytest.raises(InputError, match=r"two quantities are named (df/dw1 and two w1|eta); choose other names"):
        derive.solve(problem(equations, values, **more))
