"""The names of the trace, written down: layers, entries, samples, steps, adjoints, updates."""

import pytest

import derive


def names(text):
    return derive.solve(derive.loads(text)).graph.blocks.names


ONE = "network: {inputs: 2, layers: [{units: 2, weights: [[1, 2], [3, 4]], biases: [5, 6]}]}\nlearning_rate: 0.1\n"
TWO = "network: {inputs: 1, layers: [{units: 2, weights: [[1, 2]], biases: 0}, {units: 1, weights: [3, 4], biases: 0}]}\nlearning_rate: 0.1\ndata: [{x: 1, y: 2}]\n"
RNN = "network: {inputs: [2, 1], layers: [{layer: rnn, units: 1, weights: 0.5, recurrent: 0.8, biases: 0, returns: last}]}\nlearning_rate: 0.1\ndata: [{x: [[1], [2]], y: 0.5}]\n"
WIDE = f"network: {{inputs: 11, layers: [{{units: 1, weights: {[1] * 11}, biases: 0}}]}}\nlearning_rate: 0.1\ndata: [{{x: {[1] * 11}, y: 2}}]\n"

PRESENT = {
    "one layer": (
        ONE + "data: [{x: [1, 2], y: [0, 1]}]",
        "x1 x2 y1 y2 w11 w12 w21 w22 b1 b2 eta s1 s2 f1 f2 L dL/ds1 dL/ds2 dL/dw11 dL/dw21 dL/db2 w11_new w21_new b2_new",
    ),
    "two layers": (
        TWO,
        "w1_11 w1_12 b1_1 s1_1 f1_2 w2_11 w2_21 b2_1 s2_1 f2_1 dL/ds1_2 dL/dw1_12 dL/dw2_21 w1_12_new b2_1_new",
    ),
    "a batch": (
        ONE + "data: [{x: [1, 2], y: [0, 1]}, {x: [3, 4], y: [1, 0]}]\nbatch: {size: 2}",
        "x1@n1 x2@n2 y1@n2 s1@n1 f2@n2 L@n1 L@n2 J dL/ds1@n1 dL/ds2@n2 dJ/dw11 dJ/db2 w12_new",
    ),
    "own gradients": (
        ONE + "data: [{x: [1, 2], y: [0, 1]}, {x: [3, 4], y: [1, 0]}]\nbatch: {size: 2, per_sample_gradients: true}",
        "dL/dw11@n1 dL/dw22@n2 dL/db1@n1 dJ/dw11 dJ/db1",
    ),
    "steps": (RNN, "x1@t1 x1@t2 s1@t1 h1@t1 s1@t2 h1@t2 dL/ds1@t1 dL/ds1@t2 dL/dw11 dL/du11 w11_new"),
    "more than nine entries": (WIDE, "x9 x10 x11 w1,1 w9,1 w10,1 w11,1 dL/dw10,1 w11,1_new"),
    "ascent": (
        ONE + "data: [{x: [1, 2], y: [0, 1]}]\nupdate_form: ascent",
        "delta_s1 delta_s2 w11_new",
    ),
    "states": (
        ONE + "data: [{x: [1, 2], y: [0, 1]}]\noptimizer: {name: adam, clip_norm: 1}",
        "t m_w11 v_b2 m_w11_new v_b2_new mhat_w11 vhat_w22 Q norm ghat_w11 ghat_b1 beta1 beta2 epsilon c",
    ),
}


@pytest.mark.parametrize("case", PRESENT)
def test_names_as_they_are_documented(case):
    text, wanted = PRESENT[case]
    found = names(text)
    assert [name for name in wanted.split() if name not in found] == []
    assert len(set(found)) == len(found)


def test_every_name_of_one_unit():
    text = "network: {inputs: 1, layers: [{units: 1, weights: 2, biases: 1}]}\nlearning_rate: 0.1\ndata: [{x: 1, y: 2}]"
    solution = derive.solve(derive.loads(text))
    worked = [solution.graph.blocks.names[equation.output] for equation in solution.rounds[1].equations]
    assert worked == ["s1", "f1", "e1", "q1", "L", "dL/df1", "dL/ds1", "dL/db1", "dL/dw11", "w11_new", "b1_new"]


def test_an_index_counts_from_1_row_by_row():
    solution = derive.solve(derive.loads(ONE + "data: [{x: [1, 2], y: [0, 1]}]"))
    found = {name: solution[name].index for name in ("w11", "w12", "w21", "w22", "b2", "dL/dw21", "w12_new", "L")}
    assert found == {
        "w11": (1, 1),
        "w12": (1, 2),
        "w21": (2, 1),
        "w22": (2, 2),
        "b2": (2,),
        "dL/dw21": (2, 1),
        "w12_new": (1, 2),
        "L": (),
    }
    assert [solution[name].shown() for name in ("w11", "w12", "w21", "w22")] == ["1", "2", "3", "4"]


def test_gradients_are_worked_unit_by_unit_and_biases_before_weights():
    solution = derive.solve(derive.loads(ONE + "data: [{x: [1, 2], y: [0, 1]}]"))
    worked = [solution.graph.blocks.names[equation.output] for equation in solution.rounds[1].equations]
    gradients = [name for name in worked if name.startswith(("dL/db", "dL/dw"))]
    assert gradients == ["dL/db1", "dL/db2", "dL/dw11", "dL/dw21", "dL/dw12", "dL/dw22"]


def test_what_no_parameter_changes_has_no_adjoint():
    text = "equations: {u: a^2, v: u*b, L: v + u}\nvalues: {a: 3, b: 2}\nparameters: [b]\nlearning_rate: 0.1\n"
    assert [name for name in names(text) if name.startswith("dL/")] == ["dL/dv", "dL/db"]
