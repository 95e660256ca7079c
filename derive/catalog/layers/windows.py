"""Windows that move over an array: their sizes, strides and padding, and which entries each of them covers."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from derive.catalog.layers.base import Layer, Misfit
from derive.catalog.layers.layer_context import LayerContext
from derive.graph.tensor import Shape, Tensor, shape_text

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


def _each_axis(value: Any, expected: str, least: int = 0) -> Shape:
    """A whole number, or one for each axis. Raises `ValueError` saying what is `expected`."""
    entries = value if isinstance(value, (list, tuple)) else (value,)
    if not entries or any(isinstance(one, bool) or not _WHOLE.fullmatch(str(one)) for one in entries):
        raise ValueError(f"expected {expected}")
    found = tuple(int(str(one)) for one in entries)
    if min(found) < least:
        raise ValueError(f"expected {expected}")
    return found


def _padding(value: Any) -> Shape | str:
    """Whole numbers, or one of the words `same` and `valid`. Raises `ValueError`."""
    if value in ("same", "valid"):
        return str(value)
    return _each_axis(value, "a whole number, one for each axis, same or valid")


_LENGTHS = partial(_each_axis, expected="a whole number of at least 1, or one for each axis", least=1)
_ZEROS = partial(_each_axis, expected="a whole number, or one for each axis")
_SCHEMA: list[dict[str, Any]] = [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]
Lengths = Annotated[Any, BeforeValidator(_LENGTHS), WithJsonSchema({"anyOf": _SCHEMA})]
Zeros = Annotated[Any, BeforeValidator(_ZEROS), WithJsonSchema({"anyOf": _SCHEMA})]
Padding = Annotated[Any, BeforeValidator(_padding), WithJsonSchema({"anyOf": [*_SCHEMA, {"enum": ["same", "valid"]}]})]


@dataclass(frozen=True)
class Sweep:
    """A window that moves along one axis: the axis's length, the window's, its step, the padding at both ends."""

    length: int
    size: int
    stride: int
    before: int
    after: int

    @property
    def padded(self) -> int:
        """The length with the padding."""
        return self.before + self.length + self.after

    @property
    def count(self) -> int:
        """How many places the window takes."""
        return (self.padded - self.size) // self.stride + 1


class Spread(Sweep):
    """A kernel that stands once for each entry of an axis, a step apart; padding is cut off at both ends."""

    @property
    def padded(self) -> int:
        """The length of the result before anything is cut off."""
        return (self.length - 1) * self.stride + self.size

    @property
    def count(self) -> int:
        """The length of the result."""
        return self.padded - self.before - self.after


Sweeps = tuple[Sweep, ...]


def each_axis(numbers: Shape, axes: int, key: str) -> Shape:
    """One number an axis, from one for all or as many. Raises `Misfit` for another count."""
    if len(numbers) not in (1, axes):
        expected = "1 number" if axes == 1 else f"1 number or {axes}, one for each axis"
        raise Misfit(f"`{key}`: {len(numbers)} numbers, expected {expected}", key)
    return numbers * axes if len(numbers) == 1 else numbers


def channels_first(shape: Shape, axes: int) -> Shape:
    """The shape with an axis of channels in front, a single one where it has none. Raises `Misfit`."""
    if len(shape) not in (axes, axes + 1):
        form = "length" if axes == 1 else "height x width"
        raise Misfit(f"takes {form} or channels x {form}, not {shape_text(shape)}")
    return shape if len(shape) > axes else (1, *shape)


def unused_stride(moves: Sweeps) -> Iterator[tuple[str, str]]:
    """The option `stride` of a window that is as long as each axis, with why it changes nothing."""
    if all(one.padded == one.size for one in moves):
        yield "stride", "its window is as large as what it moves over"


def sweeps(lengths: Shape, size: Shape, strides: Shape, padding: Shape | str, what: str) -> Sweeps:
    """How the window moves along each axis.

    `same` padding makes an axis of n entries give ceil(n/stride), the odd zero at its end (as TensorFlow does; with a
    stride of 1, as PyTorch does). Raises `Misfit` where the window `what` is larger than the padded input, or no
    larger than the padding.
    """
    if padding == "same":
        needed = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(lengths, size, strides, strict=True)]
        ends: Sequence[tuple[int, int]] = [(total // 2, total - total // 2) for total in needed]
    else:
        numbers = (0,) if isinstance(padding, str) else padding
        ends = [(zeros, zeros) for zeros in each_axis(numbers, len(lengths), "padding")]
    found = tuple(Sweep(n, k, s, *end) for n, k, s, end in zip(lengths, size, strides, ends, strict=True))
    if any(one.size > one.padded for one in found):
        padded = tuple(one.padded for one in found)
        named = "padded input" if padded != lengths else "input"
        raise Misfit(f"has {what} of {shape_text(size)}, larger than the {named} of {shape_text(padded)}")
    if any(max(one.before, one.after) >= one.size for one in found):
        widths = shape_text(tuple(max(one.before, one.after) for one in found))
        raise Misfit(f"has padding of {widths}, but {what} of {shape_text(size)} would then lie on padding alone")
    return found


def spreads(lengths: Shape, size: Shape, strides: Shape, padding: Shape) -> Sweeps:
    """How a kernel is spread along each axis.

    Raises `Misfit` where what the padding cuts off is all of a kernel, or of the result.
    """
    found = tuple(Spread(n, k, s, cut, cut) for n, k, s, cut in zip(lengths, size, strides, padding, strict=True))
    for one in found:
        if one.before >= one.size or one.count < 1:
            raise Misfit(
                f"`padding`: {one.before} cuts off all that a kernel of {one.size} makes of an entry", "padding"
            )
    return found


def counts(moves: Sweeps) -> dict[str, int]:
    """How many places the window takes along each axis, by the names of their indices in forms."""
    return dict(zip("ij", (one.count for one in moves), strict=False))


def named(moves: Sweeps) -> dict[str, int]:
    """The sizes of windows by the names of forms, which are numbered where there are several axes.

    d is the stride, p the padding before the first entry, n the size of the window, l the length of the axis.
    """
    return {
        f"{letter}{axis if len(moves) > 1 else ''}": number
        for axis, one in enumerate(moves, 1)
        for letter, number in (("d", one.stride), ("p", one.before), ("n", one.size), ("l", one.length))
    }


def from_the_end(text: str) -> str:
    """A form whose windows, or whose kernels, are run through from their end."""
    return re.sub(r"([+-])([uv])-p(\d?)", lambda match: f"+n{match[3]}+1-{match[2]}-p{match[3]}", text)


class WindowLayer(Layer):
    """A layer whose windows, or kernels, move along the last axes of its input; channels come first."""

    takes_steps: ClassVar[bool] = False
    axes: ClassVar[int]

    @abstractmethod
    def moves(self, shape: Shape) -> Sweeps:
        """How a window moves along each axis. Raises `Misfit`."""

    def arrays(self, context: LayerContext, shape: Shape) -> Mapping[str, Tensor]:
        """The arrays of the equations for an input of that shape that are neither the input nor named as parameters."""
        del context, shape
        return {}

    def apply(self, context: LayerContext, inputs: tuple[Tensor, ...]) -> Tensor:
        """One equation a place of a window, in the shape of the result."""
        (signal,) = inputs
        moves, shape = self.moves(signal.shape), self.output_shape((signal.shape,))
        image = signal.reshaped(channels_first(signal.shape, self.axes))
        given: dict[str, Tensor | int] = {"x": image, **self.arrays(context, signal.shape), **named(moves)}
        return context.work(given, shape=shape, lengths=counts(moves))[self.forward[-1].of].reshaped(shape)
