"""The equations of every layer in index form, forward and backward, once for all time steps and samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.catalog.layers.recurrent import CARRIED
from derive.document.context import Context
from derive.document.mathematics import Answer, Math, Place, Relation, Rich, Symbols
from derive.document.model import MatrixLine, MatrixLines, Note
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Role
from derive.graph.tensor import of as tensor_of
from derive.graph.views.application import Application
from derive.graph.views.language import ADJOINT, ViewEquation
from derive.network.views import LayerViews, is_whole
from derive.writing.index_views import index_latex
from derive.writing.symbols import has_several_layers, old_beside_new
from derive.writing.view_symbols import ViewSymbols

ADDS = Relation(r"\mathrel{{+}{=}}")
EQUALS = Relation("=")
Choose = Callable[[LayerViews, Application], tuple[ViewEquation, ...]]
Line = MatrixLine | Note
Use = tuple[ViewEquation, Application]
"""An equation where it is applied."""
Uses = tuple[Use, ...]


def symbols_of(context: Context, application: Application, *, generic: bool, iteration: str = "") -> ViewSymbols:
    """The symbols of one application in the key's notation."""
    solution = context.solution
    graph = solution.lowered.graph
    several = has_several_layers(graph, solution.lowered.layers)
    beside = old_beside_new(solution.graph)
    return ViewSymbols(graph, solution.notation, application, several, generic, iteration, beside)


def block_symbol(context: Context, block: Block, updates: int = 0) -> Symbols:
    """The symbol of a whole block, or of a whole adjoint, after some updates."""
    name, of = ("dx", block.of) if block.role is Role.BACKWARD and block.of is not None else ("x", block)
    earlier = updates - 1 if block.role is Role.UPDATED else updates
    application = Application({"x": tensor_of(of)}, context.solution.lowered.graph.adjoint_of)
    symbols = symbols_of(context, application, generic=False, iteration=str(earlier) if earlier else "")
    return Symbols(symbols.whole(name))


def index_form_lines(context: Context) -> tuple[MatrixLines, ...]:
    """Two runs of lines: forward from the first layer on, backward from the last."""
    words = context.locale
    views = context.layer_views
    forward = list(_lines(context, views, LayerViews.index))
    backward = list(_lines(context, tuple(reversed(views)), LayerViews.backward))
    if any(isinstance(line, MatrixLine) and ADDS in line.parts for line in backward):
        backward.append(Note(context.phrase(words.adds_up, sign=Math(str(ADDS)))))
    found = ((words.index_title_forward, forward), (words.index_title_backward, backward))
    return tuple(MatrixLines(title, Rich(()), tuple(lines)) for title, lines in found if lines)


def _lines(context: Context, views: Sequence[LayerViews], choose: Choose) -> Iterator[Line]:
    for one in views:
        label = context.locale.layer_number.replace("<n>", str(one.placed.number))
        graph = context.solution.lowered.graph
        for equation, application, uses in representatives(graph, one, choose):
            mark = context.stating(*_defined(graph, one, uses))
            whole = all(reaching(graph, one, use, stated).whole for stated, use in uses)
            left, right = _sides(context, one, equation, application)
            answer = Answer(right, facet="formula", mentions=_functions(context, uses))
            yield MatrixLine(label, left, (EQUALS if whole else ADDS, answer), mark=mark)
            label = ""


def _defined(graph: Graph, views: LayerViews, uses: Sequence[Use]) -> Iterator[int]:
    """The quantities that an equation gives wherever it is applied, contributions left out."""
    for equation, application in uses:
        found = application.find(equation.of)
        if found is not None and reaching(graph, views, application, equation).whole:
            targets = (application.target(quantity, adjoint=found[1]) for quantity in found[0].ids)
            yield from dict.fromkeys(target for target in targets if target is not None)


def _functions(context: Context, uses: Sequence[Use]) -> Iterator[Place]:
    """The worked functions that an equation stands for, wherever it is applied."""
    graph = context.solution.graph
    for equation, application in uses:
        tensor, adjoint = application.find(equation.of) or (None, False)
        targets = (application.target(q, adjoint=adjoint) for q in (tensor.ids if tensor else ()))
        yield from ((graph.blocks.names[one], 0) for one in targets if one in graph.equation_of)


