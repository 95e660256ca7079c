"""Single formulas: any quantity of a solution by its name, in the form that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType

from derive.document.context import Context
from derive.document.locale import locale
from derive.document.mathematics import Math, Relation
from derive.document.steps.chain_rule import chain_rule, chain_text
from derive.document.style import style
from derive.errors import DeriveError, FormulaError, InputError
from derive.graph.closed import closed_formula
from derive.graph.equations import Equation
from derive.graph.quantity import Role
from derive.measure.breaking import LEAST_SCALE, Room, broken
from derive.network.names import hint
from derive.network.solution import Solution
from derive.sources.validate import suggestion
from derive.writing.template import formula_template

LONGEST_CLOSED = 400
"""Symbols of a closed form that is written at most."""
WIDEST = 170.0
"""Millimetres: the widest row of a page, that of A4 with margins of 2 cm."""
APPROXIMATELY = Relation(r"\approx")
EQUALS, BECOMES = Relation("="), Relation(r"\leftarrow")


@dataclass(frozen=True, slots=True)
class WrittenFormula:
    """One quantity as `symbol = side = side ...`: each side in a form, with the relation before it."""

    name: str
    forms: tuple[str, ...]
    round: int
    symbol: Math
    sides: tuple[tuple[Relation, Math], ...]

    @property
    def right(self) -> Math:
        """What stands right of the first relation."""
        (_, first), *others = self.sides
        return Math(" ".join([first, *(part for side in others for part in side)]))

    @property
    def equation(self) -> Math:
        """The whole line; the symbol alone where it is its own formula, as that of an error `y - f` may be."""
        return self.symbol if self.right == self.symbol else Math(f"{self.symbol} {self.sides[0][0]} {self.right}")


Sides = Mapping[str, Callable[[WrittenFormula], Math]]
SIDES: Sides = MappingProxyType(
    {"both": lambda one: one.equation, "right": lambda one: one.right, "left": lambda one: one.symbol}
)
"""What is given of a formula: the whole line, or what stands on one side of its first relation."""


def formula_context(solution: Solution) -> Context:
    """What formulas are written with: the style, the language and the notation of the problem."""
    return Context(solution, style(solution.problem.style).style, locale(solution.problem.language))


def _symbolic(context: Context, quantity: int, number: int) -> str:
    return context.writer.formula(_equation(context, quantity, number))


def _chain(context: Context, quantity: int, number: int) -> str:
    name = _name(context, quantity)
    rule = chain_rule(context, context.ways, _equation(context, quantity, number))
    if rule is None:
        raise InputError.single(
            f"{name} has no chain rule: only a partial by what reaches the loss through other quantities has"
        )
    return chain_text(context, rule)


def _closed(context: Context, quantity: int, number: int) -> str:
    graph = context.solution.lowered.graph
    _equation(context, quantity, number)
    printed = formula_template(closed_formula(graph, quantity, LONGEST_CLOSED), context.writer.dialects.names)
    text = printed.fill(range(graph.blocks.size), context.writer.symbols)
    if context.writer.dialects.names.stacked and not _fits_a_page(text):
        raise FormulaError(
            f"the closed form of {_name(context, quantity)} fits no page, wherever it is broken; ask for its `chain` "
            "or `symbolic` form, or for the closed forms of what these mention"
        )
    return text


@lru_cache(maxsize=1024)
def _fits_a_page(latex: str) -> bool:
    """Whether rows of a page's width hold a formula without being made too small to read."""
    return all(row.scale >= LEAST_SCALE for row in broken(latex, Room(WIDEST)))


def _substituted(context: Context, quantity: int, number: int) -> str:
    round = context.solution.rounds[number]
    equation = round.equation_of.get(quantity)
    if equation is None:
        raise InputError.single(f"{_name(context, quantity)} is not worked in round {number}: no numbers are put in")
    return context.writer.substituted(equation, round.values)


def _value(context: Context, quantity: int, number: int) -> str:
    return context.writer.number(context.solution.rounds[number][_name(context, quantity)].shown)


