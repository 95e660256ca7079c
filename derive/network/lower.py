"""A problem lowered to a graph: blocks and equations of the network, its loss, its adjoints, its updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from derive.catalog.layers.base import Parameter
from derive.catalog.layers.layer_context import LayerContext
from derive.catalog.losses import UPSTREAM
from derive.graph.ascent import ascending
from derive.graph.backward import differentiate
from derive.graph.builder import Scope
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.graph.tensor import Shape, Tensor, of, stacked
from derive.network.losing import total_loss
from derive.network.lower_equations import equation_values, lower_equations
from derive.network.lowered import Laying, Lowered, Placed, Turns
from derive.network.updating import with_updates
from derive.problem.model import Network, Problem, Sample
from derive.problem.shapes import Wired, numbers_of, wire
from derive.sources.fields import flat


class _Lowering(Laying):
    """The lowering of a network on its way."""

    def __init__(self, problem: Problem, network: Network) -> None:
        super().__init__(int(problem.relu_at_zero))
        self.problem, self.network = problem, network
        self.several = len(network.layers) > 1
        self.turns: dict[int, dict[str, Turns]] = {}
        """By layer and option, the constants that change from sample to sample."""
        wiring = wire(network.inputs, network.layers, {}, network.rows)
        self.wired: list[Wired] = [one for one in wiring.wired if one is not None]

    @cached_property
    def sequences(self) -> list[bool]:
        """Whether the input, and what each layer gives, is a sequence of vectors, one a step, and not an image."""
        layers = self.network.layers
        found = [len(self.network.inputs) == 2 and layers[0].takes_steps]
        for layer, wired in zip(layers, self.wired, strict=True):
            goes_on = layer.takes_steps and any(found[source] for source in wired.sources)
            found.append(len(wired.output) == 2 and (goes_on or all(len(shape) == 1 for shape in wired.inputs)))
        return found

    def samples(self, kind: Kind, shape: Shape, *, steps: bool, letter: str = "") -> tuple[Tensor, ...]:
        """Given numbers for each sample of a batch: one block, or one for each of the steps of a sequence."""
        size = self.problem.batch.size
        found = []
        for number in range(1, size + 1):
            with self.builder.within(sample=number if size > 1 else 0):
                found.append(self._sample(kind, shape, letter, steps=steps))
        return tuple(found)

    def _sample(self, kind: Kind, shape: Shape, letter: str, *, steps: bool) -> Tensor:
        if not steps:
            return of(self.builder.block(kind, Role.GIVEN, shape, letter))
        parts = []
        for time in range(1, shape[0] + 1):
            with self.builder.within(time=time):
                parts.append(of(self.builder.block(kind, Role.GIVEN, shape[1:], letter)))
        return stacked(parts)

    def layer_scope(self, number: int) -> None:
        """What follows belongs to a layer; 0 for none."""
        self.builder.scope = Scope(number, layered=self.several and number > 0)

    def parameters(self) -> tuple[list[Mapping[str, Block]], list[Block], list[Block]]:
        """The parameters of every layer by option, those that are trained, and those of them that a penalty counts."""
        found: list[Mapping[str, Block]] = []
        trained: list[Block] = []
        penalized: list[Block] = []
        for number, (layer, wired) in enumerate(zip(self.network.layers, self.wired, strict=True), 1):
            self.layer_scope(number)
            blocks = {}
            rows = layer.rows or self.network.rows
            for one in layer.parameters(wired.inputs):
                if one.takes_turns:
                    self.turns.setdefault(number, {})[one.key] = self._turns(one)
                    continue
                blocks[one.key] = self.lay(one.kind, one.shape, numbers_of(one, rows), one.letter, one.tag)
                if one.trainable and not layer.frozen:
                    trained.append(blocks[one.key])
                    counts = one.penalized and one.kind is not Kind.BIAS
                    penalized += [blocks[one.key]] if counts or self.problem.penalty.biases else []
            found.append(blocks)
        self.layer_scope(0)
        return found, trained, penalized

    def _turns(self, one: Parameter) -> Turns:
        """The blocks of constants that take turns, one for each sample of the batch."""
        size, blocks = self.problem.batch.size, []
        for number in range(1, size + 1):
            with self.builder.within(sample=number if size > 1 else 0):
                blocks.append(self.builder.block(one.kind, Role.GIVEN, one.shape, one.letter, one.tag))
        return Turns(tuple(blocks), one.numbers if isinstance(one.numbers, tuple) else (one.numbers,))

    def layers(self, inputs: tuple[Tensor, ...], parameters: Sequence[Mapping[str, Block]]) -> tuple[Placed, ...]:
        """The equations of every layer."""
        results: list[tuple[Tensor, ...]] = [inputs]
        placed = []
        for number, (layer, wired) in enumerate(zip(self.network.layers, self.wired, strict=True), 1):
            self.layer_scope(number)
            last = number == len(self.wired)
            context = LayerContext(
                self.builder,
                layer,
                layer.parameters(wired.inputs),
                parameters[number - 1],
                Kind.OUTPUT if last else Kind.ACTIVATION,
                turns={key: one.blocks for key, one in self.turns.get(number, {}).items()},
            )
            fed = tuple(zip(*(results[source] for source in wired.sources), strict=True))
            results.append(tuple(layer.apply_batch(context, fed)))
            placed.append(
                Placed(number, layer, parameters[number - 1], fed, results[-1], tuple(context.views), wired.sources)
            )
        self.layer_scope(0)
        return tuple(placed)


def lower(problem: Problem) -> Lowered:
    """The whole derivation of a problem, with the numbers that it starts with."""
    if problem.network is None:
        return lower_equations(problem)
    lowered, state_updates = differentiated(problem, problem.network)
    updated = with_updates(problem, lowered, state_updates)
    return replace(updated, graph=ascending(updated.graph)) if problem.update_form == "ascent" else updated


def differentiated(problem: Problem, network: Network) -> tuple[Lowered, list[Equation]]:
    """The forward pass and the adjoints of a network, and the new values of states that its layers keep."""
    making = _Lowering(problem, network)
    builder = making.builder
    shape, output = network.inputs, making.wired[-1].output
    inputs = making.samples(Kind.INPUT, shape, steps=making.sequences[0])
    letter = "" if problem.has_loss else UPSTREAM.target_letter
    targets = making.samples(Kind.TARGET, output, steps=making.sequences[-1], letter=letter)
    parameters, trained, penalized = making.parameters()
    rate = making.rate(problem.learning_rate)
    placed = making.layers(inputs, parameters)
    roots = total_loss(problem, builder, making.lay, targets, placed[-1].outputs, penalized)
    own = range(1, problem.batch.size + 1) if problem.batch.per_sample_gradients and problem.batch.size > 1 else ()
    backward = differentiate(builder, trained, roots, own)
    graph = making.graph(backward, roots, loss_is_stand_in=not problem.has_loss)
    turns = tuple(one for options in making.turns.values() for one in options.values())
    lowered = Lowered(graph, inputs, targets, rate, tuple(trained), placed, making.given, turns=turns)
    return lowered, builder.state_updates


def start_values(lowered: Lowered) -> dict[int, Decimal]:
    """The numbers that the first round starts with."""
    return dict(lowered.given)


def round_values(problem: Problem, lowered: Lowered, number: int) -> dict[int, Decimal]:
    """The inputs and targets of a round (counted from 1), and its rate; the samples start over after the last."""
    size = problem.batch.size
    values: dict[int, Decimal] = {} if lowered.counter is None else {lowered.counter.first: Decimal(number)}
    if lowered.rate is not None and problem.learning_rate is not None and problem.learning_rate.rounds:
        values[lowered.rate.first] = problem.learning_rate.of(number)
    if problem.network is None:
        return {**values, **equation_values(problem, lowered, number)}
    for place, (inputs, targets) in enumerate(zip(lowered.inputs, lowered.targets, strict=True)):
        sample = problem.data[((number - 1) * size + place) % len(problem.data)]
        values.update(zip(inputs.ids, flat(sample.x), strict=True))
        values.update(zip(targets.ids, _targets(sample, targets), strict=True))
    for turns in lowered.turns:
        values.update(turns.values(number))
    return values


def _targets(sample: Sample, targets: Tensor) -> tuple[Decimal, ...]:
    """The targets as stated; for a class (one for each step, or one for all), 1 at its place and 0 elsewhere.

    One number as the upstream gradient stands for every output.
    """
    if sample.y is not None:
        return flat(sample.y)
    if sample.upstream is not None:
        stated = flat(sample.upstream)
        return stated * len(targets.ids) if len(stated) == 1 else stated
    width = targets.shape[-1]
    steps = len(targets.ids) // width
    classes = sample.class_ or ()
    each = classes if len(classes) == steps else classes * steps
    return tuple(Decimal(int(place == number)) for number in each for place in range(1, width + 1))
