"""What questions ask about quantities by name, checked against the network: unknown names, forms that are too long."""

from __future__ import annotations

from collections.abc import Iterator

from derive.errors import FormulaError
from derive.graph.closed import closed_formula
from derive.graph.graph import Graph
from derive.network.lowered import Lowered
from derive.network.names import hint, line_names
from derive.problem.model import Problem
from derive.problem.question import Ask, FreeText, read_ask
from derive.problem.worksheet import BLANK, CHECK_VALUES, matches, read_line
from derive.sources.marked import Path_


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
            closed_formula(graph, known[name])
        except FormulaError as error:
            return str(error)
    return ""
