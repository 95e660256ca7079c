"""Convolutions over one and two axes: cross-correlation, and with the kernel flipped."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from derive.catalog.layers.activated import ActivationChoice, activate
from derive.catalog.layers.base import Forms, Here, Layer, Misfit, Parameter, Shapes, only_input
from derive.catalog.layers.windows import (
    Lengths,
    Padding,
    Sweeps,
    channels_first,
    covered,
    each_axis,
    from_the_end,
    image,
    named,
    places,
    sweeps,
    unused_stride,
)
from derive.graph.quantity import Kind
from derive.graph.rule import Rule
from derive.graph.tensor import Shape, Tensor, of, shape_text
from derive.sources.fields import Biases, Nested, Numbers, Whole, shape_of

MOST_FILTERS = 1000
_GROUPS = frozenset({"k", "x"})
CROSS_CORRELATION = Rule("cross-correlation", "sum(k*x)+b", _GROUPS)
CROSS_CORRELATION_WITHOUT_BIAS = Rule("cross-correlation without bias", "sum(k*x)", _GROUPS)
CONVOLUTION = Rule("convolution with the kernel flipped", "sum(k*x)+b", _GROUPS)
CONVOLUTION_WITHOUT_BIAS = Rule("convolution with the kernel flipped, without bias", "sum(k*x)", _GROUPS)
_RULES = {
    (False, True): CROSS_CORRELATION,
    (False, False): CROSS_CORRELATION_WITHOUT_BIAS,
    (True, True): CONVOLUTION,
    (True, False): CONVOLUTION_WITHOUT_BIAS,
}
"""By whether the kernel is flipped, and whether there is a bias."""


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

    def forms(self) -> Forms:
        """The equations; with the kernel flipped where it is flipped."""
        if not self.flipped:
            return super().forms()
        return super().forms().changed(from_the_end)

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
        counts = tuple(one.count for one in self._moves(shape))
        filters = self._filters(shape)
        return counts if filters == 1 and len(shape) == self.axes else (filters, *counts)

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

    def emit(self, here: Here, inputs: tuple[Tensor, ...]) -> Tensor:
        """One sum a place of each kernel, over the entries that it covers, then the activation."""
        (signal,) = inputs
        moves, filters = self._moves(signal.shape), self._filters(signal.shape)
        channels = image(signal, self.axes)
        kernels = of(here.parameters["kernels"]).reshaped((filters, channels.shape[0], *self._size(signal.shape)))
        sums = of(here.block(Kind.PRE_ACTIVATION, self.output_shape((signal.shape,))))
        biases = here.parameters.get("biases")
        rule = _RULES[self.flipped, biases is not None]
        outputs = iter(sums.ids)
        for number, kernel in enumerate(kernels):
            bias = () if biases is None else (biases.ids[number],)
            for place in places(moves):
                terms = self._terms(kernel, channels, moves, place)
                operands = (*(k for k, _ in terms), *(x for _, x in terms), *bias)
                here.builder.equation(rule.sized(len(terms)), next(outputs), operands)
        outcome = activate(here, self.activation, sums)
        stated = {} if biases is None else {"b": of(biases)}
        shape = (filters, *(one.count for one in moves))
        results = {"s": sums.reshaped(shape), "f": outcome.reshaped(shape)}
        here.views.append({"x": channels, "k": kernels, **stated, **results, **named(moves)})
        return outcome

    def _terms(self, kernel: Tensor, channels: Tensor, moves: Sweeps, place: tuple[int, ...]) -> list[tuple[int, int]]:
        """The entries of a kernel (channels first) and what each is multiplied by, in the order of the kernel."""
        found = list(covered(moves, place))
        if self.flipped:
            found = [
                (tuple(one.size - 1 - k for one, k in zip(moves, offset, strict=True)), index)
                for offset, index in reversed(found)
            ]
        return [
            (kernel.at(channel, *entry), channels.at(channel, *index))
            for channel in range(channels.shape[0])
            for entry, index in found
        ]

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
    formulas: ClassVar[tuple[str, ...]] = (
        "s[o,i] = sum(c, u, k[o,c,u]*x[c,d*(i-1)+u-p]) + b[o]",
        "f[o,i] = activation(s[o,i])",
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
    formulas: ClassVar[tuple[str, ...]] = (
        "s[o,i,j] = sum(c, u, v, k[o,c,u,v]*x[c,d1*(i-1)+u-p1,d2*(j-1)+v-p2]) + b[o]",
        "f[o,i,j] = activation(s[o,i,j])",
    )
    reference: ClassVar[str] = (
        "Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.1: equation 9.4 flipped, 9.6 not"
    )
    torch: ClassVar[str] = "s = F.conv2d(x, k, b, stride=(d1, d2), padding=(p1, p2))"

    layer: Literal["conv2d"] = "conv2d"
    axes: ClassVar[int] = 2
