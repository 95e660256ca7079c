"""The forward and the backward pass of a network in arrays, in the order in which a person works them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.graph.equations import Equation
from derive.graph.graph import Graph
from derive.graph.quantity import Block, Role
from derive.graph.tensor import Shape, Tensor
from derive.graph.views.application import Application
from derive.graph.views.joining import Use
from derive.graph.views.language import ViewEquation
from derive.graph.views.matrix_of_index import as_matrices
from derive.graph.views.slicing import at_first, sliced, spread, thin
from derive.network.array_statements import array_statements
from derive.network.folded import with_folded
from derive.network.in_place import with_new_parameters
from derive.network.loss_gradient import loss_gradient_statements
from derive.network.statements import Contribution, Statement
from derive.network.uses import Choose, Fits, always, layer_uses
from derive.network.views import LayerViews

Item = Statement | Equation
"""One line of a pass: of an array, or of a number that has no array."""


Rank = tuple[int, int, int]
"""Where a line stands: after which equation, whether and as which gradient of a parameter, of which layer."""


@dataclass(frozen=True)
class ArrayPass:
    """Both passes."""

    forward: tuple[Item, ...]
    backward: tuple[Item, ...]


def array_pass(graph: Graph, worked: Graph, views: Sequence[LayerViews]) -> ArrayPass:
    """The passes of a network: `graph` has all its equations, `worked` those that are lines of their own.

    Where backward and update equations take turns, the backward pass has both.
    """
    cells = _cells(graph, views)
    forward = [part for one in views for part in _layer_contributions(graph, one, LayerViews.index, always)]
    backward = [
        part
        for one in views
        for part in _layer_contributions(graph, one, LayerViews.backward, _of_cells(graph, cells, one.placed.number))
    ]
    backward += _of_losses(graph, cells)
    adjoints = _worked_backward(graph, worked, backward)
    return ArrayPass(
        _in_order(graph, worked, _statements(graph, forward), worked.worked_forward),
        _in_turns(_ordered_lines(graph, worked, adjoints, worked.interleaved))
        if worked.interleaved
        else _in_order(graph, worked, adjoints, tuple(worked.backward)),
    )


def _worked_backward(graph: Graph, worked: Graph, parts: Iterable[_ArrayContribution]) -> Iterator[Statement]:
    """The statements of adjoints as they are worked: folded ones put into others, new parameters in place of old."""
    outputs = frozenset(equation.output for equation in worked.backward)
    return with_new_parameters(worked, with_folded(tuple(_statements(graph, parts)), outputs))


@dataclass(frozen=True)
class _ArrayContribution:
    """What one use of a layer's equation contributes: `covered` are the results through which it reaches an adjoint."""

    targets: tuple[int | None, ...]
    shape: Shape
    contribution: Contribution | None
    covered: frozenset[int]
    divisor: int = 1


def _layer_contributions(
    graph: Graph, views: LayerViews, choose: Choose, fits: Callable[[Use], bool]
) -> Iterator[_ArrayContribution]:
    for one in layer_uses(graph, views, choose, fits):
        covered = frozenset(q for member in one.members for q in _results(views, member))
        for equation, application in (_squeezed(graph, cut) for cut in sliced(one.use)):
            tensor, adjoint = _defined_array(equation, application)
            targets = tuple(application.target(quantity, adjoint=adjoint) for quantity in tensor.ids)
            contribution = _contribution((equation, application))
            given = graph.blocks.of(tensor.ids[0]).role is Role.GIVEN
            divisor = graph.roots.gradient_divisor if given and adjoint else 1
            yield _ArrayContribution(targets, tensor.shape, contribution, covered, divisor)


def _squeezed(graph: Graph, use: Use) -> Use:
    """A use without the axes of one place that arrays have beyond those of their blocks: a vector is a column."""

    def has_axis(tensor: Tensor) -> bool:
        return len(graph.blocks.of(tensor.ids[0]).shape) >= len(tensor.shape)

    index = thin(use, has_axis)
    made = None if index is None else at_first(use, index)
    return use if made is None else _squeezed(graph, made)


def _contribution(use: Use) -> Contribution | None:
    """The equation of matrices that a use is, its sum over filters written out where it must be; None for none."""
    matrices = as_matrices(*use)
    if matrices is not None:
        return matrices, use[1]
    further = spread(use)
    return None if further is None else _contribution(further)


def _of_losses(graph: Graph, cells: Mapping[int, int]) -> Iterator[_ArrayContribution]:
    """What losses and penalties contribute to the adjoints of what they mention."""
    covered = frozenset((graph.roots.total, *graph.roots.samples, *graph.roots.sums))
    for stated in loss_gradient_statements(graph, cells):
        if isinstance(stated, Equation):
            yield _ArrayContribution((stated.output,), (), None, covered)
            continue
        (contribution,) = stated.contributions
        tensor, adjoint = _defined_array(*contribution)
        targets = tuple(contribution[1].target(quantity, adjoint=adjoint) for quantity in tensor.ids)
        yield _ArrayContribution(targets, tensor.shape, contribution, covered, stated.divisor)


