"""Checks across a problem's keys: shapes that must fit, names that must exist.

They read the plain tree, not the model, so that they still speak when other parts of the file are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from derive.catalog.layers import layers
from derive.catalog.layers.base import Layer, Rows
from derive.catalog.losses import LOSSES
from derive.errors import InputError
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, shape_text
from derive.problem.asks import asked_parts, read_ask, unknown_part
from derive.problem.check_equations import equation_mistakes
from derive.problem.choices import choices
from derive.problem.marks import mark_mistakes
from derive.problem.model import AnyLayer
from derive.problem.round_count import round_count, rounds_word
from derive.problem.shapes import fits, untrainable, wire
from derive.problem.tree import entries, keys, whole
from derive.sources import assets
from derive.sources.fields import holds_numbers, shape_of, to_number
from derive.sources.marked import Path_
from derive.sources.validate import brief, suggestion

Mistake = tuple[Path_, str]
LEAST_STEP = Decimal("1e-20")
"""The least step of a central difference: the losses have 60 digits, and their difference keeps 40 of them."""
_ONE_LAYER: TypeAdapter[Layer] = TypeAdapter(AnyLayer)


def check(tree: Any) -> list[Mistake]:
    """Every mistake that concerns more than one key; anything malformed on its own is left to the model."""
    if not isinstance(tree, dict):
        return []
    rest = (*_names(tree), *_rounding(tree), *_questions(tree), *mark_mistakes(tree))
    if tree.get("equations"):
        return [*equation_mistakes(tree), *choices(tree, None), *rest]
    layers = _layers(tree)
    last = layers[-1] if layers else None
    return [*_needed(tree), *_shapes(tree, layers), *choices(tree, last), *_numbers(tree), *rest]


def _needed(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Keys without which there is no exercise."""
    for key in ("network", "learning_rate", "data"):
        if tree.get(key) is None:
            yield (), f"`{key}` is missing"
    if isinstance(tree.get("data"), (list, tuple)) and not tree["data"]:
        yield ("data",), "`data` is empty: write a sample a line, such as `- {x: [1, 2], y: 1}`"


def _layers(tree: dict[str, Any]) -> list[Layer | None]:
    """Each layer that can be read on its own."""
    found: list[Layer | None] = []
    for raw in entries(keys(tree.get("network")).get("layers")):
        try:
            found.append(_ONE_LAYER.validate_python(raw))
        except ValidationError:
            found.append(None)
    return found


def _shapes(tree: dict[str, Any], layers: list[Layer | None]) -> Iterator[Mistake]:
    network = keys(tree.get("network"))
    raw = entries(network.get("layers"))
    stated = network.get("inputs")
    counts = [whole(one) for one in (stated if isinstance(stated, (list, tuple)) else [stated])]
    inputs = tuple(n for n in counts if n is not None)
    units = {number: whole(keys(layer).get("units")) for number, layer in enumerate(raw, 1)}
    fallback = {number: (count,) for number, count in units.items() if count is not None and len(counts) == 1}
    rows: Rows = "units" if network.get("rows") == "units" else "inputs"
    wiring = wire(inputs if len(inputs) == len(counts) else None, layers, fallback, rows)
    yield from wiring.mistakes
    yield from untrainable(wiring, layers)
    yield from _mixed(layers, keys(tree.get("batch")))
    fed = [layer for layer, one in zip(layers, wiring.wired, strict=True) if layer and one and 0 in one.sources]
    for index, sample in enumerate(map(keys, entries(tree.get("data")))):
        yield from _array(sample, "x", wiring.shapes[0], index, "the network has {} inputs", "`inputs` is {}")
        yield from _misread(fed, sample.get("x"), ("data", index, "x"))
        if raw:
            last = wiring.shapes[-1]
            for key in ("y", "upstream") if isinstance(sample.get("upstream"), (list, tuple)) else ("y",):
                yield from _array(sample, key, last, index, "the last layer has {} units", "the last layer gives {}")
            yield from _class(sample, last, index)


def _mixed(layers_: Sequence[Layer | None], batch: dict[str, Any]) -> Iterator[Mistake]:
    """Layers that look at the samples of a batch together, where there is no batch or each is to stand alone."""
    for number, layer in enumerate(layers_, 1):
        if layer is None or not layer.mixes_samples:
            continue
        where = f"layer {number} ({layer.layer})"
        if (whole(batch.get("size", 1)) or 1) < 2:
            fix = "set `batch: {size: 2}` or more, or `phase: test` in the layer"
            path: Path_ = ("network", "layers", number - 1)
            yield path, f"{where} takes mean and variance over the samples of a batch, and a batch has 1; {fix}"
        elif is_true(batch.get("own_gradients")):
            yield ("batch", "own_gradients"), f"{where} mixes the samples, so that none has gradients of its own"


