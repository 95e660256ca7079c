"""What questions ask about quantities by name, checked against the network: unknown names, forms that are too long."""

from __future__ import annotations

from collections.abc import Iterator

from derive.errors import FormulaError
from derive.graph.closed import ancestors
from derive.graph.formula import Call, Formula, Position, rebuild
from derive.graph.functions import FUNCTIONS
from derive.graph.graph import Graph
from derive.network.lowered import Lowered
from derive.network.names import hint, line_names
from derive.problem.model import Problem
from derive.problem.question import Ask, FreeText, read_ask
from derive.problem.worksheet import BLANK, CHECK_VALUES, matches, read_line
from derive.sources.marked import Path_

LONGEST = 150
"""Leaves of a form that is written on a page at most."""


def mistakes(problem: Problem, lowered: Lowered) -> Iterator[tuple[Path_, str]]:
    """What the questions ask for and the network does not have, each with its place in the problem file."""
    graph = lowered.graph
    for number, question in enumerate(problem.questions):
        for index, part in enumerate(question.asks):
            asked = None if isinstance(part, FreeText) else read_ask(part)
            if asked is not None and asked.kind == "final parameters" and not graph.update:
                yield ("questions", number, "asks", index), f"{part!r}, but no parameter is updated"
            for name in () if asked is None else asked.names:
                message = _mistake(graph, asked, name) if asked is not None else ""
                if message:
                    yield ("questions", number, "asks", index), message


def blank_mistakes(problem: Problem, graph: Graph) -> Iterator[tuple[Path_, str]]:
    """Names of a worksheet's blanks and check values that are no lines of the key's graph, or not in that round."""
    worksheet = problem.worksheet
    stated = (((BLANK, "names"), worksheet.blank.names), ((CHECK_VALUES,), worksheet.check_values))
    rounds = problem.round_count + problem.final_forward_pass
    worked = [e.output for e in graph.schedule] if any(names for _, names in stated) else []
    lines = [(graph.blocks.names[q], graph.blocks.of(q)) for q in worked]
    known = dict.fromkeys(one for name, block in lines for one in (name, block.name))
    accepted = tuple(dict.fromkeys(one for line in lines for one in line_names(*line)))
    for path, names in stated:
        for index, text in enumerate(names):
            name, round = read_line(text) or (text, None)
            where = ("worksheet", *path, index)
            if not matches(name, accepted):
                what = "is given, and stays" if name in graph.blocks.by_name else "is no line of the key"
                yield where, f"{name!r} {what}{hint(name, known)}"
            elif round is not None and round > rounds:
                yield where, f"{text!r}, but the problem has {rounds} round{'s' if rounds > 1 else ''}"


def _mistake(graph: Graph, asked: Ask, name: str) -> str:
    known = graph.blocks.by_name
    if asked.kind == "differences":
        known = {graph.blocks.names[adjoint]: adjoint for adjoint in graph.adjoint_of.values()}
    if name not in known:
        what = "partial derivative" if asked.kind == "differences" else "quantity"
        return f"there is no {what} {name!r}{hint(name, known)}"
    if asked.kind == "closed form":
        try:
            written_out(graph, known[name])
        except FormulaError as error:
            return str(error)
    return ""


def written_out(graph: Graph, quantity: int, longest: int = LONGEST) -> Formula:
    """A quantity in given quantities alone, as a formula over quantities; functions with names keep them.

    Raises `FormulaError` if it would have more than `longest` leaves.
    """
    order = ancestors(graph, quantity)
    sizes: dict[int, int] = {}
    for part in order:
        sizes[part] = sum(sizes.get(operand, 1) for operand in graph.equation_of[part].operands)
    if sizes.get(quantity, 1) > longest:
        name = graph.blocks.names[quantity]
        raise FormulaError(
            f"the closed form of {name} would have {sizes[quantity]:,} symbols, more than the {longest:,} that a page "
            "holds; ask for the functions instead"
        )
    known: dict[int, Formula] = {}
    for part in order:
        known[part] = _right_side(graph, part, known)
    return known.get(quantity, Position(quantity))


def _right_side(graph: Graph, quantity: int, known: dict[int, Formula]) -> Formula:
    equation = graph.equation_of[quantity]
    rule = equation.rule
    named = FUNCTIONS.get(rule.name) if rule.arity == 1 else None
    formula = Call(rule.name, (Position(0),)) if named is not None and named.takes(1) else rule.formula
    operands = equation.operands

    def put_in(node: Formula) -> Formula | None:
        return known.get(operands[node.index], Position(operands[node.index])) if isinstance(node, Position) else None

    return rebuild(formula, put_in)
