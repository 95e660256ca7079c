"""The uses of a layer's equations, joined where steps or samples do not rest on one another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from derive.graph.graph import Graph
from derive.graph.tensor import Tensor
from derive.graph.views.application import Application
from derive.graph.views.joining import Use, joined
from derive.graph.views.language import ViewEquation
from derive.network.views import LayerViews

Choose = Callable[[LayerViews, Application], tuple[ViewEquation, ...]]
STEP, SAMPLE = "t", "n"
"""The names of the indices that tell steps and samples apart."""


@dataclass(frozen=True)
class LayerUse:
    """An equation of a layer in use, and the applications that it is joined from."""

    equation: ViewEquation
    application: Application
    members: tuple[Application, ...]

    @property
    def use(self) -> Use:
        """The equation where it is applied."""
        return self.equation, self.application


Fits = Callable[[Use], bool]
"""Whether a joined use may stand for those that it is made of."""


def always(use: Use) -> bool:
    """What lets everything be joined."""
    del use
    return True


def layer_uses(graph: Graph, views: LayerViews, choose: Choose, fits: Fits = always) -> Iterator[LayerUse]:
    """The uses of the equations that `choose` gives, in the order of the equations, steps and samples joined."""
    alike = _of_one_signature(graph, views.applications)
    apart = _rests_on_itself(graph, views, alike)
    equations = {id(one): choose(views, one) for one in views.applications}
    for group in alike:
        for equation in dict.fromkeys(equation for one in group for equation in equations[id(one)]):
            samples = []
            for run in _samples(graph, group):
                found = [LayerUse(equation, one, (one,)) for one in run if equation in equations[id(one)]]
                every = [LayerUse(equation, one, (one,)) for one in run]
                samples.append(found if apart else _together(found, every, STEP, fits))
            yield from _across(samples, fits)


def _across(samples: Sequence[list[LayerUse]], fits: Fits) -> Iterator[LayerUse]:
    """The uses of several samples joined, where each has the same."""
    if len({tuple(use.equation for use in uses) for uses in samples}) > 1:
        yield from (use for uses in samples for use in uses)
        return
    for uses in zip(*samples, strict=True):
        yield from _together(uses, uses, SAMPLE, fits)


def _together(found: Sequence[LayerUse], every: Sequence[LayerUse], letter: str, fits: Fits) -> list[LayerUse]:
    """Some uses as one, as far as it fits; where several are there but not all, the rows of the others are zeros."""
    made = joined([one.use for one in (every if len(found) > 1 else found)], letter) if found else None
    if made is None or not fits(made):
        return list(found)
    return [LayerUse(*made, tuple(one for use in found for one in use.members))]


def _of_one_signature(graph: Graph, applications: Sequence[Application]) -> list[list[Application]]:
    """Applications that differ in nothing but step and sample, each time."""
    found: dict[Hashable, list[Application]] = {}
    for one in applications:
        found.setdefault(_signature(graph, one), []).append(one)
    return list(found.values())


def _signature(graph: Graph, application: Application) -> Hashable:
    parts = []
    for name, tensor in application.tensors.items():
        block = graph.blocks.of(tensor.ids[0])
        parts.append((name, _form(tensor), block.kind, block.role, block.layer, block.own_letter, block.tag))
    return frozenset(parts), frozenset(application.numbers.items())


def _form(tensor: Tensor) -> Hashable:
    """The shape of an array, whatever its length along its first axis."""
    return len(tensor.shape), tensor.shape[1:]


def _samples(graph: Graph, applications: Sequence[Application]) -> Iterator[list[Application]]:
    """The applications of each sample."""
    for _, run in groupby(applications, key=lambda one: _sample(graph, one)):
        yield list(run)


def _sample(graph: Graph, application: Application) -> int:
    return max(graph.blocks.of(tensor.ids[0]).sample for tensor in application.tensors.values())


def _rests_on_itself(graph: Graph, views: LayerViews, alike: Sequence[Sequence[Application]]) -> bool:
    """Whether a step of the layer is worked from the result of another, as in a recurrent layer."""
    made = {
        quantity: place
        for place, one in enumerate(views.applications)
        for equation in views.index(one)
        for quantity in one.tensors[equation.of].ids
    }

    def makers(quantity: int) -> set[int]:
        """The applications behind a quantity, through what the layer works beside its views."""
        if quantity in made:
            return {made[quantity]}
        equation = graph.equation_of.get(quantity)
        if equation is None or graph.blocks.of(quantity).layer != views.placed.number:
            return set()
        return {place for operand in equation.operands for place in makers(operand)}

    needs = [
        {place for tensor in one.tensors.values() for quantity in tensor.ids for place in makers(quantity)} - {own}
        for own, one in enumerate(views.applications)
    ]
    places = {id(one): place for place, one in enumerate(views.applications)}
    return any(_reaches(needs, {places[id(one)] for one in group}) for group in alike if len(group) > 1)


def _reaches(needs: Sequence[set[int]], group: set[int]) -> bool:
    """Whether one of a group is needed, at one or more removes, by another."""
    for start in group:
        waiting, seen = list(needs[start]), set(needs[start])
        while waiting:
            more = needs[waiting.pop()] - seen
            seen |= more
            waiting += more
        if seen & (group - {start}):
            return True
    return False
