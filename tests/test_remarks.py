"""What a key says of its numbers, by what the problem file chose."""

import pytest
from editions import to_markdown_document

import derive
from derive.document.aids.conventions import convention_remarks
from derive.document.aids.remarks import number_remarks
from derive.document.context import Context
from derive.document.locale import locale
from derive.document.questions import questions
from derive.document.style import style
from derive.document.text import phrase

NET = """
network: {{inputs: 1, layers: [{{units: 2, activation: {activation}, weights: [[0.3, 0.7]], biases: 0.1}},
  {{units: 1, weights: [0.2, 0.4], biases: 0}}]}}
learning_rate: 0.1
data: [{{x: 1, y: 0.5}}]
rounds: 3
{more}
"""


def remarks(more="", activation="sigmoid"):
    solution = derive.solve(derive.loads(NET.format(activation=activation, more=more)))
    context = Context(solution, style("table").style, locale("en"))
    return ["".join(map(str, remark.parts)) for remark in number_remarks(context, tuple(questions(context)))]


SENTENCES = {
    ("half-up", "rounded"): "All numbers are rounded half up to 3 decimal places before use.",
    (
        "half-even",
        "rounded",
    ): "All numbers are rounded half to even to 3 decimal places before use.",
    ("cut", "rounded"): "All numbers are cut off after 3 decimal places before use.",
    ("half-up", "full"): "Full precision is carried; 3 decimal places are shown.",
    ("half-even", "full"): "Full precision is carried; 3 decimal places are shown.",
}


@pytest.mark.parametrize(("mode", "carry"), SENTENCES)
def test_the_rounding_that_the_file_chose_is_what_the_key_says(mode, carry):
    more = f"rounding: {{places: 3, mode: {mode}, carry: {carry}}}"
    assert remarks(more)[0].startswith(SENTENCES[mode, carry])


def test_exceptions_are_of_the_rounds_that_they_are_for():
    exceptions = "[{kind: output, places: 6}, {kind: loss, round: 2, places: 5}, {round: 3, places: 7}]"
    (found,) = remarks(f"rounding: {{places: 3, carry: rounded, exceptions: {exceptions}}}")
    assert "With 6 decimal places: " in found
    assert "With 5 decimal places in pass 2: L." in found
    assert "Pass 3 keeps 7 decimal places." in found
    assert "of pass 1" not in found
    assert "Pass 1" not in found


@pytest.mark.parametrize("at_zero", ["0", "1"])
def test_the_derivative_at_a_kink_is_the_one_that_was_chosen(at_zero):
    assert f"The derivative of ReLU at 0 is taken as {at_zero}." in remarks(f"relu_at_zero: {at_zero}", "relu")
    side = {"0": "below", "1": "above"}[at_zero]
    one_side = f"At a kink, the derivative is taken from {side}."
    assert one_side in remarks(f"relu_at_zero: {at_zero}", "leaky relu")
    assert not any("kink" in remark or "ReLU" in remark for remark in remarks())


SHARED = """
network: {inputs: 2, layers: [{units: 2, activation: sigmoid, weights: [[0.15, 0.25], [0.2, 0.3]], biases: 0.35,
  bias: shared}, {units: 2, activation: sigmoid, weights: [[0.4, 0.5], [0.45, 0.55]], biases: 0.6, bias: shared}]}
learning_rate: 0.5
data: [{x: [0.05, 0.1], y: [0.01, 0.99]}]
rounding: {places: 4}
"""


@pytest.mark.parametrize("carry", ["full", "rounded"])
@pytest.mark.parametrize("look", ["table", "worked", "graph", "steps", "exam", "slides", "summary"])
def test_a_sign_is_explained_where_it_is_printed_and_nowhere_else(look, carry):
    problem = SHARED.replace("places: 4", f"places: 4, carry: {carry}") + f"style: {look}\n"
    text = to_markdown_document(derive.solve(derive.loads(problem)), "a.yaml").content
    mathematics, explained = r"\approx" in text, "≈ marks" in text
    assert explained == mathematics
    assert ("Local partials are not results" in text) == (carry == "rounded" and r"\frac{\partial" in text)


IN_PLACE = {
    "the largest weights frozen": (
        ("inputs: 2, layers: [{units: 2, weights: 0.5, biases: 0.1, frozen: true}, {units: 1, weights: 0.5, biases: 0},"
        " {units: 1, weights: 2, biases: 0}]"), "x: [1, 2]", r"w^{(3)\,\mathrm{new}}_{11}",
    ),
    "kernels alone": (
        ("inputs: [1, 3], layers: [{layer: conv1d, kernels: [[1, 2]], biases: 0},"
        " {layer: conv1d, kernels: [[1, 2]], biases: 0}, {layer: flatten}]"),
        "x: [[1, 2, 3]]", r"k^{(2)\,\mathrm{new}}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_updates_in_place_name_a_new_weight_that_is_used(name):
    network, x, new = IN_PLACE[name]
    text = f"network: {{{network}}}\nlearning_rate: 0.1\nupdates: in place\ndata: [{{{x}, y: 1}}]\n"
    context = Context(derive.solve(derive.loads(text)), style("worked").style, locale("en"))
    (remark,) = convention_remarks(context)
    assert any(str(part).startswith(new) for part in remark.parts)
    assert "<" not in "".join(map(str, remark.parts))


def test_a_placeholder_that_nothing_fills_is_a_fault():
    with pytest.raises(LookupError, match="<new>"):
        phrase("marked as in <new>", old="w")
