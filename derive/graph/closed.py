"""Closed forms: a quantity written in given quantities only, as a view with a size budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.errors import FormulaError
from derive.graph.equations import Equation
from derive.graph.formula import Formula, Position
from derive.graph.graph import Graph
from derive.graph.symbolic import to_sympy

if TYPE_CHECKING:
    import sympy

BUDGET = 20_000
"""How many leaves a closed form may have before it is refused."""


def chain_form(graph: Graph, quantity: int) -> sympy.Expr:
    """The right side of a quantity's equation in terms of the step before; the symbol itself if it is given."""
    equation = graph.equation_of.get(quantity)
    return symbol(graph, quantity) if equation is None else _right_side(graph, equation, {})


def closed_form(graph: Graph, quantity: int, budget: int = BUDGET) -> sympy.Expr:
    """A quantity in terms of inputs, targets, parameters and the learning rate alone.

    Raises `FormulaError` if the expansion would have more than `budget` leaves.
    """
    size = _expanded_size(graph, quantity)
    if size > budget:
        name = graph.blocks.names[quantity]
        raise FormulaError(
            f"the closed form of {name} would have {size:,} leaves, more than the budget of {budget:,}; "
            "use the chain form"
        )
    known: dict[int, sympy.Expr] = {}
    for part in ancestors(graph, quantity):
        known[part] = _right_side(graph, graph.equation_of[part], known)
    return known.get(quantity, symbol(graph, quantity))


def symbol(graph: Graph, quantity: int) -> sympy.Symbol:
    """The SymPy symbol of a quantity: a real symbol that carries the quantity's name."""
    import sympy

    return sympy.Symbol(graph.blocks.names[quantity], real=True)


def _right_side(graph: Graph, equation: Equation, known: dict[int, sympy.Expr]) -> sympy.Expr:
    def operand(node: Formula) -> sympy.Expr:
        if not isinstance(node, Position):
            raise FormulaError(f"{node!r} has no quantity")
        quantity = equation.operands[node.index]
        return known.get(quantity, symbol(graph, quantity))

    return to_sympy(equation.rule.formula, operand)


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


def _expanded_size(graph: Graph, quantity: int) -> int:
    sizes: dict[int, int] = {}
    for part in ancestors(graph, quantity):
        sizes[part] = sum(sizes.get(operand, 1) for operand in graph.equation_of[part].operands)
    return sizes.get(quantity, 1)
