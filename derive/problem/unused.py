"""Keys of a valid problem that change nothing where they stand, each with what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from derive.catalog.layers.base import Layer, Parameter
from derive.catalog.losses import LOSSES
from derive.graph.quantity import Kind
from derive.problem.model import Problem, rounds_word
from derive.problem.question import Question, asked_parts, read_ask
from derive.problem.shapes import Wired, wire
from derive.sources.marked import Path_

Mistake = tuple[Path_, str]


@dataclass(frozen=True)
class Unused:
    """A key, the problems in which it changes nothing, and the message: why, and what to write instead."""

    path: tuple[str, ...]
    applies: Callable[[Problem], bool]
    message: str


def _is_network(problem: Problem) -> bool:
    return not problem.equations


def _is_equations(problem: Problem) -> bool:
    return bool(problem.equations)


def _has_no_loss(problem: Problem) -> bool:
    return bool(problem.equations) and problem.targets is None


def _updates_nothing(problem: Problem) -> bool:
    return bool(problem.equations) and not problem.parameters


def _has_no_error(problem: Problem) -> bool:
    return "error" not in LOSSES[problem.loss.name].options


def _is_one_sample(problem: Problem) -> bool:
    return not problem.equations and problem.batch.size == 1


def _penalizes_nothing(problem: Problem) -> bool:
    """Whether a network trains nothing that a penalty counts."""
    biases = problem.penalty.biases
    counted = (one for one in _trained(problem) if biases or (one.penalized and one.kind is not Kind.BIAS))
    return _is_network(problem) and not any(counted)


_NO_BATCH = "a batch is made of the samples of a network; for equations, a list under `values` gives one group a round"
_NO_LOSS = (
    "without `targets` nothing is compared, and the last equation, or `outputs`, is differentiated; give `targets`, or "
    "write the loss as the last equation"
)
_NO_PENALTY = (
    "a penalty is added to the `loss` of `targets`, and there are none; write it into the equation that is "
    "differentiated"
)
_NOTHING_PENALIZED = "no weight is trained, so that a penalty has none to count; leave it out"
_NO_UPDATE = "without `parameters` nothing is updated; name there the values that are learned, or leave this out"
_ONE_SAMPLE = "the gradients of one sample are neither added up nor averaged; give the batch a `size` of 2 or more"
_ASCENT = (
    "`update_form: ascent` turns the sign of a network's deltas and still descends; it does nothing to equations, "
    "which are minimised. To maximise J, minimise its negative: end with an equation such as L: -J"
)

_NO_ROUNDS = (
    "`working` adds the worked lines of the rounds asked for, and this question asks for none; add `rounds`, or "
    "`round 1`, to `asks`"
)

UNUSED: tuple[Unused, ...] = (
    Unused(("values",), _is_network, "`values` belongs to `equations`; the numbers of a network stand in its layers"),
    Unused(
        ("outputs",), _is_network, "`outputs` belongs to `equations`; a network's outputs are those of its last layer"
    ),
    Unused(("targets",), _is_network, "`targets` belongs to `equations`; the targets of a network stand in `data`"),
    Unused(
        ("parameters",),
        _is_network,
        "`parameters` belongs to `equations`; in a network every layer learns that does not say `frozen: true`",
    ),
    Unused(("batch", "size"), _is_equations, f"`size`: {_NO_BATCH}"),
    Unused(("batch", "gradients"), _is_equations, f"`gradients`: {_NO_BATCH}"),
    Unused(("batch", "per_sample_gradients"), _is_equations, f"`per_sample_gradients`: {_NO_BATCH}"),
    Unused(("batch", "gradients"), _is_one_sample, f"`gradients`: {_ONE_SAMPLE}"),
    Unused(("batch", "per_sample_gradients"), _is_one_sample, f"`per_sample_gradients`: {_ONE_SAMPLE}"),
    Unused(("update_form",), _is_equations, _ASCENT),
    Unused(
        ("updates",),
        _is_equations,
        "`updates: in place` updates layer after layer, from the output back; equations have no layers",
    ),
    Unused(("loss",), _has_no_loss, f"`loss`: {_NO_LOSS}"),
    Unused(("error",), _has_no_loss, f"`error`: {_NO_LOSS}"),
    Unused(
        ("error",), _has_no_error, "`error`: this loss has no difference of target and output to write; leave it out"
    ),
    Unused(("penalty", "l1"), _has_no_loss, f"`l1`: {_NO_PENALTY}"),
    Unused(("penalty", "l2"), _has_no_loss, f"`l2`: {_NO_PENALTY}"),
    Unused(("penalty", "l1"), _penalizes_nothing, f"`l1`: {_NOTHING_PENALIZED}"),
    Unused(("penalty", "l2"), _penalizes_nothing, f"`l2`: {_NOTHING_PENALIZED}"),
    Unused(
        ("penalty", "half"),
        lambda problem: problem.penalty.l2 is None,
        "`half` is the factor 1/2 of the penalty `l2`, and there is none; give `l2`, or leave `half` out",
    ),
    Unused(
        ("penalty", "biases"),
        lambda problem: problem.penalty.l1 is None and problem.penalty.l2 is None,
        "`biases` says what a penalty counts, and there is none; give `l1` or `l2`, or leave `biases` out",
    ),
    Unused(
        ("penalty", "biases"),
        lambda problem: all(one.kind is not Kind.BIAS for one in _trained(problem)),
        "`biases`: no bias is trained, so that a penalty has none to count; leave it out",
    ),
    Unused(("optimizer",), _updates_nothing, f"`optimizer`: {_NO_UPDATE}"),
    Unused(("learning_rate",), _updates_nothing, f"`learning_rate`: {_NO_UPDATE}"),
)


def unused_keys(problem: Problem) -> Iterator[Mistake]:
    """Every key whose value is not the usual one and has no effect."""
    told: set[Path_] = set()
    for rule in UNUSED:
        path = _stated(problem, rule.path)
        if path and path not in told and rule.applies(problem):
            told.add(path)
            yield path, rule.message
    yield from _rates(problem)
    yield from _layers(problem)
    for index, question in enumerate(problem.questions):
        yield from _question(question, ("questions", index))


def _stated(problem: Problem, path: tuple[str, ...]) -> Path_:
    """The path as far as the problem has it, if what stands there is not the usual value; else empty."""
    model: Any = problem
    for key in path:
        value, usual = getattr(model, key), type(model).model_fields[key].get_default(call_default_factory=True)
        if value == usual:
            return ()
        model = value
    return path


def _rates(problem: Problem) -> Iterator[Mistake]:
    """Learning rates of rounds that there are not."""
    rates = () if problem.learning_rate is None else problem.learning_rate.rounds
    if len(rates) > problem.round_count:
        count = rounds_word(problem.round_count)
        yield (
            ("learning_rate",),
            f"`learning_rate`: {len(rates)} numbers, but the problem has {count}; leave the others out",
        )


def _wired(problem: Problem) -> Iterator[tuple[int, Layer, Wired]]:
    """Each layer of the network with its number (from 1) and its place in it."""
    if problem.network is not None:
        network = problem.network
        wiring = wire(network.inputs, network.layers, {}, network.rows)
        for number, (layer, wired) in enumerate(zip(network.layers, wiring.wired, strict=True), 1):
            if wired is not None:
                yield number, layer, wired


def _trained(problem: Problem) -> Iterator[Parameter]:
    """The parameters of layers that are trained."""
    for _, layer, wired in _wired(problem):
        for one in layer.parameters(wired.inputs):
            if one.trainable and not layer.frozen and not one.takes_turns:
                yield one


def _layers(problem: Problem) -> Iterator[Mistake]:
    """Options that every layer may have, on layers that have nothing for them."""
    by_rows = False
    for number, layer, wired in _wired(problem):
        path: Path_ = ("network", "layers", number - 1)
        where = f"layer {number} ({layer.layer})"
        parameters = layer.parameters(wired.inputs)
        matrices = any(one.kind is Kind.WEIGHT and len(one.shape) == 2 for one in parameters)
        by_rows = by_rows or (matrices and layer.rows is None)
        if layer.rows is not None and not matrices:
            yield (
                (*path, "rows"),
                f"`rows`: {where} has no matrix of weights whose rows it could be about; leave it out",
            )
        if layer.frozen and not any(one.trainable for one in parameters):
            yield (*path, "frozen"), f"`frozen`: {where} has nothing to train; leave it out"
    if problem.network is not None and problem.network.rows == "units" and not by_rows:
        yield ("network", "rows"), "`rows`: no layer has a matrix of weights whose rows it could be about; leave it out"


def _question(question: Question, path: Path_) -> Iterator[Mistake]:
    """What a question says of worked lines that it has none of."""
    kinds = _kinds(question.asks)
    if question.working and not kinds & {"round", "rounds"}:
        yield (*path, "working"), _NO_ROUNDS


def _kinds(asks: Sequence[Any]) -> set[str]:
    found = (read_ask(part) for part in asked_parts(asks))
    return {ask.kind for ask in found if ask is not None}
