"""Transposed convolutions over one and two axes."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Literal

from derive.catalog.layers.kernels import KernelLayer
from derive.catalog.layers.windows import Sweeps, Zeros, channels_first, each_axis, spreads
from derive.graph.quantity import Kind
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated

_NAMES = {"sum(k*x)+b": "transposed convolution", "sum(k*x)": "transposed convolution without bias"}
_SUMS = partial(Stated, kind=Kind.PRE_ACTIVATION, names=_NAMES)


class _TransposedConvolution(KernelLayer):
    """Kernels (C, filters, height, width), the stride d and the padding p, which is cut off, numbered by axis."""

    reference: ClassVar[str] = "Dumoulin, Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4"
    padding: Zeros = (0,)

    @staticmethod
    def in_order(filters: tuple[Any, ...], channels: tuple[Any, ...]) -> tuple[Any, ...]:
        """Channels first."""
        return channels + filters

    def moves(self, shape: Shape) -> Sweeps:
        """Once for each entry of the input."""
        strides, cut = each_axis(self.stride, self.axes, "stride"), each_axis(self.padding, self.axes, "padding")
        return spreads(channels_first(shape, self.axes)[1:], self.kernel_size(shape), strides, cut)


class ConvTranspose1d(_TransposedConvolution):
    """A transposed convolution along one axis: inputs (L) or (C, L)."""

    describes: ClassVar[str] = "each entry of a row times the kernel, laid down a stride apart and added up"
    forward: ClassVar[tuple[Stated, ...]] = (
        _SUMS("s[o,i] = sum(c, u, k[c,o,i+p-d*(u-1)]*x[c,u]) + b[o]"),
        Stated("f[o,i] = activation(s[o,i])"),
    )
    torch: ClassVar[str] = "s = F.conv_transpose1d(x, k, b, stride=d, padding=p)"

    layer: Literal["conv_transpose1d"] = "conv_transpose1d"
    axes: ClassVar[int] = 1


class ConvTranspose2d(_TransposedConvolution):
    """A transposed convolution over two axes: inputs (H, W) or (C, H, W)."""

    describes: ClassVar[str] = "each entry of an image times the kernel, laid down a stride apart and added up"
    forward: ClassVar[tuple[Stated, ...]] = (
        _SUMS("s[o,i,j] = sum(c, u, v, k[c,o,i+p1-d1*(u-1),j+p2-d2*(v-1)]*x[c,u,v]) + b[o]"),
        Stated("f[o,i,j] = activation(s[o,i,j])"),
    )
    torch: ClassVar[str] = "s = F.conv_transpose2d(x, k, b, stride=(d1, d2), padding=(p1, p2))"

    layer: Literal["conv_transpose2d"] = "conv_transpose2d"
    axes: ClassVar[int] = 2
