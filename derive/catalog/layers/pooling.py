"""Pooling over one and two axes: the largest entry or the mean of each window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Literal

from derive.catalog.layers.base import Shapes, only_input
from derive.catalog.layers.windows import (
    Lengths,
    Sweeps,
    WindowLayer,
    Zeros,
    channels_first,
    counts,
    each_axis,
    from_the_end,
    sweeps,
    unused_stride,
)
from derive.graph.tensor import Shape
from derive.graph.views.stated import Stated

_COVERED = "x[c,d1*(i-1)+u-p1,d2*(j-1)+v-p2]"
"""The entry of an image at an offset of a window; whether an entry lies in a window."""
_WINS = {"x": "is_argmax(member(x),m,all(x))"}
"""The partial is 1 for the entry that is taken and 0 for the others; of equal ones, the first operand is taken."""


def _largest(text: str) -> tuple[Stated, ...]:
    return (Stated(text, letter="m", names="max pooling", textbook=_WINS),)


def _mean(text: str) -> tuple[Stated, ...]:
    return (Stated(text, letter="a", names="average pooling"),)


class _Pooling(WindowLayer):
    """What poolings share: channels come first and are pooled apart; the padding holds no entries.

    In the formulas, d is the stride, p the padding, n the size of a window and l the length of the axis; for images
    they are numbered by axis.
    """

    has_windows: ClassVar[bool] = True
    size: Lengths
    stride: Lengths | None = None
    padding: Zeros = (0,)

    def output_shape(self, inputs: Shapes) -> Shape:
        """One number a window, for each channel; with an axis of channels where the input has one.

        Raises `Misfit` for other inputs, and for windows that are larger than the padded input.
        """
        shape = only_input(inputs)
        return (*shape[: len(shape) - self.axes], *counts(self.moves(shape)).values())

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """How far the only window of each axis moves."""
        if self.stride is not None:
            yield from unused_stride(self.moves(only_input(inputs)))

    def moves(self, shape: Shape) -> Sweeps:
        """Over the padded input, a size apart unless a stride is stated. Raises `Misfit` for larger windows."""
        lengths = channels_first(shape, self.axes)[1:]
        size = each_axis(self.size, self.axes, "size")
        strides = size if self.stride is None else each_axis(self.stride, self.axes, "stride")
        return sweeps(lengths, size, strides, self.padding, "a window")


class _MaxPooling(_Pooling):
    reference: ClassVar[str] = (
        "Zhou and Chellappa (ICNN 1988); Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.3"
    )
    ties: Literal["first", "last"] = "first"

    def stated(self) -> tuple[Stated, ...]:
        """The equations; with the window run through from its end where the last of equal entries is taken."""
        (one,) = self.forward
        return (one if self.ties == "first" else replace(one, text=from_the_end(one.text)),)

    def torch_form(self) -> str:
        """PyTorch's, which takes the first of equal entries."""
        return self.torch if self.ties == "first" else ""


class _AveragePooling(_Pooling):
    reference: ClassVar[str] = (
        "LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition (1998), section II"
    )
    entries: ClassVar[tuple[str, str]]
    """How forms write the number of entries of a window, and without its padding."""
    padding_counts: bool = True

    def stated(self) -> tuple[Stated, ...]:
        """The equations, over the size of the window or over the entries that it holds."""
        (one,) = self.forward
        return (one if self.padding_counts else replace(one, text=one.text.replace(*self.entries)),)

    def unused(self, inputs: Shapes) -> Iterator[tuple[str, str]]:
        """How padding counts that there is not, beside what a pooling has."""
        yield from super().unused(inputs)
        if not self.padding_counts and not any(one.before or one.after for one in self.moves(only_input(inputs))):
            yield "padding_counts", "it has no `padding`"

    def torch_form(self) -> str:
        """PyTorch's, with the padding counted or not."""
        return self.torch if self.padding_counts else f"{self.torch[:-1]}, count_include_pad=False)"


class MaxPool1d(_MaxPooling):
    """The largest entry of each stretch: inputs (L) or (C, L)."""

    describes: ClassVar[str] = "the largest entry of each stretch; of equal ones the first takes the gradient"
    forward: ClassVar[tuple[Stated, ...]] = _largest("m[c,i] = max(u=1..n, x[c,d*(i-1)+u-p])")
    torch: ClassVar[str] = "m = F.max_pool1d(x, n, stride=d, padding=p)"

    layer: Literal["max_pool1d"] = "max_pool1d"
    axes: ClassVar[int] = 1


class MaxPool2d(_MaxPooling):
    """The largest entry of each window of an image: inputs (H, W) or (C, H, W)."""

    describes: ClassVar[str] = (
        "the largest entry of each window of an image; of equal ones the first takes the gradient"
    )
    forward: ClassVar[tuple[Stated, ...]] = _largest(f"m[c,i,j] = max(u=1..n1, v=1..n2, {_COVERED})")
    torch: ClassVar[str] = "m = F.max_pool2d(x, (n1, n2), stride=(d1, d2), padding=(p1, p2))"

    layer: Literal["max_pool2d"] = "max_pool2d"
    axes: ClassVar[int] = 2


class AveragePool1d(_AveragePooling):
    """The mean of each stretch: inputs (L) or (C, L)."""

    describes: ClassVar[str] = "the mean of each stretch"
    forward: ClassVar[tuple[Stated, ...]] = _mean("a[c,i] = sum(u=1..n, x[c,d*(i-1)+u-p])/(n)")
    entries: ClassVar[tuple[str, str]] = ("(n)", "sum(u=1..n, 1 <= d*(i-1)+u-p <= l, 1)")
    torch: ClassVar[str] = "a = F.avg_pool1d(x, n, stride=d, padding=p)"

    layer: Literal["average_pool1d"] = "average_pool1d"
    axes: ClassVar[int] = 1


class AveragePool2d(_AveragePooling):
    """The mean of each window of an image: inputs (H, W) or (C, H, W)."""

    describes: ClassVar[str] = "the mean of each window of an image"
    forward: ClassVar[tuple[Stated, ...]] = _mean(f"a[c,i,j] = sum(u=1..n1, v=1..n2, {_COVERED})/(n1*n2)")
    entries: ClassVar[tuple[str, str]] = (
        "(n1*n2)",
        "sum(u=1..n1, v=1..n2, 1 <= d1*(i-1)+u-p1 <= l1, 1 <= d2*(j-1)+v-p2 <= l2, 1)",
    )
    torch: ClassVar[str] = "a = F.avg_pool2d(x, (n1, n2), stride=(d1, d2), padding=(p1, p2))"

    layer: Literal["average_pool2d"] = "average_pool2d"
    axes: ClassVar[int] = 2