def _misread(fed: Sequence[Layer], stated: Any, path: Path_) -> Iterator[Mistake]:
    """Numbers of a sample that a layer straight behind the input cannot take."""
    if isinstance(stated, (list, tuple)):
        for place, one in enumerate(stated):
            yield from _misread(fed, one, (*path, place))
        return
    try:
        number = to_number(stated)
    except ValueError:
        return
    for message in filter(None, (layer.misreads(number) for layer in fed)):
        yield path, f"`x`: {message}, not {brief(stated)}"


def is_true(value: Any) -> bool:
    """Whether a written value is read as true."""
    return str(value).lower() in ("true", "yes", "on", "1", "y", "t")


def _class(sample: dict[str, Any], shape: Shape | None, index: int) -> Iterator[Mistake]:
    if shape is None:
        return
    stated = sample.get("class")
    numbers = [whole(number) for number in (stated if isinstance(stated, (list, tuple)) else [stated])]
    steps, where = shape[0] if len(shape) > 1 else 1, f"`class` of sample {index + 1}"
    for number in numbers:
        if number is not None and number > shape[-1]:
            yield ("data", index, "class"), f"{where}: {number}, but there are {shape[-1]} outputs"
    if len(numbers) not in (1, steps):
        yield ("data", index, "class"), f"{where}: {len(numbers)} classes, but the last layer gives {shape_text(shape)}"


