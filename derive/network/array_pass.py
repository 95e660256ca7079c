"""The forward and the backward pass of a network in arrays, in the order in which a person works them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Role
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.application import Application
from derive.graph.views.joining import Use
from derive.graph.views.language import ViewEquation
from derive.graph.views.slicing import sliced
from derive.network.statements import Contribution, Statement
from derive.network.uses import Choose, layer_uses
from derive.network.views import LayerViews

Item = Statement | Equation
"""One line of a pass: of an array, or of a number that has no array."""
AsMatrices = Callable[[ViewEquation, Application], ViewEquation | None]


@dataclass(frozen=True)
class ArrayPass:
    """Both passes."""

    forward: tuple[Item, ...]
    backward: tuple[Item, ...]


def array_pass(
    graph: Graph,
    worked: Graph,
    views: Sequence[LayerViews],
    as_matrices: AsMatrices | None = None,
    others: Sequence[Statement] = (),
) -> ArrayPass:
    """The passes of a network: `graph` has all its equations, `worked` those that are lines of their own.

    `others` are statements of what no layer gives: the loss, its gradient, penalties.
    """
    as_matrices = as_matrices or _hand(views)
    forward = [part for one in views for part in _parts(graph, one, LayerViews.index, as_matrices, lambda use: True)]
    cells = _cells(graph, views)
    backward = [
        part
        for one in views
        for part in _parts(graph, one, LayerViews.backward, as_matrices, lambda use: _in_one_cell(graph, cells, use))
    ]
    return ArrayPass(
        _in_order(graph, _statements(graph, forward), worked.worked_forward),
        _in_order(graph, _statements(graph, backward), tuple(worked.backward)),
    )


@dataclass(frozen=True)
class _Part:
    """What one use of a layer's equation contributes: `covered` are the results through which it reaches an adjoint."""

    targets: tuple[int | None, ...]
    shape: Shape
    contribution: Contribution | None
    covered: frozenset[int]


def _parts(
    graph: Graph, views: LayerViews, choose: Choose, as_matrices: AsMatrices, fits: Callable[[Use], bool]
) -> Iterator[_Part]:
    for one in layer_uses(graph, views, choose, fits):
        covered = frozenset(q for member in one.members for q in _results(views, member))
        for equation, application in sliced(one.use):
            tensor, adjoint = _found(equation, application)
            targets = tuple(application.target(quantity, adjoint=adjoint) for quantity in tensor.ids)
            matrices = as_matrices(equation, application)
            contribution = None if matrices is None else (matrices, application)
            yield _Part(targets, tensor.shape, contribution, covered)


def _found(equation: ViewEquation, application: Application) -> tuple[Tensor, bool]:
    found = application.find(equation.of)
    if found is None:
        raise LookupError(f"no array {equation.of!r}")
    return found


def _results(views: LayerViews, application: Application) -> Iterator[int]:
    """What an application of a layer works."""
    for equation in views.index(application):
        yield from application.tensors[equation.of].ids


def _cells(graph: Graph, views: Sequence[LayerViews]) -> Mapping[int, int]:
    """For each quantity that is worked as part of an array, the number of that array."""
    lefts = [
        _found(use.equation, use.application)[0].ids
        for one in views
        for use in layer_uses(graph, one, LayerViews.index)
    ]
    return {quantity: number for number, ids in enumerate(lefts) for quantity in ids}


def _in_one_cell(graph: Graph, cells: Mapping[int, int], use: Use) -> bool:
    """Whether an adjoint that a use contributes to is of one array, so that all of it can stand on the left."""
    tensor, _ = _found(*use)
    ids = [quantity for quantity in tensor.ids if quantity in graph.adjoint_of]
    given = all(graph.blocks.of(quantity).role is Role.GIVEN for quantity in ids)
    return given or len({cells.get(quantity, -1 - graph.blocks.of(quantity).first) for quantity in ids}) == 1


def _statements(graph: Graph, parts: Iterable[_Part]) -> Iterator[Statement]:
    """A statement for each array, from all that contribute to it; none where something that does has no matrices."""
    found: dict[tuple[int | None, ...], list[_Part]] = {}
    for part in parts:
        found.setdefault(part.targets, []).append(part)
    for targets, every in found.items():
        contributions = [part.contribution for part in every if part.contribution is not None]
        alike = len(contributions) == len(every) and len({part.shape for part in every}) == 1
        covered = frozenset().union(*(part.covered for part in every))
        if alike and all(_is_covered(graph, target, covered) for target in targets if target is not None):
            of = _subject(graph, next(target for target in targets if target is not None))
            divisor = graph.roots.gradient_divisor if of.role is Role.GIVEN else 1
            yield Statement(tuple(contributions), divisor, layer=of.layer)