def _defined_array(equation: ViewEquation, application: Application) -> tuple[Tensor, bool]:
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
        _defined_array(use.equation, use.application)[0].ids
        for one in views
        for use in layer_uses(graph, one, LayerViews.index)
    ]
    return {quantity: number for number, ids in enumerate(lefts) for quantity in ids}


def _of_cells(graph: Graph, cells: Mapping[int, int], layer: int) -> Fits:
    """What says whether all of an adjoint that a use contributes to can stand on the left of one line.

    It is of one array, or of arrays side by side that nothing but the layer uses.
    """

    def fits(use: Use) -> bool:
        tensor, _ = _defined_array(*use)
        ids = [quantity for quantity in tensor.ids if quantity in graph.adjoint_of]
        given = all(graph.blocks.of(quantity).role is Role.GIVEN for quantity in ids)
        if given or len({cells.get(quantity, -1 - graph.blocks.of(quantity).first) for quantity in ids}) == 1:
            return True
        users = (graph.forward[user].output for quantity in ids for user in graph.users.get(quantity, ()))
        return all(graph.blocks.of(user).layer == layer for user in users)

    return fits


def _statements(graph: Graph, parts: Iterable[_ArrayContribution]) -> Iterator[Statement]:
    """A statement for each array, from all that contribute to it; none where something that does has no matrices."""
    found: dict[tuple[int | None, ...], list[_ArrayContribution]] = {}
    for part in parts:
        found.setdefault(part.targets, []).append(part)
    for targets, every in found.items():
        alike = all(part.contribution is not None for part in every) and len({part.shape for part in every}) == 1
        covered = frozenset().union(*(part.covered for part in every))
        if alike and all(_is_covered(graph, target, covered) for target in targets if target is not None):
            yield _statement(every)


def _statement(parts: Sequence[_ArrayContribution]) -> Statement:
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


@dataclass(frozen=True)
class _OrderedLine:
    """A line: the quantities that it defines, those that it is worked from, and the place of the last result."""

    item: Item
    outputs: frozenset[int]
    operands: frozenset[int]
    place: int


def _ordered_lines(
    graph: Graph, worked: Graph, statements: Iterable[Statement], equations: Sequence[Equation]
) -> list[_OrderedLine]:
    """Statements, and the equations of what they do not define.

    A statement of what is written inside other equations, and so has no line, gives way to the equations.
    """
    place = {equation.output: number for number, equation in enumerate(equations)}
    written_inside = graph.equation_of.keys() - worked.equation_of.keys()
    sides = [(one, *_sides(one)) for one in statements]
    kept = [one for one in sides if one[1] & place.keys() and not one[2] & written_inside]
    known = {output for _, outputs, _ in kept for output in outputs}
    rest = array_statements(worked, [one for one in equations if one.output not in known])
    every = [*kept, *((one, *_sides(one)) for one in rest)]
    return [_OrderedLine(*one, max(place[output] for output in one[1] if output in place)) for one in every]


def _in_turns(lines: Iterable[_OrderedLine]) -> tuple[Item, ...]:
    """Lines in the order in which their last results are worked."""
    return tuple(one.item for one in sorted(lines, key=lambda one: one.place))


def _in_order(
    graph: Graph, worked: Graph, statements: Iterable[Statement], equations: Sequence[Equation]
) -> tuple[Item, ...]:
    """Lines each after all that it is worked from, gradients of parameters after all else of their layer."""
    lines = _ordered_lines(graph, worked, statements, equations)
    place = {equation.output: number for number, equation in enumerate(equations)}
    ranks = _ranks(graph, place, [one.outputs for one in lines])
    maker = {output: number for number, one in enumerate(lines) for output in one.outputs}
    needs = [{maker[q] for q in one.operands if q in maker} - {number} for number, one in enumerate(lines)]
    return tuple(lines[number].item for number in _sorted(needs, ranks))


def _ranks(graph: Graph, place: Mapping[int, int], outputs: Sequence[frozenset[int]]) -> list[Rank]:
    """Where lines stand: after the last of their numbers, gradients of parameters after all else of their layer."""
    lasts = [max((place[one], one) for one in ids if one in place) for ids in outputs]
    subjects = [_subject(graph, last) for _, last in lasts]
    ends: dict[int, int] = {}
    for (rank, _), of in zip(lasts, subjects, strict=True):
        ends[of.layer] = max(rank, ends.get(of.layer, 0))
    found = []
    for (rank, last), of in zip(lasts, subjects, strict=True):
        is_gradient = of.role is Role.GIVEN and graph.blocks.of(last).role is Role.BACKWARD
        found.append((ends[of.layer], 1 + of.first, of.layer) if is_gradient else (rank, 0, of.layer))
    return found


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


def _sorted(needs: Sequence[set[int]], ranks: Sequence[Rank]) -> Iterator[int]:
    """Numbers, each after those that it needs: what of a layer waited for the last one alone, else the lowest rank."""
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
        following = [user for user in released if not ranks[user][1] and ranks[user][2] == ranks[number][2]]
