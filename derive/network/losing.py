"""The loss of a problem: a loss for each sample and step, their sum or mean, and penalties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache

from derive.catalog.losses import LOSSES, Loss, LossOptions, Step, loss
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation, Roots
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Tensor, of
from derive.network.letters import free_letter
from derive.problem.model import Network, Problem
from derive.problem.training import Penalty

Lay = Callable[..., Block]
"""Lays out a given block with its numbers."""

Tensors = Mapping[str, Tensor]
"""What the rules of a loss mention, by name: targets, outputs, constants, steps."""

SUM_OF_STEPS = Rule("sum over steps", "sum(l)", frozenset({"l"}))
_SUM = Rule("sum over samples", "sum(l)", frozenset({"l"}))
_MEAN = Rule("mean over samples", "sum(l)/count(l)", frozenset({"l"}))
_SMOOTHED = Rule("smoothed target", "(1-a)*y+a/count(y)", frozenset({"y"}))


def loss_of(problem: Problem) -> Loss:
    """The loss of a problem, as its options make it."""
    base = 0 if problem.loss.log == "natural" else int(problem.loss.log)
    return loss(problem.loss.name, LossOptions(problem.error, base, int(problem.relu_at_zero)))


def total_loss(
    problem: Problem,
    builder: GraphBuilder,
    lay: Lay,
    targets: Sequence[Tensor],
    outputs: Sequence[Tensor],
    penalized: Sequence[Block],
) -> Roots:
    """The equations of the loss, added to the builder, and what is differentiated; penalties count `penalized`."""
    entry = loss_of(problem)
    usual = {name: Decimal(text) for name, text in LOSSES[problem.loss.name].constants.items()}
    stated = {**usual, **problem.loss.constants}
    constants = {
        name: of(lay(Kind.CONSTANT, (), number, free_letter(builder, name))) for name, number in stated.items()
    }
    smoothing = problem.loss.smoothing
    smoothed = None if smoothing is None else lay(Kind.CONSTANT, (), smoothing, free_letter(builder, "epsilon")).first
    strengths = _strengths(problem.penalty, builder, lay)
    losses: list[int] = []
    leaves: list[int] = []
    for number, (wanted, given) in enumerate(zip(targets, outputs, strict=True), 1):
        with builder.within(sample=number if len(targets) > 1 else 0):
            aims = wanted if smoothed is None else _smoothed(builder, wanted, smoothed)
            own, parts = _sample_loss(builder, entry, constants, aims, given)
            losses.append(own)
            leaves += parts
    if len(losses) == 1 and not strengths:
        return Roots(losses[0], tuple(leaves) if leaves != losses else ())
    mixed = len(losses) > 1 and _mixes(problem.network)
    weights = [quantity for block in penalized for quantity in block.ids if block.kind is not Kind.CONSTANT]
    total, joined, divisor = _total(problem, builder, losses, strengths, weights)
    sums = (*joined, *(one for one in losses if one not in leaves))
    return Roots(total, tuple(leaves), divisor, sums, mixed)


def _mixes(network: Network | None) -> bool:
    """Whether a layer mixes the samples of a batch."""
    return network is not None and any(layer.mixes_samples for layer in network.layers)


def _smoothed(builder: GraphBuilder, targets: Tensor, strength: int) -> Tensor:
    """Targets moved a share of the way to the uniform distribution; Szegedy et al. (CVPR 2016), section 7."""
    block = builder.block(Kind.TARGET, Role.FORWARD, targets.shape, "ytilde")
    classes = targets.shape[-1]
    for place, output in enumerate(block.ids):
        start = place - place % classes
        own = targets.ids[start : start + classes]
        builder.equation(_SMOOTHED.sized(classes, place % classes), output, (strength, *own))
    return of(block)


def _sample_loss(
    builder: GraphBuilder, entry: Loss, constants: Tensors, targets: Tensor, outputs: Tensor
) -> tuple[int, list[int]]:
    """The loss of one sample, and what it is the sum of: for a sequence, the losses of its steps."""
    if len(outputs.shape) == 1:
        value = _loss(builder, entry, {**constants, "y": targets, "u": targets, "f": outputs})
        return value, [value]
    steps = []
    for time, (wanted, given) in enumerate(zip(targets, outputs, strict=True), 1):
        with builder.within(time=time):
            steps.append(_loss(builder, entry, {**constants, "y": wanted, "u": wanted, "f": given}))
    total = builder.block(Kind.LOSS, Role.FORWARD).first
    builder.equation(SUM_OF_STEPS.sized(len(steps)), total, steps)
    return total, steps


def _loss(builder: GraphBuilder, entry: Loss, tensors: Tensors) -> int:
    """One loss: its equation and the steps of its working; `tensors` holds what its rules mention, by name."""
    size = len(tensors["f"].ids)
    for step in entry.steps:
        given = [tensors[name] for name in step.operands]
        tensors = {**tensors, step.name: _step(builder, step, given, size)}
    value = builder.block(Kind.LOSS, Role.FORWARD).first
    peers = [quantity for peer in entry.rule.peers for quantity in tensors[peer].ids]
    builder.equation(entry.rule.sized(size), value, _operands(entry.rule, tensors), peers)
    if entry.from_steps is not None:
        builder.working.append(Equation(entry.from_steps.sized(size), value, _operands(entry.from_steps, tensors)))
    return value


def _step(builder: GraphBuilder, step: Step, given: Sequence[Tensor], size: int) -> Tensor:
    """What one step of the working gives: as one rule of several outputs, or entry by entry."""
    result = of(builder.block(step.kind, Role.FORWARD, (size,), step.letter))
    if step.rule.groups:
        every = tuple(quantity for tensor in given for quantity in tensor.ids)
        rules = [step.rule.sized(size, member) for member in range(size)]
        builder.working += [Equation(rule, q, every) for rule, q in zip(rules, result.ids, strict=True)]
        return result
    columns = [tensor.ids if len(tensor.ids) == size else [tensor.ids[0]] * size for tensor in given]
    rows = zip(result.ids, *columns, strict=True)
    builder.working += [Equation(step.rule.sized(), q, tuple(operands)) for q, *operands in rows]
    return result


def _operands(rule: Rule, tensors: Tensors) -> tuple[int, ...]:
    return tuple(quantity for slot in rule.slots for quantity in tensors[slot].ids)


def _strengths(penalty: Penalty, builder: GraphBuilder, lay: Lay) -> dict[str, int]:
    """The strengths of the penalties that there are, by name."""
    stated: dict[str, Decimal | None] = {"l2": penalty.l2, "l1": penalty.l1}
    letters = {"l2": "lambda", "l1": "lambda1"}
    return {
        name: lay(Kind.CONSTANT, (), number, free_letter(builder, letters[name])).first
        for name, number in stated.items()
        if number is not None
    }


def _total(
    problem: Problem, builder: GraphBuilder, losses: Sequence[int], strengths: dict[str, int], weights: Sequence[int]
) -> tuple[int, tuple[int, ...], int]:
    """The sum or mean of the samples' losses and the penalties; what it joins first; what it divides by."""
    averaged = problem.batch.gradients == "averaged" and len(losses) > 1
    mean = losses[0]
    joined: tuple[int, ...] = ()
    total = builder.block(Kind.TOTAL_LOSS, Role.FORWARD).first
    if len(losses) > 1:
        mean = builder.block(Kind.LOSS, Role.FORWARD).first if strengths else total
        joined = (mean,) if strengths else ()
        builder.equation((_MEAN if averaged else _SUM).sized(len(losses)), mean, losses)
    if strengths:
        rule = _penalized(tuple(strengths), half=problem.penalty.half)
        builder.equation(rule.sized(len(weights)), total, (mean, *_in_order(rule, strengths, weights)))
    return total, joined, len(losses) if averaged else 1


def _in_order(rule: Rule, strengths: dict[str, int], weights: Sequence[int]) -> tuple[int, ...]:
    return tuple(q for slot in rule.slots[1:] for q in (weights if slot == "w" else (strengths[slot],)))


@cache
def _penalized(names: tuple[str, ...], *, half: bool) -> Rule:
    """The loss and its penalties; Goodfellow, Bengio, Courville (2016), equations 7.2 and 7.19."""
    terms = {"l2": "l2/2*sum(w^2)" if half else "l2*sum(w^2)", "l1": "l1*sum(abs(w))"}
    return Rule("loss with penalties", "+".join(["e", *(terms[name] for name in names)]), frozenset({"w"}))
