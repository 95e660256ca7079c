"""Whether a problem's loss takes the outputs and the targets that there are, and which losses would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES, LossEntry, Targets
from derive.graph.interval import EVERY, UNIT
from derive.problem.model import Problem, Sample
from derive.sources.fields import flat
from derive.sources.marked import Path_
from derive.sources.validate import Mistake

_TARGETS = "targets `y` or the number of a `class`"
_WITHOUT_LOGITS = " on logits"
_Named = tuple[Path_, str, Sample]
"""A sample, its path, and what it is called; the targets of equations are one without a name."""


def loss_mistakes(problem: Problem, last: Layer | None) -> Iterator[Mistake]:
    """Outputs and targets that the loss cannot take; `last` is the output layer, None where it is not known."""
    entry = LOSSES.get(problem.loss.name)
    if entry is None:
        return
    ending = getattr(last, "activation", None)
    ending = ending if isinstance(ending, ActivationModel) else None
    samples = _samples(problem, entry)
    if not _fits_outputs(entry, ending):
        yield ("loss", "name"), _wrong_outputs(samples, entry, ending)
    for path, name, sample in samples:
        stated = _targets(sample)
        if len(stated) > 1:
            yield (*path, stated[1]), f"{name}: give `{stated[0]}` or `{stated[1]}`, not both"
        elif not stated:
            yield path, f"{name} needs {'`upstream`, the gradient by each output' if entry.is_stand_in else _TARGETS}"
        elif wrong := _wrong_targets(entry, sample):
            others = "" if stated == ["upstream"] else _fitting(samples, entry, ending)
            key, where = (stated[0], f"`{stated[0]}` of {name}") if name else ("targets", "`targets`")
            yield (*path, key), f"{where}: {wrong}{others}"


def _samples(problem: Problem, entry: LossEntry) -> list[_Named]:
    if problem.equations:
        way = "upstream" if entry.is_stand_in else "y"
        return [] if problem.targets is None else [((), "", Sample.model_validate({"x": 0, way: problem.targets}))]
    return [(("data", index), f"sample {index + 1}", sample) for index, sample in enumerate(problem.data)]


def _targets(sample: Sample) -> list[str]:
    """What a sample states to be learned from."""
    ways = {"y": sample.y, "class": sample.class_, "upstream": sample.upstream}
    return [key for key, value in ways.items() if value is not None]


def _fits_outputs(entry: LossEntry, ending: ActivationModel | None) -> bool:
    """Whether a loss can take what an activation gives; what is not known may be anything."""
    if ending is None:
        return True
    squashed = ending.is_distribution or ending.range.within(UNIT)
    if entry.outputs.are_logits:
        return not squashed
    if entry.outputs.range is EVERY or ending.formula:
        return True
    return squashed and (ending.entry is None or ending.entry.differentiable)


def _suits(entry: LossEntry, ending: ActivationModel | None) -> bool:
    """Whether a loss takes the outputs for what they are, one distribution or single probabilities."""
    alike = ending is None or entry.outputs.range is EVERY or entry.outputs.are_distribution == ending.is_distribution
    return alike and _fits_outputs(entry, ending)


def _fits_targets(entry: LossEntry, sample: Sample) -> bool:
    """Whether a loss can take the targets of a sample; one number is no distribution worth proposing a loss for."""
    over_classes = entry.targets in (Targets.DISTRIBUTION, Targets.CLASS)
    alone = sample.y is not None and len(flat(sample.y)) == 1
    return not _wrong_targets(entry, sample) and not (over_classes and alone)


def _fitting(samples: Sequence[_Named], wrong: LossEntry, ending: ActivationModel | None) -> str:
    """The losses that fit the outputs and every sample, in words; the counterpart of the wrong one first."""
    found = [
        name
        for name, entry in LOSSES.items()
        if not entry.is_stand_in
        and _suits(entry, ending)
        and all(_fits_targets(entry, sample) for _, _, sample in samples)
    ]
    found.sort(key=lambda name: name != wrong.counterpart)
    return f"; what fits here: {', '.join(found)}" if found else ""


def _wrong_outputs(samples: Sequence[_Named], entry: LossEntry, ending: ActivationModel | None) -> str:
    fitting = _fitting(samples, entry, ending)
    name = "" if ending is None else ending.name or ending.formula
    if not entry.outputs.are_logits:
        return f"{entry.name} takes {entry.outputs.value}, and the last layer ends in {name}{fitting}"
    instead = f"take {entry.name.removesuffix(_WITHOUT_LOGITS)}, or end the network in identity{fitting}"
    return f"{entry.name} applies a {entry.outputs.function} itself, and the last layer ends in {name}: {instead}"


def _wrong_targets(entry: LossEntry, sample: Sample) -> str:
    """What is wrong with the targets of a sample for a loss; empty where nothing is."""
    if entry.is_stand_in or sample.upstream is not None:
        if entry.is_stand_in and sample.upstream is not None:
            return ""
        if entry.is_stand_in:
            return "with an upstream gradient there is no loss; give the gradient by each output as `upstream`"
        return f"a given gradient, but there is a loss ({entry.name}); write `loss: upstream gradient`"
    if sample.class_ is not None:
        distributed = entry.targets in (Targets.DISTRIBUTION, Targets.CLASS)
        return "" if distributed else f"{entry.name} takes {entry.targets.value}; write the targets out as `y`"
    if sample.y is None:
        return ""
    rows = sample.y if isinstance(sample.y, tuple) else (sample.y,)
    nested = any(isinstance(row, tuple) for row in rows)
    return next((wrong for row in (rows if nested else [rows]) if (wrong := _wrong_vector(entry, flat(row)))), "")


def _wrong_vector(entry: LossEntry, numbers: Sequence[Decimal]) -> str:
    """What is wrong with the targets of one vector for a loss; empty where nothing is."""
    wrong = next((number for number in numbers if not _is_allowed(entry.targets, number)), None)
    if wrong is not None:
        return f"{wrong}, but {entry.name} takes {entry.targets.value}"
    if entry.targets in (Targets.DISTRIBUTION, Targets.CLASS) and numbers and sum(numbers) != 1:
        return f"numbers that add up to {sum(numbers)}, but {entry.name} takes {entry.targets.value}"
    return ""


def _is_allowed(targets: Targets, number: Decimal) -> bool:
    """Whether one target is such a number."""
    match targets:
        case Targets.SIGN:
            return abs(number) == 1
        case Targets.CLASS:
            return number in (0, 1)
        case Targets.SHARE | Targets.DISTRIBUTION:
            return 0 <= number <= 1
        case _:
            return True
