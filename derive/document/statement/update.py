"""The update of a parameter in symbols: each line of the optimizer, of the schedule and of clipping, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.document.context import Context
from derive.document.mathematics import Math
from derive.document.statement.general import GeneralPrinter, constant, parameter_letter
from derive.document.statement.indexed_update import folds_gradients, indexed_updates
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.writing.notation import fill
from derive.writing.scripts import marked
from derive.writing.symbols import loss_letter

_FRACTION = re.compile(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
"""A fraction, which is written with a slash in a line of text."""

_FEW = 4
"""A block of more entries is named by its first and its last."""


@dataclass(frozen=True)
class UpdateRule:
    """The lines of an update for one parameter that stands for all, its letter, and what its states start from."""

    parameter: Math
    stands_for_all: bool
    lines: tuple[Math, ...]
    starts: tuple[Math, ...]


def update_rule(context: Context) -> UpdateRule | None:
    """How every parameter is updated; None where nothing is."""
    graph, lowered = context.solution.lowered.graph, context.solution.lowered
    updated = [block for block in lowered.parameters if graph.blocks.derived(block, Role.UPDATED) is not None]
    if not updated:
        return None
    by_indices = indexed_updates(context, updated) if folds_gradients(context) else ()
    chosen = next((block for block in updated if block.kind is Kind.WEIGHT and not block.letter), updated[0])
    alone = len(updated) == 1 and chosen.size == 1
    letter = Math(context.symbol(chosen.first) if alone else parameter_letter(context, chosen))
    starts = tuple(_starts(context, chosen))
    if by_indices:
        common = tuple(_common_lines(context, letter))
        return UpdateRule(letter, stands_for_all=False, lines=(*common, *by_indices), starts=starts)
    return UpdateRule(letter, not alone, tuple(_lines(context, chosen, letter)), starts)


def frozen_symbols(context: Context) -> tuple[Math, ...]:
    """The symbols of the parameters that are not updated; of many in a block, the first and the last with dots."""
    found: list[Math] = []
    for block in (block for placed in context.solution.lowered.placed for block in placed.frozen):
        few = block.ids if block.size <= _FEW else (block.ids[0], block.ids[-1])
        symbols = [context.symbol(quantity) for quantity in few]
        found += symbols if len(few) == block.size else [symbols[0], Math(r"\dots"), symbols[-1]]
    return tuple(found)


def _starts(context: Context, chosen: Block) -> Iterator[Math]:
    first = context.solution.rounds[1]
    for block in context.solution.lowered.graph.blocks.blocks:
        if block.of == chosen and block.kind is Kind.STATE and block.role is Role.GIVEN:
            yield Math(f"{context.notation.letter(block)} = {context.number(first, block.first)}")


def _lines(context: Context, chosen: Block, letter: str) -> Iterator[Math]:
    graph = context.solution.lowered.graph
    for equation in graph.update:
        block = graph.blocks.of(equation.output)
        own = block.of == chosen or (block.of is not None and block.of.of == chosen)
        if equation.rule.rule is not None and ((own and equation.output == block.first) or _is_for_all(block)):
            yield _line(context, equation, equation.rule.rule, letter)


def _common_lines(context: Context, letter: str) -> Iterator[Math]:
    graph = context.solution.lowered.graph
    for equation in graph.update:
        if equation.rule.rule is not None and _is_for_all(graph.blocks.of(equation.output)):
            yield _line(context, equation, equation.rule.rule, letter)


def _is_for_all(block: Block) -> bool:
    """Whether a line is worked once for all parameters: the rate of a schedule, the norm of the gradient."""
    return block.of is None and block.kind in (Kind.LEARNING_RATE, Kind.STEP)


def _line(context: Context, equation: Equation, rule: Rule, letter: str) -> Math:
    position, symbols = 0, {}
    for slot in rule.slots:
        symbols[slot] = constant(_symbol(context, equation.operands[position], letter))
        position += equation.rule.size if slot in rule.groups else 1
    dialect = context.inline_writer.dialects.names
    right = GeneralPrinter(dialect, symbols, (letter,), equation.rule.size, 0).text(rule.formula)
    block = context.solution.lowered.graph.blocks.of(equation.output)
    new = block.role is Role.UPDATED
    relation = r"\leftarrow" if new and context.notation.update == "arrow" else "="
    return Math(f"{_symbol(context, equation.output, letter)} {relation} {right}")


def _symbol(context: Context, quantity: int, letter: str) -> str:
    """A quantity of the update with any parameter in place of the one that it belongs to."""
    graph, notation = context.solution.lowered.graph, context.notation
    block = graph.blocks.of(quantity)
    new = block.role is Role.UPDATED and notation.update != "arrow"
    mark = [notation.updated] if new else []
    if block.kind in (Kind.STATE, Kind.STEP) and block.of is not None:
        kept = block.of if block.role is Role.UPDATED else block
        return marked(notation.letter(kept), mark)
    if block.role is Role.BACKWARD and block.of is not None:
        pattern = _FRACTION.sub(r"\1/\2", notation.derivative)
        return fill(pattern, of=loss_letter(graph, notation, block), by=letter)
    is_parameter = block.of in context.solution.lowered.parameters or block in context.solution.lowered.parameters
    return marked(letter, mark) if is_parameter else context.symbol(quantity)