def _numbers(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Entries that are not numbers, of layers and of samples, each at its own place."""
    for number, layer in enumerate(map(keys, entries(keys(tree.get("network")).get("layers")))):
        kind = layers().get(str(layer.get("layer", "dense")))
        if kind is not None:
            yield from _numbers_of(kind, layer, ("network", "layers", number))
    for index, sample in enumerate(map(keys, entries(tree.get("data")))):
        for key in ("x", "y", "upstream"):
            if isinstance(sample.get(key), (list, tuple)):
                yield from _bad_numbers(sample[key], ("data", index, key), key)


def _numbers_of(model: type[BaseModel], stated: dict[str, Any], path: Path_) -> Iterator[Mistake]:
    """Entries that are not numbers, of a group of keys and of the groups inside it."""
    for key, field in model.model_fields.items():
        value, inner = stated.get(key), field.annotation
        if holds_numbers(field) and isinstance(value, (list, tuple)):
            yield from _bad_numbers(value, (*path, key), key)
        elif isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _numbers_of(inner, value, (*path, key))


def _bad_numbers(value: Any, path: Path_, key: str) -> Iterator[Mistake]:
    for index, entry in enumerate(value):
        if isinstance(entry, (list, tuple)):
            yield from _bad_numbers(entry, (*path, index), key)
            continue
        try:
            to_number(entry)
        except ValueError as error:
            yield (*path, index), f"`{key}`: {error}, not {brief(entry)}"


def _array(
    sample: dict[str, Any], key: str, shape: Shape | None, index: int, count: str, array: str
) -> Iterator[Mistake]:
    """A sample's numbers of another shape than the network's; `count` and `array` say what that is."""
    if sample.get(key) is None or shape is None or isinstance(sample[key], dict):
        return
    found = shape_of(sample[key])
    where = f"`{key}` of sample {index + 1}"
    if found is None:
        yield ("data", index, key), f"{where}: rows of different lengths"
    elif (found or (1,)) != shape and not fits(found, shape):
        if len(shape) == 1 and len(found) < 2:
            numbers = "1 number" if (found or (1,)) == (1,) else f"{found[0]} numbers"
            hint = _class_hint(sample[key], shape[0]) if key == "y" else ""
            yield ("data", index, key), f"{where}: {numbers}, but {count.format(shape[0])}{hint}"
        else:
            yield ("data", index, key), f"{where}: {shape_text(found)}, but {array.format(shape_text(shape))}"


def _class_hint(stated: Any, outputs: int) -> str:
    """How a class is written, for a whole number in place of a target for each output."""
    alone = stated[0] if isinstance(stated, (list, tuple)) and len(stated) == 1 else stated
    number = whole(alone)
    if number is None or not number <= outputs or outputs < 2:
        return ""
    return f"; a class is written `class: {max(1, number)}`, counted from 1"


def _names(tree: dict[str, Any]) -> Iterator[Mistake]:
    notation = tree.get("notation")
    stated: tuple[tuple[Path_, str, str, Any], ...] = (
        (("style",), "style", "styles", tree.get("style")),
        (("notation",), "notation", "notations", notation),
        (("notation", "base"), "notation", "notations", keys(notation).get("base")),
        (("language",), "language", "locales", tree.get("language")),
    )
    for path, key, kind, name in stated:
        if isinstance(name, str):
            try:
                assets.find(kind, name)
            except InputError as error:
                plain = not any(mark in name for mark in "/\\.")
                hint = suggestion(name, assets.names(kind)) if plain else ""
                yield path, f"unknown {key} {name!r}{hint}" if plain else error.diagnostics[0].message


def _rounding(tree: dict[str, Any]) -> Iterator[Mistake]:
    rounding = keys(tree.get("rounding"))
    groups: list[tuple[Path_, dict[str, Any]]] = [(("rounding",), rounding)]
    for index, exception in enumerate(map(keys, entries(rounding.get("exceptions")))):
        path: Path_ = ("rounding", "exceptions", index)
        groups.append((path, exception))
        kind = exception.get("kind")
        if isinstance(kind, str) and kind not in list(Kind):
            yield (*path, "kind"), f"unknown kind {kind!r}{suggestion(kind, [k.value for k in Kind])}"
        if _missing(exception, "places") and _missing(exception, "significant"):
            yield path, "an exception needs `places` or `significant`"
        if all(_missing(exception, key) for key in ("kind", "quantity", "round")):
            yield path, "an exception needs a `kind`, a `quantity` or a `round`"
    for path, group in groups:
        if not _missing(group, "places") and not _missing(group, "significant"):
            yield (*path, "significant"), "give `places` or `significant`, not both"


def _missing(group: dict[str, Any], key: str) -> bool:
    return group.get(key) is None


def _part_mistake(part: str, tree: dict[str, Any], last: int | None) -> str:
    """What is wrong with a part that a question asks for; empty where nothing is. `last` is the last round."""
    ask, stated, alone = read_ask(part), tree.get("loss"), bool(tree.get("equations"))
    loss = LOSSES.get(str(stated if isinstance(stated, str) else keys(stated).get("name")))
    if ask is None:
        return unknown_part(part)
    if ask.kind == "losses" and loss is not None and loss.is_stand_in:
        return f"{part!r}, but with an upstream gradient there is no loss"
    if ask.kind == "final parameters" and alone and not tree.get("parameters"):
        return f"{part!r}, but without `parameters` nothing is updated"
    if ask.kind == "gradient sizes" and alone:
        return f"{part!r}, but equations alone have no layers to compare"
    if ask.kind in ("index form", "matrix form") and alone:
        return f"{part!r}, but equations alone have no layers; ask for `functions`, which has the equations"
    if ask.step and Decimal(ask.step) < LEAST_STEP:
        return f"{part!r}: expected a step of at least {LEAST_STEP:.0e}, such as h = 1e-4, not {ask.step}"
    if ask.round is not None and last is not None and ask.round > last:
        return f"{part!r}, but the problem has {rounds_word(last)}"
    return ""


def _questions(tree: dict[str, Any]) -> Iterator[Mistake]:
    count, final = round_count(tree), is_true(tree.get("final_forward_pass"))
    last = None if count is None else count + final
    for index, question in enumerate(map(keys, entries(tree.get("questions")))):
        for part in asked_parts(entries(question.get("asks"))):
            message = _part_mistake(part, tree, last)
            if message:
                yield ("questions", index, "asks"), message
    first_extra = whole(keys(tree.get("extra")).get("from_question"))
    asked = len(entries(tree.get("questions")))
    if first_extra is not None and first_extra > asked:
        yield ("extra", "from_question"), f"`from_question`: {first_extra}, but there are {asked} questions"
    for index, exception in enumerate(map(keys, entries(keys(tree.get("rounding")).get("exceptions")))):
        named = whole(exception.get("round"))
        if named is not None and last is not None and named > last:
            path: Path_ = ("rounding", "exceptions", index, "round")
            yield path, f"`round`: {named}, but the problem has {rounds_word(last)}"
