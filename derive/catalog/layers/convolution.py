"""Convolutions over one and two axes: cross-correlation, and with the kernel flipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice
from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.here import Here
from derive.catalog.layers.windows import (
    Lengths,
    Padding,
    Sweeps,
    channels_first,
    counts,
    each_axis,
    from_the_end,
    image,
    named,
    sweeps,
    unused_stride,
)
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape, Tensor, shape_text
from derive.graph.views.stated import Stated
from derive.sources.fields import Biases, Nested, Numbers, Whole, shape_of

MOST_FILTERS = 1000
_TURNED = re.compile(r"([rt]-d\d?\*\(([ij])-1\)\+p(\d?))")
_NAMES = {"sum(k*x)+b": "cross-correlation", "sum(k*x)": "cross-correlation without bias"}
_FLIPPED = {
    "sum(k*x)+b": "convolution with the kernel flipped",
    "sum(k*x)": "convolution with the kernel flipped, without bias",
}


class _Convolution(Layer):
    """What convolutions share.

    Channels come first, as (C, H, W); an input of a single channel may leave the axis out. The kernels are
    (filters, C, height, width): without the axis of filters where there is one filter, without the axis of channels
    where the input has none. The result is (filters, H', W'), without the first axis only where there is one filter
    and the input has no axis of channels. Padding stands for zeros, whose terms are left out of the sums.
    In the formulas, d is the stride, p the padding before the first entry and n the size of the kernel; for images
    they are numbered by axis.
    """

    takes_steps: ClassVar[bool] = False
    has_windows: ClassVar[bool] = True
    axes: ClassVar[int]
    filters: Annotated[Whole, Field(ge=1, le=MOST_FILTERS)] | None = None
    kernels: Numbers
    size: Lengths | None = None
    stride: Lengths = (1,)
    padding: Padding = (0,)
    flipped: bool = False
    biases: Biases
    activation: ActivationChoice = ActivationChoice(name="none")

    def stated(self) -> tuple[Stated, ...]:
        """The equations; with the kernel flipped where it is flipped."""
        sums, activation = self.forward
        if not self.flipped:
            return self.forward
        return replace(sums, text=from_the_end(sums.text), names=_FLIPPED), activation

    def torch_form(self) -> str:
        """PyTorch's cross-correlation; of the kernel flipped where it is flipped."""
        turned = f"k.flip({', '.join(str(-axis) for axis in range(self.axes, 0, -1))})"
        return self.torch.replace("(x, k,", f"(x, {turned},") if self.flipped else self.torch

    def output_shape(self, inputs: Shapes) -> Shape:
        """(filters, H', W') or (filters, L'); without the axis of filters for one filter on an input without channels.

        Raises `Misfit` for other inputs, and for kernels that are larger than the padded input.
        """
        shape = only_input(inputs)
        if self.activation.name == "softmax":
            raise Misfit("takes no softmax; put a flatten and a layer `activation` after it", "activation")
        places = tuple(counts(self._moves(shape)).values())
        filters = self._filters(shape)
        return places if filters == 1 and len(shape) == self.axes else (filters, *places)

    def parameters(self, inputs: Shapes) -> tuple[Parameter, ...]:
        """Kernels, with biases (filters,)."""
        shape = only_input(inputs)
        filters, channels = self._filters(shape), shape[: len(shape) - self.axes]
        wanted = ((filters,) if filters > 1 else ()) + channels + self._size(shape)
        words = ["filters"] * (filters > 1) + ["channels from <whence>"] * len(channels)
        axes = " x ".join([*words, *("size", "height x width")[self.axes - 1 : self.axes]])
        found = [Parameter("kernels", Kind.KERNEL, wanted, self._kernels(wanted), axes=axes)]
        if self.biases is not None:
            each = f"one for each of the {filters} filters" if filters > 1 else "one for the filter"
            found.append(Parameter("biases", Kind.BIAS, (filters,), self.biases, axes=each))
        return (*found, *self.activation.parameters())

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """How far the only place of a kernel moves; that kernels of one number are flipped."""
        if any(one > 1 for one in self.stride):
            yield from unused_stride(self._moves(only_input(inputs)))
        if self.flipped and prod(self._size(only_input(inputs))) == 1:
            yield "flipped", "a kernel of one number is the same either way"

    def apply(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """The input with its channels, the kernels with their filters; sums in the shape of the result."""
        (signal,) = inputs
        moves, channels = self._moves(signal.shape), image(signal, self.axes)
        whole = (self._filters(signal.shape), channels.shape[0], *self._size(signal.shape))
        kernels = here.arrays["k"].reshaped(whole)
        shape = self.output_shape((signal.shape,))
        given: dict[str, Tensor | int] = {"x": channels, "k": kernels, **named(moves)}
        return here.work(given, shape=shape, lengths=counts(moves))["f"].reshaped(shape)

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
        own = len(channels_first(shape, self.axes)) if len(shape) > self.axes else self.axes
        if len(stated) not in (own, own + 1):
            form = " x ".join(
                [*["channels"] * (own > self.axes), *("size", "height x width")[self.axes - 1 : self.axes]]
            )
            raise Misfit(f"`kernels`: {shape_text(stated)}, expected {form} or filters x {form}", "kernels")
        return stated[0] if len(stated) > own else 1

    def _size(self, shape: Shape) -> Shape:
        """The size of a kernel: as written, else as the kernels have it."""
        channels_first(shape, self.axes)
        if self.size is not None:
            return each_axis(self.size, self.axes, "size")
        stated = self._stated()
        if len(stated) < self.axes:
            raise Misfit("`kernels`: the size is not known; write the kernels out, or add `size`", "kernels")
        return stated[-self.axes :]

    def _moves(self, shape: Shape) -> Sweeps:
        lengths = channels_first(shape, self.axes)[1:]
        strides = each_axis(self.stride, self.axes, "stride")
        return sweeps(lengths, self._size(shape), strides, self.padding, "a kernel")

    def _kernels(self, wanted: Shape) -> Nested:
        """The stated kernels, without an axis of one filter where the wanted shape has none."""
        stated = self._stated()
        kernels: Nested = self.kernels
        if stated == (1, *wanted) and not isinstance(kernels, Decimal):
            return kernels[0]
        return kernels


class Conv1d(_Convolution):
    """A convolution along one axis: inputs (L) or (C, L)."""

    describes: ClassVar[str] = (
        "kernels that move along one axis: cross-correlation, or with `flipped` a convolution, the kernel flipped"
    )
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated("s[o,i] = sum(c, u, k[o,c,u]*x[c,d*(i-1)+u-p]) + b[o]", Kind.PRE_ACTIVATION, names=_NAMES),
        Stated("f[o,i] = activation(s[o,i])"),
    )
    reference: ClassVar[str] = (
        "Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.1: equation 9.3 flipped, 9.6 not"
    )
    torch: ClassVar[str] = "s = F.conv1d(x, k, b, stride=d, padding=p)"

    layer: Literal["conv1d"] = "conv1d"
    axes: ClassVar[int] = 1


class Conv2d(_Convolution):
    """A convolution over two axes: inputs (H, W) or (C, H, W)."""

    describes: ClassVar[str] = (
        "kernels that move over an image: cross-correlation, or with `flipped` a convolution, the kernel flipped"
    )
    forward: ClassVar[tuple[Stated, ...]] = (
        Stated(
            "s[o,i,j] = sum(c, u, v, k[o,c,u,v]*x[c,d1*(i-1)+u-p1,d2*(j-1)+v-p2]) + b[o]",
            Kind.PRE_ACTIVATION,
            names=_NAMES,
        ),
        Stated("f[o,i,j] = activation(s[o,i,j])"),
    )
    reference: ClassVar[str] = (
        "Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.1: equation 9.4 flipped, 9.6 not"
    )
    torch: ClassVar[str] = "s = F.conv2d(x, k, b, stride=(d1, d2), padding=(p1, p2))"

    layer: Literal["conv2d"] = "conv2d"
    axes: ClassVar[int] = 2
