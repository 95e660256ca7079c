"""Random networks for property tests."""

from __future__ import annotations

from itertools import pairwise

from effective import effective
from hypothesis import strategies as st

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")
numbers = st.integers(-200, 200).map(lambda n: f"{n / 100:.2f}")


@st.composite
def problems(draw, most_units=3, most_layers=3, carry=("full", "rounded"), rounds=2):
    """A problem with random sizes, activations, parameters, data and rounding."""
    sizes = draw(st.lists(st.integers(1, most_units), min_size=2, max_size=most_layers + 1))

    def vector(length):
        return draw(st.lists(numbers, min_size=length, max_size=length))

    layers = []
    for before, units in pairwise(sizes):
        layers.append(
            {
                "units": units,
                "activation": draw(st.sampled_from(ACTIVATIONS)),
                "weights": [vector(units) for _ in range(before)],
                "biases": draw(st.sampled_from(["none", vector(units)])),
            }
        )
    samples = [{"x": vector(sizes[0]), "y": vector(sizes[-1])} for _ in range(draw(st.integers(1, 2)))]
    inline = draw(st.lists(st.sampled_from(["error", "squared error", "adjoint"]), unique=True))
    rounding = {
        "places": draw(st.integers(2, 6)),
        "mode": draw(st.sampled_from(["half-up", "half-even", "cut"])),
        "carry": draw(st.sampled_from(carry)),
        "zeros": draw(st.sampled_from(["keep", "drop", "inexact"])),
    }
    return effective(
        {
            "network": {"inputs": sizes[0], "layers": layers},
            "learning_rate": "0.1",
            "data": samples,
            "rounds": rounds,
            "relu_at_zero": draw(st.sampled_from(["0", "1"])),
            "inline": inline,
            "rounding": rounding,
        }
    )
