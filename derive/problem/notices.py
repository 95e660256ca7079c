"""What is legal in a problem and yet seldom meant, each with its place and with what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any

from derive.catalog import optimizers, schedules
from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.equations import Equations
from derive.catalog.losses import LOSSES, LossEntry, Outputs
from derive.catalog.optimizers import OPTIMIZERS
from derive.errors import FormulaError
from derive.graph.array_grammar import parse_array
from derive.graph.formula import Call, Formula, Slot, leaves
from derive.graph.interval import UNIT, Interval, enclosure
from derive.problem.model import Problem
from derive.problem.shapes import wire
from derive.sources.fields import flat
from derive.sources.marked import Path_

Notice = tuple[Path_, str]


@dataclass(frozen=True)
class Ending:
    """What a problem's outputs are: the function that they come from, between which numbers, how many, whose key."""

    name: str
    range: Interval
    is_distribution: bool
    count: int
    path: Path_


def notices(problem: Problem) -> Iterator[Notice]:
    """Every finding, in the order of the file's parts."""
    ending = _ending(problem)
    if ending is not None:
        yield from _outputs(LOSSES[problem.loss.name], ending)
        yield from _targets(problem, ending)
    yield from _rates(problem)
    yield from _constants(problem)
    yield from _options(problem)
    yield from _given(problem)
    yield from _repeated(problem)
    yield from _left_over(problem)


def _ending(problem: Problem) -> Ending | None:
    """What the outputs are, for a network that ends in an activation, and for equations with targets."""
    if problem.network is None:
        return None if problem.targets is None else _ending_of_equations(problem)
    network = problem.network
    wiring = wire(network.inputs, network.layers, {}, network.rows)
    shape, choice = wiring.shapes[-1], getattr(network.layers[-1], "activation", None)
    if not shape or not isinstance(choice, ActivationModel):
        return None
    path: Path_ = ("network", "layers", len(network.layers) - 1, "activation")
    return Ending(choice.name or choice.formula, choice.range, choice.is_distribution, shape[-1], path)


def _ending_of_equations(problem: Problem) -> Ending | None:
    """What the equation is that is compared with targets."""
    known: dict[str, Interval] = {}
    trees: dict[str, Formula] = {}
    for name, text in problem.equations.items():
        try:
            trees[name] = parse_array(text, {*(problem.values[0] if problem.values else ()), *problem.equations})
        except FormulaError:
            return None
        known[name] = enclosure(trees[name], known)
    name = problem.outputs or list(trees)[-1]
    tree = trees[name]
    softmax = isinstance(tree, Call) and tree.function == "softmax"
    count = len(flat(problem.targets)) if problem.targets is not None else 0
    return Ending(problem.equations[name], known[name], softmax, count, ("equations", name))


def _outputs(entry: LossEntry, ending: Ending) -> Iterator[Notice]:
    """A loss of one distribution on single probabilities, the reverse, and a distribution over one class."""
    outputs, one = entry.outputs, ending.count == 1
    if one and ending.is_distribution:
        yield ending.path, f"a softmax of one unit {_ALWAYS_1}: end in sigmoid, and take binary cross-entropy"
    elif one and outputs.are_logits and outputs.are_distribution:
        yield ("loss",), f"{entry.name} applies a softmax, which for one unit {_ALWAYS_1}: take {entry.counterpart}"
    elif outputs.range is UNIT and outputs.are_distribution != ending.is_distribution and ending.range.within(UNIT):
        what = (
            "those of softmax add up to 1" if ending.is_distribution else f"each output of {ending.name} stands alone"
        )
        over = "" if one else f", or end in {outputs.function}"
        yield ("loss",), f"{entry.name} takes {_KINDS[outputs]}, and {what}: take {entry.counterpart}{over}"


_ALWAYS_1 = "is always 1, so that every gradient is 0"
_KINDS = {
    Outputs.PROBABILITIES: Outputs.PROBABILITIES.value,
    Outputs.PROBABILITY: "each output for a probability alone",
}


