"""Keys that only the derivation can tell to have no effect: exceptions, inline steps, conventions, the drawing."""

from __future__ import annotations

from collections.abc import Iterator

from derive.arithmetic.rounding import Override, Precision
from derive.graph.graph import Graph
from derive.graph.quantity import Kind, Role
from derive.network.dense_stack import is_dense_stack
from derive.network.lower import lower
from derive.network.lowered import Lowered
from derive.problem.model import Problem
from derive.problem.rounding import RoundingException
from derive.sources.marked import Path_

Mistake = tuple[Path_, str]
_NO_KINK = (
    "`relu_at_zero` is the derivative at a kink, such as that of relu at 0, and nothing differentiated here has "
    "one; leave it out"
)


def unused_in(problem: Problem, lowered: Lowered, worked: Graph) -> Iterator[Mistake]:
    """Every key that has no effect on the derivation or on what is worked of it, with what to write instead."""
    yield from _inline(problem, lowered.graph)
    yield from _exceptions(problem, worked)
    yield from _figure(problem, lowered)
    if problem.relu_at_zero == "1" and not _has_convention(problem, lowered):
        yield ("relu_at_zero",), _NO_KINK


def _inline(problem: Problem, graph: Graph) -> Iterator[Mistake]:
    """Steps that are to be written inline and are no lines of this problem."""
    for index, name in enumerate(problem.inline):
        kinds = frozenset({Kind(name)})
        blocks = (graph.blocks.of(e.output) for e in (*graph.working, *graph.shown_forward, *graph.backward))
        if not any(graph.folds(block, kinds) for block in blocks):
            yield ("inline", index), f"`inline`: this problem has no line of the kind {name!r}; leave it out"


def _exceptions(problem: Problem, graph: Graph) -> Iterator[Mistake]:
    """Rounding exceptions that no worked quantity falls under."""
    for index, exception in enumerate(problem.rounding.exceptions):
        if not _matches(exception, graph):
            name = exception.quantity or exception.kind or ""
            given = any(_is_given(exception, graph))
            why = "given numbers are printed as they are written" if given else "no line works such a quantity"
            key = "quantity" if exception.quantity else "kind"
            yield ("rounding", "exceptions", index, key), f"rounding: the exception for {name!r} rounds nothing: {why}"


def _override(exception: RoundingException) -> Override:
    return Override(Precision(0), exception.kind, exception.quantity)


def _matches(exception: RoundingException, graph: Graph) -> bool:
    """Whether an exception is for some quantity that is worked."""
    if exception.quantity is None and exception.kind is None:
        return True
    override, blocks = _override(exception), graph.blocks
    return any(override.fits(blocks.of(e.output), blocks.names[e.output], 1)[0] >= 0 for e in graph.schedule)


def _is_given(exception: RoundingException, graph: Graph) -> Iterator[bool]:
    override, blocks = _override(exception), graph.blocks
    for block in blocks.blocks:
        if block.role is Role.GIVEN:
            yield from (override.fits(block, blocks.names[q], 1)[0] >= 0 for q in block.ids)


def _figure(problem: Problem, lowered: Lowered) -> Iterator[Mistake]:
    """Choices for the drawing of units and edges, where no such drawing is made."""
    if is_dense_stack(lowered):
        return
    why = (
        "a batch is drawn as layers, not as units"
        if len(lowered.inputs) > 1
        else "a graph of equations is drawn as nodes"
        if not lowered.placed
        else "this network is drawn as layers, not as units: only dense layers one after another, none of them frozen "
        "or a softmax, are"
    )
    for key in ("edges", "units"):
        if getattr(problem.figure, key) is not None:
            yield ("figure", key), f"`{key}` has no effect: {why}; leave it out"


def _has_convention(problem: Problem, lowered: Lowered) -> bool:
    """Whether some derivative is another with the other convention at a kink."""
    other = lower(problem.model_copy(update={"relu_at_zero": "0"}))
    pairs = zip(lowered.graph.backward, other.graph.backward, strict=True)
    return any(one.rule.formula != two.rule.formula for one, two in pairs)
