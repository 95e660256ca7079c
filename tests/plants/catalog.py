"""Faults in the formulas and constants of the catalog: each formula with a sign, an operation or a digit changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plants.fault import ROOT, Fault, text_of

_SIGNS = (("-", "+"), ("+", "-"), ("*", "/"), ("/", "*"))
_DIGITS = re.compile(r"\d*\.\d{3,}")
_TESTS = {
    "activations.py": ("tests/test_activations.py", "tests/test_oracle.py"),
    "losses/differences.py": ("tests/test_losses.py", "tests/test_oracle.py"),
    "losses/margins.py": ("tests/test_losses.py",),
    "losses/probabilities.py": ("tests/test_losses.py", "tests/test_oracle.py"),
    "optimizers.py": ("tests/test_optimizers.py", "tests/test_oracle.py"),
    "schedules.py": ("tests/test_optimizers.py", "tests/test_oracle.py"),
}
_LAYER_TESTS = (
    *("tests/test_layers_norm.py", "tests/test_layers_recurrent.py", "tests/test_layers_attention.py"),
    *("tests/test_layers_spatial.py", "tests/test_views.py"),
)
_FORMULA = re.compile(r'"([^"\n]*[a-z)\d][-+*/][^"\n]*)"')
_CONSTANT = re.compile(r'\b(?P<name>[a-z]\w*)="(?P<number>\d[\d.e-]*)"|"(?P<key>\w+)": "(?P<value>\d[\d.e-]*)"')


def faults() -> Iterator[Fault]:
    """Every fault."""
    for name, tests in _TESTS.items():
        yield from _formulas(f"derive/catalog/{name}", tests)
        yield from _constants(f"derive/catalog/{name}", tests)
    for path in sorted((ROOT / "derive/catalog/layers").glob("*.py")):
        yield from _rules_of_layer(f"derive/catalog/layers/{path.name}")


def _formulas(path: str, tests: tuple[str, ...]) -> Iterator[Fault]:
    """Each text that looks like a formula, its first operation changed, its last digit of a constant too."""
    text = text_of(path)
    for literal in dict.fromkeys(match[0] for match in _FORMULA.finditer(text)):
        if text.count(literal) == 1 and _is_formula(literal):
            yield from _changes(path, literal, tests)


def _is_formula(literal: str) -> bool:
    """Whether a text has no words but names of the grammar; references have capitals, years and commas."""
    signs = re.fullmatch(r'"[\w\s()+\-*/^.,{}]*"', literal) is not None
    return signs and not re.search(r"[A-Za-z]{2,} [a-z]|[A-Z][a-z]|\d{4}\)", literal)


def _changes(path: str, literal: str, tests: tuple[str, ...]) -> Iterator[Fault]:
    for sign, other in _SIGNS:
        at = literal.find(sign, 2)
        if at > 0:
            yield Fault(path, literal, literal[:at] + other + literal[at + 1 :], tests)
            break
    match = _DIGITS.search(literal)
    if match:
        yield Fault(path, literal, literal.replace(match[0], _next_digit(match[0])), tests)


def _constants(path: str, tests: tuple[str, ...]) -> Iterator[Fault]:
    """Each usual number of a constant with its last digit changed."""
    text = text_of(path)
    for match in _CONSTANT.finditer(text):
        before = match[0]
        number = match["number"] or match["value"]
        if text.count(before) == 1:
            yield Fault(path, before, before.replace(number, _next_digit(number)), tests)


def _rules_of_layer(path: str) -> Iterator[Fault]:
    text = text_of(path)
    for match in re.finditer(r'Rule\(\s*"[^"]+",\s*("[^"]+")', text):
        literal = match[1]
        if text.count(literal) == 1:
            yield from _changes(path, literal, _LAYER_TESTS)


def _next_digit(number: str) -> str:
    """A number with its last digit one further."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)
