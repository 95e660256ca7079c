"""Convolutions over one and two axes: cross-correlation, and with the kernel flipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any, ClassVar, Literal

from derive.catalog.layers.base import Convention, Shapes, only_input
from derive.catalog.layers.kernels import KernelLayer
from derive.catalog.layers.windows import Padding, Sweeps, channels_first, each_axis, from_the_end, sweeps
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated

_NAMES = {"sum(k*x)+b": "cross-correlation", "sum(k*x)": "cross-correlation without bias"}
_FLIPPED = {
    "sum(k*x)+b": "convolution with the kernel flipped",
    "sum(k*x)": "convolution with the kernel flipped, without bias",
}


class _Convolution(KernelLayer):
    """What convolutions share.

    The kernels are (filters, C, height, width). Padding stands for zeros, whose terms are left out of the sums.
    In the formulas, d is the stride, p the padding before the first entry and n the size of the kernel; for images
    they are numbered by axis.
    """

    has_windows: ClassVar[bool] = True
    padding: Padding = (0,)
    flipped: bool = False

    @staticmethod
    def in_order(filters: tuple[Any, ...], channels: tuple[Any, ...]) -> tuple[Any, ...]:
        """Filters first."""
        return filters + channels

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

    def conventions(self) -> Mapping[str, Convention | None]:
        """Whether the kernel is flipped."""
        return {"kernel": ("kernel flipped" if self.flipped else "kernel not flipped", {})}

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """That kernels of one number are flipped, beside what a layer of kernels has."""
        yield from super().unused(inputs)
        if self.flipped and prod(self.kernel_size(only_input(inputs))) == 1:
            yield "flipped", "a kernel of one number is the same either way"

    def moves(self, shape: Shape) -> Sweeps:
        """Over the padded input. Raises `Misfit` for kernels that are larger than that."""
        lengths = channels_first(shape, self.axes)[1:]
        strides = each_axis(self.stride, self.axes, "stride")
        return sweeps(lengths, self.kernel_size(shape), strides, self.padding, "a kernel")


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