def _subject(graph: Graph, target: int) -> Block:
    """The block that a quantity is of: for an adjoint that which it is the adjoint of."""
    block = graph.blocks.of(target)
    return block if block.of is None else block.of


def _is_covered(graph: Graph, target: int, covered: frozenset[int]) -> bool:
    """Whether all that reaches an adjoint comes through some results; what is no adjoint is covered."""
    block = graph.blocks.of(target)
    if block.role is not Role.BACKWARD or block.of is None:
        return True
    quantity = block.of.ids[target - block.first]
    outputs = (graph.forward[user].output for user in graph.users.get(quantity, ()))
    return all(one in covered for one in outputs if one in graph.adjoint_of or one in graph.roots)


def _in_order(graph: Graph, statements: Iterable[Statement], equations: Sequence[Equation]) -> tuple[Item, ...]:
    """Statements, and the equations of what they do not define, each after all that it is worked from."""
    place = {equation.output: number for number, equation in enumerate(equations)}
    items: list[tuple[Item, frozenset[int], frozenset[int]]] = []
    for statement in statements:
        outputs, operands = _sides(statement)
        if any(output in place for output in outputs):
            items.append((statement, outputs, operands))
    defined = {output for _, outputs, _ in items for output in outputs}
    items += [
        (one, frozenset((one.output,)), frozenset(one.operands)) for one in equations if one.output not in defined
    ]
    ranks = _ranks(graph, place, [outputs for _, outputs, _ in items])
    maker = {output: number for number, (_, outputs, _) in enumerate(items) for output in outputs}
    needs = [{maker[q] for q in operands if q in maker} - {number} for number, (_, _, operands) in enumerate(items)]
    return tuple(items[number][0] for number in _sorted(needs, ranks))


def _ranks(graph: Graph, place: Mapping[int, int], outputs: Sequence[frozenset[int]]) -> list[tuple[int, int]]:
    """Where lines stand: after the last of their numbers, gradients of parameters after all else of their layer."""
    lasts = [max((place[one], one) for one in ids if one in place) for ids in outputs]
    subjects = [_subject(graph, last) for _, last in lasts]
    ends: dict[int, int] = {}
    for (rank, _), of in zip(lasts, subjects, strict=True):
        ends[of.layer] = max(rank, ends.get(of.layer, 0))
    found = []
    for (rank, last), of in zip(lasts, subjects, strict=True):
        is_gradient = of.role is Role.GIVEN and graph.blocks.of(last).role is Role.BACKWARD
        found.append((ends[of.layer], 1 + of.first) if is_gradient else (rank, 0))
    return found


def _sides(statement: Statement) -> tuple[frozenset[int], frozenset[int]]:
    """The quantities that a statement defines, and those that it is worked from."""
    outputs: set[int] = set()
    operands: set[int] = set()
    for equation, application in statement.contributions:
        for name in equation.names():
            found = application.find(name)
            if found is not None:
                ids = (application.target(quantity, adjoint=found[1]) for quantity in found[0].ids)
                (outputs if name == equation.of else operands).update(one for one in ids if one is not None)
    return frozenset(outputs), frozenset(operands)


def _sorted(needs: Sequence[set[int]], ranks: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Numbers so that each comes after those that it needs, the lowest rank first."""
    users: list[list[int]] = [[] for _ in needs]
    for number, needed in enumerate(needs):
        for one in needed:
            users[one].append(number)
    missing = [len(needed) for needed in needs]
    ready = [(ranks[number], number) for number, count in enumerate(missing) if not count]
    heapify(ready)
    while ready:
        _, number = heappop(ready)
        yield number
        for user in users[number]:
            missing[user] -= 1
            if not missing[user]:
                heappush(ready, (ranks[user], user))


def _hand(views):
    table = {}
    for v in views:
        for a in v.applications:
            for e in (*v.matrices(a), *v.backward_matrices(a)):
                table[id(a), e.of] = e
    return lambda e, a: table.get((id(a), e.of))
