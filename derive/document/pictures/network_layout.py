"""How far apart the units of a network stand, and where the weights stand on its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from derive.document.pictures.edge_labels import Fan, Shares, in_one_line, one_by_one
from derive.document.pictures.extent import Box, label_box
from derive.document.pictures.geometry import Anchor, Label

UNIT = 8.0
MOST_LABELLED = 5
"""Units a layer up to which weights stand on the edges."""
MOST_DRAWN = 10
_SHORTENED = 4
"""How many units of a longer layer are drawn before the dots; the last follows them."""
WIDEST = 150.0
TALLEST = 88.0
PITCH = 20.0
SPLIT = 18.0
BIAS = 5.0
"""The length of a bias's arrow."""
_AROUND = 22.0
"""What stands to the left of the first column and to the right of the last."""
_LEAST_LEGIBLE = 0.5
_SMALL = 0.85
_WISHED = (38.0, 45.0, 52.0)
_FAR = (30.0, 38.0, 45.0, 52.0, 58.0, 64.0, 70.0, 76.0, 82.0)
_CLOSE = (26.0, 30.0, 34.0, 38.0, 45.0, 52.0, 60.0, 70.0)
_BARE = 38.0

Placing = Callable[[Fan, float], Shares | None]


@dataclass(frozen=True, slots=True)
class DenseTexts:
    """The texts of one layer: of each edge by source and target, of each unit's bias, or none."""

    edges: tuple[tuple[str, ...], ...]
    biases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of units stand and how far apart their rows are; `shares` are those of the labels."""

    columns: tuple[float, ...]
    pitch: float
    diameter: float
    tallest: float
    shares: tuple[Shares, ...] = ()
    small: bool = False
    split: float = 0.0
    """The distance from a sum to its activation; 0 where a unit is drawn whole."""

    @property
    def labelled(self) -> bool:
        """Whether the weights stand on the edges."""
        return bool(self.shares)

    @property
    def legibility(self) -> float:
        """The size of its letters, once it is as narrow as the page."""
        return (_SMALL if self.small else 1.0) * min(1.0, WIDEST / (self.columns[-1] + self.split + _AROUND))

    def heights(self, size: int) -> tuple[float, ...]:
        """How high the drawn units of a layer stand."""
        count = len(shown_units(size))
        return tuple(self.tallest / 2 + self.pitch * ((count - 1) / 2 - row) for row in range(count))


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to lay out labels, the more wished ones tried first; `enough` is the legibility with which it is taken."""

    small: bool
    pitch: float
    distances: tuple[float, ...]
    placings: tuple[Placing, ...]
    enough: float


_LINES, _ANYWHERE = (in_one_line,), (in_one_line, one_by_one)
_WAYS = (
    _Way(small=False, pitch=20.0, distances=_WISHED, placings=_LINES, enough=1.0),
    _Way(small=False, pitch=22.0, distances=_FAR, placings=_LINES, enough=0.9),
    _Way(small=True, pitch=24.0, distances=_FAR, placings=_LINES, enough=0.75),
    _Way(small=False, pitch=20.0, distances=_CLOSE, placings=_ANYWHERE, enough=1.0),
    _Way(small=False, pitch=26.0, distances=_CLOSE, placings=_ANYWHERE, enough=1.0),
    _Way(small=True, pitch=26.0, distances=_CLOSE, placings=_ANYWHERE, enough=1.0),
)


def shown_units(size: int) -> list[int]:
    """Which units of a layer are drawn, counted from 0: all of a small one, the first and the last of a large one."""
    return list(range(size)) if size <= MOST_DRAWN else [*range(_SHORTENED), size - 1]


def layout(sizes: Sequence[int], texts: Sequence[DenseTexts], split: float) -> Layout:
    """The layout on which the weights can be read; without weights where there are none or they cannot.

    `sizes` are those of the input and of every layer, `texts` those of every layer, or nothing.
    """
    if not texts or max(sizes) > MOST_LABELLED:
        return _bare(sizes, split)
    best: Layout | None = None
    for way in _WAYS:
        found = _tried(way, sizes, texts, split)
        if found is not None and (best is None or found.legibility > best.legibility):
            best = found
        if found is not None and found.legibility >= way.enough:
            return found
    return best if best is not None and best.legibility >= _LEAST_LEGIBLE else _bare(sizes, split)


