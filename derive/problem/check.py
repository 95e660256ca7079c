"""Checks of a problem as a whole: shapes that must fit, names that must exist, counts that must agree.

They take drafts too, so that they still speak when other parts of the file are wrong; `unread` holds the paths of what
could not be read, and of everything around it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from decimal import Decimal
from typing import Any

from derive.catalog.layers.base import Layer
from derive.catalog.losses import LOSSES
from derive.errors import InputError
from derive.graph.tensor import Shape, shape_text
from derive.problem.check_equations import equation_mistakes
from derive.problem.loss_fit import loss_mistakes
from derive.problem.model import Batch, Network, Problem, Sample, rounds_word
from derive.problem.question import Ask, asked_parts, read_ask
from derive.problem.shapes import fits, untrainable, wire
from derive.sources import assets
from derive.sources.fields import flat, shape_of
from derive.sources.marked import Path_
from derive.sources.validate import Mistake, suggestion

LEAST_STEP = Decimal("1e-20")
"""The least step of a central difference: the losses have 60 digits, and their difference keeps 40 of them."""


def check(problem: Problem, unread: Container[Path_] = frozenset()) -> Iterator[Mistake]:
    """Every mistake that concerns more than one group of keys."""
    yield from _names(problem)
    last = None
    if problem.equations or ("equations",) in unread:
        yield from equation_mistakes(problem)
    else:
        yield from _needed(problem)
        if problem.network is not None:
            layers = _layers(problem.network, unread)
            last = layers[-1] if layers else None
            yield from _shapes(problem, problem.network, layers, unread)
    yield from loss_mistakes(problem, last)
    yield from _rounds(problem, unread)


def _needed(problem: Problem) -> Iterator[Mistake]:
    """Keys without which there is no exercise."""
    for key in ("network", "learning_rate", "data"):
        if getattr(problem, key) is None or (key == "data" and key not in problem.model_fields_set):
            yield (key,), f"`{key}` is missing"
    if not problem.data and "data" in problem.model_fields_set:
        yield ("data",), "`data` is empty: write a sample a line, such as `- {x: [1, 2], y: 1}`"


def _layers(network: Network, unread: Container[Path_]) -> list[Layer | None]:
    """The layers; None for one that could not be read."""
    layers = enumerate(network.layers or ())
    return [None if ("network", "layers", index) in unread else layer for index, layer in layers]


def _shapes(
    problem: Problem, network: Network, layers: list[Layer | None], unread: Container[Path_]
) -> Iterator[Mistake]:
    inputs = None if ("network", "inputs") in unread else network.inputs
    units = {number: getattr(layer, "units", None) for number, layer in enumerate(network.layers or (), 1)}
    fallback = {number: (count,) for number, count in units.items() if count and inputs and len(inputs) == 1}
    wiring = wire(inputs, layers, fallback, network.rows)
    yield from wiring.mistakes
    yield from untrainable(wiring, layers)
    yield from _mixed(layers, problem.batch)
    fed = [layer for layer, one in zip(layers, wiring.wired, strict=True) if layer and one and 0 in one.sources]
    for index, sample in enumerate(problem.data):
        yield from _array(sample, "x", wiring.shapes[0], index, "the network has {} inputs", "`inputs` is {}")
        yield from _misread(fed, sample.x, ("data", index, "x"))
        if layers:
            last = wiring.shapes[-1]
            for key in ("y", "upstream") if isinstance(sample.upstream, tuple) else ("y",):
                yield from _array(sample, key, last, index, "the last layer has {} units", "the last layer gives {}")
            yield from _class(sample, last, index)


def _mixed(layers: Sequence[Layer | None], batch: Batch) -> Iterator[Mistake]:
    """Layers that look at the samples of a batch together, where there is no batch or each is to stand alone."""
    for number, layer in enumerate(layers, 1):
        if layer is None or not layer.mixes_samples:
            continue
        where = f"layer {number} ({layer.layer})"
        if batch.size < 2:
            fix = "set `batch: {size: 2}` or more, or `phase: test` in the layer"
            path: Path_ = ("network", "layers", number - 1)
            yield path, f"{where} takes mean and variance over the samples of a batch, and a batch has 1; {fix}"
        elif batch.per_sample_gradients:
            yield ("batch", "per_sample_gradients"), f"{where} mixes the samples, so that none has gradients of its own"


def _misread(fed: Sequence[Layer], stated: Any, path: Path_) -> Iterator[Mistake]:
    """Numbers of a sample that a layer straight behind the input cannot take."""
    if isinstance(stated, tuple):
        for index, one in enumerate(stated) if fed else ():
            yield from _misread(fed, one, (*path, index))
    elif stated is not None:
        for message in filter(None, (layer.misreads(stated) for layer in fed)):
            yield path, f"`x`: {message}, not '{stated}'"


def _class(sample: Sample, shape: Shape | None, index: int) -> Iterator[Mistake]:
    numbers = sample.class_
    if shape is None or numbers is None:
        return
    steps, where = shape[0] if len(shape) > 1 else 1, f"`class` of sample {index + 1}"
    for number in numbers:
        if number > shape[-1]:
            yield ("data", index, "class"), f"{where}: {number}, but there are {shape[-1]} outputs"
    if len(numbers) not in (1, steps):
        yield ("data", index, "class"), f"{where}: {len(numbers)} classes, but the last layer gives {shape_text(shape)}"


def _array(sample: Sample, key: str, shape: Shape | None, index: int, count: str, array: str) -> Iterator[Mistake]:
    """A sample's numbers of another shape than the network's; `count` and `array` say what that is."""
    numbers = getattr(sample, key)
    if numbers is None or shape is None:
        return
    found = shape_of(numbers)
    where = f"`{key}` of sample {index + 1}"
    if found is None:
        yield ("data", index, key), f"{where}: rows of different lengths"
    elif (found or (1,)) != shape and not fits(found, shape):
        if len(shape) == 1 and len(found) < 2:
            stated = "1 number" if (found or (1,)) == (1,) else f"{found[0]} numbers"
            hint = _class_hint(numbers, shape[0]) if key == "y" else ""
            yield ("data", index, key), f"{where}: {stated}, but {count.format(shape[0])}{hint}"
        else:
            yield ("data", index, key), f"{where}: {shape_text(found)}, but {array.format(shape_text(shape))}"


def _class_hint(numbers: Any, outputs: int) -> str:
    """How a class is written, for a whole number in place of a target for each output."""
    number = flat(numbers)[0] if len(flat(numbers)) == 1 else None
    if number is None or number.as_tuple().exponent != 0 or not 0 <= number <= outputs or outputs < 2:
        return ""
    return f"; a class is written `class: {max(1, int(number))}`, counted from 1"


def _names(problem: Problem) -> Iterator[Mistake]:
    """Styles, notations and languages that there are not."""
    stated: tuple[tuple[Path_, str, str, str], ...] = (
        (("style",), "style", "styles", problem.style),
        (("notation", "base"), "notation", "notations", problem.notation.base),
        (("language",), "language", "locales", problem.language),
    )
    for path, key, kind, name in stated:
        try:
            assets.find(kind, name)
        except InputError as error:
            plain = not any(mark in name for mark in "/\\.")
            hint = suggestion(name, assets.names(kind)) if plain else ""
            yield path, f"unknown {key} {name!r}{hint}" if plain else error.diagnostics[0].message


def _rounds(problem: Problem, unread: Container[Path_]) -> Iterator[Mistake]:
    """What does not agree with how many samples, rounds and questions there are."""
    counted = [key for key in ("rounds", "epochs", "batch") if (key,) in unread]
    unknown = counted or (("data",) in unread and not problem.data)
    count = None if unknown else problem.round_count
    yield from _batch(problem, count)
    rates = problem.learning_rate.rounds if problem.learning_rate is not None else ()
    if count is not None and 0 < len(rates) < count:
        numbers = "1 number" if len(rates) == 1 else f"{len(rates)} numbers"
        yield ("learning_rate",), f"`learning_rate`: {numbers}, but the problem has {rounds_word(count)}"
    last = None if count is None else count + problem.final_forward_pass
    for index, question in enumerate(problem.questions):
        for part in asked_parts(question.asks or ()):
            ask = read_ask(part)
            message = "" if ask is None else _part_mistake(ask, problem, last)
            if message:
                yield ("questions", index, "asks"), f"{part!r}{message}"
    if problem.extra is not None and (problem.extra.from_question or 0) > len(problem.questions):
        asked = f"`from_question`: {problem.extra.from_question}, but there are {len(problem.questions)} questions"
        yield ("extra", "from_question"), asked
    for index, exception in enumerate(problem.rounding.exceptions):
        if last is not None and (exception.round or 0) > last:
            path: Path_ = ("rounding", "exceptions", index, "round")
            yield path, f"`round`: {exception.round}, but the problem has {rounds_word(last)}"


def _part_mistake(ask: Ask, problem: Problem, last: int | None) -> str:
    """What is wrong with a part that a question asks for; empty where nothing is. `last` is the last round."""
    alone, loss = bool(problem.equations), LOSSES.get(problem.loss.name)
    if ask.kind == "losses" and loss is not None and loss.is_stand_in:
        return ", but with an upstream gradient there is no loss"
    if ask.kind == "final parameters" and alone and not problem.parameters:
        return ", but without `parameters` nothing is updated"
    if ask.kind == "gradient sizes" and alone:
        return ", but equations alone have no layers to compare"
    if ask.kind in ("index form", "matrix form") and alone:
        return ", but equations alone have no layers; ask for `functions`, which has the equations"
    if ask.step and Decimal(ask.step) < LEAST_STEP:
        return f": expected a step of at least {LEAST_STEP:.0e}, such as h = 1e-4, not {ask.step}"
    if ask.round is not None and last is not None and ask.round > last:
        return f", but the problem has {rounds_word(last)}"
    return ""


def _batch(problem: Problem, count: int | None) -> Iterator[Mistake]:
    """Batches that the samples do not fill; rounds stated twice."""
    size, samples = problem.batch.size, len(problem.data)
    if size > samples > 0:
        there = "there is 1 sample" if samples == 1 else f"there are {samples} samples"
        yield ("batch", "size"), f"`size`: a batch of {size}, but {there}"
    elif samples and count and samples % size and count * size > samples:
        past = f"which {rounds_word(count)} would run past"
        yield ("batch", "size"), f"`size`: batches of {size} do not divide the {samples} samples, {past}"
    if problem.rounds is not None and problem.epochs is not None:
        yield ("epochs",), "give `rounds` or `epochs`, not both"
