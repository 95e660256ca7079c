"""Checks of the chosen loss, optimizer, learning rate and batch: that they exist, and that they fit the rest.

They read the plain tree, as `derive.problem.check` does, so that they still speak when other parts are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from derive.catalog.layers.activated import ActivationModel
from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES, LossEntry, Targets
from derive.catalog.optimizers import OPTIMIZERS
from derive.catalog.schedules import SCHEDULES
from derive.catalog.spellings import loss_candidates
from derive.graph.interval import EVERY, UNIT
from derive.problem.round_count import round_count, rounds_word
from derive.problem.tree import entries, keys, whole
from derive.sources.fields import to_number
from derive.sources.marked import Path_
from derive.sources.validate import brief, suggestion

Mistake = tuple[Path_, str]
USUAL_LOSS = "half squared error"
WAYS = ("y", "class", "upstream")
"""What a sample may state to be learned from."""
_TARGETS = "targets `y` or the number of a `class`"
_LARGEST = Decimal("Infinity")
_WITHOUT_LOGITS = " on logits"


def choices(tree: dict[str, Any], last: Layer | None) -> Iterator[Mistake]:
    """Every mistake about the loss, the optimizer, the rate and the batch; `last` is the output layer."""
    yield from _known(tree, "loss", "name", LOSSES)
    yield from _known(tree, "optimizer", "name", OPTIMIZERS)
    yield from _known(tree, "learning_rate", "schedule", SCHEDULES)
    entry = LOSSES.get(_name(tree, "loss", "name") or USUAL_LOSS)
    if entry is not None:
        yield from _loss(tree, entry, last)
        yield from _samples(tree, entry, _ending(last))
    yield from _optimizer(tree)
    yield from _rate(tree)
    yield from _batch(tree)


def _stated_name(tree: dict[str, Any], key: str, inner: str) -> str | None:
    """The name that a choice states, alone or with its options; None where it states none."""
    stated = tree.get(key)
    found = stated if isinstance(stated, str) and inner == "name" else keys(stated).get(inner)
    return found if isinstance(found, str) else None


def _name(tree: dict[str, Any], key: str, inner: str) -> str:
    """The name that a choice states, alone or with its options; empty where it states none."""
    return _stated_name(tree, key, inner) or ""


def _known(tree: dict[str, Any], key: str, inner: str, known: Mapping[str, Any]) -> Iterator[Mistake]:
    """A name that the catalog does not have."""
    name = _stated_name(tree, key, inner)
    if name is not None and name not in known and (name or inner == "name"):
        path: Path_ = (key, inner) if isinstance(tree[key], dict) else (key,)
        candidates = loss_candidates(name) if key == "loss" else ""
        if candidates:
            yield path, f"loss: {candidates}"
            return
        yield path, f"unknown {key if inner == 'name' else inner} {name!r}{suggestion(name, known)}"


def _constants(tree: dict[str, Any], key: str, inner: str, name: str, known: Mapping[str, Any]) -> Iterator[Mistake]:
    """Numbers stated for what an entry of the catalog does not have."""
    for stated in keys(keys(tree.get(key)).get(inner)):
        if stated not in known:
            one = inner.removesuffix("s")
            hint = suggestion(stated, known) if known else f"; it has no {inner}"
            yield (key, inner, stated), f"{name} has no {one} {stated!r}{hint}"


def _number(value: Any) -> Decimal | None:
    try:
        return to_number(value)
    except ValueError:
        return None


def _numbers(value: Any) -> list[Decimal]:
    """The numbers of nested lists row by row, but for what is none."""
    if isinstance(value, (list, tuple)):
        return [number for part in value for number in _numbers(part)]
    number = _number(value)
    return [] if number is None else [number]


def _within(
    tree: dict[str, Any], path: Path_, least: Decimal, what: str, most: Decimal = _LARGEST
) -> Iterator[Mistake]:
    """A stated number that is not between the bounds."""
    found: Any = tree
    for step in path:
        found = keys(found).get(str(step))
    number = None if found is None else _number(found)
    if number is not None and not least <= number <= most:
        yield path, f"`{path[-1]}`: expected {what}, not {brief(found if isinstance(found, str) else str(found))}"


def _ending(last: Layer | None) -> ActivationModel | None:
    """The activation that the output layer ends in; None where it is not known."""
    choice = getattr(last, "activation", None)
    return choice if isinstance(choice, ActivationModel) else None


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
    if ending is None or entry.outputs.range is EVERY:
        return _fits_outputs(entry, ending)
    return _fits_outputs(entry, ending) and entry.outputs.are_distribution == ending.is_distribution


def _fits_targets(entry: LossEntry, sample: dict[str, Any]) -> bool:
    """Whether a loss can take the targets of a sample; one number is no distribution worth proposing a loss for."""
    over_classes = entry.targets in (Targets.DISTRIBUTION, Targets.CLASS)
    alone = sample.get("y") is not None and len(_numbers(sample["y"])) == 1
    return _wrong_targets(entry, sample) is None and not (over_classes and alone)


def _fitting(tree: dict[str, Any], wrong: LossEntry, ending: ActivationModel | None) -> str:
    """The losses that fit the outputs and every sample, in words; the counterpart of the wrong one first."""
    found = [
        name
        for name, entry in LOSSES.items()
        if not entry.is_stand_in
        and _suits(entry, ending)
        and all(_fits_targets(entry, sample) for _, _, sample in _stated(tree, entry))
    ]
    found.sort(key=lambda name: name != wrong.counterpart)
    return f"; what fits here: {', '.join(found)}" if found else ""


def _loss(tree: dict[str, Any], entry: LossEntry, last: Layer | None) -> Iterator[Mistake]:
    """Options that the loss does not have, outputs that it cannot take."""
    yield from _constants(tree, "loss", "constants", entry.name, entry.constants)
    yield from _within(tree, ("loss", "constants", "delta"), Decimal(0), "a number that is not negative")
    stated, ending = keys(tree.get("loss")), _ending(last)
    if stated.get("log") not in (None, "natural") and "log" not in entry.options:
        yield ("loss", "log"), f"{entry.name} has no logarithm"
    if stated.get("smoothing") is not None and entry.targets is not Targets.DISTRIBUTION:
        yield ("loss", "smoothing"), f"`smoothing`: {entry.name} does not take {Targets.DISTRIBUTION.value}"
    yield from _within(tree, ("loss", "smoothing"), Decimal(0), "a number from 0 to 1", Decimal(1))
    if _fits_outputs(entry, ending):
        return
    path: Path_ = ("loss", "name") if isinstance(tree.get("loss"), dict) else ("loss",)
    fitting = _fitting(tree, entry, ending)
    name = "" if ending is None else ending.name or ending.formula
    if entry.outputs.are_logits:
        alone = entry.name.removesuffix(_WITHOUT_LOGITS)
        instead = f"take {alone}, or end the network in identity{fitting}"
        own = entry.outputs.function
        yield path, f"{entry.name} applies a {own} itself, and the last layer ends in {name}: {instead}"
    else:
        yield path, f"{entry.name} takes {entry.outputs.value}, and the last layer ends in {name}{fitting}"


def _samples(tree: dict[str, Any], entry: LossEntry, ending: ActivationModel | None) -> Iterator[Mistake]:
    """Targets that are missing, stated twice, or not what the loss takes."""
    for path, name, sample in _stated(tree, entry):
        stated = [way for way in WAYS if sample.get(way) is not None]
        if len(stated) > 1:
            yield (*path, stated[1]), f"{name}: give `{stated[0]}` or `{stated[1]}`, not both"
        elif not stated and sample:
            wanted = "`upstream`, the gradient by each output" if entry.is_stand_in else _TARGETS
            yield path, f"{name} needs {wanted}"
        elif stated:
            wrong = _wrong_targets(entry, sample)
            if wrong is not None:
                others = "" if stated == ["upstream"] else _fitting(tree, entry, ending)
                key, where = (stated[0], f"`{stated[0]}` of {name}") if name else ("targets", "`targets`")
                yield (*path, key), f"{where}: {wrong}{others}"


def _stated(tree: dict[str, Any], entry: LossEntry) -> list[tuple[Path_, str, dict[str, Any]]]:
    """Each sample with its place and what it is called; the targets of equations are one without a name."""
    if tree.get("equations"):
        way = "upstream" if entry.is_stand_in else "y"
        return [] if tree.get("targets") is None else [((), "", {way: tree["targets"]})]
    samples = enumerate(map(keys, entries(tree.get("data"))))
    return [(("data", index), f"sample {index + 1}", sample) for index, sample in samples]


def _wrong_targets(entry: LossEntry, sample: dict[str, Any]) -> str | None:
    """What is wrong with the targets of a sample for a loss."""
    wanted = entry.targets
    if entry.is_stand_in or sample.get("upstream") is not None:
        if entry.is_stand_in and sample.get("upstream") is not None:
            return None
        if entry.is_stand_in:
            return "with an upstream gradient there is no loss; give the gradient by each output as `upstream`"
        return f"a given gradient, but there is a loss ({entry.name}); write `loss: upstream gradient`"
    if sample.get("class") is not None:
        distributed = wanted in (Targets.DISTRIBUTION, Targets.CLASS)
        return None if distributed else f"{entry.name} takes {wanted.value}; write the targets out as `y`"
    stated = sample.get("y")
    rows = list(stated) if isinstance(stated, (list, tuple)) else [stated]
    nested = any(isinstance(row, (list, tuple)) for row in rows)
    return next((wrong for row in (rows if nested else [rows]) if (wrong := _wrong_vector(entry, _numbers(row)))), None)


def _wrong_vector(entry: LossEntry, numbers: list[Decimal]) -> str | None:
    """What is wrong with the targets of one vector for a loss."""
    wrong = next((number for number in numbers if not _is_allowed(entry.targets, number)), None)
    if wrong is not None:
        return f"{wrong}, but {entry.name} takes {entry.targets.value}"
    if entry.targets in (Targets.DISTRIBUTION, Targets.CLASS) and numbers and sum(numbers) != 1:
        return f"numbers that add up to {sum(numbers)}, but {entry.name} takes {entry.targets.value}"
    return None


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


def _optimizer(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Constants and states that the optimizer does not have, bounds that are not positive."""
    optimizer = OPTIMIZERS.get(_name(tree, "optimizer", "name") or "sgd")
    if optimizer is not None:
        yield from _constants(tree, "optimizer", "constants", optimizer.name, optimizer.constants)
        states = dict.fromkeys(optimizer.states)
        yield from _constants(tree, "optimizer", "states", optimizer.name, states)
    for bound in ("clip_value", "clip_norm"):
        yield from _within(tree, ("optimizer", bound), Decimal("1e-300"), "a number above 0")
    for path in (("optimizer", "weight_decay"), ("penalty", "l1"), ("penalty", "l2")):
        yield from _within(tree, path, Decimal(0), "a number that is not negative")


