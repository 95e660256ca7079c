"""The computation graph: drawn with the value and the gradient of each node, and with local partials as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.document.context import Context
from derive.document.local_partials import local_partials
from derive.document.mathematics import NOTHING, Answer, Math
from derive.document.model import Figure, Section, WorkedLine, Working
from derive.document.pictures.covering import revealed
from derive.document.pictures.geometry import Drawing
from derive.document.pictures.graph_drawing import MOST_NODES, GraphEdge, draw_graph
from derive.document.pictures.graph_nodes import GraphNode
from derive.graph.equations import Equation
from derive.graph.formula import Formula, Negative, Position, Product, Quotient, Sum
from derive.network.solution import Round, Solution

MOST_LABELLED = 14
"""Nodes up to which the local partials stand on the edges."""
_LONGEST_OPERATION = 18
_SIGNS: Mapping[str, str] = {"sum": "+", "difference": "-", "product": r"\times", "quotient": r"\div"}


def stated_graph(context: Context) -> Drawing | None:
    """The graph as a problem states it: symbols and operations; None if it is too large to be drawn."""
    equations = context.solution.lowered.graph.shown_forward
    nodes = [GraphNode(str(q), context.symbol(q)) for q in _given(equations)]
    nodes += [GraphNode(str(e.output), context.symbol(e.output), _operation(context, e)) for e in equations]
    return draw_graph(nodes, _edges(equations, {}), _words(context, len(nodes), len(equations)))


def graph_sections(context: Context, round: Round) -> tuple[Section, ...]:
    """The graph of a round with both numbers on each node, then the local partials as lines.

    A final forward pass has no partials; a graph that is too large to be drawn has neither: see `undrawn`.
    """
    drawing = worked_graph(context, round)
    if drawing is None:
        return ()
    if context.solution.plan.is_final(round.number):
        return (Figure(drawing),)
    equations = context.solution.lowered.graph.shown_forward
    lines = tuple(_lines(context, round, equation) for equation in equations)
    groups = tuple(group for group in lines if group)
    partials = Working(context.locale.local_partials, context.phrase(""), ("",) * len(groups), groups)
    return (Figure(drawing), partials)


def undrawn(solution: Solution) -> int:
    """How many nodes the computation graph has if they are too many to be drawn, else 0."""
    equations = solution.lowered.graph.shown_forward
    nodes = len(_given(equations)) + len(equations)
    return nodes if nodes > MOST_NODES else 0


def worked_graph(context: Context, round: Round) -> Drawing | None:
    """The graph of a round with both numbers on each node; None if it is too large to be drawn."""
    equations = context.solution.lowered.graph.shown_forward
    final = context.solution.plan.is_final(round.number)
    adjoints = {} if final else context.solution.lowered.graph.adjoint_of
    given = _given(equations)

    def node(quantity: int, operation: str) -> GraphNode:
        adjoint = adjoints.get(quantity)
        root = quantity == context.solution.graph.loss and not final
        gradient = Math("1") if root else context.number(round, adjoint) if adjoint in round.shown else NOTHING
        value, symbol = context.number(round, quantity), context.symbol(quantity)
        return GraphNode(str(quantity), symbol, operation, value, gradient, revealed(value), revealed(gradient))

    nodes = [node(quantity, "") for quantity in given]
    nodes += [node(equation.output, _operation(context, equation)) for equation in equations]
    labels: dict[tuple[int, int], Math] = {}
    rounded = context.solution.policy.carries_rounded
    if len(nodes) <= MOST_LABELLED and not final:
        for equation in equations:
            for partial in local_partials(round, equation):
                shown = partial.shown(context, round)
                mentions = {*shown.mentions, *context.places(round, partial.equation)}
                number = shown if partial.is_exact or not rounded else f"{partial.relation} {shown}"
                labels[partial.operand, partial.output] = Answer(number, shown.name, shown.round, "value", mentions)
    return draw_graph(nodes, _edges(equations, labels), _words(context, len(nodes), len(equations)))


def _given(equations: Sequence[Equation]) -> list[int]:
    computed = {equation.output for equation in equations}
    return list(dict.fromkeys(q for equation in equations for q in equation.operands if q not in computed))


def _edges(equations: Sequence[Equation], labels: Mapping[tuple[int, int], Math]) -> list[GraphEdge]:
    found = []
    for equation in equations:
        for operand in dict.fromkeys(equation.operands):
            label = labels.get((operand, equation.output), NOTHING)
            found.append(GraphEdge(str(operand), str(equation.output), label, revealed(label)))
    return found


def _words(context: Context, nodes: int, computed: int) -> str:
    pattern = context.locale.graph_alternative
    return pattern.replace("<nodes>", str(nodes)).replace("<computed>", str(computed))


def _operation(context: Context, equation: Equation) -> str:
    """What stands inside a node: a sign, or the short formula; the symbol where that is long."""
    sign = _sign(equation.rule.formula)
    if sign:
        return _SIGNS[sign]
    written = context.inline_writer.formula(equation)
    return written if len(written) <= _LONGEST_OPERATION else context.symbol(equation.output)


def _sign(formula: Formula) -> str:
    """The operation of a formula whose parts are plain quantities."""
    match formula:
        case Sum(terms) if all(isinstance(term, Position) for term in terms):
            return "sum"
        case Sum((Position(), Negative(Position()))):
            return "difference"
        case Product(factors) if all(isinstance(factor, Position) for factor in factors):
            return "product"
        case Quotient(Position(), Position()):
            return "quotient"
        case _:
            return ""


def _lines(context: Context, round: Round, equation: Equation) -> tuple[WorkedLine, ...]:
    """The local partials of one equation as worked lines."""
    lines = []
    for partial in local_partials(round, equation):
        formula: Math = partial.formula(context)
        result: Math = partial.shown(context, round)
        substituted: Math = partial.substituted(context, round)
        equals = partial.relation
        if partial.is_constant:
            formula, substituted, result, equals = NOTHING, NOTHING, formula, NOTHING
        elif partial.is_one_quantity or substituted == result:
            substituted = NOTHING
        lines.append(
            WorkedLine(
                partial.symbol(context), Math("="), formula, substituted, equals, result, updated=False, padded=False
            )
        )
    return tuple(lines)
