"""The two sides of each comparison, and the comparison of what they found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import sympy

from benchmarks.nets import sigmoid_net
from derive.arithmetic.complexes import ORDINARY, ComplexArithmetic
from derive.arithmetic.evaluate import Evaluators
from derive.graph.closed import chain_form, closed_form, symbol
from derive.network.lowered import Lowered
from derive.writing.lines import Writer
from derive.writing.notation import notation
from derive.writing.symbols import symbols

T = TypeVar("T")


def cpu(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of CPU time that some work takes, and what it gives."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def derive_and_print(sizes: Sequence[int]) -> tuple[Lowered, list[str]]:
    """Derive a net and print every partial as LaTeX, each in terms of the step before."""
    lowered = sigmoid_net(sizes)
    return lowered, printed(lowered)


def printed(lowered: Lowered) -> list[str]:
    """Every partial as LaTeX, each in terms of the step before."""
    letters = notation("partials")
    dialects = letters.dialects(stacked=True)
    writer = Writer(lowered.graph, symbols(lowered.graph, letters, lowered.layers, dialects), dialects)
    return writer.formulas(lowered.graph.backward)


def sympy_expanded(lowered: Lowered) -> dict[int, tuple[sympy.Expr, str]]:
    """SymPy's derivative of the expanded loss by every parameter, and its LaTeX."""
    graph = lowered.graph
    whole = closed_form(graph, graph.loss, budget=10**9)
    found = {}
    for block in lowered.parameters:
        for quantity in block.ids:
            partial = sympy.diff(whole, symbol(graph, quantity))
            found[quantity] = (partial, sympy.latex(partial))
    return found


def sympy_per_equation(lowered: Lowered, count: int) -> list[str]:
    """One SymPy expression an equation, printed by `sympy.latex`, for evenly spread equations."""
    graph = lowered.graph
    chosen = graph.backward[:: max(1, len(graph.backward) // count)][:count]
    return [sympy.latex(sympy.Eq(symbol(graph, e.output), chain_form(graph, e.output), evaluate=False)) for e in chosen]


def numbers(lowered: Lowered, seed: int = 1) -> dict[int, float]:
    """Every quantity of a net at random parameters, in ordinary floating point."""
    chance = random.Random(seed)  # noqa: S311 - reproducible numbers, not secrets
    graph = lowered.graph
    values: dict[int, complex] = {}
    for block in graph.blocks.blocks:
        if block.role == "given":
            values.update((quantity, complex(chance.uniform(-1, 1))) for quantity in block.ids)
    evaluators = Evaluators(ComplexArithmetic(ORDINARY, 0))
    for equation in (*graph.forward, *graph.backward):
        values[equation.output] = evaluators.of(equation.rule)([values[operand] for operand in equation.operands])
    return {quantity: value.real for quantity, value in values.items()}


def largest_difference(lowered: Lowered, partials: dict[int, tuple[sympy.Expr, str]]) -> float:
    """How far SymPy's partials and ours are apart at random parameters, relative to the larger."""
    values = numbers(lowered)
    graph = lowered.graph
    at = {symbol(graph, quantity): Decimal(value) for quantity, value in values.items()}
    largest = 0.0
    for quantity, (expression, _) in partials.items():
        ours = values[graph.adjoint_of[quantity]]
        theirs = float(sympy.lambdify(list(at), expression, "math")(*map(float, at.values())))
        largest = max(largest, abs(ours - theirs) / max(abs(ours), abs(theirs), 1e-300))
    return largest
