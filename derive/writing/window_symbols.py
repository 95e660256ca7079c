"""How operators whose windows move over a grid are written: sign or name, window, stride and padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.graph.formula import Call, Negative, Number
from derive.graph.views.window_operators import CONVOLUTION, CORRELATION, Axis

SIGNS = {CORRELATION: r"\star", CONVOLUTION: "*"}
FULL = r"\mathrm{full}"
"""Below a sign whose windows take every place at which the grids overlap."""
_TIMES = r" \times "


def numbers_of(call: Call) -> list[Axis]:
    """The four numbers of each axis; none where the windows move one by one over all there is."""
    found = []
    for one in call.arguments:
        match one:
            case Number(text):
                found.append(int(text))
            case Negative(Number(text)):
                found.append(-int(text))
    found = found[len(found) % 4 :]
    return [(a, b, c, d) for a, b, c, d in zip(*[iter(found)] * 4, strict=True)]


def movement(call: Call, kernel: Sequence[int] = ()) -> str:
    """The stride of a correlation or a convolution where it is not 1 and its padding where there is any.

    Backward, the stride spreads the entries of the delta, and the padding is what a full result is cut off by. The size
    of the `kernel` is given where the padding is counted from a full overlap of a turned kernel.
    """
    axes = numbers_of(call)
    strides = [max(a, b, c) for a, b, c, _ in axes]
    paddings = _cut_off(axes)
    if kernel:
        turned = zip(axes, strides, kernel, strict=False)
        paddings = [shift + size + 1 - stride for (*_, shift), stride, size in turned]
    return _written([("d", strides, [1] * len(axes)), ("p", paddings, [0] * len(axes))])


def is_cut_off(call: Call, sizes: Mapping[str, str]) -> bool:
    """Whether the padding of a layer is what a full result is cut off by."""
    cut = _cut_off(numbers_of(call))
    marks = range(1, len(cut) + 1) if len(cut) > 1 else [""]
    return [sizes.get(f"p{mark}") for mark in marks] == list(map(str, cut))


def _cut_off(axes: Sequence[Axis]) -> list[int]:
    return [-shift - max(a, b, c) for a, b, c, shift in axes]


def window(call: Call) -> str:
    """The size of the window of a pooling, its stride where it is another, its padding where there is any."""
    axes = numbers_of(call)
    sizes = [n for n, *_ in axes]
    paddings = [-a - g if b > 0 else n + 1 - a - g for n, a, b, g in axes]
    strides = [a for _, a, _, _ in axes]
    moved = _written([("d", strides, sizes), ("p", paddings, [0] * len(axes))])
    return ", ".join(filter(None, (_TIMES.join(map(str, sizes)), moved)))


def _written(said: Sequence[tuple[str, Sequence[int], Sequence[int]]]) -> str:
    """Numbers by their letters, but for those that are as usual."""
    kept = [(letter, numbers) for letter, numbers, usual in said if list(numbers) != list(usual)]
    return ", ".join(f"{letter} = {_TIMES.join(map(str, _once(numbers)))}" for letter, numbers in kept)


def _once(numbers: Sequence[int]) -> Sequence[int]:
    """One number where all axes have the same."""
    return numbers[:1] if len(set(numbers)) == 1 else numbers
