"""The trace: every number of every round with its names and forms, for programs; `docs/trace.md` describes it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from derive.arithmetic.decimals import context
from derive.arithmetic.rounding import plain, scientific
from derive.graph.equations import Equation
from derive.network.solution import Round, Solution

FORMAT = 1
FULL_DIGITS = 40


def to_json(solution: Solution, source: str) -> str:
    """The trace as JSON text, one entry a round and quantity."""
    return json.dumps(trace(solution, source), indent=1, ensure_ascii=True) + "\n"


def trace(solution: Solution, source: str) -> dict[str, Any]:
    """The trace as plain values. Numbers are text, so that no digit is lost on the way."""
    check = solution.check
    return {
        "format": FORMAT,
        "source": source,
        "title": solution.problem.title,
        "check": {
            "method": "complex step",
            "checked": check.checked,
            "total": check.total,
            "relative_difference_below": f"1e{check.bound}",
        },
        "warnings": list(solution.warnings),
        "rounds": [_round(round) for round in solution.rounds],
    }


def _round(round: Round) -> dict[str, Any]:
    equations = {equation.output: equation for equation in round.equations}
    entries = [_entry(round, quantity, equations.get(quantity)) for quantity in sorted(round.values)]
    return {"round": round.number, "quantities": entries}


def _entry(round: Round, quantity: int, equation: Equation | None) -> dict[str, Any]:
    solution = round.solution
    block, value = solution.graph.blocks.of(quantity), round.values[quantity]
    writer = solution.plain_writer
    return {
        "name": solution.graph.blocks.names[quantity],
        "kind": block.kind.value,
        "role": block.role.value,
        "layer": block.layer or None,
        "index": list(solution.graph.blocks.index(quantity)),
        "symbolic": None if equation is None else writer.formula(equation),
        "substituted": None if equation is None else writer.substituted(equation, round.values),
        "latex": None if equation is None else solution.writer.formula(equation),
        "full": full_text(value.unrounded),
        "carried": full_text(value.carried),
        "shown": value.shown,
    }


def full_text(number: Decimal) -> str:
    """A number in at most 40 significant digits, plain where that is short."""
    short = context(FULL_DIGITS).normalize(number)
    return plain(short) if -30 < short.adjusted() < 60 else scientific(short)
