"""The conventions that decide on marks: a table of when each matters, with a sentence of the locale for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from derive.catalog.layers.base import Layer
from derive.catalog.layers.convolution import Conv1d, Conv2d
from derive.catalog.layers.normalized import Normalization
from derive.catalog.layers.recurrent import Recurrent
from derive.catalog.layers.rms_norm import RmsNorm
from derive.catalog.losses import LOSSES, LossEntry
from derive.catalog.optimizers import OPTIMIZERS
from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.graph.quantity import Kind
from derive.problem.model import Problem

EPSILON = "epsilon"
_ROOT = "sqrt("


def _nothing(_: Context) -> Mapping[str, object]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Convention:
    """A convention by the key of its sentence; when a problem depends on it; what the sentence mentions."""

    key: str
    applies: Callable[[Context], bool]
    parts: Callable[[Context], Mapping[str, object]] = _nothing


def convention_notes(context: Context) -> Iterator[Rich]:
    """A sentence for each convention that changes numbers of this problem."""
    for convention in CONVENTIONS:
        if convention.applies(context):
            yield context.phrase(context.locale.convention_notes[convention.key], **convention.parts(context))


def _problem(context: Context) -> Problem:
    return context.solution.problem


def _loss(context: Context) -> LossEntry | None:
    """The loss; None for equations that have none."""
    solution = context.solution
    return LOSSES[solution.problem.loss.name] if solution.lowered.targets else None


def _has_loss(*names: str) -> Callable[[Context], bool]:
    def applies(context: Context) -> bool:
        found = _loss(context)
        return found is not None and found.name in names

    return applies


def _outputs(context: Context) -> Mapping[str, object]:
    count = max(len(tensor.ids) for tensor in context.solution.lowered.targets)
    return {"count": str(count)}


def _layers(context: Context) -> tuple[Layer, ...]:
    return tuple(placed.layer for placed in context.solution.lowered.placed)


def _samples(context: Context) -> int:
    return len(context.solution.lowered.inputs)


def _averages(way: str) -> Callable[[Context], bool]:
    return lambda context: _samples(context) > 1 and _problem(context).batch.gradients == way


def _uses_logarithms(context: Context) -> bool:
    found = _loss(context)
    return found is not None and "log" in found.options


def _updates_are_simultaneous(context: Context) -> bool:
    """Whether some partial is worked from a parameter, so that the order of updates would change it."""
    graph = context.solution.lowered.graph
    parameters = {q for block in context.solution.lowered.parameters for q in block.ids}
    worked = any(operand in parameters for equation in graph.backward for operand in equation.operands)
    several = len(context.solution.lowered.parameters) > 1
    return bool(graph.update) and worked and several and _problem(context).updates == "simultaneous"


def _epsilon_in_optimizer(*, inside: bool) -> Callable[[Context], bool]:
    def applies(context: Context) -> bool:
        optimizer = OPTIMIZERS[_problem(context).optimizer.name]
        formula = optimizer.steps[-1][1]
        has_one = EPSILON in optimizer.constants and bool(context.solution.graph.update)
        return has_one and (f"+{EPSILON})" in formula.partition(_ROOT)[2].partition(")")[0] + ")") == inside

    return applies


def _normalizes(context: Context) -> bool:
    return any(isinstance(layer, Normalization) for layer in _layers(context))


def _has_biased_variance(context: Context) -> bool:
    normalizing = (one for one in _layers(context) if isinstance(one, Normalization) and not isinstance(one, RmsNorm))
    return any(getattr(layer, "phase", "training") == "training" for layer in normalizing)


def _kernels(*, flipped: bool) -> Callable[[Context], bool]:
    return lambda context: any(isinstance(one, (Conv1d, Conv2d)) and one.flipped == flipped for one in _layers(context))


def _is_truncated(context: Context) -> bool:
    return any(isinstance(one, Recurrent) and one.truncate is not None for one in _layers(context))


def _window(context: Context) -> Mapping[str, object]:
    windows = [one.truncate for one in _layers(context) if isinstance(one, Recurrent) and one.truncate is not None]
    return {"n": str(windows[0])}


def _spares_biases(context: Context) -> bool:
    penalty = _problem(context).penalty
    biases = any(block.kind is Kind.BIAS for block in context.solution.lowered.parameters)
    return (penalty.l2 is not None or penalty.l1 is not None) and biases and not penalty.biases


def _penalty_half(*, half: bool) -> Callable[[Context], bool]:
    return lambda context: _problem(context).penalty.l2 is not None and _problem(context).penalty.half == half


def _clips(what: str) -> Callable[[Context], bool]:
    return lambda context: getattr(_problem(context).optimizer, what) is not None


def _is_clipped(context: Context) -> bool:
    return _clips("clip_value")(context) or _clips("clip_norm")(context)


def _decays(context: Context) -> bool:
    """Whether weight decay is added to the gradient."""
    return _problem(context).optimizer.weight_decay is not None


def _decays_apart(context: Context) -> bool:
    """Whether an optimizer takes weight decay off the parameter itself."""
    return "lambda" in OPTIMIZERS[_problem(context).optimizer.name].constants


def _order(*, decays_first: bool) -> Callable[[Context], bool]:
    def applies(context: Context) -> bool:
        before = _problem(context).optimizer.weight_decay_order == "before clipping"
        return _decays(context) and _is_clipped(context) and before == decays_first

    return applies


def _clips_penalty(context: Context) -> bool:
    penalty = _problem(context).penalty
    return _is_clipped(context) and (penalty.l2 is not None or penalty.l1 is not None)


def _freezes(context: Context) -> bool:
    """Whether some layer has parameters that are not updated by the author's choice."""
    trained = frozenset(context.solution.lowered.parameters)
    return any(
        placed.layer.frozen or block.kind is Kind.BIAS
        for placed in context.solution.lowered.placed
        for block in placed.parameters.values()
        if block not in trained
    )


