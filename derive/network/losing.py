"""The loss of a problem: a loss for each sample and step, their sum or mean, and penalties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache

from derive.catalog.losses import Loss, LossOptions, loss
from derive.graph.backward import Roots
from derive.graph.builder import GraphBuilder
from derive.graph.equations import Equation
from derive.graph.quantity import Block, Kind, Role
from derive.graph.rule import Rule
from derive.graph.tensor import Tensor, of
from derive.problem.model import Penalty, Problem

Lay = Callable[..., Block]
"""Lays out a given block with its numbers."""

SUM_OF_STEPS = Rule("sum over steps", "sum(l)", frozenset({"l"}))
_SUM = Rule("sum over samples", "sum(l)", frozenset({"l"}))
_MEAN = Rule("mean over samples", "sum(l)/count(l)", frozenset({"l"}))
_SMOOTHED = Rule("smoothed target", "(1-a)*y+a/count(y)", frozenset({"y"}))


def loss_of(problem: Problem) -> Loss:
    """The loss of a problem, as its options make it."""
    base = 0 if problem.loss.log == "natural" else int(problem.loss.log)
    return loss(problem.loss.name, LossOptions(problem.error, base))


def total_loss(
    problem: Problem,
    builder: GraphBuilder,
    lay: Lay,
    targets: Sequence[Tensor],
    outputs: Sequence[Tensor],
    trained: Sequence[Block],
) -> Roots:
    """The equations of the loss, added to the builder, and what is differentiated."""
    entry = loss_of(problem)
    stated = {**entry.constants, **problem.loss.constants}
    constants = {name: lay(Kind.CONSTANT, (), number, name).first for name, number in stated.items()}
    smoothing = problem.loss.smoothing
    smoothed = None if smoothing is None else lay(Kind.CONSTANT, (), smoothing, "alpha").first
    strengths = _strengths(problem.penalty, lay)
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
    weights = [q for b in trained if problem.penalty.biases or b.kind is not Kind.BIAS for q in b.ids]
    total, joined, divisor = _total(problem, builder, losses, strengths, weights)
    sums = (*joined, *(one for one in losses if one not in leaves))
    return Roots(total, tuple(leaves), divisor, sums)


def _smoothed(builder: GraphBuilder, targets: Tensor, strength: int) -> Tensor:
    """Targets moved a share of the way to the uniform distribution; Szegedy et al. (CVPR 2016), section 7."""
    block = builder.block(Kind.TARGET, Role.FORWARD, targets.shape, "ys")
    sized = _SMOOTHED
    for member, output in enumerate(block.ids):
        builder.equation(sized.sized(block.size, member), output, (strength, *targets.ids))
    return of(block)


def _sample_loss(
    builder: GraphBuilder, entry: Loss, constants: dict[str, int], targets: Tensor, outputs: Tensor
) -> tuple[int, list[int]]:
    """The loss of one sample, and what it is the sum of: for a sequence, the losses of its steps."""
    if len(outputs.shape) == 1:
        value = _loss(builder, entry, constants, targets, outputs)
        return value, [value]
    steps = []
    for time, (wanted, given) in enumerate(zip(targets, outputs, strict=True), 1):
        with builder.within(time=time):
            steps.append(_loss(builder, entry, constants, wanted, given))
    total = builder.block(Kind.LOSS, Role.FORWARD).first
    builder.equation(SUM_OF_STEPS.sized(len(steps)), total, steps)
    return total, steps


def _loss(builder: GraphBuilder, entry: Loss, constants: dict[str, int], targets: Tensor, outputs: Tensor) -> int:
    """One loss: its equation and the steps of its working."""
    tensors = {Kind.TARGET: targets, Kind.OUTPUT: outputs}
    last = outputs
    for step in entry.steps:
        last = tensors[step.kind] = of(builder.block(step.kind, Role.FORWARD, outputs.shape))
        operands = [tensors[kind].ids for kind in step.operands]
        if step.rule.others:
            size = len(last.ids)
            builder.working += [
                Equation(step.rule.sized(size, k), q, tuple(operands[0]), tuple(last.ids))
                for k, q in enumerate(last.ids)
            ]
        else:
            columns = zip(last.ids, *operands, strict=True)
            builder.working += [Equation(step.rule.sized(), q, tuple(given)) for q, *given in columns]
    value = builder.block(Kind.LOSS, Role.FORWARD).first
    groups = {"y": targets, "f": outputs}
    size = len(outputs.ids)
    peers = last.ids if entry.rule.peers else ()
    builder.equation(entry.rule.sized(size), value, _operands(entry.rule, groups, constants), peers)
    if entry.from_steps is not None:
        groups |= {name: tensors[kind] for name, kind in entry.groups.items()}
        operands_of_steps = _operands(entry.from_steps, groups, constants)
        builder.working.append(Equation(entry.from_steps.sized(size), value, operands_of_steps))
    return value


def _operands(rule: Rule, groups: dict[str, Tensor], constants: dict[str, int]) -> tuple[int, ...]:
    return tuple(q for slot in rule.slots for q in (groups[slot].ids if slot in groups else (constants[slot],)))


def _strengths(penalty: Penalty, lay: Lay) -> dict[str, int]:
    """The strengths of the penalties that there are, by name."""
    stated: dict[str, Decimal | None] = {"l2": penalty.l2, "l1": penalty.l1}
    letters = {"l2": "lambda", "l1": "lambda1"}
    return {
        name: lay(Kind.CONSTANT, (), number, letters[name]).first
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
