"""Where several entries of a window are the largest, the gates that a page prints say that the first is taken."""

import pytest
from editions import to_latex_document
from interference import FORMATS
from test_layers_spatial import LAST, solved
from test_leaks import with_worksheet
from test_printed_forms import require_index_form

COPY = "{layer: conv2d, kernels: [[1]], biases: none}"
COPIES = "{layer: conv2d, kernels: [[[[1]]], [[[-1]]]], biases: none}"
PIECE = "{layer: conv1d, kernels: [1], biases: none}"
TIED = "[[3, 1, 3], [3, 3, 0], [1, 3, 3]]"


def gates(solution, name):
    """The gate in the right side of an adjoint, on the page and in plain text."""
    equation = solution.graph.equation_of[solution[name].id]
    texts = (solution.writer.formula(equation), solution.plain_writer.formula(equation))
    return tuple(text[text.index("[") :] for text in texts)


@pytest.mark.parametrize(
    ("convention", "printed"),
    [
        (
            "first",
            {
                "dL/ds1_1": (r"[s^{(1)}_{1} = m^{(2)}_{1}]", "[s1_1 = m2_1]"),
                "dL/ds1_2": (r"[s^{(1)}_{1} < s^{(1)}_{2} = m^{(2)}_{1}]", "[s1_1 < s1_2 = m2_1]"),
                "dL/ds1_3": (
                    r"[\max(s^{(1)}_{1}, s^{(1)}_{2}) < s^{(1)}_{3} = m^{(2)}_{1}]",
                    "[max(s1_1, s1_2) < s1_3 = m2_1]",
                ),
            },
        ),
        (
            "last",
            {
                "dL/ds1_2": (r"[s^{(1)}_{3} < s^{(1)}_{2} = m^{(2)}_{1}]", "[s1_3 < s1_2 = m2_1]"),
                "dL/ds1_3": (r"[s^{(1)}_{3} = m^{(2)}_{1}]", "[s1_3 = m2_1]"),
            },
        ),
    ],
)
def test_the_gate_of_a_later_entry_names_those_before_it(convention, printed):
    solution = solved(f"{PIECE}, {{layer: max_pool1d, size: 3, ties: {convention}}}, {LAST}", "[1, 2, 2]", inputs=3)
    assert {name: gates(solution, name) for name in printed} == printed


def test_a_tie_in_a_later_round_counts():
    """Samples are taken in turn, and only the second has two entries that are equal."""
    layers = f"{PIECE}, {{layer: max_pool1d, size: 2}}, {LAST}"
    data = "[1, 2], y: [0]}, {x: [2, 2]"
    once, twice = (solved(layers, data, inputs=2, rounds=rounds) for rounds in (1, 2))
    assert gates(once, "dL/ds1_2")[1] == "[s1_2 = m2_1]"
    assert [number for number, _ in twice.ties] == [2]
    assert gates(twice, "dL/ds1_2")[1] == "[s1_1 < s1_2 = m2_1]"


@pytest.mark.parametrize("convention", ["first", "last"])
@pytest.mark.parametrize(
    ("first", "pool", "x", "inputs"),
    [
        (PIECE, "{layer: max_pool1d, size: 2", "[3, 3, 1, 3]", "4"),
        (PIECE, "{layer: max_pool1d, size: 3, stride: 1, padding: 1", "[3, 3, 1, 3]", "4"),
        (COPY, "{layer: max_pool2d, size: 2, stride: 1", TIED, "[3, 3]"),
        (COPY, "{layer: max_pool2d, size: [3, 2], stride: [1, 2], padding: 1", TIED, "[3, 3]"),
        (COPIES, "{layer: max_pool2d, size: 2, stride: 1", f"[{TIED}]", "[1, 3, 3]"),
    ],
)
def test_the_index_form_holds_at_a_tie(first, pool, x, inputs, convention):
    solution = solved(f"{first}, {pool}, ties: {convention}}}, {LAST}", x, inputs=inputs)
    assert solution.ties
    assert require_index_form(solution) > 5


def test_a_worksheet_does_not_say_that_hidden_numbers_tie():
    solution = solved(f"{PIECE}, {{layer: max_pool1d, size: 2}}, {LAST}", "[2, 2]", inputs=2)
    plain, telling = r"[s^{(1)}_{2} = m^{(2)}_{1}]", r"[s^{(1)}_{1} < s^{(1)}_{2} = m^{(2)}_{1}]"
    seen, hidden = (FORMATS["latex"](with_worksheet(solution, blank={"names": (name,)})) for name in ("L", "s1_2"))
    for text, gate, other in (
        (to_latex_document(solution, "x"), telling, plain),
        (seen, telling, plain),
        (hidden, plain, telling),
    ):
        assert gate in text
        assert other not in text