FORMS: Mapping[str, Callable[[Context, int, int], str]] = MappingProxyType(
    {"symbolic": _symbolic, "chain": _chain, "closed": _closed, "substituted": _substituted, "value": _value}
)
"""The right side of a quantity: in names, by the chain rule in partials, in given quantities alone, with the numbers
of a round in, as its number."""
USUAL = ("symbolic",)
OF_A_ROUND = frozenset({"substituted", "value"})
"""The forms that are another in each round."""


def written_formula(context: Context, name: str, forms: Sequence[str] = USUAL, round: int = 1) -> WrittenFormula:
    """A quantity in one form, or in several one after another.

    Raises `InputError` for an unknown name or form, a round that is not there and a form that the quantity has not;
    `FormulaError` for a closed form that is too long.
    """
    for form in forms:
        if form not in FORMS:
            raise InputError.single(f"unknown form {form!r}{suggestion(form, FORMS)}")
    if not forms:
        raise InputError.single(f"no form is asked for; known are {', '.join(FORMS)}")
    quantity = context.solution[name].id
    sides: list[tuple[Relation, Math]] = []
    for form in forms:
        side = Math(FORMS[form](context, quantity, round))
        relation = _relation(context, quantity, form, round) if sides else _first_relation(context, quantity)
        before = sides[-1][1] if sides else context.symbol(quantity)
        if side != before or (form == forms[-1] and not sides):
            sides.append((relation, side))
    return WrittenFormula(name, tuple(forms), round, context.symbol(quantity), tuple(sides))


def selected(solution: Solution, patterns: Sequence[str]) -> Iterator[str]:
    """The names that patterns such as `dL/dw*` stand for, in the order of the trace.

    Raises `InputError` naming every pattern that stands for nothing.
    """
    names = solution.graph.blocks.names
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise InputError.single(f"expected names such as 'dL/dw11' or 'dL/dw*', not {pattern!r}")
    wrong = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names)]
    if wrong:
        known = solution.graph.blocks.by_name
        messages = [f"there is no quantity {pattern!r}{hint(pattern, known)}" for pattern in wrong]
        raise InputError.single("\n".join(messages))
    return (name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))


def written_formulas(
    context: Context, patterns: Sequence[str], forms: Sequence[str] = USUAL, round: int = 1
) -> tuple[WrittenFormula, ...]:
    """Every quantity that a pattern stands for; under a wildcard those that have the forms.

    Raises `InputError` and `FormulaError` as `written_formula` does, for a wildcard if nothing of it has the forms.
    """
    names = tuple(selected(context.solution, patterns))
    found: list[WrittenFormula] = []
    errors: list[DeriveError] = []
    for name in names:
        try:
            found.append(written_formula(context, name, forms, round))
        except DeriveError as error:
            if name in patterns:
                raise
            errors.append(error)
    if not found:
        raise errors[0]
    return tuple(found)


def _equation(context: Context, quantity: int, number: int) -> Equation:
    """The equation that a round works a quantity by, or the one behind it where it is folded into another."""
    solution = context.solution
    worked = solution.rounds[number].equation_of
    found = worked.get(quantity) or solution.graph.equation_of.get(quantity)
    found = found or solution.lowered.graph.equation_of.get(quantity)
    if found is None:
        raise InputError.single(f"{_name(context, quantity)} is given: it has a value and no formula")
    return found


def _name(context: Context, quantity: int) -> str:
    return context.solution.graph.blocks.names[quantity]


def _first_relation(context: Context, quantity: int) -> Relation:
    updated = context.solution.graph.blocks.of(quantity).role is Role.UPDATED
    return BECOMES if updated and context.notation.update == "arrow" else EQUALS


def _relation(context: Context, quantity: int, form: str, number: int) -> Relation:
    """What stands before a later side: a number is approximate where working by hand would not give it."""
    if form != "value":
        return EQUALS
    round = context.solution.rounds[number]
    return EQUALS if quantity not in round.equation_of or round.is_exact(quantity) else APPROXIMATELY
