"""Layers whose kernels stand at many places of one array: what they share, however the kernels move."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Misfit, Parameter, Shapes, one_each, only_input, with_numbers
from derive.catalog.layers.layer_context import LayerContext
from derive.catalog.layers.windows import Lengths, WindowLayer, channels_first, counts, each_axis, unused_stride
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.sources.fields import Biases, Nested, Numbers, Whole, flat, shape_of

MOST_FILTERS = 1000


class KernelLayer(WindowLayer):
    """Kernels of one size, a bias for each of their filters, and an activation.

    Channels come first, as (C, H, W); an input of a single channel may leave the axis out. The kernels have an axis of
    filters where there are several filters, and one of channels where the input has it. The result is (filters, H',
    W'), without the first axis only where there is one filter and the input has no axis of channels.
    """

    filters: Annotated[Whole, Field(ge=1, le=MOST_FILTERS)] | None = None
    kernels: Numbers
    size: Lengths | None = None
    stride: Lengths = (1,)
    padding: Any
    biases: Biases
    activation: ActivationChoice = ActivationChoice(name="none")

    @staticmethod
    @abstractmethod
    def in_order(filters: tuple[Any, ...], channels: tuple[Any, ...]) -> tuple[Any, ...]:
        """What is said of the axes of filters and of channels, in the order of the kernels' axes."""

    def output_shape(self, inputs: Shapes) -> Shape:
        """(filters, H', W') or (filters, L'); without the axis of filters for one filter on an input without channels.

        Raises `Misfit` for other inputs, and for kernels that do not fit them.
        """
        shape = only_input(inputs)
        if self.activation.name == "softmax":
            raise Misfit("takes no softmax; put a flatten and a layer `activation` after it", "activation")
        places = tuple(counts(self.moves(shape)).values())
        filters = self._filters(shape)
        return places if filters == 1 and len(shape) == self.axes else (filters, *places)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Kernels, with biases (filters,)."""
        shape = only_input(inputs)
        filters, channels = self._filters(shape), shape[: len(shape) - self.axes]
        several = (filters,) if filters > 1 else ()
        wanted = self.in_order(several, channels) + self.kernel_size(shape)
        words = self.in_order(("filters",) * len(several), ("channels from <whence>",) * len(channels))
        axes = " x ".join([*words, *("size", "height x width")[self.axes - 1 : self.axes]])
        each = one_each(filters, "filters") if filters > 1 else "one for the filter"
        return with_numbers(
            Parameter("kernels", Kind.KERNEL, wanted, self._kernels(wanted, channels), axes=axes),
            Parameter("biases", Kind.BIAS, (filters,), self.biases, axes=each),
            *self.activation.parameters(),
        )

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """How far the only place of a kernel moves."""
        if any(one > 1 for one in self.stride):
            yield from unused_stride(self.moves(only_input(inputs)))

    def arrays(self, context: LayerContext, shape: Shape) -> Mapping[str, Tensor]:
        """The kernels with their filters and channels."""
        whole = self.in_order((self._filters(shape),), channels_first(shape, self.axes)[:1]) + self.kernel_size(shape)
        return {"k": context.arrays["k"].reshaped(whole)}

    def kernel_size(self, shape: Shape) -> Shape:
        """The size of a kernel: as written, else as the kernels have it. Raises `Misfit` where neither says it."""
        channels_first(shape, self.axes)
        if self.size is not None:
            return each_axis(self.size, self.axes, "size")
        stated = self._stated()
        if len(stated) < self.axes:
            raise Misfit("`kernels`: the size is not known; write the kernels out, or add `size`", "kernels")
        return stated[-self.axes :]

    def _stated(self) -> Shape:
        stated = shape_of(self.kernels)
        if stated is None:
            raise Misfit("`kernels`: rows of different lengths", "kernels")
        return stated

    def _filters(self, shape: Shape) -> int:
        """How many filters there are: as written, else as the kernels have it."""
        stated = self._stated()
        if self.filters is not None or not stated:
            return self.filters or 1
        channels = ("channels",) * (len(shape) - self.axes)
        both, size = self.in_order(("filters",), channels), ("size", "height x width")[self.axes - 1]
        own = len(channels) + self.axes
        if len(stated) not in (own, own + 1):
            forms = " or ".join(" x ".join((*words, size)) for words in (channels, both))
            raise Misfit(f"`kernels`: {shape_text(stated)}, expected {forms}", "kernels")
        return stated[both.index("filters")] if len(stated) > own else 1

    def _kernels(self, wanted: Shape, channels: Shape) -> Nested:
        """The stated kernels, without an axis of one filter where the wanted shape has none."""
        kernels: Nested = self.kernels
        if self._stated() != self.in_order((1,), channels) + wanted[len(channels) :]:
            return kernels
        return _nested(flat(self.kernels), wanted)


def _nested(numbers: tuple[Decimal, ...], shape: Shape) -> Nested:
    """Numbers row by row in a shape."""
    if not shape:
        return numbers[0]
    size = len(numbers) // shape[0]
    return tuple(_nested(numbers[start : start + size], shape[1:]) for start in range(0, len(numbers), size))
