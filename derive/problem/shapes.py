"""Where each layer takes its inputs from, and the shapes that flow between layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from derive.catalog.layers.base import Layer, Misfit, Parameter, Shapes
from derive.graph.tensor import Shape, shape_text
from derive.sources.fields import shape_of
from derive.sources.marked import Path_
from derive.sources.validate import suggestion

INPUT = "input"
Mistake = tuple[Path_, str]


@dataclass(frozen=True)
class Wired:
    """One layer: which layers feed it (0 is the network's input), the shapes they give, the shape it gives."""

    sources: tuple[int, ...]
    inputs: Shapes
    output: Shape


@dataclass
class Wiring:
    """The layers of a network wired one after another; what does not fit is in `mistakes`."""

    shapes: list[Shape | None]
    """The shape of the input, then of every layer's result; None where it is not known."""
    names: dict[str, int] = field(default_factory=lambda: {INPUT: 0})
    wired: list[Wired | None] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def whence(source: int) -> str:
    """Where a shape comes from, in words."""
    return f"layer {source}" if source else "`inputs`"


def wire(inputs: Shape | None, layers: Sequence[Layer | None], fallback: Mapping[int, Shape]) -> Wiring:
    """The layers wired. A layer that is None could not be read; `fallback` has the shape that it may give."""
    wiring = Wiring([inputs])
    for number, layer in enumerate(layers, 1):
        wired = None if layer is None else _wire(wiring, number, layer)
        wiring.wired.append(wired)
        wiring.shapes.append(fallback.get(number) if wired is None else wired.output)
    wiring.mistakes += _unused(wiring, layers)
    return wiring


def _unused(wiring: Wiring, layers: Sequence[Layer | None]) -> Iterator[Mistake]:
    """Layers whose result nothing takes."""
    if None in wiring.wired or None in layers:
        return
    used = {source for wired in wiring.wired if wired is not None for source in wired.sources}
    for number in range(1, len(layers)):
        if number not in used:
            yield ("network", "layers", number - 1), f"nothing takes the result of layer {number}; name it in a `from`"


def _wire(wiring: Wiring, number: int, layer: Layer) -> Wired | None:
    path: Path_ = ("network", "layers", number - 1)
    sources = _sources(wiring, number, layer, path)
    if layer.name:
        if layer.name in wiring.names:
            wiring.mistakes.append(((*path, "name"), f"the name {layer.name!r} is taken"))
        wiring.names[layer.name] = number
    shapes = [wiring.shapes[source] for source in sources]
    known = tuple(shape for shape in shapes if shape is not None)
    if len(known) != len(shapes) or not sources:
        return None
    try:
        output = layer.output_shape(known)
        parameters = layer.parameters(known)
    except Misfit as misfit:
        where = " and ".join(f"{shape_text(s)} from {whence(k)}" for s, k in zip(known, sources, strict=True))
        place = (*path, misfit.key) if misfit.key else path
        wiring.mistakes.append((place, f"layer {number} ({layer.layer}) {misfit}; it has {where}"))
        return None
    wiring.mistakes += _misfits(parameters, path, whence(sources[0]))
    return Wired(sources, known, output)


def _sources(wiring: Wiring, number: int, layer: Layer, path: Path_) -> tuple[int, ...]:
    found = []
    for name in layer.from_:
        if name in wiring.names:
            found.append(wiring.names[name])
        else:
            wiring.mistakes.append(
                ((*path, "from"), f"no layer before is named {name!r}{suggestion(name, wiring.names)}")
            )
            return ()
    return tuple(found) or (number - 1,)


def _misfits(parameters: Sequence[Parameter], path: Path_, source: str) -> Iterator[Mistake]:
    """Stated numbers whose shape is not that of their parameter."""
    for parameter in parameters:
        place = (*path, *parameter.key.split("."))
        found = shape_of(parameter.numbers)
        each = found[1:] if parameter.takes_turns and found else found
        if found == () or found is None or each == () or (each is not None and fits(each, parameter.shape)):
            if found is None:
                stated = () if isinstance(parameter.numbers, Decimal) else parameter.numbers
                rows = [len(row) if isinstance(row, tuple) else 1 for row in stated]
                lengths = f" ({', '.join(map(str, rows))})" if len(set(rows)) > 1 else ""
                yield place, f"`{parameter.key}`: rows of different lengths{lengths}"
            continue
        axes = f" ({parameter.axes.replace('<whence>', source)})" if parameter.axes else ""
        expected = shape_text(parameter.shape)
        shown = shape_text((*found, 1) if len(found) < len(parameter.shape) == 2 else found)
        if len(found) == len(parameter.shape) == 1:
            shown += " numbers" if found[0] != 1 else " number"
        yield place, f"`{parameter.key}`: {shown}, expected {expected}{axes}"


def fits(stated: Shape, wanted: Shape) -> bool:
    """Whether stated numbers fill a shape; the last axis may be left out where its length is 1."""
    return stated == wanted or (wanted[-1:] == (1,) and stated == wanted[:-1])
