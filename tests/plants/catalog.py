"""Faults in the formulas and constants of the catalog: each formula with a sign, an operation or a digit changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plants.fault import ROOT, Fault, changes, text_of

_SIGNS = (("-", "+"), ("+", "-"), ("*", "/"), ("/", "*"))
_DIGITS = re.compile(r"\d*\.\d{3,}")
_ACTIVATIONS = (
    "tests/test_activations.py",
    "tests/test_notices.py",
    "-k",
    "constants or evaluator or is_sympys or at_zero or values or bounds_of",
)
_OPTIMIZERS = ("tests/test_optimizers.py",)
_LOSSES = ("tests/test_losses.py",)
_TESTS = {
    "activations.py": _ACTIVATIONS,
    "losses/differences.py": _LOSSES,
    "losses/margins.py": _LOSSES,
    "losses/probabilities.py": _LOSSES,
    "optimizers.py": _OPTIMIZERS,
    "schedules.py": _OPTIMIZERS,
}
_ANY_LAYER = ("tests/test_views.py",)
_NORM = ("tests/test_layers_norm.py", "-k", "not dropouts and not batch_norms and not rms_norms")
_RECURRENT = ("tests/test_layers_recurrent.py", "-k", "by_hand")
_SPATIAL = ("tests/test_layers_spatial.py",)
_LAYER_TESTS = {
    "activated.py": _LOSSES,
    "attention.py": ("tests/test_layers_attention.py",),
    "batch_norm.py": ("tests/test_layers_norm.py", "-k", "batch_norms or running"),
    "convolution.py": _SPATIAL,
    "dense.py": ("tests/test_derivation.py", "tests/test_conventions.py", "-k", "network or bias_forms"),
    "dropout.py": ("tests/test_layers_norm.py", "-k", "dropouts"),
    "entrywise.py": ("tests/test_layers_spatial.py", *_ANY_LAYER),
    "gru.py": _RECURRENT,
    "lstm.py": _RECURRENT,
    "norms.py": ("tests/test_layers_norm.py", *_ANY_LAYER),
    "pooling.py": _SPATIAL,
    "recurrent.py": _RECURRENT,
}
_FORMULA = re.compile(r'"([^"\n]*[a-z)\d][-+*/][^"\n]*)"')
_CONSTANT = re.compile(r'\b(?P<name>[a-z]\w*)="(?P<number>\d[\d.e-]*)"|"(?P<key>\w+)": "(?P<value>\d[\d.e-]*)"')


def faults() -> Iterator[Fault]:
    """Every fault."""
    for name, tests in _TESTS.items():
        yield from _formulas(f"derive/catalog/{name}", tests)
        yield from _constants(f"derive/catalog/{name}", tests)
    for path in sorted((ROOT / "derive/catalog/layers").glob("*.py")):
        yield from _rules_of_layer(path.name)
    yield from changes(
        "derive/catalog/layers/norms.py",
        _NORM,
        ('epsilon: Epsilon = Decimal("1e-5")', 'epsilon: Epsilon = Decimal("1e-6")'),
    )
    yield from changes(
        "derive/catalog/layers/batch_norm.py",
        _NORM,
        ('share = Decimal("0.1") if', 'share = Decimal("0.9") if'),
        ('old, new = ("(1-a)", "a") if', 'old, new = ("a", "(1-a)") if'),
        ('unbiased if self.running == "unbiased" else "s"', 'unbiased if self.running != "unbiased" else "s"'),
    )


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
        own = match[0]
        number = match["number"] or match["value"]
        before = _once(text, match.start(), match.end())
        after = before.removesuffix(own) + own.replace(number, _next_digit(number))
        yield Fault(path, before, after, tests)


def _once(text: str, start: int, end: int) -> str:
    """A part of a text, with as many lines before it as let it stand there just once."""
    while text.count(text[start:end]) > 1:
        start = text.rindex("\n", 0, max(0, start - 1)) + 1
    return text[start:end]


def _rules_of_layer(name: str) -> Iterator[Fault]:
    path = f"derive/catalog/layers/{name}"
    text = text_of(path)
    for match in re.finditer(r'(?:Rule\(\s*"[^"]+",|\b(?:Stated|_largest|_mean)\()\s*f?("[^"]+")', text):
        literal = match[1]
        if text.count(literal) == 1:
            yield from _changes(path, literal, _LAYER_TESTS.get(name, _ANY_LAYER))


def _next_digit(number: str) -> str:
    """A number with its last digit one further."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)