def bias_labels(
    x: float, heights: Sequence[float], radius: float, biases: Sequence[str], *, small: bool
) -> list[Label]:
    """The biases of a column of units, above the arrows that run down to them."""
    return [
        Label(x, y + radius + BIAS + 0.4, text, anchor=Anchor.ABOVE, small=small)
        for y, text in zip(heights, biases, strict=False)
    ]


def _bare(sizes: Sequence[int], split: float) -> Layout:
    rows = max(len(shown_units(size)) for size in sizes)
    layers = len(sizes) - 1
    pitch = min(PITCH, TALLEST / max(1, rows - 1))
    distance = min(_BARE, (WIDEST - 24 - split * layers) / layers)
    diameter = min(UNIT, pitch * 0.55, distance * 0.6)
    return Layout(_columns([distance] * layers, split), pitch, diameter, pitch * (rows - 1), split=split)


def _columns(distances: Sequence[float], split: float) -> tuple[float, ...]:
    columns = [0.0]
    for index, distance in enumerate(distances):
        columns.append(columns[-1] + distance + (split if index else 0.0))
    return tuple(columns)


def _tried(way: _Way, sizes: Sequence[int], texts: Sequence[DenseTexts], split: float) -> Layout | None:
    """The narrowest columns of a way; equally far apart where the page is wide enough for that."""
    tallest = way.pitch * (max(sizes) - 1)
    plain = Layout((0.0,), way.pitch, UNIT, tallest, small=way.small, split=split)
    fans = [_fan(plain, sizes, texts, number) for number in range(len(texts))]
    placed = [_narrowest(way, fan) for fan in fans]
    found = [one for one in placed if one is not None]
    if len(found) < len(placed):
        return None
    widest = max(distance for distance, _ in found)
    if _columns([widest] * len(fans), split)[-1] + split + _AROUND <= WIDEST:
        even = [_placed(way, fan, widest) for fan in fans]
        if None not in even:
            found = [(widest, shares) for shares in even if shares is not None]
    columns = _columns([distance for distance, _ in found], split)
    return replace(plain, columns=columns, shares=tuple(shares for _, shares in found))


def _narrowest(way: _Way, fan: Fan) -> tuple[float, Shares] | None:
    for distance in way.distances:
        shares = _placed(way, fan, distance)
        if shares is not None:
            return distance, shares
    return None


def _placed(way: _Way, fan: Fan, distance: float) -> Shares | None:
    placed = (place(fan, distance) for place in way.placings)
    return next((shares for shares in placed if shares is not None), None)


def _fan(plain: Layout, sizes: Sequence[int], texts: Sequence[DenseTexts], number: int) -> Fan:
    """The edges into a layer, counted from 0, with the biases at both ends."""
    own = texts[number]
    before = texts[number - 1].biases if number and not plain.split else ()
    return Fan(
        plain.heights(sizes[number]),
        plain.heights(sizes[number + 1]),
        plain.diameter / 2,
        tuple(tuple(_half(text, small=plain.small) for text in row) for row in own.edges),
        _bias_boxes(plain, sizes[number], before),
        _bias_boxes(plain, sizes[number + 1], own.biases),
    )


def _half(text: str, *, small: bool) -> tuple[float, float]:
    box = label_box(Label(0, 0, text, backed=True, small=small))
    return _above(max(box.right, -box.left)), _above(max(box.top, -box.bottom))


def _above(length: float) -> float:
    """A little more than a length, so that equal lengths stay equal."""
    return ceil(length * 100 + 0.5) / 100


def _bias_boxes(plain: Layout, size: int, biases: Sequence[str]) -> tuple[Box, ...]:
    heights, radius = plain.heights(size), plain.diameter / 2
    labels = bias_labels(0.0, heights, radius, biases, small=plain.small)
    arrows = [Box(-0.6, y + radius, 0.6, y + radius + BIAS) for y, _ in zip(heights, biases, strict=False)]
    return (*map(label_box, labels), *arrows)
