"""The rounding policy, against Python's own decimal rounding and against the corners where keys go wrong."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.rounding import Carry, Mode, Override, Policy, Precision, Small, Zeros
from derive.errors import InputError, NumberError
from derive.graph.quantity import Block, Kind, Role

NOISE = DecimalArithmetic(50).noise
REFERENCE = {Mode.HALF_UP: ROUND_HALF_UP, Mode.HALF_EVEN: ROUND_HALF_EVEN, Mode.CUT: ROUND_DOWN}


@given(
    st.decimals(min_value=-1000, max_value=1000, places=7),
    st.integers(0, 6),
    st.sampled_from(list(Mode)),
)
def test_places_as_decimal_rounds(number, places, mode):
    found = Policy(mode=mode).round(number, Precision(places), NOISE)
    expected = number.quantize(Decimal(1).scaleb(-places), REFERENCE[mode], Context(prec=50))
    assert found == expected
    assert not (found == 0 and found.is_signed())


@pytest.mark.parametrize(
    ("number", "mode", "expected"),
    [
        ("0.00005", Mode.HALF_UP, "0.0001"),
        ("-0.00005", Mode.HALF_UP, "-0.0001"),
        ("0.00005", Mode.HALF_EVEN, "0.0000"),
        ("0.00015", Mode.HALF_EVEN, "0.0002"),
        ("-0.00019", Mode.CUT, "-0.0001"),
        ("-0.00001", Mode.HALF_UP, "0.0000"),
        ("2.675", Mode.HALF_UP, "2.6750"),
    ],
)
def test_ties_and_signs(number, mode, expected):
    policy = Policy(mode=mode, carry=Carry.ROUNDED)
    assert policy.finish(Decimal(number), Precision(4), NOISE).shown == expected


def test_a_tie_computed_inexactly_is_the_tie():
    wide = Context(prec=80)
    nearly = wide.subtract(Decimal("0.12345"), Decimal("1e-48"))
    assert nearly != Decimal("0.12345")
    assert Policy().round(nearly, Precision(4), NOISE) == Decimal("0.1235")
    clearly_below = wide.subtract(Decimal("0.12345"), Decimal("1e-20"))
    assert Policy().round(clearly_below, Precision(4), NOISE) == Decimal("0.1234")
    nearly_whole = wide.subtract(Decimal("0.3"), Decimal("1e-48"))
    assert Policy(mode=Mode.CUT).round(nearly_whole, Precision(4), NOISE) == Decimal("0.3000")


@pytest.mark.parametrize(
    ("number", "figures", "expected"),
    [
        ("0.00123456", 3, "0.00123"),
        ("123456", 3, "123000"),
        ("9.9996", 4, "10.00"),
        ("9.9996e40", 3, "1.00e41"),
        ("-9.9996e-40", 3, "-1.00e-39"),
        ("0", 3, "0.000"),
        ("-1.5", 4, "-1.500"),
    ],
)
def test_significant_figures(number, figures, expected):
    assert Policy().finish(Decimal(number), Precision(figures, significant=True), NOISE).shown == expected


@pytest.mark.parametrize(
    ("zeros", "exact", "inexact"),
    [(Zeros.KEEP, "0.4600", "0.3870"), (Zeros.DROP, "0.46", "0.387"), (Zeros.INEXACT, "0.46", "0.3870")],
)
def test_trailing_zeros(zeros, exact, inexact):
    policy = Policy(zeros=zeros)
    assert policy.finish(Decimal("0.46"), Precision(4), NOISE).shown == exact
    assert policy.finish(Decimal("0.386986"), Precision(4), NOISE).shown == inexact
    carried = Policy(zeros=zeros, carry=Carry.ROUNDED)
    assert carried.finish(Decimal("0.46"), Precision(4), NOISE).shown == exact
    assert carried.finish(Decimal("0.386986"), Precision(4), NOISE).shown == inexact


@pytest.mark.parametrize(
    ("small", "number", "expected"),
    [
        (Small.DIGITS, "0.0000123456", "0.0000123"),
        (Small.SCIENTIFIC, "0.0000123456", "1.23e-5"),
        (Small.DIGITS, "-1.5e-40", "-1.50e-40"),
        (Small.SCIENTIFIC, "-1.5e-40", "-1.50e-40"),
    ],
)
def test_a_small_number_never_prints_as_zero(small, number, expected):
    assert Policy(small=small).finish(Decimal(number), Precision(4), NOISE).shown == expected


def test_rounded_values_that_are_carried_print_as_carried():
    policy = Policy(carry=Carry.ROUNDED)
    value = policy.finish(Decimal("0.0000123"), Precision(4), NOISE)
    assert (value.carried, value.shown) == (0, "0.0000")


def test_the_most_specific_override_wins():
    block = Block(
        Kind.DELTA,
        Role.BACKWARD,
        2,
        (2,),
        0,
        letter="L",
        layered=True,
        of=Block(Kind.PRE_ACTIVATION, Role.FORWARD, 2, (2,), 0, layered=True),
    )
    kind, in_round, named, entry = (
        Override(Precision(1), kind="delta"),
        Override(Precision(2), kind="delta", round=2),
        Override(Precision(3), quantity="dL/ds2"),
        Override(Precision(5), quantity="dL/ds2_1"),
    )
    policy = Policy(overrides=(entry, named, in_round, kind))

    def places(name, number):
        return policy.precision_of(block, name, number).count

    assert (places("dL/ds2_1", 1), places("dL/ds2_2", 1)) == (5, 3)
    assert [Policy(overrides=(in_round, kind)).precision_of(block, "dL/ds2_1", n).count for n in (1, 2)] == [1, 2]
    assert Policy(overrides=(kind, Override(Precision(7), round=2))).precision_of(block, "dL/ds2_1", 2).count == 1
    assert Policy().precision_of(block, "dL/ds2_1", 1).count == 4
    alike = Policy(overrides=(kind, Override(Precision(8), kind="delta")))
    assert alike.precision_of(block, "dL/ds2_1", 1).count == 8


def test_a_zero_of_any_exponent_is_zero():
    for precision in (Precision(2), Precision(2, significant=True)):
        assert Policy().finish(Decimal("0e400"), precision, NOISE).shown in ("0.00", "0.0")


def test_a_number_of_ten_thousand_digits_is_refused():
    with pytest.raises(NumberError, match="too large to be printed"):
        Policy().round(Decimal("1e10000"), Precision(4))


def solve(layer, x="1", y="0", **more):
    network = {"inputs": 1, "layers": [layer]}
    return derive.solve(
        derive.Problem.model_validate({"network": network, "learning_rate": 1, "data": [{"x": x, "y": y}], **more})
    )


@pytest.mark.parametrize("s", ["40", "150", "300", "-300", "700", "1850"])
def test_a_saturated_sigmoid_stays_exact(s):
    solution = solve({"units": 1, "activation": "sigmoid", "weights": s, "biases": "none"}, y="0")
    exact = Context(prec=4000)
    f = exact.divide(1, exact.add(1, exact.exp(-Decimal(s))))
    delta = exact.multiply(exact.multiply(f, f), exact.subtract(1, f))
    found = solution.rounds[1]["dL/ds1"]
    assert abs(found.unrounded - delta) < abs(delta) * Decimal("1e-20")
    assert Decimal(found.shown) != 0


def test_a_cancelled_sum_is_zero():
    layers = [
        {"units": 3, "activation": "sigmoid", "weights": "0.7", "biases": "0.1"},
        {"units": 1, "activation": "relu", "weights": ["0.3", "-0.1", "-0.2"], "biases": "none"},
    ]
    problem = derive.Problem.model_validate(
        {"network": {"inputs": 1, "layers": layers}, "learning_rate": 1, "data": [{"x": "0.3", "y": 1}]}
    )
    solution = derive.solve(problem)
    assert solution.rounds[1]["s2_1"].unrounded == 0
    assert solution.rounds[1]["dL/ds2_1"].shown == "0.0000"


def test_a_gradient_that_cancels_is_zero_and_passes_its_check():
    layers = [
        {"units": 1, "activation": "tanh", "weights": "0.7", "biases": "0.1"},
        {"units": 3, "activation": "sigmoid", "weights": "0.7", "biases": "0.1"},
        {"units": 1, "weights": ["0.3", "-0.1", "-0.2"], "biases": "none"},
    ]
    solution = derive.solve(
        derive.Problem.model_validate(
            {"network": {"inputs": 1, "layers": layers}, "learning_rate": 1, "data": [{"x": "0.3", "y": 1}]}
        )
    )
    assert solution.rounds[1]["dL/dw1_11"].unrounded == 0


def test_an_overflow_names_quantity_and_round():
    with pytest.raises(NumberError, match=r"f1 in round 1: the number is too large"):
        solve({"units": 1, "activation": "sigmoid", "weights": "1e20", "biases": "none"}, x="-1")


SEQUENCE = """
network:
  inputs: [2, 1]
  layers:
    - {layer: rnn, units: 1, weights: 0.5, recurrent: 0.2, biases: 0, returns: last}
    - {units: 1, weights: 1, biases: 0}
