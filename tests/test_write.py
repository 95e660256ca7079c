"""Problems written as problem files: read back they are equal, and they look as if a person had written them."""

from decimal import Decimal

import layer_problems
import pytest
from everyday import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import problems

import derive
from derive.problem.write import WIDTH, number_text
from derive.sources import assets
from derive.sources.fields import LONGEST, to_number


def is_read_back(problem):
    text = derive.dumps(problem)
    assert derive.loads(text) == problem
    return text


@given(problems())
def test_random_networks(problem):
    is_read_back(problem)


LAYERS = st.one_of(
    layer_problems.spatial(),
    layer_problems.embedded(),
    layer_problems.dropped(),
    layer_problems.normalized(),
    layer_problems.batch_normalized(),
)


@settings(max_examples=examples(60), deadline=None)
@given(LAYERS)
def test_random_layers(problem):
    is_read_back(problem)


@pytest.mark.parametrize("name", assets.examples())
def test_examples(name):
    is_read_back(derive.load(assets.examples()[name]))


def tree(**keys):
    layer = {"units": 1, "weights": "0.5", "biases": "none"}
    data = [{"x": 1, "y": 0}, {"x": 2, "y": 1}]
    return {"network": {"inputs": 1, "layers": [layer]}, "learning_rate": "0.1", "data": data, **keys}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200) | st.sampled_from(
    [
        "no",
        "~",
        "1.50",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "[x",
        " a ",
        "a\nb\n",
        "\n",
        "5",
        "2022-03-31",
        "{}",
        "x" * 200,
    ]
)


@settings(max_examples=examples(150))
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
def test_texts(title, text, conditions):
    exercise = {"text": text, "conditions": conditions}
    question = {"title": title, "asks": ["functions"], "note": text}
    is_read_back(derive.Problem.model_validate(tree(title=title, exercise=exercise, questions=[question])))


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e300"), max_value=Decimal("1e300")).map(
        str
    ),
    st.from_regex(r"-?[0-9]{0,59}\.[0-9]{1,59}(e-?[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"-?[1-9][0-9]{50,58}(e[0-9]{1,2})?", fullmatch=True),
).filter(lambda text: len(text) <= LONGEST and abs(Decimal(text).adjusted()) < 290)


@settings(max_examples=examples(400))
@given(NUMBERS)
def test_numbers_are_written_with_their_digits(text):
    number = to_number(text)
    written = number_text(number)
    assert len(written) <= LONGEST
    assert to_number(written).as_tuple().digits == number.as_tuple().digits
    assert to_number(written) == number


@pytest.mark.parametrize("text", ["." + "5" * 59, "-." + "5" * 58, "5" * 57 + "e99", "0." + "0" * 40 + "5" * 18])
def test_numbers_of_as_many_characters_as_there_may_be(text):
    written = number_text(to_number(text))
    assert len(written) <= LONGEST == len(text)
    assert to_number(written) == to_number(text)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("0.30", "0.30"),
        ("1e-3", "0.001"),
        ("1e-10", "1e-10"),
        ("+.5", "0.5"),
        ("2e3", "2e3"),
        ("-0", "0"),
        ("12", "12"),
    ],
)
def test_numbers_as_a_person_writes_them(given, written):
    assert number_text(to_number(given)) == written


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"optimizer": {"name": "momentum"}}, "optimizer: momentum"),
        ({"optimizer": {"name": "momentum", "constants": {"mu": "0.5"}}}, "optimizer: {name: momentum, constants: {mu: 0.5}}"),
        ({"learning_rate": ["0.1", "0.05"]}, "learning_rate: [0.1, 0.05]"),
        ({"learning_rate": {"schedule": "exponential", "start": "0.1", "constants": {"gamma": "0.9"}}},
         "learning_rate: {start: 0.1, schedule: exponential, constants: {gamma: 0.9}}"),
        ({"relu_at_zero": "1"}, "relu_at_zero: 1"),
        ({"final_forward_pass": "yes"}, "final_forward_pass: true"),
        ({"loss": "squared error"}, "loss: squared error"),
        ({"rounding": {"places": 6, "zeros": "drop"}}, "rounding: {places: 6, zeros: drop}"),
        ({"error": "output minus target"}, "error: output minus target"),
        ({"questions": [{"title": "All", "asks": ["rounds"]}]}, "  - {title: All, asks: [rounds]}"),
    ],
)  # fmt: skip
def test_short_forms(keys, line):
    assert line in is_read_back(derive.Problem.model_validate(tree(**keys))).splitlines()


def test_usual_values_are_left_out_and_keys_stand_in_order():
    usual = {"derive": "1", "loss": {"name": "half squared error"}, "rounding": {"carry": "full"}, "batch": {"size": 1}}
    text = is_read_back(derive.Problem.model_validate(tree(title="A unit", **usual)))
    assert text == (
        "title: A unit\n\nnetwork:\n  inputs: 1\n  layers:\n    - {units: 1, weights: 0.5, biases: none}\n"
        "learning_rate: 0.1\n\ndata:\n  - {x: 1, y: 0}\n  - {x: 2, y: 1}\n"
    )


def test_equations_and_classes():
    text = "equations: {q: x + y, f: q*z}\nvalues: {x: -2, y: 5, z: -4}\noutputs: f\n"
    assert is_read_back(derive.loads(text)) == text
    layer = {"units": 2, "weights": [["1", "2"]], "biases": "0"}
    changed = tree(loss="cross-entropy on logits", data=[{"x": 1, "class": 2}])
    changed["network"] = {"inputs": 1, "layers": [layer]}
    assert "- {x: 1, class: 2}" in is_read_back(derive.Problem.model_validate(changed))


def test_what_does_not_fit_on_a_line_stands_on_several():
    rows = [[f"0.{100000 + 13 * row + column}" for column in range(9)] for row in range(4)]
    changed = tree(data=[{"x": [1, 2, 3, 4], "y": [1] * 9}])
    changed["network"] = {"inputs": 4, "layers": [{"units": 9, "weights": rows, "biases": "0"}]}
    lines = is_read_back(derive.Problem.model_validate(changed)).splitlines()
    assert f"        - [{', '.join(rows[0])}]" in lines
    assert max(map(len, lines)) <= WIDTH
