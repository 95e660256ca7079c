"""The forward and the backward pass of a network in arrays, in the order in which a person works them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Role
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.application import Application
from derive.graph.views.joining import Use
from derive.graph.views.language import ViewEquation
from derive.graph.views.matrix_of_index import as_matrices
from derive.graph.views.slicing import sliced
from derive.network.array_statements import array_statements
from derive.network.folded import with_folded
from derive.network.in_place import with_new_parameters
from derive.network.loss_gradient import loss_gradient_statements
from derive.network.statements import Contribution, Statement
from derive.network.uses import Choose, layer_uses
from derive.network.views import LayerViews

Item = Statement | Equation
"""One line of a pass: of an array, or of a number that has no array."""


@dataclass(frozen=True)
class ArrayPass:
    """Both passes."""

    forward: tuple[Item, ...]
    backward: tuple[Item, ...]


def array_pass(graph: Graph, worked: Graph, views: Sequence[LayerViews]) -> ArrayPass:
    """The passes of a network: `graph` has all its equations, `worked` those that are lines of their own."""
    cells = _cells(graph, views)
    forward = [part for one in views for part in _parts(graph, one, LayerViews.index, lambda _: True)]
    backward = [
        part
        for one in views
        for part in _parts(
            graph, one, LayerViews.backward, partial(_is_of_cells, graph, cells, layer=one.placed.number)
        )
    ]
    backward += _of_losses(graph, cells)
    return ArrayPass(
        _in_order(graph, worked, _statements(graph, forward), worked.worked_forward),
        _in_order(graph, worked, _worked_backward(graph, worked, backward), tuple(worked.backward)),
    )


def _worked_backward(graph: Graph, worked: Graph, parts: Iterable[_Part]) -> Iterator[Statement]:
    """The statements of adjoints as they are worked: folded ones put into others, new parameters in place of old."""
    outputs = frozenset(equation.output for equation in worked.backward)
    return with_new_parameters(worked, with_folded(tuple(_statements(graph, parts)), outputs))


@dataclass(frozen=True)
class _Part:
    """What one use of a layer's equation contributes: `covered` are the results through which it reaches an adjoint."""

    targets: tuple[int | None, ...]
    shape: Shape
    contribution: Contribution | None
    covered: frozenset[int]
    divisor: int = 1


def _parts(graph: Graph, views: LayerViews, choose: Choose, fits: Callable[[Use], bool]) -> Iterator[_Part]:
    for one in layer_uses(graph, views, choose, fits):
        covered = frozenset(q for member in one.members for q in _results(views, member))
        for equation, application in sliced(one.use):
            tensor, adjoint = _found(equation, application)
            targets = tuple(application.target(quantity, adjoint=adjoint) for quantity in tensor.ids)
            matrices = as_matrices(equation, application)
            contribution = None if matrices is None else (matrices, application)
            given = graph.blocks.of(tensor.ids[0]).role is Role.GIVEN
            divisor = graph.roots.gradient_divisor if given and adjoint else 1
            yield _Part(targets, tensor.shape, contribution, covered, divisor)


def _of_losses(graph: Graph, cells: Mapping[int, int]) -> Iterator[_Part]:
    """What losses and penalties contribute to the adjoints of what they mention."""
    covered = frozenset((graph.roots.total, *graph.roots.samples, *graph.roots.sums))
    for stated in loss_gradient_statements(graph, cells):
        if isinstance(stated, Equation):
            yield _Part((stated.output,), (), None, covered)
            continue
        (contribution,) = stated.contributions
        tensor, adjoint = _found(*contribution)
        targets = tuple(contribution[1].target(quantity, adjoint=adjoint) for quantity in tensor.ids)
        yield _Part(targets, tensor.shape, contribution, covered, stated.divisor)


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


def _is_of_cells(graph: Graph, cells: Mapping[int, int], use: Use, layer: int) -> bool:
    """Whether all of an adjoint that a use contributes to can stand on the left of one line.

    It is of one array, or of arrays side by side that nothing but the layer uses.
    """
    tensor, _ = _found(*use)
    ids = [quantity for quantity in tensor.ids if quantity in graph.adjoint_of]
    given = all(graph.blocks.of(quantity).role is Role.GIVEN for quantity in ids)
    if given or len({cells.get(quantity, -1 - graph.blocks.of(quantity).first) for quantity in ids}) == 1:
        return True
    users = (graph.forward[user].output for quantity in ids for user in graph.users.get(quantity, ()))
    return all(graph.blocks.of(user).layer == layer for user in users)


def _statements(graph: Graph, parts: Iterable[_Part]) -> Iterator[Statement]:
    """A statement for each array, from all that contribute to it; none where something that does has no matrices."""
    found: dict[tuple[int | None, ...], list[_Part]] = {}
    for part in parts:
        found.setdefault(part.targets, []).append(part)
    for targets, every in found.items():
        alike = all(part.contribution is not None for part in every) and len({part.shape for part in every}) == 1
        covered = frozenset().union(*(part.covered for part in every))
        if alike and all(_is_covered(graph, target, covered) for target in targets if target is not None):
            yield _statement(every)


def _statement(parts: Sequence[_Part]) -> Statement:
    """Contributions to one array, those together that are divided by the same."""
    divisors = dict.fromkeys(part.divisor for part in parts)
    shares = [
        Statement(tuple(part.contribution for part in parts if part.divisor == one and part.contribution), one)
        for one in divisors
    ]
    return replace(shares[0], added=tuple(shares[1:]))


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


def _in_order(
    graph: Graph, worked: Graph, statements: Iterable[Statement], equations: Sequence[Equation]
) -> tuple[Item, ...]:
    """Statements, and the equations of what they do not define, each after all that it is worked from."""
    place = {equation.output: number for number, equation in enumerate(equations)}
    items: list[tuple[Item, frozenset[int], frozenset[int]]] = [
        (one, *_sides(one)) for one in statements if _defined(one) & place.keys()
    ]
    known = {output for _, outputs, _ in items for output in outputs}
    rest = array_statements(worked, [one for one in equations if one.output not in known])
    items += [(one, *_sides(one)) for one in rest]
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


def _defined(statement: Statement) -> frozenset[int]:
    return _sides(statement)[0]


def _sides(item: Item) -> tuple[frozenset[int], frozenset[int]]:
    """The quantities that a line defines, and those that it is worked from."""
    if isinstance(item, Equation):
        return frozenset((item.output,)), frozenset(item.operands)
    outputs: set[int] = set()
    operands: set[int] = set()
    for equation, application in item.all_contributions:
        for name in equation.names():
            found = application.find(name)
            if found is not None:
                ids = (application.target(quantity, adjoint=found[1]) for quantity in found[0].ids)
                (outputs if name == equation.of else operands).update(one for one in ids if one is not None)
    return frozenset(outputs), frozenset(operands)


def _sorted(needs: Sequence[set[int]], ranks: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Numbers so that each comes after those that it needs: what needed the last one alone, else the lowest rank."""
    users: list[list[int]] = [[] for _ in needs]
    for number, needed in enumerate(needs):
        for one in needed:
            users[one].append(number)
    missing = [len(needed) for needed in needs]
    ready = {number for number, count in enumerate(missing) if not count}
    following: list[int] = []
    while ready:
        number = min(following or ready, key=lambda one: (ranks[one], one))
        ready.remove(number)
        yield number
        for user in users[number]:
            missing[user] -= 1
        released = [user for user in users[number] if not missing[user]]
        ready.update(released)
        following = [user for user in released if not ranks[user][1]]