def _targets(problem: Problem, ending: Ending) -> Iterator[Notice]:
    """Targets that the outputs never reach."""
    stated: list[tuple[Path_, str, Any]] = [
        (("data", index, "y"), f"`y` of sample {index + 1}", sample.y) for index, sample in enumerate(problem.data)
    ]
    if problem.network is None:
        stated = [(("targets",), "`targets`", problem.targets)]
    for path, where, numbers in stated:
        for number in () if numbers is None or not problem.has_loss else flat(numbers):
            if float(number) not in ending.range:
                instead = "scale the targets, or end in a function that reaches them, such as identity"
                yield path, f"{where}: {number}, but {ending.name} gives numbers {ending.range.words}; {instead}"
                break


def _rates(problem: Problem) -> Iterator[Notice]:
    """Learning rates that do not descend."""
    rate = problem.learning_rate
    for number in () if rate is None else (rate.start, *rate.rounds):
        if number is not None and number <= 0:
            what = "changes nothing" if not number else "climbs: updates go up the gradient"
            yield ("learning_rate",), f"`learning_rate`: {number} {what}; a rate is above 0, such as 0.1"
            return


def _outside(
    numbers: Mapping[str, Decimal], ranges: Mapping[str, Interval], path: Path_, whose: str
) -> Iterator[Notice]:
    for name, number in numbers.items():
        if name in ranges and float(number) not in ranges[name]:
            yield (*path, name), f"`{name}`: {number}, but {whose} takes a number {ranges[name].words}"


def _constants(problem: Problem) -> Iterator[Notice]:
    """Constants and states of the optimizer, and constants of the schedule, outside what they stand for."""
    choice, rate = problem.optimizer, problem.learning_rate
    yield from _outside(choice.constants, optimizers.CONSTANTS, ("optimizer", "constants"), choice.name)
    squares = dict.fromkeys(OPTIMIZERS[choice.name].squares, Interval(0, inf))
    yield from _outside(choice.states, squares, ("optimizer", "states"), choice.name)
    if rate is not None:
        whose = f"the schedule {rate.schedule}"
        yield from _outside(rate.constants, schedules.CONSTANTS, ("learning_rate", "constants"), whose)


def _given(problem: Problem) -> Iterator[Notice]:
    """Given names that no equation uses."""
    first = problem.values[0] if problem.values else {}
    yield from _unused(problem.equations, first, ("values",))
    for index, layer in enumerate(problem.layers):
        if isinstance(layer, Equations):
            path: Path_ = ("network", "layers", index)
            yield from _unused(layer.equations, layer.values, (*path, "values"))
            yield from _unused(layer.equations, layer.constants, (*path, "constants"))


def _unused(equations: Mapping[str, str], names: Mapping[str, Any], path: Path_) -> Iterator[Notice]:
    try:
        trees = [parse_array(text, {*names, *equations}) for text in equations.values()]
    except FormulaError:
        return
    used = {leaf.name for tree in trees for leaf in leaves(tree) if isinstance(leaf, Slot)}
    for name in names if equations else ():
        if name not in used:
            yield (*path, name), f"`{name}` is given and no equation uses it"


def _repeated(problem: Problem) -> Iterator[Notice]:
    """Parameters stated again in later groups with their first value, which is not theirs any more."""
    for index, group in enumerate(problem.values[1:], 1):
        for name in (one for one in problem.parameters if one in group):
            yield (
                ("values", index, name),
                f"`{name}` is a parameter: after the first round it carries on from its update, and this is not used",
            )


def _options(problem: Problem) -> Iterator[Notice]:
    """Options of layers that change nothing where they stand."""
    if problem.network is None:
        return
    network = problem.network
    wiring = wire(network.inputs, network.layers, {}, network.rows)
    for index, (layer, wired) in enumerate(zip(network.layers, wiring.wired, strict=True)):
        for key, why in () if wired is None else layer.unused(wired.inputs):
            where = f"layer {index + 1} ({layer.layer})"
            yield ("network", "layers", index, key), f"`{key}` has no effect on {where}: {why}; leave it out"


def _left_over(problem: Problem) -> Iterator[Notice]:
    """Samples, or groups of values, that no round comes to."""
    samples: Sequence[object] = problem.data or problem.values
    used = (problem.round_count + problem.final_forward_pass) * problem.batch.size
    if used < len(samples):
        key, what = ("data", "sample") if problem.data else ("values", "group of values")
        yield (key, used), f"{what} {used + 1} and what follows is never used; the rounds end before it"
