"""The conventions that decide on marks: a table of when each matters, with a sentence of the locale for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from derive.catalog.layers.norms import Normalization
from derive.catalog.losses import LOSSES, LossEntry
from derive.catalog.optimizers import OPTIMIZERS
from derive.document.context import Context
from derive.document.mathematics import Math, Rich
from derive.graph.quantity import Kind
from derive.problem.model import Problem

EPSILON = "epsilon"


def _nothing(_: Context) -> Mapping[str, object]:
    return MappingProxyType({})


@dataclass(frozen=True)
class ConventionNote:
    """What a key says of a topic, and the numbers of the layers for which it holds; none: for the whole problem.

    Two notes of one topic never hold for the same layer: they would contradict each other.
    """

    topic: str
    key: str
    parts: Mapping[str, object]
    layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Convention:
    """A convention of the whole problem: its topic, the key of its sentence, when it matters, what it mentions."""

    topic: str
    key: str
    applies: Callable[[Context], bool]
    parts: Callable[[Context], Mapping[str, object]] = _nothing

    def notes(self, context: Context) -> Iterator[ConventionNote]:
        """The note of this convention, where the problem depends on it."""
        if self.applies(context):
            yield ConventionNote(self.topic, self.key, self.parts(context))


@dataclass(frozen=True)
class LayerConvention:
    """A convention that layers choose by their options: its topic, and the key of its sentence."""

    topic: str
    key: str

    def notes(self, context: Context) -> Iterator[ConventionNote]:
        """A note for the layers that choose alike; it names them where other layers of these kinds choose otherwise."""
        chosen = {one.number: one.layer.conventions() for one in context.solution.lowered.placed}
        concerned = {number: topics[self.topic] for number, topics in chosen.items() if self.topic in topics}
        found: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for number, choice in concerned.items():
            if choice is not None and choice[0] == self.key:
                found.setdefault(tuple(choice[1].items()), []).append(number)
        for parts, numbers in found.items():
            layers = tuple(numbers) if len(numbers) < len(concerned) else ()
            yield ConventionNote(self.topic, self.key, dict(parts), layers)


def chosen_notes(context: Context) -> Iterator[ConventionNote]:
    """The notes of this problem, in the order of the work."""
    for convention in CONVENTIONS:
        yield from convention.notes(context)


def convention_notes(context: Context) -> Iterator[Rich]:
    """A sentence for each convention that changes numbers of this problem."""
    words = context.locale
    for note in chosen_notes(context):
        sentence = context.phrase(words.convention_notes[note.key], **note.parts)
        layers = words.layers(note.layers)
        yield context.phrase(words.note_of_layers, layers=layers, note=sentence) if note.layers else sentence


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
        has_one = EPSILON in optimizer.constants and bool(context.solution.graph.update)
        return has_one and optimizer.epsilon_is_inside_root == inside

    return applies


def _spares(context: Context, *, scales: bool) -> bool:
    """Whether a penalty leaves out biases alone, or with `scales` those of a normalization too."""
    penalty, trained = _problem(context).penalty, context.solution.lowered.parameters
    blocks = [(one.layer, block) for one in context.solution.lowered.placed for block in one.parameters.values()]
    biases = any(block.kind is Kind.BIAS for _, block in blocks if block in trained)
    scaled = any(
        isinstance(layer, Normalization) and block.kind is Kind.WEIGHT for layer, block in blocks if block in trained
    )
    penalizes = (penalty.l2 is not None or penalty.l1 is not None) and not penalty.biases
    return penalizes and (scaled if scales else biases and not scaled)


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
    return any(placed.frozen for placed in context.solution.lowered.placed)


CONVENTIONS: tuple[Convention | LayerConvention, ...] = (
    Convention("factor of the loss", "half in the loss", _has_loss("half squared error")),
    Convention("factor of the loss", "no half in the loss", _has_loss("squared error")),
    Convention("factor of the loss", "mean in the loss", _has_loss("mean squared error"), _outputs),
    Convention("factor of the loss", "mean of the absolute errors", _has_loss("mean absolute error"), _outputs),
    Convention("kink of the loss", "absolute error at 0", _has_loss("absolute error", "mean absolute error")),
    Convention("logarithm", "natural logarithm", lambda c: _uses_logarithms(c) and _problem(c).loss.log == "natural"),
    Convention(
        "logarithm",
        "base of the logarithm",
        lambda c: _uses_logarithms(c) and _problem(c).loss.log != "natural",
        lambda c: {"base": Math(_problem(c).loss.log)},
    ),
    Convention("batch", "batch averaged", _averages("averaged"), lambda c: {"count": str(_samples(c))}),
    Convention("batch", "batch summed", _averages("summed"), lambda c: {"count": str(_samples(c))}),
    Convention("factor of the penalty", "half in the penalty", _penalty_half(half=True)),
    Convention("factor of the penalty", "no half in the penalty", _penalty_half(half=False)),
    Convention("what is penalized", "penalty without biases", partial(_spares, scales=False)),
    Convention("what is penalized", "penalty without biases and scales", partial(_spares, scales=True)),
    Convention("weight decay of gradients", "weight decay in the gradient", _decays),
    Convention("weight decay of an optimizer", "weight decay apart", _decays_apart),
    Convention(
        "weight decay of frozen parameters",
        "frozen parameters do not decay",
        lambda c: (_decays(c) or _decays_apart(c)) and _freezes(c),
    ),
    Convention("clipping by value", "clipped entry by entry", _clips("clip_value")),
    Convention("clipping by norm", "clipped as a whole", _clips("clip_norm")),
    Convention(
        "norm of frozen parameters", "norm without frozen parameters", lambda c: _clips("clip_norm")(c) and _freezes(c)
    ),
    Convention("clipping of the penalty", "penalty is clipped", _clips_penalty),
    Convention("order of clipping and decay", "clipped before weight decay", _order(decays_first=False)),
    Convention("order of clipping and decay", "clipped after weight decay", _order(decays_first=True)),
    Convention("epsilon of the optimizer", "epsilon outside the root", _epsilon_in_optimizer(inside=False)),
    Convention("epsilon of the optimizer", "epsilon inside the root", _epsilon_in_optimizer(inside=True)),
    LayerConvention("variance", "biased variance"),
    LayerConvention("epsilon of a norm", "epsilon of the norm"),
    LayerConvention("kernel", "kernel not flipped"),
    LayerConvention("kernel", "kernel flipped"),
    LayerConvention("truncation", "truncated"),
    LayerConvention("attention", "causal attention"),
    Convention("order of updates", "simultaneous updates", _updates_are_simultaneous),
)
"""In the order of the work: loss, batch, penalty, update, layers."""
