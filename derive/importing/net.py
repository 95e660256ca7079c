"""The network while it is read: layers of a problem file one after another, and the shapes that flow between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from derive.catalog.layers.base import Layer, Misfit, Parameter
from derive.errors import InputError
from derive.graph.tensor import Shape, shape_text
from derive.importing.numbers import Writing
from derive.problem.model import AnyLayer
from derive.problem.shapes import fits
from derive.sources.fields import Nested, shape_of

_LAYER: TypeAdapter[Layer] = TypeAdapter(AnyLayer)
Tree = Mapping[str, Any]

LOGARITHMS = "logarithms of probabilities, which can only be the output, before NLLLoss"
CLASSES_FIRST = "a sequence with its axes exchanged, which can only be the output, before CrossEntropyLoss or NLLLoss"


@dataclass(frozen=True)
class Value:
    """What a layer gives: its number (0 for the network's input), the shape for one sample.

    In PyTorch, `samples` of them lie along the axis `axis`. `marks` say what keeps a layer from taking it.
    """

    layer: int
    shape: Shape
    samples: int
    axis: int = 0
    marks: tuple[str, ...] = ()

    @property
    def full(self) -> Shape:
        """The shape that PyTorch sees."""
        return (*self.shape[: self.axis], self.samples, *self.shape[self.axis :])

    def own_axis(self, axis: int) -> int | None:
        """The axis of one sample that PyTorch counts as `axis`; None for that of the samples."""
        place = axis % len(self.full)
        return None if place == self.axis else place - (place > self.axis)


@dataclass(frozen=True)
class Laid:
    """One layer as a problem file states it, and the layers that feed it (0 is the network's input)."""

    path: str
    tree: Tree
    sources: tuple[int, ...]


@dataclass
class Net:
    """The layers that were read so far."""

    writing: Writing
    trained: frozenset[int]
    """The parameters that are trained, by the `id` of each."""
    laid: list[Laid] = field(default_factory=list)
    used: dict[int, str] = field(default_factory=dict)
    """Where each parameter was used."""

    def add(self, path: str, tree: Tree, *sources: Value) -> Value:
        """One more layer. Raises `InputError` where it cannot take its inputs or its numbers have another shape."""
        marks = [mark for source in sources for mark in source.marks]
        if marks:
            raise InputError.single(f"{path}: is given {marks[0]}")
        try:
            layer = _LAYER.validate_python(dict(tree))
        except ValidationError as error:
            raise InputError.single(f"{path}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
        where = " and ".join(f"{shape_text(one.shape)} from {self.whence(one)}" for one in sources)
        try:
            shape = layer.output_shape(tuple(one.shape for one in sources))
            for one in layer.parameters(tuple(one.shape for one in sources)):
                _require_fitting(one)
        except Misfit as misfit:
            raise InputError.single(f"{path}: {misfit}; it has {where}") from misfit
        self.laid.append(Laid(path, tree, tuple(one.layer for one in sources)))
        first = sources[0]
        return Value(len(self.laid), shape, first.samples, first.axis)

    def whence(self, value: Value) -> str:
        """Where a value comes from, in words."""
        return self.laid[value.layer - 1].path if value.layer else "`inputs`"

    def numbers(self, tensor: Any, what: str) -> Nested:
        """The numbers of a tensor as the problem file writes them."""
        return self.writing.numbers(tensor, what)

    def frozen(self, path: str, parameters: Mapping[str, Any]) -> Tree:
        """`frozen: true` where none of a layer's parameters is trained.

        Raises `InputError` where only some of them are, or where one was used before: layers share no parameters.
        """
        found = {name: one for name, one in parameters.items() if one is not None}
        for name, one in found.items():
            if id(one) in self.used:
                raise InputError.single(
                    f"{path}: shares `{name}` with {self.used[id(one)]}; layers that share parameters are not supported"
                )
        self.used.update({id(one): path for one in found.values()})
        trained = [name for name, one in found.items() if id(one) in self.trained]
        if trained and len(trained) < len(found):
            rest = [name for name in found if name not in trained]
            raise InputError.single(
                f"{path}: {_words(trained)} trained and {_words(rest)} not; expected a layer trained as a whole or not"
            )
        return {"frozen": True} if found and not trained else {}


def _require_fitting(parameter: Parameter) -> None:
    """Raise `Misfit` for numbers of another shape than that of their parameter."""
    stated = shape_of(parameter.numbers)
    stated = stated[1:] if stated and parameter.takes_turns else stated
    if stated and not fits(stated, parameter.shape):
        raise Misfit(f"has `{parameter.key}` of {shape_text(stated)}, expected {shape_text(parameter.shape)}")


def _words(names: Sequence[str]) -> str:
    listed = " and ".join(f"`{name}`" for name in names)
    return f"{listed} {'are' if len(names) > 1 else 'is'}"
