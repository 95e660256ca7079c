"""Faults in the words of every language: a phrase that says what its opposite should say."""

from __future__ import annotations

from collections.abc import Iterator

from plants.fault import ROOT, Fault, text_of

OPPOSITES = (
    ("forward_pass", "backward_pass"),
    ("pass_title", "back_title"),
    ("input_layer", "output_layer"),
    ("input", "output"),
    ("weights", "biases"),
    ("gradient", "loss"),
    ("rounding_half_up", "rounding_half_even"),
    ("rounding_half_even", "rounding_cut"),
    ("rounding_full", "rounding_half_up"),
    ("working_full", "working_rounded"),
    ("index_title_forward", "index_title_backward"),
    ("matrix_title_forward", "matrix_title_backward"),
    ("batch averaged", "batch summed"),
    ("half in the loss", "no half in the loss"),
    ("half in the penalty", "no half in the penalty"),
    ("epsilon inside the root", "epsilon outside the root"),
    ("clipped entry by entry", "clipped as a whole"),
    ("from-to", "to-from"),
    ("denominator", "numerator"),
    ("bias_row_unused", "bias_column_unused"),
    ("both_negative", "both_positive"),
    ("all_grow", "all_shrink"),
)
"""Keys of phrases of which the first gets the words of the second."""
TESTS = ("tests/test_words.py",)


def faults() -> Iterator[Fault]:
    """Every fault, in every language."""
    for path in sorted((ROOT / "templates/locales").glob("*.yaml")):
        name = f"templates/locales/{path.name}"
        lines = {key: line for line in text_of(name).split("\n") if (key := _key(line))}
        for first, second in OPPOSITES:
            if first in lines and second in lines:
                before, other = lines[first], lines[second]
                yield Fault(name, f"\n{before}\n", f"\n{_head(before)}{other.removeprefix(_head(other))}\n", TESTS)


def _head(line: str) -> str:
    """A line up to its value."""
    key, _, _ = line.partition(": ")
    return f"{key}: "


def _key(line: str) -> str:
    return _head(line).strip(" :").strip('"') if ": " in line and not line.startswith("#") else ""
