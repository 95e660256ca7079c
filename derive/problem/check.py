"""Checks across a problem's keys: shapes that must fit, names that must exist.

They read the plain tree, not the model, so that they still speak when other parts of the file are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from derive.catalog.activations import ACTIVATIONS
from derive.catalog.losses import LOSSES
from derive.catalog.optimizers import OPTIMIZERS
from derive.errors import InputError
from derive.graph.quantity import Kind
from derive.problem.fields import to_number
from derive.sources import assets
from derive.sources.marked import Path_
from derive.sources.validate import brief, suggestion

Mistake = tuple[Path_, str]
PARTS = ("functions", "rounds", "losses")
_ROUND = re.compile(r"round ([1-9][0-9]{0,5})")
_WHOLE = re.compile(r"\+?[0-9]{1,6}")


def check(tree: Any) -> list[Mistake]:
    """Every mistake that concerns more than one key; anything malformed on its own is left to the model."""
    if not isinstance(tree, dict):
        return []
    return [*_shapes(tree), *_entries_of_layers(tree), *_names(tree), *_rounding(tree), *_questions(tree)]


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


def _shapes(tree: dict[str, Any]) -> Iterator[Mistake]:
    network = _keys(tree.get("network"))
    inputs = _whole(network.get("inputs"))
    before, whence = inputs, "`inputs`"
    layers = _entries(network.get("layers"))
    for number, layer in enumerate(map(_keys, layers), 1):
        path: Path_ = ("network", "layers", number - 1)
        units = _whole(layer.get("units"))
        yield from _matrix(layer.get("weights"), before, units, (*path, "weights"), whence)
        biases = layer.get("biases")
        if isinstance(biases, (list, tuple)) and units is not None and len(biases) != units:
            yield (*path, "biases"), f"`biases`: {len(biases)} numbers, but layer {number} has {units} units"
        before, whence = units, f"layer {number}"
    for index, sample in enumerate(map(_keys, _entries(tree.get("data")))):
        yield from _vector(sample, "x", inputs, index, "the network has {} inputs")
        yield from _vector(sample, "y", before if layers else None, index, "the last layer has {} units")


def _entries_of_layers(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Entries of weights and biases that are not numbers, each at its own place."""
    for number, layer in enumerate(map(_keys, _entries(_keys(tree.get("network")).get("layers")))):
        for key in ("weights", "biases"):
            yield from _bad_numbers(
                layer.get(key), ("network", "layers", number, key), depth=2 if key == "weights" else 1
            )


def _bad_numbers(value: Any, path: Path_, depth: int) -> Iterator[Mistake]:
    for index, entry in enumerate(_entries(value)):
        if isinstance(entry, (list, tuple)) and depth > 1:
            yield from _bad_numbers(entry, (*path, index), depth - 1)
            continue
        try:
            to_number(entry)
        except ValueError as error:
            yield (*path, index), f"`{path[3]}`: {error}, not {brief(entry)}"


def _matrix(weights: Any, inputs: int | None, units: int | None, path: Path_, whence: str) -> Iterator[Mistake]:
    if not isinstance(weights, (list, tuple)) or inputs is None or units is None:
        return
    rows = [len(row) if isinstance(row, (list, tuple)) else 1 for row in weights]
    if len(set(rows)) > 1:
        yield path, f"`weights`: rows of different lengths ({', '.join(map(str, rows))})"
    elif (len(rows), rows[0] if rows else 0) != (inputs, units):
        found = f"{len(rows)} x {rows[0] if rows else 0}"
        shape = f"a row for each of the {inputs} inputs from {whence}, a column for each of the {units} units"
        yield path, f"`weights`: {found}, expected {inputs} x {units} ({shape})"


def _vector(sample: dict[str, Any], key: str, length: int | None, index: int, whence: str) -> Iterator[Mistake]:
    if key not in sample or length is None or isinstance(sample[key], dict):
        return
    found = len(sample[key]) if isinstance(sample[key], (list, tuple)) else 1
    if found != length:
        numbers = "number" if found == 1 else "numbers"
        yield ("data", index, key), f"`{key}` of sample {index + 1}: {found} {numbers}, but {whence.format(length)}"


def _names(tree: dict[str, Any]) -> Iterator[Mistake]:
    for index, layer in enumerate(map(_keys, _entries(_keys(tree.get("network")).get("layers")))):
        yield from _known(layer, "activation", ACTIVATIONS, ("network", "layers", index))
    yield from _known(tree, "loss", LOSSES, ())
    yield from _known(tree, "optimizer", OPTIMIZERS, ())
    for key, kind in (("style", "styles"), ("notation", "notations"), ("language", "locales")):
        name = tree.get(key)
        if isinstance(name, str):
            try:
                assets.find(kind, name)
            except InputError as error:
                plain = not any(mark in name for mark in "/\\.")
                hint = suggestion(name, assets.names(kind)) if plain else ""
                yield (key,), f"unknown {key} {name!r}{hint}" if plain else error.diagnostics[0].message


def _known(tree: dict[str, Any], key: str, known: Any, path: Path_) -> Iterator[Mistake]:
    name = tree.get(key)
    if isinstance(name, str) and name not in known:
        yield (*path, key), f"unknown {key} {name!r}{suggestion(name, known)}"


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
