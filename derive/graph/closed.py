"""Closed forms: a quantity written in given quantities only, as a view with a size budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from derive.errors import FormulaError
from derive.graph.equations import Equation
from derive.graph.formula import Call, Formula, Position, rebuild
from derive.graph.functions import FUNCTIONS
from derive.graph.graph import Graph
from derive.graph.symbolic import to_sympy

if TYPE_CHECKING:
    import sympy

BUDGET = 20_000
"""How many leaves a closed form may have before it is refused."""
LONGEST = 150
"""Leaves of a form that is written on a page at most."""

Form = TypeVar("Form")


def chain_form(graph: Graph, quantity: int) -> sympy.Expr:
    """The right side of a quantity's equation in terms of the step before; the symbol itself if it is given."""
    equation = graph.equation_of.get(quantity)
    return symbol(graph, quantity) if equation is None else _sympy_side(equation, lambda one: symbol(graph, one))


def closed_form(graph: Graph, quantity: int, budget: int = BUDGET) -> sympy.Expr:
    """A quantity in terms of inputs, targets, parameters and the learning rate alone.

    Raises `FormulaError` if the expansion would have more than `budget` leaves.
    """
    size = _expanded_size(graph, quantity)
    if size > budget:
        raise FormulaError(
            f"the closed form of {graph.blocks.names[quantity]} would have {size:,} leaves, more than the budget of "
            f"{budget:,}; use the chain form"
        )
    return _expanded(graph, quantity, _sympy_side, lambda one: symbol(graph, one))


def closed_formula(graph: Graph, quantity: int, longest: int = LONGEST) -> Formula:
    """A quantity in given quantities alone, as a formula over quantities; functions with names keep them.

    Raises `FormulaError` if it would have more than `longest` leaves.
    """
    size = _expanded_size(graph, quantity)
    if size > longest:
        raise FormulaError(
            f"the closed form of {graph.blocks.names[quantity]} would have {size:,} symbols, more than the {longest:,} "
            "that a page holds; ask for the functions instead"
        )
    return _expanded(graph, quantity, _named_side, Position)


def symbol(graph: Graph, quantity: int) -> sympy.Symbol:
    """The SymPy symbol of a quantity: a real symbol that carries the quantity's name."""
    import sympy

    return sympy.Symbol(graph.blocks.names[quantity], real=True)


def ancestors(graph: Graph, quantity: int) -> list[int]:
    """The quantities with equations that `quantity` rests on, itself last, each after what it needs."""
    order: dict[int, None] = {}
    stack = [(quantity, False)]
    while stack:
        current, ready = stack.pop()
        equation = graph.equation_of.get(current)
        if equation is None or current in order:
            continue
        if ready:
            order[current] = None
        else:
            stack.append((current, True))
            stack.extend((operand, False) for operand in reversed(equation.operands))
    return list(order)


def _expanded(
    graph: Graph,
    quantity: int,
    right_side: Callable[[Equation, Callable[[int], Form]], Form],
    given: Callable[[int], Form],
) -> Form:
    """A quantity with the right sides of equations in place of all that have one."""
    known: dict[int, Form] = {}

    def operand(one: int) -> Form:
        return known[one] if one in known else given(one)

    for part in ancestors(graph, quantity):
        known[part] = right_side(graph.equation_of[part], operand)
    return operand(quantity)


def _sympy_side(equation: Equation, operand: Callable[[int], sympy.Expr]) -> sympy.Expr:
    def at(node: Formula) -> sympy.Expr:
        if not isinstance(node, Position):
            raise FormulaError(f"{node!r} has no quantity")
        return operand(equation.operands[node.index])

    return to_sympy(equation.rule.formula, at)


def _named_side(equation: Equation, operand: Callable[[int], Formula]) -> Formula:
    rule = equation.rule
    function = FUNCTIONS.get(rule.name) if rule.arity == 1 else None
    formula = Call(rule.name, (Position(0),)) if function is not None and function.takes(1) else rule.formula
    return rebuild(formula, lambda n: operand(equation.operands[n.index]) if isinstance(n, Position) else None)


def _expanded_size(graph: Graph, quantity: int) -> int:
    sizes: dict[int, int] = {}
    for part in ancestors(graph, quantity):
        sizes[part] = sum(sizes.get(operand, 1) for operand in graph.equation_of[part].operands)
    return sizes.get(quantity, 1)