def representatives(graph: Graph, views: LayerViews, choose: Choose) -> list[tuple[ViewEquation, Application, Uses]]:
    """Each equation with an application that stands for all, the second, which has a step before it, and all uses.

    Heads of an attention, each with a part of the columns, stand for themselves.
    """
    found: dict[tuple[str, str, frozenset[str]], list[Use]] = {}
    for application in views.applications:
        tags = frozenset(graph.blocks.of(one.ids[0]).tag for one in application.tensors.values())
        for equation in choose(views, application):
            tensor, _ = application.find(equation.of) or (application.tensors[equation.of], False)
            own = graph.blocks.of(tensor.ids[0]).tag
            found.setdefault((equation.of, own, tags), []).append((equation, application))
    return [(*uses[min(1, len(uses) - 1)], tuple(uses)) for uses in found.values()]


def _sides(context: Context, views: LayerViews, equation: ViewEquation, application: Application) -> tuple[Math, str]:
    """The left side of an equation for all indices, and its right side with the sum over uses before it."""
    solution = context.solution
    symbols = symbols_of(context, application, generic=True)
    dialect = context.writer.dialects.names
    left, right = index_latex(equation, application, symbols, dialect)
    reach = reaching(solution.lowered.graph, views, application, equation)
    indices = dict.fromkeys(key for key, numbers in reach.steps if numbers > 1)
    letters = {"time": r"\sum_{t} ", "sample": r"\sum_{n} "}
    prefix = "".join(letters[key] for key in indices)
    divisor = solution.lowered.graph.roots.gradient_divisor
    if "sample" in indices and divisor > 1:
        prefix = rf"\frac{{1}}{{{divisor}}} {prefix}"
    if prefix and any(sign in right for sign in (" + ", " - ")):
        right = dialect.grouped(right)
    elif prefix and right.startswith("-"):
        prefix, right = f"-{prefix}", right[1:]
    cuts = ", ".join(map(str, _constant_steps(solution.lowered.graph, views, equation)))
    behind = rf" \quad (t \ne {cuts})" if cuts else ""
    return Math(left), prefix + right + behind


def _constant_steps(graph: Graph, views: LayerViews, equation: ViewEquation) -> Iterator[int]:
    """The steps that take for a constant what an equation gives the adjoint of: where truncation begins a window."""
    name = equation.of.removeprefix(ADJOINT)
    for application in views.applications if name != equation.of else ():
        entering = application.tensors[name].ids[0] if name in application.tensors else None
        if entering in graph.equation_of and graph.equation_of[entering].rule.name == CARRIED.name:
            yield graph.blocks.of(entering).time


class Reach:
    """Which applications of a layer reach an adjoint, and whether nothing else does."""

    def __init__(self, applications: Sequence[Application], steps: Iterable[tuple[str, int]], *, whole: bool) -> None:
        self.applications = tuple(applications)
        self.steps = tuple(steps)
        self.whole = whole


def reaching(graph: Graph, views: LayerViews, application: Application, equation: ViewEquation) -> Reach:
    """How what an equation defines is reached: a parameter by every application, anything else by its own."""
    found = application.find(equation.of)
    if found is None or not found[1]:
        return Reach((application,), (), whole=True)
    tensor, name = found[0], equation.of[1:]
    if graph.blocks.of(tensor.ids[0]).role is not Role.GIVEN:
        return Reach((application,), (), whole=is_whole(graph, views, application, name))
    uses = [a for a in views.applications if name in a.tensors and list(a.tensors[name].ids) == list(tensor.ids)]
    inside = {q for use in uses for one in use.tensors.values() for q in one.ids}
    whole = all(graph.forward[user].output in inside for q in tensor.ids for user in graph.users.get(q, ()))
    last = [graph.blocks.of(list(use.tensors.values())[-1].ids[0]) for use in uses]
    steps = (("sample", len({block.sample for block in last})), ("time", len({block.time for block in last})))
    return Reach(uses, steps, whole=whole)
