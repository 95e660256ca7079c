"""Checks across a problem's keys: shapes that must fit, names that must exist.

They read the plain tree, not the model, so that they still speak when other parts of the file are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from derive.catalog.layers import layers
from derive.catalog.layers.base import Layer, Rows
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.errors import InputError
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, shape_text
from derive.problem.model import AnyLayer
from derive.problem.shapes import fits, wire
from derive.sources import assets
from derive.sources.fields import holds_numbers, shape_of, to_number
from derive.sources.marked import Path_
from derive.sources.validate import brief, suggestion

Mistake = tuple[Path_, str]
PARTS = ("functions", "rounds", "losses")
_ROUND = re.compile(r"round ([1-9][0-9]{0,5})")
_WHOLE = re.compile(r"\+?[0-9]{1,6}")
_ONE_LAYER: TypeAdapter[Layer] = TypeAdapter(AnyLayer)


def check(tree: Any) -> list[Mistake]:
    """Every mistake that concerns more than one key; anything malformed on its own is left to the model."""
    if not isinstance(tree, dict):
        return []
    return [*_shapes(tree), *_numbers(tree), *_names(tree), *_rounding(tree), *_questions(tree)]


def round_of(part: str) -> int | None:
    """The round that the part `round N` names."""
    match = _ROUND.fullmatch(part)
    return int(match[1]) if match else None


def _entries(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _keys(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if _WHOLE.fullmatch(text) else None


def _layers(tree: dict[str, Any]) -> list[Layer | None]:
    """Each layer that can be read on its own."""
    found: list[Layer | None] = []
    for raw in _entries(_keys(tree.get("network")).get("layers")):
        try:
            found.append(_ONE_LAYER.validate_python(raw))
        except ValidationError:
            found.append(None)
    return found


def _shapes(tree: dict[str, Any]) -> Iterator[Mistake]:
    network = _keys(tree.get("network"))
    raw = _entries(network.get("layers"))
    stated = network.get("inputs")
    whole = [_whole(one) for one in (stated if isinstance(stated, (list, tuple)) else [stated])]
    inputs = tuple(n for n in whole if n is not None)
    units = {number: _whole(_keys(layer).get("units")) for number, layer in enumerate(raw, 1)}
    fallback = {number: (count,) for number, count in units.items() if count is not None}
    rows: Rows = "units" if network.get("rows") == "units" else "inputs"
    wiring = wire(inputs if len(inputs) == len(whole) else None, _layers(tree), fallback, rows)
    yield from wiring.mistakes
    for index, sample in enumerate(map(_keys, _entries(tree.get("data")))):
        yield from _array(sample, "x", wiring.shapes[0], index, "the network has {} inputs", "`inputs` is {}")
        if raw:
            last = wiring.shapes[-1]
            yield from _array(sample, "y", last, index, "the last layer has {} units", "the last layer gives {}")
            yield from _class(sample, last, index)


def _class(sample: dict[str, Any], shape: Shape | None, index: int) -> Iterator[Mistake]:
    number = _whole(sample.get("class"))
    if number is not None and shape is not None and number > shape[-1]:
        yield ("data", index, "class"), f"`class` of sample {index + 1}: {number}, but there are {shape[-1]} outputs"


def _numbers(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Entries that are not numbers, of layers and of samples, each at its own place."""
    for number, layer in enumerate(map(_keys, _entries(_keys(tree.get("network")).get("layers")))):
        kind = layers().get(str(layer.get("layer", "dense")))
        for key, field in ({} if kind is None else kind.model_fields).items():
            if holds_numbers(field) and isinstance(layer.get(key), (list, tuple)):
                yield from _bad_numbers(layer[key], ("network", "layers", number, key), key)
    for index, sample in enumerate(map(_keys, _entries(tree.get("data")))):
        for key in ("x", "y"):
            if isinstance(sample.get(key), (list, tuple)):
                yield from _bad_numbers(sample[key], ("data", index, key), key)


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
            yield ("data", index, key), f"{where}: {numbers}, but {count.format(shape[0])}"
        else:
            yield ("data", index, key), f"{where}: {shape_text(found)}, but {array.format(shape_text(shape))}"


def _names(tree: dict[str, Any]) -> Iterator[Mistake]:
    yield from _known(tree, "loss", LOSSES)
    yield from _known(tree, "optimizer", OPTIMIZERS)
    notation = tree.get("notation")
    stated: tuple[tuple[Path_, str, str, Any], ...] = (
        (("style",), "style", "styles", tree.get("style")),
        (("notation",), "notation", "notations", notation),
        (("notation", "base"), "notation", "notations", _keys(notation).get("base")),
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


def _known(tree: dict[str, Any], key: str, known: Mapping[str, Any]) -> Iterator[Mistake]:
    """A name that the catalog does not have, written alone or with its options."""
    stated = tree.get(key)
    alone = isinstance(stated, str)
    name = stated if alone else _keys(stated).get("name")
    if isinstance(name, str) and name not in known:
        yield (key,) if alone else (key, "name"), f"unknown {key} {name!r}{suggestion(name, known)}"


def _rounding(tree: dict[str, Any]) -> Iterator[Mistake]:
    rounding = _keys(tree.get("rounding"))
    groups: list[tuple[Path_, dict[str, Any]]] = [(("rounding",), rounding)]
    for index, exception in enumerate(map(_keys, _entries(rounding.get("exceptions")))):
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


def _questions(tree: dict[str, Any]) -> Iterator[Mistake]:
    rounds = tree.get("rounds")
    count = _whole(rounds) if rounds is not None else len(_entries(tree.get("data")))
    final = str(tree.get("final_forward_pass")).lower() in ("true", "yes", "on", "1", "y", "t")
    last = None if count is None else count + final
    for index, question in enumerate(map(_keys, _entries(tree.get("questions")))):
        for part in _entries(question.get("asks")):
            number = round_of(str(part))
            if number is None and part not in PARTS:
                hint = suggestion(str(part), (*PARTS, "round 1"))
                yield ("questions", index, "asks"), f"unknown part {part!r}{hint}"
            elif number is not None and last is not None and number > last:
                yield ("questions", index, "asks"), f"{part!r}, but the problem has {rounds_word(last)}"
    first_extra = _whole(_keys(tree.get("extra")).get("from_question"))
    asked = len(_entries(tree.get("questions")))
    if first_extra is not None and first_extra > asked:
        yield ("extra", "from_question"), f"`from_question`: {first_extra}, but there are {asked} questions"
    for index, exception in enumerate(map(_keys, _entries(_keys(tree.get("rounding")).get("exceptions")))):
        named = _whole(exception.get("round"))
        if named is not None and last is not None and named > last:
            path: Path_ = ("rounding", "exceptions", index, "round")
            yield path, f"`round`: {named}, but the problem has {rounds_word(last)}"


def rounds_word(count: int) -> str:
    """A count of rounds in words."""
    return "1 round" if count == 1 else f"{count} rounds"
