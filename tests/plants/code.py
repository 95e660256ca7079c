"""Faults in the code: rounding, signs and parentheses, the chain rule, updates, notes, blanks, marks, escapes."""

from __future__ import annotations

from collections.abc import Iterator

from plants.fault import Fault

_ROUNDING = ("tests/test_rounding.py", "tests/test_oracle.py")
_PRINTING = (
    "tests/test_templates_of_rules.py",
    "tests/test_lines.py",
    "tests/test_oracle.py",
    "tests/test_same_content.py",
)
_CHAIN = ("tests/test_chain_rule.py", "tests/test_derivation.py", "tests/test_oracle.py", "tests/test_random_graphs.py")
_UPDATES = ("tests/test_optimizers.py", "tests/test_oracle.py", "tests/test_conventions.py")
_ESCAPES = ("tests/test_safety.py", "tests/test_html.py", "tests/test_markdown.py", "tests/test_tex_fragment.py")

_CHANGES: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]], ...] = (
    (
        "derive/arithmetic/rounding.py",
        _ROUNDING,
        (
            ("Mode.HALF_UP: ROUND_HALF_UP", "Mode.HALF_UP: ROUND_HALF_EVEN"),
            ("Mode.HALF_EVEN: ROUND_HALF_EVEN", "Mode.HALF_EVEN: ROUND_HALF_UP"),
            ("Mode.CUT: ROUND_DOWN", "Mode.CUT: ROUND_HALF_UP"),
            ("number.adjusted() - self.count + 1", "number.adjusted() - self.count"),
            ("return (level, int(self.round is not None))", "return (int(self.round is not None), level)"),
            ("level = int(self.kind is not None)", "level = 3 * int(self.kind is not None)"),
            ("rank >= best", "rank > best"),
            ("return rounded or Decimal(0)", "return rounded"),
            ("exact and rounded == number", "rounded == number"),
            ("Precision(_SMALL_DIGITS, significant=True)", "Precision(_SMALL_DIGITS + 1, significant=True)"),
            ("return near if turns and distance", "return near if distance"),
        ),
    ),
    (
        "derive/writing/places.py",
        _PRINTING,
        (
            ("Context.AFTER_PLUS: frozenset({Shape.NEGATIVE, ", "Context.AFTER_PLUS: frozenset({"),
            (
                "Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, Shape.SUM, ",
                "Context.AFTER_MINUS: frozenset({Shape.NEGATIVE, ",
            ),
            ("Context.FIRST_FACTOR: frozenset({Shape.SUM, ", "Context.FIRST_FACTOR: frozenset({"),
            ("Context.FACTOR: frozenset({Shape.NEGATIVE, ", "Context.FACTOR: frozenset({"),
            ("Context.BASE: _ANYTHING", "Context.BASE: frozenset({Shape.SUM})"),
            (
                "Context.DENOMINATOR: frozenset({Shape.NEGATIVE, Shape.SUM, Shape.PRODUCT, ",
                "Context.DENOMINATOR: frozenset({Shape.SUM, ",
            ),
            ("self.texts[round(chosen) - self.first]", "self.texts[round(chosen) - 1]"),
        ),
    ),
    (
        "derive/writing/template.py",
        _PRINTING,
        (
            ('parts.append(" - " +', 'parts.append(" + " +'),
            ('"-" + self.write(argument, Context.AFTER_MINUS)', '"-" + self.write(argument, Context.START)'),
            (
                "Branch(compile_formula(chosen, _WORKED), texts, first)",
                "Branch(compile_formula(chosen, _WORKED), texts[::-1], first)",
            ),
        ),
    ),
    (
        "derive/graph/ascent.py",
        ("tests/test_conventions.py", "tests/test_oracle.py", "tests/test_matrix_lines.py"),
        (
            ("gathered(negate(formula) if turned else formula)", "gathered(formula)"),
            ("return above != below, Quotient(top, bottom)", "return above, Quotient(top, bottom)"),
            ("% 2 == 1, multiply(", "% 2 == 0, multiply("),
        ),
    ),
)


def faults() -> Iterator[Fault]:
    """Every fault."""
    for path, tests, changes in _CHANGES:
        for before, after in changes:
            yield Fault(path, before, after, tests)