CONVENTIONS = (
    Convention("half in the loss", _has_loss("half squared error")),
    Convention("no half in the loss", _has_loss("squared error")),
    Convention("mean in the loss", _has_loss("mean squared error"), _outputs),
    Convention("mean of the absolute errors", _has_loss("mean absolute error"), _outputs),
    Convention("absolute error at 0", _has_loss("absolute error", "mean absolute error")),
    Convention("natural logarithm", lambda c: _uses_logarithms(c) and _problem(c).loss.log == "natural"),
    Convention(
        "base of the logarithm",
        lambda c: _uses_logarithms(c) and _problem(c).loss.log != "natural",
        lambda c: {"base": Math(_problem(c).loss.log)},
    ),
    Convention("batch averaged", _averages("averaged"), lambda c: {"count": str(_samples(c))}),
    Convention("batch summed", _averages("summed"), lambda c: {"count": str(_samples(c))}),
    Convention("half in the penalty", _penalty_half(half=True)),
    Convention("no half in the penalty", _penalty_half(half=False)),
    Convention("penalty without biases", _spares_biases),
    Convention("weight decay in the gradient", _decays),
    Convention("weight decay apart", _decays_apart),
    Convention("frozen parameters do not decay", lambda c: (_decays(c) or _decays_apart(c)) and _freezes(c)),
    Convention("clipped entry by entry", _clips("clip_value")),
    Convention("clipped as a whole", _clips("clip_norm")),
    Convention("norm without frozen parameters", lambda c: _clips("clip_norm")(c) and _freezes(c)),
    Convention("penalty is clipped", _clips_penalty),
    Convention("clipped before weight decay", _order(decays_first=False)),
    Convention("clipped after weight decay", _order(decays_first=True)),
    Convention("epsilon outside the root", _epsilon_in_optimizer(inside=False)),
    Convention("epsilon inside the root", _epsilon_in_optimizer(inside=True)),
    Convention("biased variance", _has_biased_variance),
    Convention("epsilon of the norm", _normalizes),
    Convention("kernel not turned", _kernels(flipped=False)),
    Convention("kernel turned", _kernels(flipped=True)),
    Convention("truncated", _is_truncated, _window),
    Convention("simultaneous updates", _updates_are_simultaneous),
)
"""In the order of the work: loss, batch, penalty, update, layers."""