def _rate(tree: dict[str, Any]) -> Iterator[Mistake]:
    """A list of rates that ends too early; constants that a schedule lacks, or does not have."""
    stated = tree.get("learning_rate")
    each = entries(stated) or entries(keys(stated).get("rounds"))
    count = round_count(tree)
    if each and count is not None and len(each) < count:
        numbers = "1 number" if len(each) == 1 else f"{len(each)} numbers"
        yield ("learning_rate",), f"`learning_rate`: {numbers}, but the problem has {rounds_word(count)}"
    schedule = SCHEDULES.get(_name(tree, "learning_rate", "schedule"))
    if schedule is not None:
        yield from _constants(tree, "learning_rate", "constants", f"the schedule {schedule.name}", schedule.constants)
        known = keys(keys(stated).get("constants"))
        for name, usual in schedule.constants.items():
            if not usual and name not in known:
                yield (
                    ("learning_rate",),
                    f"the schedule {schedule.name} needs its constant `{name}`: {schedule.formula}",
                )
    elif keys(keys(stated).get("constants")) and not _name(tree, "learning_rate", "schedule"):
        yield ("learning_rate", "constants"), "constants belong to a `schedule`"


def _batch(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Batches that the samples do not fill; rounds stated twice."""
    size, samples, count = whole(keys(tree.get("batch")).get("size")), len(entries(tree.get("data"))), round_count(tree)
    if size and size > samples > 0:
        there = "there is 1 sample" if samples == 1 else f"there are {samples} samples"
        yield ("batch", "size"), f"`size`: a batch of {size}, but {there}"
    elif size and samples and count and samples % size and count * size > samples:
        yield (
            ("batch", "size"),
            f"`size`: batches of {size} do not divide the {samples} samples, which {rounds_word(count)} would run past",
        )
    if tree.get("rounds") is not None and tree.get("epochs") is not None:
        yield ("epochs",), "give `rounds` or `epochs`, not both"