learning_rate: 0.1
data: [{x: [[1], [2]], y: 1}]
rounding: {exceptions: [%s]}
"""


@pytest.mark.parametrize("name", ["dL/ds1", "dL/ds1_1"])
def test_a_name_without_its_step_is_an_exception_for_all_steps(name):
    """dL/ds1 is -0.2022 x 0.3636 at step 2, and that times 0.2 x 0.7865 at step 1."""
    solution = derive.solve(derive.loads(SEQUENCE % f"{{quantity: {name}, places: 6}}"))
    assert [solution[f"dL/ds1_1@t{step}"].shown() for step in (1, 2)] == ["-0.011565", "-0.073530"]
    assert solution["dL/ds2_1"].shown() == "-0.2022"


def test_a_name_with_its_step_comes_before_one_without():
    both = "{quantity: dL/ds1_1@t1, places: 3}, {quantity: dL/ds1_1, places: 6}"
    solution = derive.solve(derive.loads(SEQUENCE % both))
    assert [solution[f"dL/ds1_1@t{step}"].shown() for step in (1, 2)] == ["-0.012", "-0.073530"]


@pytest.mark.parametrize(
    "exception", ["{quantity: x1, places: 3}", "{kind: input, places: 3}", "{kind: mask, places: 3}"]
)
def test_an_exception_that_rounds_nothing_is_refused(exception):
    with pytest.raises(InputError, match="rounds nothing"):
        derive.solve(derive.loads(SEQUENCE % exception))
